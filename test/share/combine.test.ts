import fc from 'fast-check'
import { expect, test } from 'vitest'
import { combineBatches } from '../../src/share/combine.ts'
import type { StateBatch } from '../../src/share/window.ts'

const run = fc
  .record({
    first: fc.nat(20),
    size: fc.integer({ min: 1, max: 8 }),
    state: fc.constantFrom(0, 2, 4),
    count: fc.nat(3),
  })
  .map(
    ({ first, size, state, count }): StateBatch => ({
      firstOffset: first,
      lastOffset: first + size - 1,
      deliveryState: state,
      deliveryCount: count,
    }),
  )

/** The highest that any run says of each record. */
function naive(runs: readonly StateBatch[], start: number): Map<number, string> {
  const all = new Map<number, readonly [number, number]>()
  for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of runs) {
    for (let offset = Math.max(firstOffset, start); offset <= lastOffset; offset++) {
      const [count, state] = all.get(offset) ?? [-1, -1]
      if (deliveryCount > count || (deliveryCount === count && deliveryState > state)) {
        all.set(offset, [deliveryCount, deliveryState])
      }
    }
  }
  return new Map([...all].sort(([a], [b]) => a - b).map(([offset, said]) => [offset, said.join('/')]))
}

test('runs are put together so that each record has what the later one says', () => {
  fc.assert(
    fc.property(fc.array(run, { maxLength: 12 }), fc.integer({ min: -1, max: 15 }), (runs, start) => {
      const combined = combineBatches(runs, start)
      expect(naive(combined, -1)).toEqual(naive(runs, start))
      for (const [at, one] of combined.entries()) {
        const before = combined[at - 1]
        if (before === undefined) continue
        expect(one.firstOffset).toBeGreaterThan(before.lastOffset)
        const isSame = one.deliveryState === before.deliveryState && one.deliveryCount === before.deliveryCount
        if (isSame) expect(one.firstOffset).toBeGreaterThan(before.lastOffset + 1)
      }
    }),
  )
})
