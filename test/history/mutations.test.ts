import fc from 'fast-check'
import { expect, test } from 'vitest'
import { check, describeAnomalies } from './check.ts'
import { MUTATIONS } from './mutations.ts'
import { SmallBroker, type Step } from './small-broker.ts'

const client = fc.nat(2)
const where = fc.nat(2)
const most = fc.integer({ min: 1, max: 9 })
const how = fc.constantFrom('commit' as const, 'commit', 'abort', 'unheard commit', 'unheard abort')
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('send' as const), client, where }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end' as const), client, how }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('poll' as const),
      isolation: fc.constantFrom('read_committed' as const, 'read_uncommitted' as const),
      where,
      most,
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('process' as const), where, most, how }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('look' as const), where }) },
)
const steps = fc.array(step, { minLength: 20, maxLength: 120, size: 'max' })

test('a broker that keeps every promise is believed', () => {
  fc.assert(
    fc.property(steps, (given) => {
      expect(describeAnomalies(check(new SmallBroker().run(given)).anomalies)).toEqual([])
    }),
  )
})

test.each(Object.entries(MUTATIONS))('a broker that lies is found out: %s', (name, mutate) => {
  let lies = 0
  fc.assert(
    fc.property(steps, fc.nat(), (given, choice) => {
      const events = new SmallBroker().run(given)
      const lie = mutate(events, (from) => from[choice % Math.max(1, from.length)])
      if (lie === undefined) return
      lies++
      expect(check(lie).anomalies.map((each) => each.name)).toContain(name)
    }),
  )
  expect(lies).toBeGreaterThan(10)
})
