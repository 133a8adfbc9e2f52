import type { Uuid } from '../base/ids.ts'
import type {
  ConsumerHeartbeatCommand,
  ConsumerHeartbeatReply,
  DescribeConsumerGroupsCommand,
  DescribedConsumerGroup,
  TopicsChangedCommand,
} from './consumer/commands.ts'
import type { GroupTypeName } from './kinds.ts'
import type { ShareGroupCommand, ShareGroupReplies } from './share/commands.ts'
import type {
  DescribedStreamsGroup,
  DescribeStreamsGroupsCommand,
  StreamsHeartbeatCommand,
  StreamsHeartbeatReply,
} from './streams/commands.ts'

export interface Protocol {
  readonly name: string
  readonly metadata: Buffer
}

export interface JoinCommand {
  readonly type: 'join'
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly protocolType: string
  readonly protocols: readonly Protocol[]
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly reason: string | null
  readonly clientId: string
  readonly clientHost: string
  /** A fresh random uuid in Java's text form: the end of a new member's id. */
  readonly newMemberUuid: string
  /** The id of a new member in a consumer group. */
  readonly newMemberId: string
  /** JoinGroup v4+ (KIP-394): a dynamic member must come again with the id that it is given. */
  readonly requiresKnownMemberId: boolean
  /** JoinGroup v9+ (KIP-814): a returning static leader may be told to skip the assignment. */
  readonly supportsSkippingAssignment: boolean
}

export interface SyncCommand {
  readonly type: 'sync'
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[]
}

export interface HeartbeatCommand {
  readonly type: 'heartbeat'
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

export interface LeavingMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly reason: string | null
}

export interface LeaveCommand {
  readonly type: 'leave'
  readonly groupId: string
  readonly members: readonly LeavingMember[]
}

export interface OffsetToCommit {
  readonly partitionIndex: number
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}

export interface CommitCommand {
  readonly type: 'commitOffsets'
  readonly groupId: string
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationIdOrMemberEpoch: number
  /** -1: the broker's retention. */
  readonly retentionTimeMs: number
  readonly apiVersion: number
  readonly topics: readonly {
    readonly name: string
    readonly topicId: Uuid
    readonly partitions: readonly OffsetToCommit[]
  }[]
}

/** Offsets that count when the producer's transaction is committed (KIP-98, KIP-447). */
export interface TransactionalCommitCommand extends Omit<CommitCommand, 'type' | 'retentionTimeMs' | 'apiVersion'> {
  readonly type: 'commitTransactional'
  readonly producerId: number
}

export interface FetchOffsetsCommand {
  readonly type: 'fetchOffsets'
  readonly groupId: string
  readonly memberId: string | null
  readonly memberEpoch: number
  /** null: all that are committed. */
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null
  readonly requireStable: boolean
}

export interface DeleteOffsetsCommand {
  readonly type: 'deleteOffsets'
  readonly groupId: string
  readonly topics: readonly { readonly name: string; readonly partitions: readonly number[] }[]
}

export interface DeleteGroupsCommand {
  readonly type: 'deleteGroups'
  readonly groupIds: readonly string[]
}

export interface DescribeGroupsCommand {
  readonly type: 'describeGroups'
  readonly groupIds: readonly string[]
}

export interface ListGroupsCommand {
  readonly type: 'listGroups'
  /** Empty: all. */
  readonly states: readonly string[]
  readonly types: readonly string[]
}

/** Topics that no longer exist: their offsets go, a part with each tick. */
export interface TopicsDeletedCommand {
  readonly type: 'topicsDeleted'
  readonly topics: readonly string[]
}

export type GroupCommand =
  | JoinCommand
  | SyncCommand
  | HeartbeatCommand
  | LeaveCommand
  | CommitCommand
  | TransactionalCommitCommand
  | FetchOffsetsCommand
  | DeleteOffsetsCommand
  | DeleteGroupsCommand
  | DescribeGroupsCommand
  | ListGroupsCommand
  | TopicsDeletedCommand
  | ConsumerHeartbeatCommand
  | DescribeConsumerGroupsCommand
  | StreamsHeartbeatCommand
  | DescribeStreamsGroupsCommand
  | TopicsChangedCommand
  | ShareGroupCommand

export interface JoinReply {
  readonly errorCode: number
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly metadata: Buffer
  }[]
}

export interface SyncReply {
  readonly errorCode: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Buffer
}

export interface LeaveReply {
  readonly members: readonly {
    readonly memberId: string
    readonly groupInstanceId: string | null
    readonly errorCode: number
  }[]
}

export interface PartitionResult {
  readonly partitionIndex: number
  readonly errorCode: number
}

export interface TopicResults {
  readonly topics: readonly {
    readonly name: string
    readonly topicId: Uuid
    readonly partitions: readonly PartitionResult[]
  }[]
}

export interface FetchedOffset extends PartitionResult {
  readonly committedOffset: number
  readonly committedLeaderEpoch: number
  readonly metadata: string
}

export interface FetchedOffsets {
  readonly topics: readonly { readonly name: string; readonly partitions: readonly FetchedOffset[] }[]
}

export interface DeletedGroup {
  readonly groupId: string
  readonly errorCode: number
}

export interface DescribedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly memberMetadata: Buffer
  readonly memberAssignment: Buffer
}

export interface DescribedGroup {
  readonly groupId: string
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly groupState: string
  readonly protocolType: string
  readonly protocolData: string
  readonly members: readonly DescribedMember[]
}

export interface ListedGroup {
  readonly groupId: string
  readonly protocolType: string
  readonly groupState: string
  readonly groupType: GroupTypeName
}

/** What each command is answered with. */
export interface GroupReplies extends ShareGroupReplies {
  readonly join: JoinReply
  readonly sync: SyncReply
  readonly heartbeat: { readonly errorCode: number }
  readonly leave: LeaveReply
  readonly commitOffsets: TopicResults
  readonly commitTransactional: TopicResults
  readonly fetchOffsets: FetchedOffsets
  readonly deleteOffsets: TopicResults
  readonly deleteGroups: readonly DeletedGroup[]
  readonly describeGroups: readonly DescribedGroup[]
  readonly listGroups: readonly ListedGroup[]
  readonly topicsDeleted: null
  readonly consumerHeartbeat: ConsumerHeartbeatReply
  readonly describeConsumerGroups: readonly DescribedConsumerGroup[]
  readonly streamsHeartbeat: StreamsHeartbeatReply
  readonly describeStreamsGroups: readonly DescribedStreamsGroup[]
  readonly topicsChanged: null
}

export type GroupReply = GroupReplies[keyof GroupReplies]
