import { createHmac } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { METADATA_VERSION } from '../../src/metadata/features.ts'
import { snapshotRecords } from '../../src/metadata/snapshot.ts'
import { ControllerRig, type RigOptions, START_MS } from './controller-rig.ts'

const DAY = 86_400_000
const BEGAN_MS = START_MS + 1_000
const delegationTokens = { secretKey: 'key', maxLifetimeMs: 7 * DAY, expiryTimeMs: DAY, checkIntervalMs: 3_600_000 }

function rigOf(options: RigOptions = {}): ControllerRig {
  const rig = new ControllerRig({ settings: { delegationTokens }, ...options })
  rig.nowMs = 1_000
  return rig
}

const create = (rig: ControllerRig, more: { owner?: string; renewers?: string[]; maxLifetimeMs?: number } = {}) =>
  rig.submit({
    type: 'createDelegationToken',
    owner: 'User:alice',
    requester: 'User:alice',
    renewers: [],
    maxLifetimeMs: -1,
    ...more,
  })
const renew = (rig: ControllerRig, hmac: Buffer, principal = 'User:alice', renewPeriodMs = -1) =>
  rig.submit({ type: 'renewDelegationToken', principal, hmac, renewPeriodMs })
const expire = (rig: ControllerRig, hmac: Buffer, principal = 'User:alice', expiryPeriodMs = -1) =>
  rig.submit({ type: 'expireDelegationToken', principal, hmac, expiryPeriodMs })

describe('delegation tokens', () => {
  test('are created with the HMAC of their id and the times of the controller', () => {
    const rig = rigOf()
    const token = create(rig, { owner: 'User:carol', renewers: ['User:bob'] })
    expect(token).toEqual({
      owner: 'User:carol',
      requester: 'User:alice',
      tokenId: token.tokenId,
      hmac: createHmac('sha512', 'key').update(token.tokenId).digest(),
      issueTimestampMs: BEGAN_MS,
      expiryTimestampMs: BEGAN_MS + DAY,
      maxTimestampMs: BEGAN_MS + 7 * DAY,
    })
    expect(rig.committed.delegationTokens.get(token.tokenId)).toEqual({
      owner: 'User:carol',
      requester: 'User:alice',
      renewers: ['User:bob'],
      issueTimestamp: BEGAN_MS,
      expirationTimestamp: BEGAN_MS + DAY,
      maxTimestamp: BEGAN_MS + 7 * DAY,
      tokenId: token.tokenId,
    })
    expect([...snapshotRecords(rig.committed)].some(({ type }) => type === 'DelegationTokenRecord')).toBe(true)
  })

  test('live no longer than is asked for and allowed', () => {
    const rig = rigOf()
    expect(create(rig, { maxLifetimeMs: 5 })).toMatchObject({
      maxTimestampMs: BEGAN_MS + 5,
      expiryTimestampMs: BEGAN_MS + 5,
    })
    expect(create(rig, { maxLifetimeMs: 90 * DAY })).toMatchObject({ maxTimestampMs: BEGAN_MS + 7 * DAY })
    expect(create(rig, { maxLifetimeMs: 0 })).toMatchObject({ maxTimestampMs: BEGAN_MS + 7 * DAY })
  })

  test('are renewed by owners and renewers, and by nobody else', () => {
    const rig = rigOf()
    const { hmac } = create(rig, { owner: 'User:carol', renewers: ['User:bob'] })
    rig.nowMs = DAY
    expect(renew(rig, hmac, 'User:bob')).toEqual({ expiryTimestampMs: START_MS + 2 * DAY })
    expect(renew(rig, hmac, 'User:carol', 7)).toEqual({ expiryTimestampMs: START_MS + DAY + 7 })
    expect(renew(rig, hmac, 'User:carol', 9 * DAY)).toEqual({ expiryTimestampMs: START_MS + 2 * DAY })
    // Who asked for it is not its owner.
    expect(() => renew(rig, hmac, 'User:alice')).toThrow('DELEGATION_TOKEN_OWNER_MISMATCH')
    expect(() => renew(rig, Buffer.from('?'))).toThrow('DELEGATION_TOKEN_NOT_FOUND')
    for (rig.nowMs = 2 * DAY; rig.nowMs < 7 * DAY; rig.nowMs += DAY) renew(rig, hmac, 'User:bob')
    expect(renew(rig, hmac, 'User:bob')).toEqual({ expiryTimestampMs: BEGAN_MS + 7 * DAY })
    rig.nowMs = 7 * DAY + 1_001
    expect(() => renew(rig, hmac, 'User:alice')).toThrow('DELEGATION_TOKEN_EXPIRED')
  })

  test('expire when they are told to', () => {
    const rig = rigOf()
    const { hmac, tokenId } = create(rig, { renewers: ['User:bob'] })
    expect(() => expire(rig, hmac, 'User:eve')).toThrow('DELEGATION_TOKEN_OWNER_MISMATCH')
    expect(expire(rig, hmac, 'User:bob', 50)).toEqual({ expiryTimestampMs: BEGAN_MS + 50 })
    expect(expire(rig, hmac, 'User:bob', 2 ** 63)).toEqual({ expiryTimestampMs: BEGAN_MS + 7 * DAY })
    expect(expire(rig, hmac, 'User:alice', 0)).toEqual({ expiryTimestampMs: BEGAN_MS })
    rig.nowMs = 1_001
    expect(() => expire(rig, hmac, 'User:alice', 50)).toThrow('DELEGATION_TOKEN_EXPIRED')
    expect(expire(rig, hmac)).toEqual({ expiryTimestampMs: BEGAN_MS + 1 })
    expect(rig.committed.delegationTokens.has(tokenId)).toBe(false)
    expect(() => expire(rig, hmac)).toThrow('DELEGATION_TOKEN_NOT_FOUND')
  })

  test('are known to the next controller, and forgotten by whoever removed them', () => {
    const rig = rigOf()
    const { hmac } = create(rig)
    rig.failover()
    expect(renew(rig, hmac)).toEqual({ expiryTimestampMs: BEGAN_MS + DAY })
    expire(rig, hmac)
    expect(() => renew(rig, hmac)).toThrow('DELEGATION_TOKEN_NOT_FOUND')
  })

  test('are removed by the active controller when they have expired', () => {
    const rig = rigOf()
    rig.failover()
    const [short, long] = [create(rig, { maxLifetimeMs: 10 }), create(rig)]
    const dueMs = 1_000 + delegationTokens.checkIntervalMs
    expect(rig.deadlineMs).toBe(dueMs)
    rig.nowMs = dueMs - 1
    expect(rig.tick()).toEqual([])
    rig.nowMs = dueMs
    expect(rig.tick()).toMatchObject([{ type: 'RemoveDelegationTokenRecord', data: { tokenId: short.tokenId } }])
    expect([...rig.committed.delegationTokens.keys()]).toEqual([long.tokenId])
    expect(rig.deadlineMs).toBe(dueMs + delegationTokens.checkIntervalMs)
  })

  test.each([
    [{ settings: {} }, 'DELEGATION_TOKEN_AUTH_DISABLED'],
    [{ settings: { delegationTokens }, features: { [METADATA_VERSION]: 13 } }, 'UNSUPPORTED_VERSION'],
  ] as const)('are refused: %j', (options, error) => {
    const rig = rigOf(options)
    expect(() => create(rig)).toThrow(error)
    expect(() => renew(rig, Buffer.alloc(1))).toThrow(error)
    expect(() => expire(rig, Buffer.alloc(1))).toThrow(error)
  })

  test('can only be renewed by users', () => {
    expect(() => create(rigOf(), { renewers: ['User:bob', 'Group:x'] })).toThrow('INVALID_PRINCIPAL_TYPE')
  })
})
