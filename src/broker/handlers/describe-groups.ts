import { ErrorCode } from '../../base/errors.ts'
import type { DescribedGroup } from '../../group/commands.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { DescribeGroupsRequest, DescribeGroupsResponse } from '../../protocol/messages/describe-groups.ts'
import type { Access } from '../access.ts'
import { describeGroups } from '../authorization.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

/** Before it a group that does not exist is one that is dead. */
const NOT_FOUND_SINCE = 6

export interface DescribeGroupsDeps {
  readonly groups: Pick<GroupCoordinator, 'describe'>
  readonly access: Access
}

export function describeGroupsHandler({ groups, access }: DescribeGroupsDeps): Handler {
  return handler(ApiKey.DescribeGroups, DescribeGroupsRequest, DescribeGroupsResponse, async (request, context) => ({
    groups: await describeGroups({
      access,
      context,
      groupIds: request.groups,
      withOperations: request.includeAuthorizedOperations,
      describe: async (groupIds) => {
        const described = await groups.describe(groupIds)
        return context.apiVersion >= NOT_FOUND_SINCE ? described : described.map(withoutNotFound)
      },
      refused: (groupId, errorCode) => ({ ...NOTHING, groupId, errorCode }),
    }),
  }))
}

const NOTHING = { errorMessage: null, groupState: '', protocolType: '', protocolData: '', members: [] }

function withoutNotFound(group: DescribedGroup): DescribedGroup {
  return group.errorCode === ErrorCode.GROUP_ID_NOT_FOUND ? { ...group, errorCode: ErrorCode.NONE } : group
}
