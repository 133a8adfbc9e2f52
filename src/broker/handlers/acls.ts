import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { type AclFilter, matchesFilter } from '../../metadata/acls/filter.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { CreateAclsRequest, CreateAclsResponse } from '../../protocol/messages/create-acls.ts'
import { DeleteAclsRequest, DeleteAclsResponse } from '../../protocol/messages/delete-acls.ts'
import { DescribeAclsRequest, DescribeAclsResponse } from '../../protocol/messages/describe-acls.ts'
import { type Acl, AclOperation, PatternType, PermissionType, ResourceType } from '../../security/acl.ts'
import type { Access, AccessContext } from '../access.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { needs } from '../authorization.ts'
import { CLOSE_CONNECTION, type Handler, handler } from '../handler.ts'

export interface AclChangeDeps {
  readonly controller: ControllerPort
  readonly access: Access
}

export interface DescribeAclsDeps {
  readonly image: () => Pick<MetadataImage, 'acls'>
  readonly access: Access
}

export function createAclsHandler({ controller, access }: AclChangeDeps): Handler {
  return handler(ApiKey.CreateAcls, CreateAclsRequest, CreateAclsResponse, async ({ creations }, context) => {
    const acls = creations.map(({ resourcePatternType, ...entry }) => ({ ...entry, patternType: resourcePatternType }))
    if (acls.some(hasNoCode)) return CLOSE_CONNECTION
    const refused = (error: KafkaError) => ({
      throttleTimeMs: 0,
      results: creations.map(() => ({ errorCode: error.code, errorMessage: error.detail })),
    })
    const refusal = refusalOf(access, context, AclOperation.ALTER, 'No Authorizer is configured.')
    if (refusal !== undefined) return refused(refusal)
    if (acls.some(isFilter)) return refused(new KafkaError('UNKNOWN_SERVER_ERROR'))
    const created = controller.submit({ type: 'createAcls', acls }).then((results) => ({
      throttleTimeMs: 0,
      // What worked has an empty text here, and none where ACLs are deleted: as Kafka has it.
      results: results.map(({ error, message }) => ({ errorCode: ErrorCode[error], errorMessage: message ?? '' })),
    }))
    return orRefusal(created, refused)
  })
}

export function deleteAclsHandler({ controller, access }: AclChangeDeps): Handler {
  return handler(ApiKey.DeleteAcls, DeleteAclsRequest, DeleteAclsResponse, async ({ filters: given }, context) => {
    const filters = given.map(filterOf)
    if (filters.some(hasNoCode)) return CLOSE_CONNECTION
    const refused = (error: KafkaError) => ({
      throttleTimeMs: 0,
      filterResults: filters.map(() => ({ errorCode: error.code, errorMessage: error.detail, matchingAcls: [] })),
    })
    const refusal = refusalOf(access, context, AclOperation.ALTER, 'No Authorizer is configured.')
    if (refusal !== undefined) return refused(refusal)
    const done = controller.submit({ type: 'deleteAcls', filters }).then((results) => ({
      throttleTimeMs: 0,
      filterResults: results.map(({ error, message, deleted }) => ({
        errorCode: ErrorCode[error],
        errorMessage: message,
        matchingAcls: deleted.map((acl) => ({ errorCode: 0, errorMessage: null, ...acl })),
      })),
    }))
    return orRefusal(done, refused)
  })
}

export function describeAclsHandler({ image, access }: DescribeAclsDeps): Handler {
  return handler(ApiKey.DescribeAcls, DescribeAclsRequest, DescribeAclsResponse, (request, context) => {
    const filter = filterOf(request)
    if (hasNoCode(filter)) return CLOSE_CONNECTION
    const refusal = refusalOf(access, context, AclOperation.DESCRIBE, 'No Authorizer is configured on the broker')
    if (refusal !== undefined) {
      return { throttleTimeMs: 0, errorCode: refusal.code, errorMessage: refusal.detail, resources: [] }
    }
    const found = [...image().acls.values()].filter((acl) => matchesFilter(filter, acl))
    return { throttleTimeMs: 0, errorCode: 0, errorMessage: '', resources: byPattern(found) }
  })
}

function refusalOf(
  access: Access,
  context: AccessContext,
  operation: number,
  sentence: string,
): KafkaError | undefined {
  if (!access.mayCluster(context, operation)) return needs(operation)
  return access.isOn ? undefined : new KafkaError('SECURITY_DISABLED', sentence)
}

interface FilterFields {
  readonly resourceTypeFilter: number
  readonly resourceNameFilter: string | null
  readonly patternTypeFilter: number
  readonly principalFilter: string | null
  readonly hostFilter: string | null
  readonly operation: number
  readonly permissionType: number
}

function filterOf(given: FilterFields): AclFilter {
  return {
    resourceType: given.resourceTypeFilter,
    resourceName: given.resourceNameFilter,
    patternType: given.patternTypeFilter,
    principal: given.principalFilter,
    host: given.hostFilter,
    operation: given.operation,
    permissionType: given.permissionType,
  }
}

type Codes = Pick<Acl, 'resourceType' | 'patternType' | 'operation' | 'permissionType'>

/** No client says "unknown": Kafka takes such bytes for no request at all. */
function hasNoCode({ resourceType, patternType, operation, permissionType }: Codes): boolean {
  return resourceType === 0 || patternType === 0 || operation === 0 || permissionType === 0
}

/** ANY and MATCH are for filters. Kafka trips over such an entry, and refuses those beside it too. */
function isFilter({ resourceType, patternType, operation, permissionType }: Codes): boolean {
  const isPattern =
    resourceType === ResourceType.ANY || patternType === PatternType.ANY || patternType === PatternType.MATCH
  return isPattern || operation === AclOperation.ANY || permissionType === PermissionType.ANY
}

function byPattern(acls: readonly Acl[]) {
  const groups = Map.groupBy(acls, ({ resourceType, patternType, resourceName }) =>
    JSON.stringify([resourceType, patternType, resourceName]),
  )
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { resourceType, resourceName, patternType } = first
    const entries = group.map(({ principal, host, operation, permissionType }) => {
      return { principal, host, operation, permissionType }
    })
    return [{ resourceType, resourceName, patternType, acls: entries }]
  })
}
