import { ErrorCode } from '../../base/errors.ts'
import { describedError } from '../../group/consumer/describe.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from '../../protocol/messages/consumer-group-describe.ts'
import { GROUP_OPERATIONS, OPERATIONS_NOT_ASKED } from '../authorized-operations.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

export interface ConsumerGroupDescribeDeps {
  readonly groups: Pick<GroupCoordinator, 'describeConsumers'>
  readonly isEnabled: () => boolean
}

export function consumerGroupDescribeHandler({ groups, isEnabled }: ConsumerGroupDescribeDeps): Handler {
  return handler(
    ApiKey.ConsumerGroupDescribe,
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
    async ({ groupIds, includeAuthorizedOperations }) => {
      const described = isEnabled()
        ? await groups.describeConsumers(groupIds)
        : groupIds.map((groupId) => describedError(groupId, ErrorCode.UNSUPPORTED_VERSION))
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
