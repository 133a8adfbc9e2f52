import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Histogram } from '../../src/metrics/histogram.ts'

const PARTS = [0.5, 0.75, 0.95, 0.99, 0.999]

/** What a list of all values says. */
function exact(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? 0
}

describe('Histogram', () => {
  it('is wrong by an eighth at most', () => {
    const values = fc.array(fc.oneof(fc.nat(20), fc.nat(100_000), fc.integer({ min: 0, max: 2 ** 32 - 1 })), {
      minLength: 1,
      maxLength: 200,
    })
    fc.assert(
      fc.property(values, (list) => {
        const histogram = new Histogram()
        for (const value of list) histogram.record(value)
        expect(histogram.count).toBe(list.length)
        const told = histogram.quantiles(PARTS, 0)
        for (const [at, part] of PARTS.entries()) {
          const want = exact(list, part)
          expect(Math.abs((told[at] ?? 0) - want)).toBeLessThanOrEqual(want / 8 + 1e-6)
        }
      }),
    )
  })

  it('takes what is too small or too large for the nearest that it has', () => {
    const histogram = new Histogram()
    for (const value of [-5, Number.NaN, 2 ** 40, Number.POSITIVE_INFINITY]) histogram.record(value)
    expect(histogram.count).toBe(4)
    expect(histogram.quantiles([0.25], 0)).toEqual([0])
    expect(histogram.quantiles([1], 0)[0]).toBeGreaterThan(2 ** 31)
  })

  it('is nothing where nothing was', () => {
    expect(new Histogram().quantiles(PARTS, 0)).toEqual([0, 0, 0, 0, 0])
  })

  it('lets old values fade, by the time between looks and not by their number', () => {
    const [often, seldom] = [new Histogram(), new Histogram()]
    for (const histogram of [often, seldom]) {
      for (let i = 0; i < 1000; i++) histogram.record(4)
      histogram.quantiles(PARTS, 0)
    }
    for (let second = 1; second <= 300; second++) often.quantiles(PARTS, second * 1000)
    for (const histogram of [often, seldom]) {
      for (let i = 0; i < 100; i++) histogram.record(9)
    }
    // After five minutes a thousand weigh about as much as eleven.
    expect(often.quantiles([0.05, 0.2], 300_000)).toEqual([4, 9])
    expect(seldom.quantiles([0.05, 0.2], 300_000)).toEqual([4, 9])
    expect(often.count).toBe(1100)
  })

  it('tells of several as of one', () => {
    const [low, high] = [new Histogram(), new Histogram()]
    for (let i = 0; i < 90; i++) low.record(1)
    for (let i = 0; i < 10; i++) high.record(7)
    expect(Histogram.quantiles([low, high], [0.5, 0.9, 0.95], 0)).toEqual([1, 1, 7])
  })
})
