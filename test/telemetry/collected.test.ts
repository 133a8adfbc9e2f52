import { describe, expect, it } from 'vitest'
import { CollectedMetrics } from '../../src/telemetry/collected.ts'
import { decodeMetricsData } from '../../src/telemetry/otlp.ts'
import { gauge, metricsData, numberPoint, sum } from '../support/otlp.ts'

const OWN = { client_id: 'c', client_instance_id: 'i' }

function collect(into: CollectedMetrics, metrics: readonly Buffer[], more: { client?: string; nowMs?: number } = {}) {
  const { client = 'i', nowMs = 0 } = more
  into.collect(
    client,
    { ...OWN, client_instance_id: client },
    decodeMetricsData(metricsData(metrics)),
    nowMs + 1000,
    nowMs,
  )
}

const shown = (collected: CollectedMetrics) =>
  [...collected.all()].map(({ name, type, value }) => `${type} ${name} ${value}`).sort()

describe('metrics of clients', () => {
  it('are added where a client tells what is new, and replaced where it tells all', () => {
    const collected = new CollectedMetrics()
    for (const value of [3, 4]) {
      collect(collected, [
        sum('org.apache.kafka.a', 'delta', numberPoint(value)),
        sum('org.apache.kafka.b.total', 'cumulative', numberPoint(value)),
        gauge('org.apache.kafka.c', numberPoint(value)),
      ])
    }
    expect(shown(collected)).toEqual([
      'counter org_apache_kafka_a_total 7',
      'counter org_apache_kafka_b_total 4',
      'gauge org_apache_kafka_c 4',
    ])
  })

  it('never take the name or the labels of others', () => {
    const collected = new CollectedMetrics()
    const tags = { client_id: 'another', client_instance_id: 'x', 'a-b': '1', '': '2', '9': '3', __name__: 'n' }
    collect(collected, [
      gauge('kafka_server_x', numberPoint(1, tags)),
      gauge('', numberPoint(1)),
      gauge('ä{}"\n', numberPoint(1)),
    ])
    const all = [...collected.all()]
    expect(all.map(({ name }) => name)).toEqual(['client_kafka_server_x', 'client_', 'client______'])
    expect(all[0]?.labels).toEqual({ ...OWN, a_b: '1', client_: '2', client_9: '3', client___name__: 'n' })
  })

  it('are bounded, by client and altogether', () => {
    const collected = new CollectedMetrics()
    const many = (count: number) => Array.from({ length: count }, (_, at) => numberPoint(at, { at: String(at) }))
    collect(collected, [gauge('m', ...many(2_100))])
    expect([collected.size, collected.dropped]).toEqual([2_000, 100])
    for (let client = 0; client < 30; client++)
      collect(collected, [gauge('m', ...many(2_000))], { client: `c${client}` })
    expect(collected.size).toBe(50_000)
    expect(collected.dropped).toBe(100 + 31 * 2_000 - 50_000)
    collect(collected, [gauge('x'.repeat(10_000), numberPoint(1, { long: 'y'.repeat(10_000) }))], { nowMs: 5_000 })
    const [only, ...others] = collected.all()
    expect(others).toEqual([])
    expect(only?.name.length).toBeLessThan(300)
    expect(only?.labels.long?.length).toBeLessThan(300)
  })

  it('are forgotten when their client is silent', () => {
    const collected = new CollectedMetrics()
    collect(collected, [gauge('m', numberPoint(1))])
    collect(collected, [gauge('m', numberPoint(1))], { client: 'other', nowMs: 900 })
    collected.expire(1_000)
    expect([...collected.all()].map(({ labels }) => labels.client_instance_id)).toEqual(['other'])
    expect(collected.size).toBe(1)
  })
})
