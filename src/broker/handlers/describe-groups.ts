import { ErrorCode } from '../../base/errors.ts'
import type { DescribedGroup } from '../../group/commands.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/messages/describe-groups.ts'
import { GROUP_OPERATIONS, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

/** Before it a group that does not exist is one that is dead. */
const NOT_FOUND_SINCE = 6

export function describeGroupsHandler({ groups }: { readonly groups: Pick<GroupCoordinator, 'describe'> }): Handler {
  return handler(ApiKey.DescribeGroups, DescribeGroupsRequest, DescribeGroupsResponse, async (request, context) => {
    const described = await groups.describe(request.groups)
    return {
      groups: described.map((group) => {
        const shown = context.apiVersion >= NOT_FOUND_SINCE ? group : withoutNotFound(group)
        const told = request.includeAuthorizedOperations && shown.errorCode === ErrorCode.NONE
        return { ...shown, authorizedOperations: told ? GROUP_OPERATIONS : OPERATIONS_NOT_ASKED }
      }),
    }
  })
}

function withoutNotFound(group: DescribedGroup): DescribedGroup {
  return group.errorCode === ErrorCode.GROUP_ID_NOT_FOUND ? { ...group, errorCode: ErrorCode.NONE } : group
}
