import { describe, expect, test } from 'vitest'
import { Prng } from '../../../src/base/prng.ts'
import { type Acl, AclOperation, PatternType, PermissionType, ResourceType } from '../../../src/security/acl.ts'
import { StandardAuthorizer } from '../../../src/security/authorizer.ts'
import { DecisionCache } from '../../../src/security/decision-cache.ts'
import { type Asked, authorizerOf, type Case, idOf, randomCase } from './cases.ts'

const IMPLIED: Readonly<Record<number, readonly number[]>> = { 8: [3, 4, 6, 7], 10: [11] }

/** The rules, one sentence each, without any index. */
function naive({ superUsers, allowIfNoAcl, acls }: Case, { principal, host, operation, resourceType, name }: Asked) {
  if (superUsers.split(/\s*;\s*/).some((user) => user.trim() === principal)) return true
  const resource = name ?? 'hardcode'
  const near = acls.filter((acl) => {
    if (acl.resourceType !== resourceType) return false
    if (acl.patternType === PatternType.PREFIXED) return resource.startsWith(acl.resourceName)
    return acl.resourceName === resource || (acl.resourceName === '*' && !resource.startsWith('*'))
  })
  const mine = near.filter((acl) => {
    if (acl.principal !== principal && acl.principal !== 'User:*') return false
    if (acl.host !== '*' && acl.host !== host) return false
    if (acl.operation === AclOperation.ALL || acl.operation === operation) return true
    return acl.permissionType === PermissionType.ALLOW && (IMPLIED[operation] ?? []).includes(acl.operation)
  })
  if (mine.some((acl) => acl.permissionType === PermissionType.DENY)) return false
  if (mine.length > 0) return true
  return near.length === 0 && allowIfNoAcl
}

const allow = (changes: Partial<Acl> = {}): Acl => ({
  resourceType: ResourceType.TOPIC,
  resourceName: 'orders',
  patternType: PatternType.LITERAL,
  principal: 'User:alice',
  host: '*',
  operation: AclOperation.READ,
  permissionType: PermissionType.ALLOW,
  ...changes,
})

const reads = (principal: string, name = 'orders') => ({
  principal,
  host: '10.0.0.1',
  operation: AclOperation.READ,
  resourceType: ResourceType.TOPIC,
  name,
})

describe('the authorizer', () => {
  test('decides as the rules say, however ACLs come and go', () => {
    for (let seed = 1_000_000; seed < 1_001_500; seed += 1) {
      const one = randomCase(seed)
      const authorizer = authorizerOf(one)
      const left = new Map(one.acls.map((acl, at) => [at, acl]))
      for (const at of one.removed) left.delete(at)
      const prng = new Prng(seed)
      for (const question of one.questions) {
        const name = question.name ?? 'hardcode'
        const { allowed } = authorizer.decide({ ...question, name })
        expect(allowed, JSON.stringify(one)).toBe(naive({ ...one, acls: [...left.values()] }, question))
        const at = prng.below(one.acls.length + 1)
        const acl = one.acls[at]
        if (acl === undefined) continue
        if (left.delete(at)) authorizer.set(idOf(at), undefined)
        else {
          left.set(at, acl)
          authorizer.set(idOf(at), acl)
        }
        expect(authorizer.count).toBe(left.size)
      }
    }
  })

  test('lets super users in, and nobody else, before the ACLs are known', () => {
    const authorizer = new StandardAuthorizer({ superUsers: new Set(['User:root']), allowIfNoAcl: true })
    authorizer.set(idOf(0), allow())
    expect(authorizer.decide(reads('User:root')).allowed).toBe(true)
    expect(authorizer.decide(reads('User:alice'))).toEqual({ allowed: false, rule: { kind: 'not-ready' } })
    expect(authorizer.mayOnAny(reads('User:alice'))).toBe(false)
    authorizer.loaded()
    expect(authorizer.decide(reads('User:alice')).allowed).toBe(true)
  })

  test('an ACL under a known id takes the place of the old one', () => {
    const authorizer = new StandardAuthorizer({ superUsers: new Set(), allowIfNoAcl: false })
    authorizer.loaded()
    authorizer.set(idOf(0), allow())
    expect(authorizer.decide(reads('User:alice')).allowed).toBe(true)
    authorizer.set(idOf(0), allow({ resourceName: 'ord', patternType: PatternType.PREFIXED, principal: 'User:bob' }))
    expect(authorizer.decide(reads('User:alice')).allowed).toBe(false)
    expect(authorizer.decide(reads('User:bob')).allowed).toBe(true)
  })
})

describe('remembered decisions', () => {
  test('are bounded, and long names are not remembered', () => {
    const cache = new DecisionCache<number>(100)
    for (let n = 0; n < 1_000; n += 1) {
      const question = reads(`User:${n % 7}`, `topic-${n}`)
      cache.set(question, n)
      expect(cache.get(question)).toBe(n)
      expect(cache.size).toBeLessThanOrEqual(100)
    }
    const long = reads('User:a', 'x'.repeat(257))
    cache.set(long, 1)
    expect(cache.get(long)).toBeUndefined()
  })

  test('differ by principal, host, operation, type and name', () => {
    const cache = new DecisionCache<number>()
    const questions = [
      reads('User:a'),
      reads('User:b'),
      { ...reads('User:a'), host: '10.0.0.2' },
      { ...reads('User:a'), operation: AclOperation.WRITE },
      { ...reads('User:a'), resourceType: ResourceType.GROUP },
      reads('User:a', 'other'),
    ]
    for (const [n, question] of questions.entries()) cache.set(question, n)
    expect(questions.map((question) => cache.get(question))).toEqual([0, 1, 2, 3, 4, 5])
    cache.clear()
    expect(questions.map((question) => cache.get(question))).toEqual(questions.map(() => undefined))
  })
})
