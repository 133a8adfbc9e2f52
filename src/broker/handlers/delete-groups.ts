import { ApiKey } from '../../protocol/apis.ts'
import { DeleteGroupsRequest, DeleteGroupsResponse } from '../../protocol/messages/delete-groups.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

export function deleteGroupsHandler({ groups }: { readonly groups: Pick<GroupCoordinator, 'delete'> }): Handler {
  return handler(ApiKey.DeleteGroups, DeleteGroupsRequest, DeleteGroupsResponse, async (request) => ({
    throttleTimeMs: 0,
    results: await groups.delete([...new Set(request.groupsNames)]),
  }))
}
