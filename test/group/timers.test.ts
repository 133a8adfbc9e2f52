import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type TimerAction, Timers } from '../../src/group/timers.ts'

const action = (groupId: string): TimerAction => ({ kind: 'join', groupId })

test('fires what a plain map of deadlines would fire', () => {
  const key = fc.nat(80).map(String)
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('schedule' as const), key, at: fc.nat(50) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), key, at: fc.constant(0) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('pass' as const), key: fc.constant(''), at: fc.nat(10) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const timers = new Timers()
      const model = new Map<string, number>()
      let now = 0
      for (const one of steps) {
        if (one.do === 'schedule') {
          timers.schedule(one.key, now + one.at, action(one.key))
          model.set(one.key, now + one.at)
        } else if (one.do === 'cancel') {
          timers.cancel(one.key)
          model.delete(one.key)
        } else {
          now += one.at
          const due = [...model].filter(([, at]) => at <= now).map(([name]) => name)
          for (const name of due) model.delete(name)
          const fired: string[] = []
          for (let next = timers.due(now); next; next = timers.due(now)) if ('groupId' in next) fired.push(next.groupId)
          expect(fired.sort()).toEqual(due.sort())
        }
        expect(timers.next()).toBe(Math.min(Number.POSITIVE_INFINITY, ...model.values()))
      }
    }),
    { numRuns: 200 },
  )
})

test('keeps to durations when the clock is set', () => {
  const timers = new Timers()
  timers.schedule('a', 100, action('a'))
  timers.clockMoved(-1_000)
  expect(timers.next()).toBe(-900)
  timers.schedule('b', -950, action('b'))
  expect(timers.due(-960)).toBeUndefined()
  expect(timers.due(-950)).toEqual(action('b'))
  timers.clockMoved(5_000)
  expect(timers.due(4_099)).toBeUndefined()
  expect(timers.due(4_100)).toEqual(action('a'))
})
