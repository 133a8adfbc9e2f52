import { expect, it } from 'vitest'
import type { FaultKind } from './faults.ts'
import { simulate, type Work } from './simulate.ts'

/** Each seed broke a promise once; `what` says how. As code changes they become seeds like others. */
const BROKEN_ONCE: readonly {
  readonly seed: number
  readonly what: string
  readonly brokers?: number
  readonly controllers?: number
  readonly safetyMs?: number
  readonly faults?: number
  readonly kinds?: readonly FaultKind[]
  readonly work?: readonly Work[]
}[] = [
  {
    seed: 1005,
    what: 'a metadata log that began before its first known epoch never agreed with its leader',
    faults: 10,
  },
  { seed: 9, what: 'a clock set back on the controller kept the session of a dead broker alive' },
  { seed: 4000, what: 'a follower whose clock was set back did not fetch for as long', faults: 8 },
  {
    seed: 510013,
    what: 'a coordinator whose disk was full answered from what it had when others led already',
    brokers: 5,
    faults: 10,
  },
  { seed: 2000, what: 'metadata that could not be read ended the process, not the node', brokers: 5, faults: 12 },
  {
    seed: 30373,
    what: 'a coordinator whose clock was set back looked for transactions that were open too long when it caught up',
    safetyMs: 8_000,
    faults: 5,
    work: ['transactions'],
  },
  {
    seed: 30024,
    what: 'the checker took an offset for aborted of whose transaction nobody knew',
    safetyMs: 8_000,
    faults: 5,
    work: ['transactions'],
  },
]

it.for(BROKEN_ONCE)(
  'seed $seed: $what',
  async ({ seed, brokers = 3, controllers = 0, safetyMs = 20_000, faults = 6, kinds, work }) => {
    const layout = { brokers, controllers }
    const { violation } = await simulate({
      seed,
      layout,
      safetyMs,
      faults,
      ...(kinds && { kinds }),
      ...(work && { work }),
    })
    expect(violation).toBeUndefined()
  },
)
