import { describedError } from '../../group/consumer/describe.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  ConsumerGroupDescribeRequest,
  ConsumerGroupDescribeResponse,
} from '../../protocol/messages/consumer-group-describe.ts'
import type { Access } from '../access.ts'
import { describeGroups } from '../authorization.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

export interface ConsumerGroupDescribeDeps {
  readonly groups: Pick<GroupCoordinator, 'describeConsumers'>
  readonly isEnabled: () => boolean
  readonly access: Access
}

export function consumerGroupDescribeHandler({ groups, isEnabled, access }: ConsumerGroupDescribeDeps): Handler {
  return handler(
    ApiKey.ConsumerGroupDescribe,
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
    async ({ groupIds, includeAuthorizedOperations: withOperations }, context) => {
      const described = await describeGroups({
        access,
        context,
        groupIds,
        withOperations,
        isEnabled: isEnabled(),
        describe: (allowed) => groups.describeConsumers(allowed),
        refused: describedError,
        topicsOf: ({ members }) =>
          members.flatMap(({ assignment, targetAssignment }) =>
            [assignment, targetAssignment].flatMap((one) => one.topicPartitions.map(({ topicName }) => topicName)),
          ),
        hiddenMessage: 'The group has described topic(s) that the client is not authorized to describe.',
      })
      return { throttleTimeMs: 0, groups: described }
    },
  )
}
