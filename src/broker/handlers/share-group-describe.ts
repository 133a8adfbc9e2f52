import { describedShareError } from '../../group/share/describe.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { ShareGroupDescribeRequest, ShareGroupDescribeResponse } from '../../protocol/messages/share-group-describe.ts'
import type { Access } from '../access.ts'
import { describeGroups } from '../authorization.ts'
import { type Handler, handler } from '../handler.ts'
import type { ShareGroups } from '../share/share-groups.ts'

export interface ShareGroupDescribeDeps {
  readonly groups: Pick<ShareGroups, 'describe'>
  readonly isEnabled: () => boolean
  readonly access: Access
}

export function shareGroupDescribeHandler({ groups, isEnabled, access }: ShareGroupDescribeDeps): Handler {
  return handler(
    ApiKey.ShareGroupDescribe,
    ShareGroupDescribeRequest,
    ShareGroupDescribeResponse,
    async ({ groupIds, includeAuthorizedOperations: withOperations }, context) => {
      const described = await describeGroups({
        access,
        context,
        groupIds,
        withOperations,
        isEnabled: isEnabled(),
        describe: (allowed) => groups.describe(allowed),
        refused: describedShareError,
        topicsOf: ({ members }) =>
          members.flatMap(({ assignment }) => assignment.topicPartitions.map(({ topicName }) => topicName)),
        hiddenMessage: 'The group has described topic(s) that the client is not authorized to describe.',
      })
      return { throttleTimeMs: 0, groups: described }
    },
  )
}
