import { type KeyedRecord, recordCodec } from '../../protocol/keyed-record.ts'
import {
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
  ConsumerGroupMemberMetadataKey,
  ConsumerGroupMemberMetadataValue,
  ConsumerGroupMetadataKey,
  ConsumerGroupMetadataValue,
  ConsumerGroupPartitionMetadataKey,
  ConsumerGroupPartitionMetadataValue,
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
} from '../../protocol/stored/group-records.ts'
import type { Partitions } from '../assignors/assignor.ts'
import { listed, storedEpochs } from '../partition-sets.ts'
import type { ConsumerMember, OwnedPartitions } from './member.ts'

const KINDS = {
  epoch: { id: 3, key: ConsumerGroupMetadataKey, value: ConsumerGroupMetadataValue },
  /** Only versions before 4.1 wrote it. */
  partitionMetadata: { id: 4, key: ConsumerGroupPartitionMetadataKey, value: ConsumerGroupPartitionMetadataValue },
  member: { id: 5, key: ConsumerGroupMemberMetadataKey, value: ConsumerGroupMemberMetadataValue },
  targetEpoch: {
    id: 6,
    key: ConsumerGroupTargetAssignmentMetadataKey,
    value: ConsumerGroupTargetAssignmentMetadataValue,
  },
  target: { id: 7, key: ConsumerGroupTargetAssignmentMemberKey, value: ConsumerGroupTargetAssignmentMemberValue },
  current: { id: 8, key: ConsumerGroupCurrentMemberAssignmentKey, value: ConsumerGroupCurrentMemberAssignmentValue },
  regex: { id: 16, key: ConsumerGroupRegularExpressionKey, value: ConsumerGroupRegularExpressionValue },
}

/** What the log says of a consumer group. */
export type ConsumerRecord = KeyedRecord<'consumer', typeof KINDS>

export const CONSUMER_RECORDS = recordCodec('consumer', KINDS)

export function epochRecord(groupId: string, epoch: number, metadataHash: bigint): ConsumerRecord {
  return { type: 'consumer', about: 'epoch', groupId, value: { epoch, metadataHash } }
}

export function memberRecord(groupId: string, member: ConsumerMember): ConsumerRecord {
  const value = {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    subscribedTopicNames: [...member.topicNames],
    subscribedTopicRegex: member.topicRegex,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    serverAssignor: member.serverAssignor,
    classicMemberMetadata: member.classic,
  }
  return { type: 'consumer', about: 'member', groupId, memberId: member.memberId, value }
}

export function targetEpochRecord(groupId: string, assignmentEpoch: number, nowMs: number): ConsumerRecord {
  const value = { assignmentEpoch, assignmentTimestamp: nowMs }
  return { type: 'consumer', about: 'targetEpoch', groupId, value }
}

export function targetRecord(groupId: string, memberId: string, target: Partitions): ConsumerRecord {
  return { type: 'consumer', about: 'target', groupId, memberId, value: { topicPartitions: listed(target) } }
}

export function currentRecord(groupId: string, member: ConsumerMember): ConsumerRecord {
  const value = {
    memberEpoch: member.memberEpoch,
    previousMemberEpoch: member.previousMemberEpoch,
    state: member.state,
    assignedPartitions: withEpochs(member.assigned),
    partitionsPendingRevocation: withEpochs(member.revoking),
  }
  return { type: 'consumer', about: 'current', groupId, memberId: member.memberId, value }
}

function withEpochs(owned: OwnedPartitions) {
  return [...owned].map(([topicId, epochs]) => ({ topicId, ...storedEpochs(epochs) }))
}

export function regexRecord(groupId: string, regularExpression: string, resolved: ResolvedRegex): ConsumerRecord {
  const value = { topics: [...resolved.topics].sort(), version: resolved.version, timestamp: resolved.timestamp }
  return { type: 'consumer', about: 'regex', groupId, regularExpression, value }
}

/** The topics that a regular expression stood for when it was last looked at. */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>
  /** Of the metadata that was looked at. */
  readonly version: number
  readonly timestamp: number
}

export function regexTombstone(groupId: string, regularExpression: string): ConsumerRecord {
  return { type: 'consumer', about: 'regex', groupId, regularExpression, value: null }
}

export function groupTombstone(groupId: string, about: 'epoch' | 'partitionMetadata' | 'targetEpoch'): ConsumerRecord {
  return { type: 'consumer', about, groupId, value: null }
}

export function memberTombstone(
  groupId: string,
  about: 'member' | 'target' | 'current',
  memberId: string,
): ConsumerRecord {
  return { type: 'consumer', about, groupId, memberId, value: null }
}

/** In Kafka's order: a member is gone only when nothing is assigned to it any more. */
export function memberTombstones(groupId: string, memberId: string): ConsumerRecord[] {
  return (['current', 'target', 'member'] as const).map((about) => memberTombstone(groupId, about, memberId))
}
