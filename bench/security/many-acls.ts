import { type Acl, AclOperation, PatternType, PermissionType, ResourceType } from '../../src/security/acl.ts'

/** Topics of their own for most users, prefixes for some, and denials here and there: as a large company has them. */
export function manyAcls(count: number): Acl[] {
  return Array.from({ length: count }, (_, n) => ({
    resourceType: n % 10 < 7 ? ResourceType.TOPIC : n % 10 < 9 ? ResourceType.GROUP : ResourceType.TRANSACTIONAL_ID,
    resourceName: n % 4 === 0 ? `team-${n % 997}.` : `team-${n % 997}.topic-${n}`,
    patternType: n % 4 === 0 ? PatternType.PREFIXED : PatternType.LITERAL,
    principal: `User:service-${n % 2003}`,
    host: n % 20 === 0 ? '10.0.0.1' : '*',
    operation: n % 3 === 0 ? AclOperation.WRITE : AclOperation.READ,
    permissionType: n % 50 === 0 ? PermissionType.DENY : PermissionType.ALLOW,
  }))
}
