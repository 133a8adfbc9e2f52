import type { Uuid } from '../../../src/base/ids.ts'
import { Prng } from '../../../src/base/prng.ts'
import { ruleText } from '../../../src/broker/audit-log.ts'
import { type Acl, ResourceType } from '../../../src/security/acl.ts'
import { StandardAuthorizer } from '../../../src/security/authorizer.ts'
import type { Question } from '../../../src/security/question.ts'

export interface Asked extends Omit<Question, 'name'> {
  /** Null: on any resource of the type. */
  readonly name: string | null
}

/** An authorizer with its ACLs, some of which are taken away again, and what it is asked then. */
export interface Case {
  readonly superUsers: string
  readonly allowIfNoAcl: boolean
  readonly acls: readonly Acl[]
  readonly removed: readonly number[]
  readonly questions: readonly Asked[]
}

const PRINCIPALS = ['User:alice', 'User:bob', 'User:*', 'Group:alice', 'User:a:b', 'User:CN=a,OU=b']
const HOSTS = ['127.0.0.1', '10.0.0.1', '0:0:0:0:0:0:0:1']
const TYPES = Object.values(ResourceType).filter((code) => code >= ResourceType.TOPIC)
/** Few names that begin with each other; sometimes operations that imply others only. */
const NAME_LETTERS = ['a', 'b', 'é', '*', '.']
const OPERATIONS = [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]

export function randomCase(seed: number): Case {
  const prng = new Prng(seed)
  const pick = <T>(values: readonly T[]): T => values[prng.below(values.length)] as T
  const types = prng.below(3) === 0 ? TYPES : [pick(TYPES)]
  const operations = prng.below(2) === 0 ? OPERATIONS : [2, 3, 4, 8, 10, 11].slice(prng.below(3))
  const letters = prng.below(2) === 0 ? NAME_LETTERS : ['a', 'b']
  const name = (): string => {
    if (prng.below(5) === 0) return '*'
    if (prng.below(20) === 0) return 'hardcode'
    return Array.from({ length: 1 + prng.below(4) }, () => pick(letters)).join('')
  }
  const acl = (): Acl => ({
    resourceType: pick(types),
    resourceName: name(),
    patternType: 3 + prng.below(2),
    principal: pick(PRINCIPALS),
    host: prng.below(2) === 0 ? '*' : pick(HOSTS),
    operation: pick(operations),
    permissionType: prng.below(3) === 0 ? 2 : 3,
  })
  const drawn = Array.from({ length: prng.below(14) }, acl)
  const acls = [...new Map(drawn.map((one) => [JSON.stringify(one), one])).values()]
  const question = (): Asked => ({
    // Kafka has no answer for one whose own name is the wildcard.
    principal: pick(PRINCIPALS.filter((principal) => principal !== 'User:*')),
    host: pick(HOSTS),
    operation: pick(operations.filter((operation) => operation !== 2)),
    resourceType: pick(types),
    name: prng.below(4) === 0 ? null : name(),
  })
  return {
    superUsers: prng.below(4) === 0 ? ' User:bob ; Group:alice;;' : '',
    allowIfNoAcl: prng.below(3) === 0,
    acls,
    removed: acls.flatMap((_, at) => (prng.below(5) === 0 ? [at] : [])),
    questions: Array.from({ length: 16 }, question),
  }
}

export function authorizerOf({ superUsers, allowIfNoAcl, acls, removed }: Case): StandardAuthorizer {
  const names = superUsers.split(';').flatMap((text) => (text.trim() === '' ? [] : [text.trim()]))
  const authorizer = new StandardAuthorizer({ superUsers: new Set(names), allowIfNoAcl })
  for (const [at, acl] of acls.entries()) authorizer.set(idOf(at), acl)
  authorizer.loaded()
  for (const at of removed) authorizer.set(idOf(at), undefined)
  return authorizer
}

export function idOf(at: number): Uuid {
  return `acl-${at}` as Uuid
}

/** As the oracle says it. */
export function answerOf(authorizer: StandardAuthorizer, asked: Asked): string {
  const { name } = asked
  const decision = authorizer.decide({ ...asked, name: name ?? 'hardcode' })
  if (name !== null) return `${resultOf(decision.allowed)} ${ruleText(decision)}`
  return resultOf(decision.allowed || authorizer.mayOnAny(asked))
}

function resultOf(allowed: boolean): string {
  return allowed ? 'ALLOWED' : 'DENIED'
}
