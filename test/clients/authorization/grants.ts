import { AclOperation, CLUSTER_NAME, PatternType, PermissionType, ResourceType } from '../../../src/security/acl.ts'

/** The things of one user: what it is granted is granted on these. */
export interface Names {
  readonly user: string
  /** There, and what grants on topics are about. */
  readonly own: string
  /** Not there, and as good as its own. */
  readonly fresh: string
  /** There, and none of its business. */
  readonly hidden: string
  /** Not there, and none of its business. */
  readonly absent: string
  /** Of its own groups' and transactional ids' names. */
  readonly prefix: string
}

export function namesOf(user: string): Names {
  return {
    user,
    own: `own-${user}`,
    fresh: `fresh-${user}`,
    hidden: `hidden-${user}`,
    absent: `absent-${user}`,
    prefix: `${user}-`,
  }
}

export interface Entry {
  readonly resourceType: number
  readonly resourceName: string
  readonly patternType: number
  readonly operation: number
  readonly permissionType: number
}

type Kind = 'TOPIC' | 'GROUP' | 'CLUSTER' | 'TRANSACTIONAL_ID'
type OperationName = keyof typeof AclOperation

function entries(names: Names, kind: Kind, name: OperationName, permissionType: number): Entry[] {
  const operation = AclOperation[name]
  const entry = { resourceType: ResourceType[kind], operation, permissionType }
  switch (kind) {
    case 'TOPIC':
      return [names.own, names.fresh].map((resourceName) => {
        return { ...entry, resourceName, patternType: PatternType.LITERAL }
      })
    case 'CLUSTER':
      return [{ ...entry, resourceName: CLUSTER_NAME, patternType: PatternType.LITERAL }]
    default:
      return [{ ...entry, resourceName: names.prefix, patternType: PatternType.PREFIXED }]
  }
}

/** What a user may do: `+TOPIC READ`, or may not for all that: `-TOPIC READ`. */
type Grant = `${'+' | '-'}${Kind} ${OperationName}`

const TOPIC = ['READ', 'WRITE', 'CREATE', 'DELETE', 'ALTER', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'] as const
const GROUP = ['READ', 'DELETE', 'DESCRIBE', 'DESCRIBE_CONFIGS', 'ALTER_CONFIGS'] as const
const CLUSTER = [
  'CREATE',
  'DELETE',
  'ALTER',
  'DESCRIBE',
  'CLUSTER_ACTION',
  'DESCRIBE_CONFIGS',
  'ALTER_CONFIGS',
  'IDEMPOTENT_WRITE',
] as const
const TRANSACTIONAL_ID = ['WRITE', 'DESCRIBE', 'TWO_PHASE_COMMIT'] as const

const ALL: readonly Grant[] = ['+TOPIC ALL', '+GROUP ALL', '+CLUSTER ALL', '+TRANSACTIONAL_ID ALL']
/** What lets a request come as far as its topics. */
const BELOW: readonly Grant[] = ['+GROUP ALL', '+TRANSACTIONAL_ID ALL']

const each = <K extends Kind>(kind: K, operations: readonly OperationName[], base: readonly Grant[] = []) =>
  operations.map((operation): [string, readonly Grant[]] => {
    const name = `${base.length > 0 ? 'member-' : ''}${kind}-${operation}`.toLowerCase().replaceAll('_', '-')
    return [name, [...base, `+${kind} ${operation}`]]
  })

/** Each operation on each kind of resource alone, none, all, and all but one. */
const GRANTS: ReadonlyMap<string, readonly Grant[]> = new Map([
  ['nobody', []],
  ['anybody', ALL],
  ...each('TOPIC', TOPIC),
  ...each('GROUP', GROUP),
  ...each('CLUSTER', CLUSTER),
  ...each('TRANSACTIONAL_ID', TRANSACTIONAL_ID),
  ['member', BELOW],
  ...each('TOPIC', ['READ', 'WRITE', 'DELETE', 'DESCRIBE'], BELOW),
  ['maker', [...BELOW, '+TOPIC CREATE', '+TOPIC DESCRIBE']],
  ['deleter-of-unseen', ['+TOPIC DELETE', '-TOPIC DESCRIBE']],
  ['blind', [...ALL, '-TOPIC DESCRIBE']],
  ['no-reader', [...ALL, '-TOPIC READ', '-GROUP READ']],
  ['no-writer', [...ALL, '-TOPIC WRITE', '-TRANSACTIONAL_ID WRITE']],
  ['no-broker', [...ALL, '-CLUSTER CLUSTER_ACTION']],
])

export const USERS: readonly string[] = [...GRANTS.keys()]

export function aclsOf(names: Names): Entry[] {
  return (GRANTS.get(names.user) ?? []).flatMap((grant) => {
    const [kind, operation] = grant.slice(1).split(' ') as [Kind, OperationName]
    return entries(names, kind, operation, grant.startsWith('-') ? PermissionType.DENY : PermissionType.ALLOW)
  })
}
