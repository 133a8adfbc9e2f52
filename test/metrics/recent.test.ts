import { expect, test } from 'vitest'
import { Recent } from '../../src/metrics/recent.ts'

test('values count for half a minute and at most a whole one', () => {
  const recent = new Recent()
  const at = (nowMs: number) => [recent.mean(nowMs), recent.greatest(nowMs)]
  expect(at(0)).toEqual([Number.NaN, Number.NaN])
  recent.record(2, 1_000)
  recent.record(6, 20_000)
  expect(at(29_000)).toEqual([4, 6])
  recent.record(1, 40_000)
  expect(at(45_000)).toEqual([3, 6])
  recent.record(5, 75_000)
  expect(at(75_000)).toEqual([3, 5])
  expect(at(200_000)).toEqual([Number.NaN, Number.NaN])
})
