import type { DescribedAssignment, DescribedEpochGroup } from '../describe.ts'
import type { TopicPartitions } from '../partition-sets.ts'

export interface ConsumerHeartbeatCommand {
  readonly type: 'consumerHeartbeat'
  readonly groupId: string
  /** '': the coordinator makes one up (version 0). */
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly rebalanceTimeoutMs: number
  readonly topicNames: readonly string[] | null
  readonly topicRegex: string | null
  readonly serverAssignor: string | null
  /** What the member owns; null: it does not say. */
  readonly owned: TopicPartitions | null
  readonly clientId: string
  readonly clientHost: string
  /** A fresh random id for a member without one. */
  readonly newMemberId: string
}

export interface ConsumerHeartbeatReply {
  readonly memberId: string
  readonly memberEpoch: number
  readonly heartbeatIntervalMs: number
  /** null: what the member knows is still right. */
  readonly assignment: TopicPartitions | null
}

export interface DescribeConsumerGroupsCommand {
  readonly type: 'describeConsumerGroups'
  readonly groupIds: readonly string[]
}

export interface DescribedConsumer {
  readonly memberId: string
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly memberEpoch: number
  readonly clientId: string
  readonly clientHost: string
  readonly subscribedTopicNames: readonly string[]
  readonly subscribedTopicRegex: string | null
  readonly assignment: DescribedAssignment
  readonly targetAssignment: DescribedAssignment
  /** 0: classic, 1: consumer. */
  readonly memberType: number
}

export type DescribedConsumerGroup = DescribedEpochGroup<DescribedConsumer>

/** The metadata changed: groups that are subscribed to these topics look at them with their next heartbeat. */
export interface TopicsChangedCommand {
  readonly type: 'topicsChanged'
  /** Changed and deleted ones; null: everything may be different. */
  readonly topics: readonly string[] | null
  /** Some are new: regular expressions may match them. */
  readonly created: boolean
}
