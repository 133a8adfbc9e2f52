import { ErrorCode, type ErrorName, KafkaError } from '../base/errors.ts'
import { AclOperation, nameOfCode, ResourceType } from '../security/acl.ts'
import type { Access, AccessContext, AuditMode } from './access.ts'
import { OPERATIONS_NOT_ASKED } from './authorized-operations.ts'

/** What Kafka says beside a denial, where an answer has a place for it. */
export const DENIALS = {
  TOPIC_AUTHORIZATION_FAILED: 'Topic authorization failed.',
  GROUP_AUTHORIZATION_FAILED: 'Group authorization failed.',
  CLUSTER_AUTHORIZATION_FAILED: 'Cluster authorization failed.',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: 'Transactional Id authorization failed.',
} as const satisfies { readonly [E in ErrorName]?: string }

/** Of a request that only those may make who may do so with the cluster. Kafka's sentence shows it as a Java object. */
export function needs(operation: number): KafkaError {
  const sentence = `The request needs ${nameOfCode(AclOperation, operation)} permission.`
  return new KafkaError('CLUSTER_AUTHORIZATION_FAILED', sentence)
}

export interface Question {
  readonly access: Access
  readonly context: AccessContext
  readonly operation: number
  readonly resourceType: number
  readonly audit?: AuditMode
}

export interface Split<T> {
  readonly allowed: readonly T[]
  readonly refused: readonly T[]
}

/** Items of a request by whether their resource may be used; each name is asked about once. */
export function split<T>(question: Question, items: readonly T[], nameOf: (item: T) => string): Split<T> {
  if (!question.access.isOn) return { allowed: items, refused: [] }
  const denied = deniedOf(question, items.map(nameOf))
  if (denied.size === 0) return { allowed: items, refused: [] }
  return {
    allowed: items.filter((item) => !denied.has(nameOf(item))),
    refused: items.filter((item) => denied.has(nameOf(item))),
  }
}

/** Of these names, those that may not be used so. */
export function deniedOf(question: Question, names: Iterable<string>): ReadonlySet<string> {
  const { access, context, operation, resourceType, audit } = question
  if (!access.isOn) return NONE
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  const denied = new Set<string>()
  for (const [name, count] of counts) {
    if (!access.may(context, operation, resourceType, name, audit, count)) denied.add(name)
  }
  return denied
}

const NONE: ReadonlySet<string> = new Set()

export function readableTopics(access: Access, context: AccessContext): Question {
  return { access, context, operation: AclOperation.READ, resourceType: ResourceType.TOPIC }
}

export function describableTopics(access: Access, context: AccessContext): Question {
  return { access, context, operation: AclOperation.DESCRIBE, resourceType: ResourceType.TOPIC }
}

export function mayReadGroup(access: Access, context: AccessContext, groupId: string): boolean {
  return access.may(context, AclOperation.READ, ResourceType.GROUP, groupId)
}

/** On the cluster or on each of the topics: those that may not be made. */
export function uncreatable(access: Access, context: AccessContext, names: readonly string[]): ReadonlySet<string> {
  if (!access.isOn || names.length === 0 || access.mayCluster(context, AclOperation.CREATE, 'silent')) return NONE
  return deniedOf({ access, context, operation: AclOperation.CREATE, resourceType: ResourceType.TOPIC }, names)
}

interface Described {
  readonly groupId: string
  readonly errorCode: number
}

export interface GroupDescriptions<G extends Described> {
  readonly access: Access
  readonly context: AccessContext
  readonly groupIds: readonly string[]
  readonly withOperations: boolean
  /** Whether the cluster has groups of this kind; left out: always. */
  readonly isEnabled?: boolean
  describe(groupIds: readonly string[]): Promise<readonly G[]>
  refused(groupId: string, errorCode: number, message: string | null): G
  /** The topics that the description names; left out: none. */
  topicsOf?(group: G): Iterable<string>
  /** What is said where it names one that may not be described. */
  readonly hiddenMessage?: string
}

/** Groups as the asker may see them: those of others first, then what is known of the rest. */
export async function describeGroups<G extends Described>(asked: GroupDescriptions<G>) {
  const { access, context, groupIds } = asked
  if (asked.isEnabled === false) {
    const unsupported = groupIds.map((groupId) => asked.refused(groupId, ErrorCode.UNSUPPORTED_VERSION, null))
    return unsupported.map((group) => ({ ...group, authorizedOperations: OPERATIONS_NOT_ASKED }))
  }
  const { DESCRIBE } = AclOperation
  const question = { access, context, operation: DESCRIBE, resourceType: ResourceType.GROUP }
  const { allowed, refused } = split(question, groupIds, (groupId) => groupId)
  const denied = refused.map((groupId) => asked.refused(groupId, ErrorCode.GROUP_AUTHORIZATION_FAILED, null))
  const described = [...denied, ...(await asked.describe(allowed))]
  const operations = described.map(({ groupId, errorCode }) =>
    asked.withOperations && errorCode === ErrorCode.NONE
      ? access.operations(context, ResourceType.GROUP, groupId)
      : OPERATIONS_NOT_ASKED,
  )
  const topics = new Set(described.flatMap((one) => topicsIn(asked, one)))
  const hidden = deniedOf(describableTopics(access, context), topics)
  return described.map((group, at) => {
    if (hidden.size === 0 || !topicsIn(asked, group).some((topic) => hidden.has(topic))) {
      return { ...group, authorizedOperations: operations[at] ?? OPERATIONS_NOT_ASKED }
    }
    const code = ErrorCode.TOPIC_AUTHORIZATION_FAILED
    const refusal = asked.refused(group.groupId, code, asked.hiddenMessage ?? null)
    return { ...refusal, authorizedOperations: OPERATIONS_NOT_ASKED }
  })
}

function topicsIn<G extends Described>({ access, topicsOf }: GroupDescriptions<G>, group: G): string[] {
  return access.isOn && topicsOf !== undefined ? [...topicsOf(group)] : []
}
