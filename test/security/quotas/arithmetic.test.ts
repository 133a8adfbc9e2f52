import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Rate, throttleMs } from '../../../src/security/quotas/rate.ts'
import { TokenBucket } from '../../../src/security/quotas/token-bucket.ts'

interface Run {
  readonly samples: number
  readonly sampleMs: number
  readonly limit: number
  readonly startMs: number
  /** Gap, value; then what Kafka's own classes say: rate, window, throttle time, tokens, throttle time of the tokens. */
  readonly steps: readonly (readonly [number, number, number, number, number, number, number])[]
}

const RUNS: readonly Run[] = readFileSync('test/golden/quotas.jsonl', 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line))

describe('rates and tokens', () => {
  it('are those of Kafka’s own classes, to the millisecond', () => {
    for (const run of RUNS) {
      const rate = new Rate(run)
      const bucket = new TokenBucket(run)
      let nowMs = run.startMs
      for (const [gap, value, measured, windowMs, throttle, tokens, debtMs] of run.steps) {
        nowMs += gap
        rate.record(value, nowMs)
        bucket.take(value, run.limit, nowMs)
        expect(rate.measure(nowMs)).toBeCloseTo(measured, 6)
        expect(rate.windowMs(nowMs)).toBe(windowMs)
        expect(throttleMs(rate, run.limit, nowMs)).toBe(throttle)
        expect(bucket.tokens(run.limit, nowMs)).toBeCloseTo(tokens, 5)
        expect(bucket.throttleMs(run.limit, nowMs)).toBe(debtMs)
      }
    }
  })

  it('never fill a bucket beyond its burst, and pay every debt in the time that is told', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 500 })), { maxLength: 50 }),
        fc.integer({ min: 1, max: 100 }),
        (steps, rate) => {
          const bucket = new TokenBucket({ samples: 11, sampleMs: 1000 })
          let nowMs = 1_000_000_000
          for (const [gap, count] of steps) {
            nowMs += gap
            bucket.take(count, rate, nowMs)
            expect(bucket.tokens(rate, nowMs)).toBeLessThanOrEqual(11 * rate)
            const debtMs = bucket.throttleMs(rate, nowMs)
            expect(bucket.tokens(rate, nowMs + debtMs + 1)).toBeGreaterThanOrEqual(0)
            nowMs += debtMs + 1
          }
        },
      ),
    )
  })
})
