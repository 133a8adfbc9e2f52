import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { type Uuid, uuidFromBytes, ZERO_UUID } from '../../src/base/ids.ts'
import { ClientMetrics } from '../../src/telemetry/client-metrics.ts'
import { subscriptionOf } from '../../src/telemetry/subscription.ts'

const CLIENT = {
  client_id: 'a client',
  client_software_name: 'librdkafka',
  client_software_version: '2.5.0',
  client_source_address: '10.0.0.1',
  client_source_port: '4711',
}

function id(number: number): Uuid {
  const bytes = Buffer.alloc(16, 7)
  bytes.writeInt32BE(number)
  return uuidFromBytes(bytes)
}

function clients(...subscriptions: readonly Record<string, string>[]) {
  let next = 1_000_000
  const made = new ClientMetrics(1_000, () => id(next++))
  made.subscribe(subscriptions.map((configs) => subscriptionOf(new Map(Object.entries(configs)))))
  return made
}

function refusal(run: () => unknown): string {
  try {
    run()
    return 'NONE'
  } catch (error) {
    return error instanceof KafkaError ? error.error : String(error)
  }
}

describe('subscriptions', () => {
  it('choose clients by everything that is known of them', () => {
    const matches = (match: string) =>
      subscriptionOf(new Map([['match', match]])).matches({ ...CLIENT, client_instance_id: 'i' })
    expect(matches('')).toBe(true)
    expect(matches('client_software_name=lib.*,client_software_version=2\\.\\d+\\.0')).toBe(true)
    expect(matches('client_software_name=lib')).toBe(false)
    expect(matches('client_source_port=4711,client_source_address=10\\..*,client_instance_id=i')).toBe(true)
    expect(matches('client_id=(?!b).*')).toBe(true)
    expect(matches('client_id=b.*,client_id=a.*')).toBe(true)
  })

  it('add up, with the shortest of their intervals', () => {
    const made = clients(
      { metrics: 'a,b', 'interval.ms': '5000' },
      { metrics: 'b,c', 'interval.ms': '700' },
      { match: 'client_id=x', 'interval.ms': '100' },
    )
    expect(made.get(id(1), CLIENT, 'c', 0)).toMatchObject({ metrics: ['a', 'b', 'c'], intervalMs: 700 })
    expect(clients().get(id(1), CLIENT, 'c', 0)).toMatchObject({ metrics: [], intervalMs: 300_000 })
    expect(clients({ metrics: 'a,*' }).get(id(1), CLIENT, 'c', 0).metrics).toEqual(['*'])
  })
})

describe('clients', () => {
  const push = (of: ClientMetrics, number: number, nowMs: number, more: object = {}) =>
    refusal(() => {
      const base = { clientInstanceId: id(number), terminating: false, compressionType: 0, metrics: { length: 1 } }
      of.push({ subscriptionId: 0, ...base, ...more }, CLIENT, `c${number}`, nowMs)
    })

  it('may push when their interval is over, and a first time at once', () => {
    const made = clients({ metrics: '*', 'interval.ms': '1000' })
    const { subscriptionId } = made.get(id(1), CLIENT, 'c1', 0)
    expect([0, 999, 1000, 1500].map((nowMs) => push(made, 1, nowMs, { subscriptionId }))).toEqual([
      'NONE',
      'THROTTLING_QUOTA_EXCEEDED',
      'NONE',
      'THROTTLING_QUOTA_EXCEEDED',
    ])
    expect(push(made, 1, 1600, { subscriptionId, terminating: true })).toBe('NONE')
    expect(push(made, 1, 9000, { subscriptionId })).toBe('INVALID_REQUEST')
    expect(made.throttled).toBe(2)
  })

  it('are forgotten when they are silent for three intervals, or their connection closes', () => {
    const made = clients({ metrics: '*', 'interval.ms': '30000' })
    made.get(id(1), CLIENT, 'c1', 0)
    made.get(id(2), CLIENT, 'c2', 0)
    made.connectionClosed('c2')
    made.connectionClosed('unknown')
    expect(made.size).toBe(1)
    made.get(id(3), CLIENT, 'c3', 90_000)
    expect(made.size).toBe(1)
  })

  it('are no more than 16,384', () => {
    const made = clients({ metrics: '*' })
    for (let number = 0; number < 16_400; number++) made.get(id(number), CLIENT, `c${number}`, 0)
    expect(made.size).toBe(16_384)
    expect(refusal(() => made.get(id(0), CLIENT, 'c0', 1))).toBe('NONE')
    expect(refusal(() => made.get(id(16_399), CLIENT, 'c16399', 1))).toBe('THROTTLING_QUOTA_EXCEEDED')
  })

  it('learn of other subscriptions with their next request', () => {
    const made = clients({ metrics: 'a' })
    const before = made.get(ZERO_UUID, CLIENT, 'c', 0)
    made.subscribe([subscriptionOf(new Map([['metrics', 'b']]))])
    const after = made.get(before.id, CLIENT, 'c', 1)
    expect(after.metrics).toEqual(['b'])
    expect(after.subscriptionId).not.toBe(before.subscriptionId)
  })
})
