import type { Uuid } from '../../base/ids.ts'
import type { DescribedAssignment, DescribedEpochGroup } from '../describe.ts'

export interface ShareHeartbeatCommand {
  readonly type: 'shareHeartbeat'
  readonly groupId: string
  readonly memberId: string
  /** 0: it joins; -1: it leaves. */
  readonly memberEpoch: number
  /** null: as before. */
  readonly rackId: string | null
  readonly subscribedTopicNames: readonly string[] | null
  readonly clientId: string
  readonly clientHost: string
}

export interface DescribeShareGroupsCommand {
  readonly type: 'describeShareGroups'
  readonly groupIds: readonly string[]
}

/** The partitions of a group, by the topics that have them. */
export type GroupPartitions = ReadonlyMap<Uuid, ReadonlySet<number>>

/** The share coordinator has made states for these, or has not. */
export interface StatesMadeCommand {
  readonly type: 'shareStatesMade'
  readonly groupId: string
  readonly partitions: GroupPartitions
  readonly made: boolean
}

/** Of which partitions there are states. */
export interface ShareStatesCommand {
  readonly type: 'shareStates'
  readonly groupId: string
}

export interface AlterShareOffsetsCommand {
  readonly type: 'alterShareOffsets'
  readonly groupId: string
  readonly topics: readonly {
    readonly topicName: string
    readonly partitions: readonly { readonly partitionIndex: number; readonly startOffset: number }[]
  }[]
}

/** The first of two steps: which states are to be deleted. */
export interface DeleteShareOffsetsCommand {
  readonly type: 'deleteShareOffsets'
  readonly groupId: string
  readonly topicNames: readonly string[]
}

/** The second: the states of these topics are gone. */
export interface ShareOffsetsDeletedCommand {
  readonly type: 'shareOffsetsDeleted'
  readonly groupId: string
  readonly topicIds: readonly Uuid[]
}

/** Before groups are deleted: the states that go first. Groups of other kinds are passed over. */
export interface PrepareShareDeletionCommand {
  readonly type: 'prepareShareDeletion'
  readonly groupIds: readonly string[]
}

/** Topics that are gone, whose states are too. */
export interface ShareTopicsDeletedCommand {
  readonly type: 'shareTopicsDeleted'
  readonly topicIds: readonly Uuid[]
}

export type ShareGroupCommand =
  | ShareHeartbeatCommand
  | DescribeShareGroupsCommand
  | StatesMadeCommand
  | ShareStatesCommand
  | AlterShareOffsetsCommand
  | DeleteShareOffsetsCommand
  | ShareOffsetsDeletedCommand
  | PrepareShareDeletionCommand
  | ShareTopicsDeletedCommand

/** States to be made by the share coordinator. */
export interface NewStates {
  readonly stateEpoch: number
  /** -1 as a start offset: where the group's share.auto.offset.reset says. */
  readonly partitions: readonly { readonly topicId: Uuid; readonly partition: number; readonly startOffset: number }[]
}

export interface ShareHeartbeatReply {
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  /** null: as before. */
  readonly assignment: readonly { readonly topicId: Uuid; readonly partitions: number[] }[] | null
  readonly newStates: NewStates | undefined
}

export type DescribedShareGroup = DescribedEpochGroup<{
  readonly memberId: string
  readonly rackId: string | null
  readonly memberEpoch: number
  readonly clientId: string
  readonly clientHost: string
  readonly subscribedTopicNames: readonly string[]
  readonly assignment: DescribedAssignment
}>

export interface TopicPartitionIds {
  readonly topicId: Uuid
  readonly partitions: readonly number[]
}

export interface AlterShareOffsetsReply {
  readonly topics: readonly {
    readonly topicName: string
    readonly topicId: Uuid
    readonly partitions: readonly { readonly partitionIndex: number; readonly isKnown: boolean }[]
  }[]
  readonly newStates: NewStates
}

export interface DeleteShareOffsetsReply {
  readonly toDelete: readonly TopicPartitionIds[]
  readonly refused: readonly { readonly topicName: string; readonly message: string }[]
}

export interface PreparedShareDeletion {
  readonly groupId: string
  /** It has members. */
  readonly isRefused: boolean
  readonly toDelete: readonly TopicPartitionIds[]
}

export interface ShareGroupReplies {
  readonly shareHeartbeat: ShareHeartbeatReply
  readonly describeShareGroups: readonly DescribedShareGroup[]
  readonly shareStatesMade: null
  readonly shareStates: readonly TopicPartitionIds[]
  readonly alterShareOffsets: AlterShareOffsetsReply
  readonly deleteShareOffsets: DeleteShareOffsetsReply
  readonly shareOffsetsDeleted: null
  readonly prepareShareDeletion: readonly PreparedShareDeletion[]
  readonly shareTopicsDeleted: null
}
