import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ClientQuotaImage } from '../../../src/metadata/image-types.ts'
import { ClientLimits } from '../../../src/security/quotas/client-limits.ts'
import { ConnectionRates, NO_CONNECTION_RATE_LIMITS } from '../../../src/security/quotas/connection-rates.ts'
import { MutationQuota } from '../../../src/security/quotas/mutation-quota.ts'
import { RateQuota } from '../../../src/security/quotas/rate-quota.ts'

const WINDOW = { samples: 11, sampleMs: 1000 }

/** Undefined: not a part; null: any. */
function quota(user: string | null | undefined, client: string | null | undefined, key: string, value: number) {
  const entity = [
    ...(user === undefined ? [] : [{ entityType: 'user', entityName: user }]),
    ...(client === undefined ? [] : [{ entityType: 'client-id', entityName: client }]),
  ]
  return { entity, quotas: new Map([[key, value]]) } satisfies ClientQuotaImage
}

const RATE = 'producer_byte_rate'
/** From the most to the least specific. */
const LEVELS = [
  quota('u', 'c', RATE, 1),
  quota('u', null, RATE, 2),
  quota('u', undefined, RATE, 3),
  quota(null, 'c', RATE, 4),
  quota(null, null, RATE, 5),
  quota(null, undefined, RATE, 6),
  quota(undefined, 'c', RATE, 7),
  quota(undefined, null, RATE, 8),
]

describe('the quota of a client', () => {
  it('is the most specific of those that are set', () => {
    fc.assert(
      fc.property(fc.subarray(LEVELS, { minLength: 1 }), (set) => {
        const strongest = Math.min(...set.map(({ quotas }) => quotas.get(RATE) ?? 0))
        expect(new ClientLimits(RATE, set).groupOf('u', 'c').limit).toBe(strongest)
      }),
    )
  })

  it('is counted for all of a user where it is the user’s, for each client id where it is that of any', () => {
    expect(new ClientLimits(RATE, [LEVELS[2] as ClientQuotaImage]).groupOf('u', 'c')).toMatchObject({
      user: 'u',
      clientId: '',
    })
    expect(new ClientLimits(RATE, [LEVELS[7] as ClientQuotaImage]).groupOf('u', 'x')).toEqual({
      user: '',
      clientId: 'x',
      limit: 8,
    })
    expect(new ClientLimits(RATE, [LEVELS[0] as ClientQuotaImage]).groupOf('other', 'c').limit).toBeUndefined()
  })

  it('is nobody’s where other quotas are set', () => {
    const rate = new RateQuota(RATE, WINDOW)
    rate.update([quota('u', undefined, 'consumer_byte_rate', 1)])
    expect(rate.isEnabled).toBe(false)
    expect(rate.record({ user: 'u', clientId: 'c' }, 1e9, 5)).toBe(0)
  })

  it('throttles once it is exceeded, and takes back what did not happen', () => {
    const rate = new RateQuota(RATE, WINDOW)
    rate.update([quota('u', undefined, RATE, 100)])
    const client = { user: 'u', clientId: 'c' }
    expect(rate.mostInWindow(client)).toBe(1000)
    expect(rate.record(client, 1000, 1_000_000)).toBe(0)
    expect(rate.record(client, 500, 1_000_000)).toBe(5000)
    rate.unrecord(client, 500, 1_000_000)
    expect(rate.record(client, 0, 1_000_000)).toBe(0)
  })

  it('of requests throttles for one window at most', () => {
    const rate = new RateQuota('request_percentage', WINDOW, 1000)
    rate.update([quota(null, undefined, 'request_percentage', 1)])
    expect(rate.record({ user: 'u', clientId: 'c' }, 1e6, 1_000_000)).toBe(1000)
  })
})

describe('changes of partitions', () => {
  it('are refused in debt where the client knows the error, else only delayed', () => {
    const mutations = new MutationQuota(WINDOW)
    mutations.update([quota(undefined, 'c', 'controller_mutation_rate', 1)])
    const client = { user: 'u', clientId: 'c' }
    const nowMs = 1_700_000_000_000
    const first = mutations.begin(client, true, nowMs)
    first.record(15)
    expect(first.throttleMs(nowMs)).toBe(0)
    const second = mutations.begin(client, true, nowMs)
    expect(() => second.record(1)).toThrow('THROTTLING_QUOTA_EXCEEDED')
    expect(second.throttleMs(nowMs)).toBe(4000)
    const old = mutations.begin(client, false, nowMs)
    old.record(1)
    expect(old.throttleMs(nowMs)).toBe(5000)
    expect(mutations.begin({ user: 'u', clientId: 'other' }, true, nowMs).throttleMs(nowMs)).toBe(0)
  })
})

describe('new connections', () => {
  it('wait where the broker’s rate is exceeded, and are closed where their address’s is', () => {
    const rates = new ConnectionRates(WINDOW)
    const addresses = new Map([['10.0.0.1', 1]])
    rates.limits = { ...NO_CONNECTION_RATE_LIMITS, broker: 2, addresses }
    const verdicts = Array.from({ length: 22 }, () => rates.opened('L', '10.0.0.2', 1_000_000))
    expect(verdicts.slice(0, 20)).toEqual(Array.from({ length: 20 }, () => ({ waitMs: 0 })))
    expect(verdicts[21]).toEqual({ waitMs: 1000 })
    const other = new ConnectionRates(WINDOW)
    other.limits = { ...NO_CONNECTION_RATE_LIMITS, addresses }
    for (let i = 0; i < 10; i++) expect(other.opened('L', '10.0.0.1', 1_000_000)).toEqual({ waitMs: 0 })
    expect(other.opened('L', '10.0.0.1', 1_000_000)).toEqual({ refuseMs: 1000 })
    expect(other.opened('L', '10.0.0.9', 1_000_000)).toEqual({ waitMs: 0 })
  })
})
