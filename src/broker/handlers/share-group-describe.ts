import { ErrorCode } from '../../base/errors.ts'
import { describedShareError } from '../../group/share/describe.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { ShareGroupDescribeRequest, ShareGroupDescribeResponse } from '../../protocol/messages/share-group-describe.ts'
import { GROUP_OPERATIONS, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import { type Handler, handler } from '../handler.ts'
import type { ShareGroups } from '../share/share-groups.ts'

export interface ShareGroupDescribeDeps {
  readonly groups: Pick<ShareGroups, 'describe'>
  readonly isEnabled: () => boolean
}

export function shareGroupDescribeHandler({ groups, isEnabled }: ShareGroupDescribeDeps): Handler {
  return handler(
    ApiKey.ShareGroupDescribe,
    ShareGroupDescribeRequest,
    ShareGroupDescribeResponse,
    async ({ groupIds, includeAuthorizedOperations }) => {
      const described = isEnabled()
        ? await groups.describe(groupIds)
        : groupIds.map((groupId) => describedShareError(groupId, ErrorCode.UNSUPPORTED_VERSION))
      return {
        throttleTimeMs: 0,
        groups: described.map((group) => {
          const told = includeAuthorizedOperations && group.errorCode === ErrorCode.NONE
          return { ...group, authorizedOperations: told ? GROUP_OPERATIONS : OPERATIONS_NOT_ASKED }
        }),
      }
    },
  )
}
