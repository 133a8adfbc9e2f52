import { expect, it } from 'vitest'
import { simulate } from './simulate.ts'

it('is the same run twice', async () => {
  const run = () => simulate({ seed: 3, layout: { brokers: 1, controllers: 0 }, safetyMs: 5_000, faults: 2 })
  const [first, second] = [await run(), await run()]
  expect(second).toEqual(first)
  expect(first.acknowledged).toBeGreaterThan(0)
})

it.for(Array.from({ length: 20 }, (_, seed) => seed))('keeps its promises alone: seed %i', async (seed) => {
  const kinds = ['kill', 'slow-disk', 'clock-jump', 'full-disk', 'failing-sync'] as const
  const { violation } = await simulate({
    seed,
    layout: { brokers: 1, controllers: 0 },
    safetyMs: 10_000,
    faults: 4,
    kinds,
  })
  expect(violation).toBeUndefined()
})
