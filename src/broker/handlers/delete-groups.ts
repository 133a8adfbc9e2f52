import { ErrorCode } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/messages/delete-groups.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { split } from '../authorization.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

export interface DeleteGroupsDeps {
  readonly groups: Pick<GroupCoordinator, 'delete'>
  readonly access: Access
}

export function deleteGroupsHandler({ groups, access }: DeleteGroupsDeps): Handler {
  return handler(ApiKey.DeleteGroups, DeleteGroupsRequest, DeleteGroupsResponse, async (request, context) => {
    const question = { access, context, operation: AclOperation.DELETE, resourceType: ResourceType.GROUP }
    const { allowed, refused } = split(question, [...new Set(request.groupsNames)], (groupId) => groupId)
    const deleted = await groups.delete(allowed)
    const denied = refused.map((groupId) => ({ groupId, errorCode: ErrorCode.GROUP_AUTHORIZATION_FAILED }))
    return { throttleTimeMs: 0, results: [...deleted, ...denied] }
  })
}
