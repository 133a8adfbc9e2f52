import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { ListGroupsRequest, ListGroupsResponse } from '../../protocol/messages/list-groups.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

export function listGroupsHandler({ groups }: { readonly groups: Pick<GroupCoordinator, 'list'> }): Handler {
  return handler(ApiKey.ListGroups, ListGroupsRequest, ListGroupsResponse, async (request) => {
    try {
      const listed = await groups.list({ states: request.statesFilter, types: request.typesFilter })
      return { errorCode: ErrorCode.NONE, groups: listed }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { errorCode: error.code, groups: [] }
    }
  })
}
