import {
  type Acl,
  AclOperation,
  nameOfCode,
  PatternType,
  PermissionType,
  ResourceType,
  WILDCARD,
} from '../../protocol/acl-codes.ts'

/** Null and ANY: whatever there is. */
export interface AclFilter {
  readonly resourceType: number
  readonly resourceName: string | null
  /** MATCH: every pattern that the name falls under. */
  readonly patternType: number
  readonly principal: string | null
  readonly host: string | null
  readonly operation: number
  readonly permissionType: number
}

export function matchesFilter(filter: AclFilter, acl: Acl): boolean {
  return matchesPattern(filter, acl) && matchesEntry(filter, acl)
}

function matchesPattern({ resourceType, resourceName: name, patternType }: AclFilter, acl: Acl): boolean {
  if (resourceType !== ResourceType.ANY && resourceType !== acl.resourceType) return false
  const isExact = patternType === acl.patternType
  if (!isExact && patternType !== PatternType.ANY && patternType !== PatternType.MATCH) return false
  if (name === null || name === acl.resourceName) return true
  if (patternType !== PatternType.MATCH) return false
  return acl.patternType === PatternType.PREFIXED ? name.startsWith(acl.resourceName) : acl.resourceName === WILDCARD
}

function matchesEntry({ principal, host, operation, permissionType }: AclFilter, acl: Acl): boolean {
  return (
    (principal === null || principal === acl.principal) &&
    (host === null || host === acl.host) &&
    (operation === AclOperation.ANY || operation === acl.operation) &&
    (permissionType === PermissionType.ANY || permissionType === acl.permissionType)
  )
}

/** Of the pattern or of the entry; undefined: every code of the filter has a meaning. */
export function unknownPart(filter: AclFilter): 'patternFilter' | 'entryFilter' | undefined {
  const { resourceType, patternType, operation, permissionType } = filter
  if (isUnknown(ResourceType, resourceType) || isUnknown(PatternType, patternType)) return 'patternFilter'
  return isUnknown(AclOperation, operation) || isUnknown(PermissionType, permissionType) ? 'entryFilter' : undefined
}

function isUnknown(names: Readonly<Record<string, number>>, code: number): boolean {
  return nameOfCode(names, code) === 'UNKNOWN'
}
