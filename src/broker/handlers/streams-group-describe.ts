import { describedError } from '../../group/streams/describe.ts'
import { topicsOf } from '../../group/streams/topics-of.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  StreamsGroupDescribeRequest,
  StreamsGroupDescribeResponse,
} from '../../protocol/messages/streams-group-describe.ts'
import type { Access } from '../access.ts'
import { describeGroups } from '../authorization.ts'
import type { GroupCoordinator } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

export interface StreamsGroupDescribeDeps {
  readonly groups: Pick<GroupCoordinator, 'describeStreams'>
  readonly isEnabled: () => boolean
  readonly access: Access
}

export function streamsGroupDescribeHandler({ groups, isEnabled, access }: StreamsGroupDescribeDeps): Handler {
  return handler(
    ApiKey.StreamsGroupDescribe,
    StreamsGroupDescribeRequest,
    StreamsGroupDescribeResponse,
    async ({ groupIds, includeAuthorizedOperations: withOperations }, context) => {
      const described = await describeGroups({
        access,
        context,
        groupIds,
        withOperations,
        isEnabled: isEnabled(),
        describe: (allowed) => groups.describeStreams(allowed),
        refused: describedError,
        topicsOf: ({ topology }) => topicsOf(topology ?? null),
        hiddenMessage: 'The described group uses topics that the client is not authorized to describe.',
      })
      return { throttleTimeMs: 0, groups: described }
    },
  )
}
