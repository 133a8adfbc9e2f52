import { KafkaError } from '../../base/errors.ts'
import {
  type Acl,
  AclOperation,
  nameOfCode,
  PatternType,
  PermissionType,
  ResourceType,
} from '../../protocol/acl-codes.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { kafkaError, throwIfError } from '../client-error.ts'

/** Names as Kafka's tools write them: `TOPIC`, `LITERAL`, `READ`, `ALLOW`. */
export interface AclEntry {
  readonly resourceType: string
  readonly resourceName: string
  readonly patternType: string
  /** `User:alice` */
  readonly principal: string
  readonly host: string
  readonly operation: string
  readonly permission: string
}

/** What is left out: any. `MATCH` finds whatever holds for the resource of this name. */
export type AclFilter = Partial<AclEntry>

type Codes = Readonly<Record<string, number>>

/** @throws KafkaError */
export async function listAcls(client: KafkaClient, filter: AclFilter = {}): Promise<AclEntry[]> {
  const answer = await client.any({ api: ApiKey.DescribeAcls, body: filterOf(filter) })
  throwIfError(answer)
  const found = answer.resources.flatMap(({ resourceType, resourceName, patternType, acls }) =>
    acls.map((acl) => entryOf({ resourceType, resourceName, patternType, ...acl })),
  )
  return found.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
}

/** @throws KafkaError of the first that could not be made */
export async function createAcls(client: KafkaClient, acls: readonly AclEntry[]): Promise<void> {
  const { results } = await client.controller({
    api: ApiKey.CreateAcls,
    body: {
      creations: acls.map(({ resourceType, resourceName, patternType, principal, host, operation, permission }) => ({
        resourceType: codeOf(ResourceType, resourceType, 'resource type'),
        resourceName,
        resourcePatternType: codeOf(PatternType, patternType, 'pattern type'),
        principal,
        host,
        operation: codeOf(AclOperation, operation, 'operation'),
        permissionType: codeOf(PermissionType, permission, 'permission'),
      })),
    },
    errorOf: (answer) => answer.results[0]?.errorCode ?? 0,
  })
  for (const result of results) throwIfError(result)
}

/** Gives those that were deleted. @throws KafkaError */
export async function deleteAcls(client: KafkaClient, filters: readonly AclFilter[]): Promise<AclEntry[]> {
  const { filterResults } = await client.controller({
    api: ApiKey.DeleteAcls,
    body: { filters: filters.map(filterOf) },
    errorOf: (answer) => answer.filterResults[0]?.errorCode ?? 0,
  })
  return filterResults.flatMap((result) => {
    throwIfError(result)
    return result.matchingAcls.map((acl) => {
      if (acl.errorCode !== 0) throw kafkaError(acl.errorCode, acl.errorMessage)
      return entryOf(acl)
    })
  })
}

function filterOf({ resourceType, resourceName, patternType, principal, host, operation, permission }: AclFilter) {
  return {
    resourceTypeFilter: codeOf(ResourceType, resourceType ?? 'ANY', 'resource type'),
    resourceNameFilter: resourceName ?? null,
    patternTypeFilter: codeOf(PatternType, patternType ?? 'ANY', 'pattern type'),
    principalFilter: principal ?? null,
    hostFilter: host ?? null,
    operation: codeOf(AclOperation, operation ?? 'ANY', 'operation'),
    permissionType: codeOf(PermissionType, permission ?? 'ANY', 'permission'),
  }
}

function entryOf({
  resourceType,
  resourceName,
  patternType,
  principal,
  host,
  operation,
  permissionType,
}: Acl): AclEntry {
  return {
    resourceType: nameOfCode(ResourceType, resourceType),
    resourceName,
    patternType: nameOfCode(PatternType, patternType),
    principal,
    host,
    operation: nameOfCode(AclOperation, operation),
    permission: nameOfCode(PermissionType, permissionType),
  }
}

/** @throws KafkaError where there is no such name */
function codeOf(codes: Codes, name: string, what: string): number {
  const wanted = name.replaceAll('-', '_').toUpperCase()
  const code = wanted === 'UNKNOWN' ? undefined : codes[wanted]
  if (code !== undefined) return code
  const names = Object.keys(codes).filter((known) => known !== 'UNKNOWN')
  throw new KafkaError('INVALID_REQUEST', `There is no ${what} '${name}', but ${names.join(', ').toLowerCase()}.`)
}

function sortKey(acl: AclEntry): string {
  const { resourceType, resourceName, patternType, principal, operation, permission, host } = acl
  return [resourceType, resourceName, patternType, principal, operation, permission, host].join('\0')
}
