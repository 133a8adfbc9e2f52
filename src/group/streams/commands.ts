import type { StreamsGroupDescribeResponseInput } from '../../protocol/messages/streams-group-describe.ts'
import type {
  StreamsGroupHeartbeatRequestData,
  StreamsGroupHeartbeatResponseInput,
} from '../../protocol/messages/streams-group-heartbeat.ts'
import type { InternalTopic } from './configure.ts'

export interface StreamsHeartbeatCommand {
  readonly type: 'streamsHeartbeat'
  readonly groupId: string
  readonly request: StreamsGroupHeartbeatRequestData
  readonly clientId: string
  readonly clientHost: string
}

/** What the answer says, and the topics that are to be made before the group can go on. */
export interface StreamsHeartbeatReply {
  readonly response: StreamsGroupHeartbeatResponseInput
  readonly missingTopics: readonly InternalTopic[]
}

export interface DescribeStreamsGroupsCommand {
  readonly type: 'describeStreamsGroups'
  readonly groupIds: readonly string[]
}

export type DescribedStreamsGroup = StreamsGroupDescribeResponseInput['groups'][number]
