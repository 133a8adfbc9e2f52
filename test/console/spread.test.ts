import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { brokersIn, partitionsIn, spread } from '../../src/console/pages/cluster/spread.ts'

describe('moving many partitions', () => {
  test('takes numbers and ranges, or all', () => {
    expect(partitionsIn('5, 0-2 1', 6)).toEqual([0, 1, 2, 5])
    expect(partitionsIn(' ', 3)).toEqual([0, 1, 2])
    for (const text of ['x', '2-1', '6', '-1', '0-9', '1.5']) expect(() => partitionsIn(text, 6), text).toThrow()
    expect(brokersIn('3 1,2,1')).toEqual([3, 1, 2])
    expect(() => brokersIn('1, two')).toThrow('“two” is no broker')
  })

  test('goes round the brokers, with other followers in each round', () => {
    expect(spread([0, 1, 2, 3, 4], [1, 2, 3], 2).map(({ replicas }) => replicas.join())).toEqual([
      '1,2',
      '2,3',
      '3,1',
      '1,3',
      '2,1',
    ])
    expect(spread([7], [5], 3)).toEqual([{ partition: 7, replicas: [5] }])
  })

  test('gives each partition its replicas on so many brokers, and each broker about as many to lead', () => {
    const brokers = fc.uniqueArray(fc.nat(50), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), brokers, fc.integer({ min: 1, max: 8 }), (total, ids, replicas) => {
        const placed = spread(partitionsIn('', total), ids, replicas)
        for (const each of placed) expect(new Set(each.replicas).size).toBe(Math.min(replicas, ids.length))
        const led = ids.map((id) => placed.filter((each) => each.replicas[0] === id).length)
        expect(Math.max(...led) - Math.min(...led)).toBeLessThanOrEqual(1)
      }),
    )
  })
})
