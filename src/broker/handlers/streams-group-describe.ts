import { ErrorCode } from '../../base/errors.ts'
import { describedError } from '../../group/streams/describe.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  StreamsGroupDescribeRequest,
  StreamsGroupDescribeResponse,
} from '../../protocol/messages/streams-group-describe.ts'
import { GROUP_OPERATIONS, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

export interface StreamsGroupDescribeDeps {
  readonly groups: Pick<GroupCoordinator, 'describeStreams'>
  readonly isEnabled: () => boolean
}

export function streamsGroupDescribeHandler({ groups, isEnabled }: StreamsGroupDescribeDeps): Handler {
  return handler(
    ApiKey.StreamsGroupDescribe,
    StreamsGroupDescribeRequest,
    StreamsGroupDescribeResponse,
    async ({ groupIds, includeAuthorizedOperations }) => {
      const described = isEnabled()
        ? await groups.describeStreams(groupIds)
        : groupIds.map((groupId) => describedError(groupId, ErrorCode.UNSUPPORTED_VERSION, null))
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
