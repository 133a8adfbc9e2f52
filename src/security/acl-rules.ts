import { type Acl, AclOperation, PermissionType, WILDCARD } from './acl.ts'

const { ALL, READ, WRITE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS } = AclOperation

/** Whoever is allowed one of these may look at the resource too. */
const IMPLY_DESCRIBE: ReadonlySet<number> = new Set([DESCRIBE, READ, WRITE, DELETE, ALTER])
const IMPLY_DESCRIBE_CONFIGS: ReadonlySet<number> = new Set([DESCRIBE_CONFIGS, ALTER_CONFIGS])

/** Whether an ACL of the right resource and principal speaks of the operation from the host. Denials imply nothing. */
export function speaksOf(acl: Acl, operation: number, host: string): boolean {
  if (!isForHost(acl, host)) return false
  if (acl.operation === ALL || acl.operation === operation) return true
  if (acl.permissionType !== PermissionType.ALLOW) return false
  if (operation === DESCRIBE) return IMPLY_DESCRIBE.has(acl.operation)
  return operation === DESCRIBE_CONFIGS && IMPLY_DESCRIBE_CONFIGS.has(acl.operation)
}

export function isForHost(acl: Acl, host: string): boolean {
  return acl.host === WILDCARD || acl.host === host
}

/** Kafka's order of the ACLs of one pattern; it decides which of several is given as the reason. */
export function compareEntries(a: Acl, b: Acl): number {
  return (
    a.operation - b.operation ||
    compareTexts(a.principal, b.principal) ||
    compareTexts(a.host, b.host) ||
    a.permissionType - b.permissionType
  )
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
