import { ByteReader, ByteWriter } from '../../base/bytes.ts'
import type { Uuid } from '../../base/ids.ts'
import {
  ShareGroupCurrentMemberAssignmentKey,
  ShareGroupCurrentMemberAssignmentValue,
  type ShareGroupCurrentMemberAssignmentValueData,
  ShareGroupMemberMetadataKey,
  ShareGroupMemberMetadataValue,
  type ShareGroupMemberMetadataValueData,
  ShareGroupMetadataKey,
  ShareGroupMetadataValue,
  type ShareGroupMetadataValueData,
  ShareGroupStatePartitionMetadataKey,
  ShareGroupStatePartitionMetadataValue,
  type ShareGroupStatePartitionMetadataValueData,
  ShareGroupTargetAssignmentMemberKey,
  ShareGroupTargetAssignmentMemberValue,
  type ShareGroupTargetAssignmentMemberValueData,
  ShareGroupTargetAssignmentMetadataKey,
  ShareGroupTargetAssignmentMetadataValue,
  type ShareGroupTargetAssignmentMetadataValueData,
} from '../../protocol/stored/share-group-records.ts'
import type { Partitions } from '../assignors/assignor.ts'
import type { ShareMember } from './share-group.ts'
import type { StatePartitions } from './state-partitions.ts'

interface OfGroup<T extends string, V> {
  readonly type: 'share'
  readonly about: T
  readonly groupId: string
  /** null: a tombstone. */
  readonly value: V | null
}

interface OfMember<T extends string, V> extends OfGroup<T, V> {
  readonly memberId: string
}

/** What the log says of a share group. */
export type ShareRecord =
  | OfMember<'member', ShareGroupMemberMetadataValueData>
  | OfGroup<'epoch', ShareGroupMetadataValueData>
  | OfGroup<'targetEpoch', ShareGroupTargetAssignmentMetadataValueData>
  | OfMember<'target', ShareGroupTargetAssignmentMemberValueData>
  | OfMember<'current', ShareGroupCurrentMemberAssignmentValueData>
  | OfGroup<'statePartitions', ShareGroupStatePartitionMetadataValueData>

type About = ShareRecord['about']

const TYPE_OF: { readonly [A in About]: number } = {
  member: 10,
  epoch: 11,
  targetEpoch: 12,
  target: 13,
  current: 14,
  statePartitions: 15,
}
const VERSION = 0

export function isShareRecordType(recordType: number): boolean {
  return recordType >= TYPE_OF.member && recordType <= TYPE_OF.statePartitions
}

export function encodeShareRecord(record: ShareRecord): { readonly key: Buffer; readonly value: Buffer | null } {
  const key = new ByteWriter()
  key.int16(TYPE_OF[record.about])
  writeKey(record, key)
  if (record.value === null) return { key: key.toBuffer(), value: null }
  const value = new ByteWriter()
  value.int16(VERSION)
  writeValue(record, value)
  return { key: key.toBuffer(), value: value.toBuffer() }
}

function writeKey(record: ShareRecord, key: ByteWriter): void {
  if (record.about === 'member') ShareGroupMemberMetadataKey.encode(key, record, VERSION)
  else if (record.about === 'epoch') ShareGroupMetadataKey.encode(key, record, VERSION)
  else if (record.about === 'targetEpoch') ShareGroupTargetAssignmentMetadataKey.encode(key, record, VERSION)
  else if (record.about === 'target') ShareGroupTargetAssignmentMemberKey.encode(key, record, VERSION)
  else if (record.about === 'current') ShareGroupCurrentMemberAssignmentKey.encode(key, record, VERSION)
  else ShareGroupStatePartitionMetadataKey.encode(key, record, VERSION)
}

function writeValue({ about, value }: ShareRecord, to: ByteWriter): void {
  if (value === null) return
  if (about === 'member') ShareGroupMemberMetadataValue.encode(to, value, VERSION)
  else if (about === 'epoch') ShareGroupMetadataValue.encode(to, value, VERSION)
  else if (about === 'targetEpoch') ShareGroupTargetAssignmentMetadataValue.encode(to, value, VERSION)
  else if (about === 'target') ShareGroupTargetAssignmentMemberValue.encode(to, value, VERSION)
  else if (about === 'current') ShareGroupCurrentMemberAssignmentValue.encode(to, value, VERSION)
  else ShareGroupStatePartitionMetadataValue.encode(to, value, VERSION)
}

/** `key` stands behind the record's type; what is given back shares no memory with `bytes`. */
export function decodeShareRecord(recordType: number, key: ByteReader, bytes: Buffer | null): ShareRecord {
  const reader = bytes && new ByteReader(Buffer.from(bytes))
  const version = reader?.int16() ?? VERSION
  const type = 'share'
  switch (recordType) {
    case TYPE_OF.member: {
      const value = reader && ShareGroupMemberMetadataValue.decode(reader, version)
      return { type, about: 'member', ...ShareGroupMemberMetadataKey.decode(key, VERSION), value }
    }
    case TYPE_OF.epoch: {
      const value = reader && ShareGroupMetadataValue.decode(reader, version)
      return { type, about: 'epoch', ...ShareGroupMetadataKey.decode(key, VERSION), value }
    }
    case TYPE_OF.targetEpoch: {
      const value = reader && ShareGroupTargetAssignmentMetadataValue.decode(reader, version)
      return { type, about: 'targetEpoch', ...ShareGroupTargetAssignmentMetadataKey.decode(key, VERSION), value }
    }
    case TYPE_OF.target: {
      const value = reader && ShareGroupTargetAssignmentMemberValue.decode(reader, version)
      return { type, about: 'target', ...ShareGroupTargetAssignmentMemberKey.decode(key, VERSION), value }
    }
    case TYPE_OF.current: {
      const value = reader && ShareGroupCurrentMemberAssignmentValue.decode(reader, version)
      return { type, about: 'current', ...ShareGroupCurrentMemberAssignmentKey.decode(key, VERSION), value }
    }
    default: {
      const value = reader && ShareGroupStatePartitionMetadataValue.decode(reader, version)
      return { type, about: 'statePartitions', ...ShareGroupStatePartitionMetadataKey.decode(key, VERSION), value }
    }
  }
}

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
      partitions: [...partitions].sort((a, b) => a - b),
    }))
  const value = {
    initializingTopics: told(initializing),
    initializedTopics: told(initialized),
    deletingTopics: [...deleting].map((topicId) => ({ topicId, topicName: nameOf(topicId) ?? '<UNKNOWN>' })),
  }
  return { type: 'share', about: 'statePartitions', groupId, value }
}

export function listed(assigned: Partitions): { readonly topicId: Uuid; readonly partitions: number[] }[] {
  return [...assigned].map(([topicId, partitions]) => ({
    topicId,
    partitions: [...partitions].sort((a, b) => a - b),
  }))
}

/** In Kafka's order: a member is gone only when nothing is assigned to it any more. */
export function memberTombstones(groupId: string, memberId: string): ShareRecord[] {
  const about = ['current', 'target', 'member'] as const
  return about.map((part) => ({ type: 'share', about: part, groupId, memberId, value: null }))
}

export function groupTombstone(groupId: string, about: 'epoch' | 'targetEpoch' | 'statePartitions'): ShareRecord {
  return { type: 'share', about, groupId, value: null }
}
