/** What is asked about. Codes of the wire and of stored records. */
export const ResourceType = {
  UNKNOWN: 0,
  ANY: 1,
  TOPIC: 2,
  GROUP: 3,
  CLUSTER: 4,
  TRANSACTIONAL_ID: 5,
  DELEGATION_TOKEN: 6,
  USER: 7,
} as const

export const AclOperation = {
  UNKNOWN: 0,
  ANY: 1,
  ALL: 2,
  READ: 3,
  WRITE: 4,
  CREATE: 5,
  DELETE: 6,
  ALTER: 7,
  DESCRIBE: 8,
  CLUSTER_ACTION: 9,
  DESCRIBE_CONFIGS: 10,
  ALTER_CONFIGS: 11,
  IDEMPOTENT_WRITE: 12,
  CREATE_TOKENS: 13,
  DESCRIBE_TOKENS: 14,
  TWO_PHASE_COMMIT: 15,
} as const

export const PatternType = { UNKNOWN: 0, ANY: 1, MATCH: 2, LITERAL: 3, PREFIXED: 4 } as const

export const PermissionType = { UNKNOWN: 0, ANY: 1, DENY: 2, ALLOW: 3 } as const

/** The one name that a resource of type CLUSTER has. */
export const CLUSTER_NAME = 'kafka-cluster'
/** As a resource name of a literal pattern, or as a host: any. */
export const WILDCARD = '*'
export const ANY_PRINCIPAL = 'User:*'

/** One access control entry; an `AclImage` is one. */
export interface Acl {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
  /** `Type:name` */
  readonly principal: string
  readonly host: string
  readonly operation: number
  readonly permissionType: number
}

const { READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS } = AclOperation

/** What can be done with a resource of a type: the operations that KIP-430's bits tell of. */
export const OPERATIONS: ReadonlyMap<number, readonly number[]> = new Map([
  [ResourceType.TOPIC, [READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS]],
  [ResourceType.GROUP, [READ, DELETE, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS]],
  [
    ResourceType.CLUSTER,
    [CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, AclOperation.IDEMPOTENT_WRITE],
  ],
  [ResourceType.TRANSACTIONAL_ID, [DESCRIBE, WRITE, AclOperation.TWO_PHASE_COMMIT]],
  [ResourceType.DELEGATION_TOKEN, [DESCRIBE]],
  [ResourceType.USER, [AclOperation.CREATE_TOKENS, AclOperation.DESCRIBE_TOKENS]],
])

export function operationBits(operations: readonly number[]): number {
  return operations.reduce((field, operation) => field | (1 << operation), 0)
}

const RESOURCE_TEXTS = ['Unknown', 'Any', 'Topic', 'Group', 'Cluster', 'TransactionalId', 'DelegationToken', 'User']

/** As Kafka's audit lines have it: `TransactionalId`. */
export function resourceTypeText(code: number): string {
  return RESOURCE_TEXTS[code] ?? 'Unknown'
}

export function nameOfCode(names: Readonly<Record<string, number>>, code: number): string {
  return Object.keys(names).find((name) => names[name] === code) ?? 'UNKNOWN'
}
