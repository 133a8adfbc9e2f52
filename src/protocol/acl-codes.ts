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

/** `READ` for 3; `UNKNOWN` for what has no name, as Java's enums do. */
export function nameOfCode(names: Readonly<Record<string, number>>, code: number): string {
  return Object.keys(names).find((name) => names[name] === code) ?? 'UNKNOWN'
}
