import { describe, expect, test } from 'vitest'
import { present } from '../../src/base/assert.ts'
import type { Uuid } from '../../src/base/ids.ts'
import { AUDIT_LOGGER, AuditLog } from '../../src/broker/audit-log.ts'
import { AuthorizedAccess } from '../../src/broker/authorized-access.ts'
import { areaOf } from '../../src/io/log-levels.ts'
import { createLogger } from '../../src/io/logger.ts'
import { AccessMetrics } from '../../src/metrics/broker-metrics.ts'
import { apiOf } from '../../src/protocol/apis.ts'
import { AclOperation, OPERATIONS, operationBits, ResourceType } from '../../src/security/acl.ts'
import { StandardAuthorizer } from '../../src/security/authorizer.ts'

interface Line {
  readonly msg: string
  readonly [field: string]: unknown
}

/** Bob is denied everything, alice may read orders, root may everything. */
function rig() {
  const lines: Line[] = []
  const logger = createLogger({ destination: { write: (text) => lines.push(JSON.parse(text)) } })
  const timers: { ms: number; run: () => void; cancelled: boolean }[] = []
  const clock = {
    after: (ms: number, run: () => void) => {
      const timer = { ms, run, cancelled: false }
      timers.push(timer)
      return { cancel: () => (timer.cancelled = true) } as never
    },
  }
  const authorizer = new StandardAuthorizer({ superUsers: new Set(['User:root']), allowIfNoAcl: false })
  authorizer.loaded()
  authorizer.set('1' as Uuid, {
    resourceType: ResourceType.TOPIC,
    resourceName: 'orders',
    patternType: 3,
    principal: 'User:alice',
    host: '*',
    operation: AclOperation.READ,
    permissionType: 3,
  })
  const audit = new AuditLog(areaOf(logger, AUDIT_LOGGER), clock)
  const metrics = new AccessMetrics()
  const access = new AuthorizedAccess(authorizer, audit, metrics)
  const as = (principal: string, peerAddress = '10.0.0.1', key = 1) => {
    const connection = { principal, peerAddress } as never
    return { api: present(apiOf(key), 'the API'), connection }
  }
  return { access, as, audit, lines, timers, logger, authorizer, metrics }
}

const { READ, WRITE, DESCRIBE } = AclOperation
const { TOPIC, GROUP } = ResourceType

describe('the audit', () => {
  test('has a line for a denial, with its reason', () => {
    const { access, as, lines } = rig()
    expect(access.may(as('User:bob'), READ, TOPIC, 'orders', undefined, 3)).toBe(false)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({
      msg: 'denied',
      level: 30,
      principal: 'User:bob',
      result: 'Denied',
      operation: 'READ',
      host: '10.0.0.1',
      resource: 'Topic:LITERAL:orders',
      request: 'Fetch',
      resourceRefCount: 3,
      rule: 'DefaultDeny',
    })
  })

  test('has one for access where its level is DEBUG, and none for what gives none', () => {
    const { access, as, lines, logger } = rig()
    expect(access.may(as('User:alice'), READ, TOPIC, 'orders')).toBe(true)
    expect(lines).toEqual([])
    logger.levels?.set(AUDIT_LOGGER, 'DEBUG')
    expect(access.may(as('User:alice'), READ, TOPIC, 'orders')).toBe(true)
    expect(access.may(as('User:root'), READ, TOPIC, 'orders')).toBe(true)
    expect(lines.map(({ msg, rule }) => [msg, rule])).toEqual([
      [
        'allowed',
        'MatchingAcl(acl=StandardAcl[resourceType=TOPIC, resourceName=orders, patternType=LITERAL, ' +
          'principal=User:alice, host=*, operation=READ, permissionType=ALLOW])',
      ],
      ['allowed', 'SuperUser'],
    ])
    expect(access.operations(as('User:alice'), TOPIC, 'orders')).toBe(operationBits([READ, DESCRIBE]))
    expect(access.may(as('User:bob'), READ, TOPIC, 'orders', 'silent')).toBe(false)
    expect(lines).toHaveLength(2)
    for (const _time of [1, 2]) access.may(as('User:bob'), READ, TOPIC, 'orders')
    expect(lines.slice(2).map(({ msg }) => msg)).toEqual(['denied', 'denied'])
  })

  test('counts what is denied again, and says so in the end', () => {
    const { access, as, lines, timers } = rig()
    for (let n = 0; n < 1_000; n += 1) access.may(as('User:bob'), READ, TOPIC, 'orders')
    access.may(as('User:bob'), WRITE, TOPIC, 'orders')
    expect(lines.map(({ msg, operation }) => [msg, operation])).toEqual([
      ['denied', 'READ'],
      ['denied', 'WRITE'],
    ])
    expect(timers).toHaveLength(1)
    timers[0]?.run()
    expect(lines.slice(2)).toMatchObject([{ msg: 'denied again', operation: 'READ', again: 999 }])
    access.may(as('User:bob'), READ, TOPIC, 'orders')
    expect(lines).toHaveLength(4)
    expect(timers).toHaveLength(2)
  })

  test('neither floods nor loses a denial of one who tries everything from everywhere', () => {
    const { access, as, lines, audit } = rig()
    for (let n = 0; n < 5_000; n += 1) {
      access.may(as(`User:${n % 150}`, `10.0.${n % 150}.1`), READ, GROUP, `${n}-${'g'.repeat(30_000)}`)
    }
    expect(lines.length).toBeLessThanOrEqual(200)
    audit.flush()
    expect(lines.length).toBeLessThanOrEqual(301)
    const counted = lines.filter(({ msg }) => msg === 'more was denied').map(({ times }) => Number(times))
    expect(counted.reduce((sum, times) => sum + times, 0)).toBe(4_800)
    expect(JSON.stringify(lines).length).toBeLessThan(200_000)
  })
})

describe('access', () => {
  test('writes addresses as Java does, because ACLs have them so', () => {
    const { access, as, authorizer, lines, metrics } = rig()
    authorizer.set('2' as Uuid, {
      resourceType: TOPIC,
      resourceName: '*',
      patternType: 3,
      principal: 'User:*',
      host: '0:0:0:0:0:0:0:1',
      operation: AclOperation.ALL,
      permissionType: 3,
    })
    expect(access.may(as('User:bob', '::1'), READ, TOPIC, 'any')).toBe(true)
    expect(access.may(as('User:bob', 'fe80::1%eth0'), READ, TOPIC, 'any')).toBe(false)
    expect(lines[0]).toMatchObject({ host: 'fe80:0:0:0:0:0:0:1%eth0' })
    expect(metrics).toMatchObject({ allowed: 1, denied: 1 })
  })

  test('tells a super user of every operation that there is', () => {
    const { access, as } = rig()
    for (const [type, operations] of OPERATIONS) {
      expect(access.operations(as('User:root'), type, 'x')).toBe(operationBits(operations))
      expect(access.operations(as('User:bob'), type, 'x')).toBe(0)
    }
  })

  test('refuses to decide before the ACLs are known', () => {
    const { as } = rig()
    const authorizer = new StandardAuthorizer({ superUsers: new Set(['User:root']), allowIfNoAcl: true })
    const access = new AuthorizedAccess(authorizer, { decided: () => {} }, new AccessMetrics())
    expect(access.mayCluster(as('User:root'), READ)).toBe(true)
    expect(() => access.mayCluster(as('User:bob'), READ)).toThrow('UNKNOWN_SERVER_ERROR')
  })
})
