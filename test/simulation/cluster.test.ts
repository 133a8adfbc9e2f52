import { expect, it } from 'vitest'
import { simulate } from './simulate.ts'

it.for([
  { brokers: 3, controllers: 0 },
  { brokers: 5, controllers: 0 },
  { brokers: 2, controllers: 3 },
])('is the same run twice: $brokers brokers, $controllers controllers', async (layout) => {
  const run = () => simulate({ seed: 8, layout, safetyMs: 3_000, faults: 5 })
  const [first, second] = [await run(), await run()]
  expect(second).toEqual(first)
  expect(first.violation).toBeUndefined()
  expect(first.acknowledged).toBeGreaterThan(0)
  expect(first.groupCommits).toBeGreaterThan(0)
})

it('does something else with another seed', async () => {
  const run = (seed: number) => simulate({ seed, layout: { brokers: 3, controllers: 0 }, safetyMs: 500, faults: 0 })
  expect((await run(1)).digest).not.toBe((await run(2)).digest)
})

// As many as npm test has time for; .ci/run goes on with those that follow.
it.for(Array.from({ length: 12 }, (_, seed) => seed))('keeps its promises with three nodes: seed %i', async (seed) => {
  const layout = { brokers: 3, controllers: 0 }
  const { violation } = await simulate({ seed, layout, safetyMs: 2_000, faults: 4 })
  expect(violation).toBeUndefined()
})
