import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { decodeMetricsData } from '../../src/telemetry/otlp.ts'
import {
  bytesField,
  doubleField,
  fixedField,
  gauge,
  metricsData,
  numberPoint,
  sum,
  text,
  varintField,
} from '../support/otlp.ts'

describe('OTLP', () => {
  it('gives numbers with their attributes', () => {
    const bytes = metricsData(
      [gauge('g', numberPoint(1.5, { topic: 't' }), numberPoint(-2)), sum('s', 'delta', numberPoint(3))],
      { group_id: 'g1' },
    )
    const [resource] = decodeMetricsData(bytes)
    expect(Object.fromEntries(resource?.attributes ?? [])).toEqual({ group_id: 'g1' })
    expect(resource?.metrics).toEqual([
      {
        name: 'g',
        description: '',
        kind: 'gauge',
        points: [
          { attributes: new Map([['topic', 't']]), value: 1.5 },
          { attributes: new Map(), value: -2 },
        ],
      },
      {
        name: 's',
        description: '',
        kind: 'sum',
        delta: true,
        monotonic: true,
        points: [{ attributes: new Map(), value: 3 }],
      },
    ])
  })

  it('gives whole numbers, histograms and summaries', () => {
    const whole = Buffer.concat([bytesField(1, 'w'), bytesField(5, bytesField(1, fixedField(6, -7)))])
    const counts = Buffer.concat([fixedField(0, 1), fixedField(0, 2)].map((field) => field.subarray(1)))
    const point = Buffer.concat([fixedField(4, 3), doubleField(5, 4.5), bytesField(6, counts), doubleField(7, 10)])
    const histogram = Buffer.concat([bytesField(1, 'h'), bytesField(9, bytesField(1, point), varintField(2, 2))])
    const quantile = Buffer.concat([doubleField(1, 0.5), doubleField(2, 8)])
    const summed = Buffer.concat([
      fixedField(4, 2),
      doubleField(5, 9),
      bytesField(6, quantile),
      bytesField(7, text('a', 'b')),
    ])
    const summary = Buffer.concat([bytesField(1, 'y'), bytesField(11, bytesField(1, summed))])
    const [resource] = decodeMetricsData(metricsData([whole, histogram, summary]))
    expect(resource?.metrics).toMatchObject([
      { name: 'w', points: [{ value: -7 }] },
      { name: 'h', delta: false, points: [{ count: 3, sum: 4.5, counts: [1, 2], bounds: [10] }] },
      { name: 'y', points: [{ count: 2, sum: 9, quantiles: [{ quantile: 0.5, value: 8 }] }] },
    ])
  })

  it('passes over fields that it does not know', () => {
    const unknown = Buffer.concat([varintField(90, 300), doubleField(91, 1), bytesField(92, 'x'), bytesField(93)])
    const known = metricsData([Buffer.concat([unknown, gauge('g', Buffer.concat([unknown, numberPoint(1)]))])])
    expect(decodeMetricsData(Buffer.concat([unknown, known]))[0]?.metrics).toMatchObject([{ name: 'g' }])
  })

  it('refuses, and never does anything else with, bytes that are none', () => {
    const good = metricsData([gauge('g', numberPoint(1, { a: 'b' })), sum('s', 'cumulative', numberPoint(2))], {
      c: 'd',
    })
    const damaged = fc.tuple(fc.nat(good.length - 1), fc.nat(255)).map(([at, byte]) => {
      const copy = Buffer.from(good)
      copy[at] = byte
      return copy
    })
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
      damaged,
      fc.nat(good.length).map((length) => good.subarray(0, length)),
    )
    fc.assert(
      fc.property(bytes, (given) => {
        try {
          decodeMetricsData(given)
        } catch (error) {
          expect(error).toBeInstanceOf(KafkaError)
          expect((error as KafkaError).error).toBe('INVALID_RECORD')
        }
      }),
      { numRuns: 500 },
    )
  })

  it('refuses millions of messages in few bytes', () => {
    const empty = bytesField(1)
    expect(() => decodeMetricsData(Buffer.concat(Array.from({ length: 60_000 }, () => empty)))).toThrow(KafkaError)
  })
})
