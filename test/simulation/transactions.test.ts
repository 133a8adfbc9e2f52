import { expect, it } from 'vitest'
import { formatHistory } from '../history/event.ts'
import type { FaultKind } from './faults.ts'
import { simulate } from './simulate.ts'

const layout = { brokers: 3, controllers: 0 }
const work = ['transactions'] as const

it('is the same run twice', async () => {
  const run = () => simulate({ seed: 5, layout, safetyMs: 500, faults: 1, work })
  const [first, second] = [await run(), await run()]
  expect(second.digest).toBe(first.digest)
  expect(formatHistory(second.history)).toBe(formatHistory(first.history))
  expect(first.violation).toBeUndefined()
  expect(first.transactions).toBeGreaterThan(10)
})

it.for([2])('shows clients of transactions no anomaly: seed %i', async (seed) => {
  const { violation } = await simulate({ seed, layout, safetyMs: 1_000, faults: 3, work })
  expect(violation).toBeUndefined()
})

/** Each seed broke a promise once; `what` says how. As code changes they become seeds like others. */
const BROKEN_ONCE: readonly { readonly seed: number; readonly what: string; readonly kinds: readonly FaultKind[] }[] = [
  { seed: 12, what: 'a deposed coordinator whose disk was full told old offsets', kinds: ['full-disk', 'isolate'] },
]

it.for(BROKEN_ONCE)('seed $seed: $what', async ({ seed, kinds }) => {
  const { violation } = await simulate({ seed, layout, safetyMs: 8_000, faults: 4, kinds, work })
  expect(violation).toBeUndefined()
})
