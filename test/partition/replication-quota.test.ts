import { describe, expect, it } from 'vitest'
import { isThrottled, ReplicationQuota, throttledReplicas } from '../../src/partition/replication-quota.ts'

describe('throttled replicas', () => {
  it('are all, or pairs of partition and broker', () => {
    expect(isThrottled(throttledReplicas('*'), 3, 7)).toBe(true)
    const some = throttledReplicas('0:1, 2:3')
    expect(isThrottled(some, 0, 1)).toBe(true)
    expect(isThrottled(some, 2, 3)).toBe(true)
    expect(isThrottled(some, 0, 3)).toBe(false)
    expect(isThrottled(throttledReplicas(''), 0, 1)).toBe(false)
  })
})

describe('ReplicationQuota', () => {
  it('knows no limit until it has one', () => {
    const quota = new ReplicationQuota({ samples: 11, sampleMs: 1000 })
    quota.record(1e12, 0)
    expect(quota.isExceeded(0)).toBe(false)
    quota.limit = 100
    expect(quota.isExceeded(0)).toBe(true)
  })

  it('counts over the windows that it keeps', () => {
    const quota = new ReplicationQuota({ samples: 3, sampleMs: 1000 })
    quota.limit = 100
    quota.record(100, 0)
    expect(quota.rate(0)).toBe(100)
    quota.record(200, 500)
    expect(quota.isExceeded(500)).toBe(true)
    expect(quota.isExceeded(2900)).toBe(true)
    expect(quota.rate(3000)).toBe(100)
    expect(quota.rate(3001)).toBe(0)
  })

  it('holds a fetcher that looks before it reads to the limit', () => {
    const quota = new ReplicationQuota({ samples: 11, sampleMs: 1000 })
    quota.limit = 1000
    let sent = 0
    for (let now = 0; now < 60_000; now += 50) {
      if (quota.isExceeded(now)) continue
      quota.record(400, now)
      sent += 400
    }
    expect(sent / 60).toBeGreaterThan(900)
    expect(sent / 60).toBeLessThan(1150)
  })
})
