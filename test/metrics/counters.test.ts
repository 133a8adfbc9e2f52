import { describe, expect, it } from 'vitest'
import { present } from '../../src/base/assert.ts'
import { ErrorCode } from '../../src/base/errors.ts'
import { RequestMetrics } from '../../src/metrics/request-metrics.ts'
import { BrokerTopicMetrics } from '../../src/metrics/topic-metrics.ts'
import { ApiKey, apiOf } from '../../src/protocol/apis.ts'

const api = (key: number) => present(apiOf(key), 'the API')

describe('counters of topics', () => {
  it('keep what a topic that is gone had in the total', () => {
    const topics = new BrokerTopicMetrics()
    topics.of('a').messagesIn += 3
    topics.of('b').messagesIn += 4
    topics.forget('a')
    expect(topics.total('messagesIn')).toBe(7)
    expect([...topics.topics()].map(([name]) => name)).toEqual(['b'])
    topics.of('a').messagesIn += 1
    expect(topics.total('messagesIn')).toBe(8)
    expect(topics.of('a').messagesIn).toBe(1)
  })
})

describe('counters of requests', () => {
  it('find error codes at every depth', () => {
    const metrics = new RequestMetrics().of(api(ApiKey.Fetch))
    const partitions = [{ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE }, { errorCode: 0 }]
    metrics.answered({ errorCode: 0, responses: [{ partitions }, { partitions: [{ errorCode: 1 }] }] })
    expect(Object.fromEntries(metrics.errors())).toEqual({ 0: 2, 1: 2 })
  })

  it('take a field that is left out for success', () => {
    const metrics = new RequestMetrics().of(api(ApiKey.Heartbeat))
    metrics.answered({})
    metrics.failed(ErrorCode.UNKNOWN_SERVER_ERROR)
    expect(Object.fromEntries(metrics.errors())).toEqual({ '-1': 1, 0: 1 })
  })

  it('show fetches of consumers and followers apart, and together', () => {
    const requests = new RequestMetrics()
    requests.of(api(ApiKey.Fetch)).received(17, 100)
    requests.of(api(ApiKey.Fetch), true).received(18, 100)
    requests.of(api(ApiKey.Produce), true).received(3, 100)
    const counts = requests
      .all()
      .map(({ name, parts }) => [name, parts.flatMap((part) => Object.entries(part.requests))])
    expect(Object.fromEntries(counts)).toEqual({
      Produce: [['3', 1]],
      FetchConsumer: [['17', 1]],
      FetchFollower: [['18', 1]],
      Fetch: [
        ['17', 1],
        ['18', 1],
      ],
    })
  })

  it('know the phases of a request', () => {
    const metrics = new RequestMetrics().of(api(ApiKey.Produce))
    const times = { arrivedMs: 0, beganMs: 1, workedMs: 3, answeredMs: 6, leftMs: 6.5, sentMs: 7, throttleMs: 0 }
    metrics.done(times)
    const told = (name: Parameters<typeof metrics.time>[0]) => (metrics.time(name).quantiles([0.5], 0)[0] ?? 0) / 1000
    expect(told('RequestQueueTimeMs')).toBeCloseTo(1, 0)
    expect(told('LocalTimeMs')).toBeCloseTo(2, 0)
    expect(told('RemoteTimeMs')).toBeCloseTo(3, 0)
    expect(told('TotalTimeMs')).toBeCloseTo(7, 0)
    expect(told('ThrottleTimeMs')).toBe(0)
  })
})
