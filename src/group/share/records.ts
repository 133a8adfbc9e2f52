import type { Uuid } from '../../base/ids.ts'
import { type KeyedRecord, recordCodec } from '../../protocol/keyed-record.ts'
import {
  ShareGroupCurrentMemberAssignmentKey,
  ShareGroupCurrentMemberAssignmentValue,
  ShareGroupMemberMetadataKey,
  ShareGroupMemberMetadataValue,
  ShareGroupMetadataKey,
  ShareGroupMetadataValue,
  ShareGroupStatePartitionMetadataKey,
  ShareGroupStatePartitionMetadataValue,
  ShareGroupTargetAssignmentMemberKey,
  ShareGroupTargetAssignmentMemberValue,
  ShareGroupTargetAssignmentMetadataKey,
  ShareGroupTargetAssignmentMetadataValue,
} from '../../protocol/stored/share-group-records.ts'
import type { Partitions } from '../assignors/assignor.ts'
import { ascending, listed } from '../partition-sets.ts'
import type { ShareMember } from './member.ts'
import type { StatePartitions } from './state-partitions.ts'

const KINDS = {
  member: { id: 10, key: ShareGroupMemberMetadataKey, value: ShareGroupMemberMetadataValue },
  epoch: { id: 11, key: ShareGroupMetadataKey, value: ShareGroupMetadataValue },
  targetEpoch: { id: 12, key: ShareGroupTargetAssignmentMetadataKey, value: ShareGroupTargetAssignmentMetadataValue },
  target: { id: 13, key: ShareGroupTargetAssignmentMemberKey, value: ShareGroupTargetAssignmentMemberValue },
  current: { id: 14, key: ShareGroupCurrentMemberAssignmentKey, value: ShareGroupCurrentMemberAssignmentValue },
  statePartitions: { id: 15, key: ShareGroupStatePartitionMetadataKey, value: ShareGroupStatePartitionMetadataValue },
}

/** What the log says of a share group. */
export type ShareRecord = KeyedRecord<'share', typeof KINDS>

export const SHARE_RECORDS = recordCodec('share', KINDS)

export function memberRecord(groupId: string, member: ShareMember): ShareRecord {
  const { memberId, rackId, clientId, clientHost, topicNames } = member
  const value = { rackId, clientId, clientHost, subscribedTopicNames: [...topicNames] }
  return { type: 'share', about: 'member', groupId, memberId, value }
}

export function epochRecord(groupId: string, epoch: number, metadataHash: bigint): ShareRecord {
  return { type: 'share', about: 'epoch', groupId, value: { epoch, metadataHash } }
}

export function targetEpochRecord(groupId: string, assignmentEpoch: number, assignmentTimestamp: number): ShareRecord {
  return { type: 'share', about: 'targetEpoch', groupId, value: { assignmentEpoch, assignmentTimestamp } }
}

export function targetRecord(groupId: string, memberId: string, target: Partitions): ShareRecord {
  return { type: 'share', about: 'target', groupId, memberId, value: { topicPartitions: listed(target) } }
}

export function currentRecord(groupId: string, member: ShareMember): ShareRecord {
  const { memberId, memberEpoch, previousMemberEpoch, assigned } = member
  const value = { memberEpoch, previousMemberEpoch, state: 0, assignedPartitions: listed(assigned) }
  return { type: 'share', about: 'current', groupId, memberId, value }
}

export function statePartitionsRecord(
  groupId: string,
  { initializing, initialized, deleting }: StatePartitions,
  nameOf: (topicId: Uuid) => string | undefined,
): ShareRecord {
  const told = (topics: StatePartitions['initializing']) =>
    [...topics].map(([topicId, { name, partitions }]) => ({
      topicId,
      topicName: name,
      partitions: ascending(partitions),
    }))
  const value = {
    initializingTopics: told(initializing),
    initializedTopics: told(initialized),
    deletingTopics: [...deleting].map((topicId) => ({ topicId, topicName: nameOf(topicId) ?? '<UNKNOWN>' })),
  }
  return { type: 'share', about: 'statePartitions', groupId, value }
}

/** In Kafka's order: a member is gone only when nothing is assigned to it any more. */
export function memberTombstones(groupId: string, memberId: string): ShareRecord[] {
  const about = ['current', 'target', 'member'] as const
  return about.map((part) => ({ type: 'share', about: part, groupId, memberId, value: null }))
}

export function groupTombstone(groupId: string, about: 'epoch' | 'targetEpoch' | 'statePartitions'): ShareRecord {
  return { type: 'share', about, groupId, value: null }
}
