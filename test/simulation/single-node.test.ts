import { expect, it } from 'vitest'
import { simulate } from './simulate.ts'

const layout = { brokers: 1, controllers: 0 }

it('is the same run twice', async () => {
  const run = () => simulate({ seed: 3, layout, safetyMs: 5_000, faults: 3 })
  const [first, second] = [await run(), await run()]
  expect(second).toEqual(first)
  expect(first.violation).toBeUndefined()
  expect(first.acknowledged).toBeGreaterThan(0)
})

// As many as npm test has time for; .ci/run goes on with those that follow.
it.for(Array.from({ length: 15 }, (_, seed) => seed))('keeps its promises alone: seed %i', async (seed) => {
  const { violation } = await simulate({ seed, layout, safetyMs: 1_500, faults: 3 })
  expect(violation).toBeUndefined()
})
