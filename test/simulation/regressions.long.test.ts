import { expect, it } from 'vitest'
import type { FaultKind } from './faults.ts'
import { simulate } from './simulate.ts'

/** Each seed broke a promise once; `what` says how. As code changes they become seeds like others. */
const BROKEN_ONCE: readonly {
  readonly seed: number
  readonly what: string
  readonly brokers?: number
  readonly controllers?: number
  readonly safetyMs?: number
  readonly faults?: number
  readonly kinds?: readonly FaultKind[]
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
]

it.for(BROKEN_ONCE)(
  'seed $seed: $what',
  async ({ seed, brokers = 3, controllers = 0, safetyMs = 20_000, faults = 6, kinds }) => {
    const layout = { brokers, controllers }
    const { violation } = await simulate({ seed, layout, safetyMs, faults, ...(kinds && { kinds }) })
    expect(violation).toBeUndefined()
  },
)
