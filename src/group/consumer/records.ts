import { ByteReader, ByteWriter } from '../../base/bytes.ts'
import type { Uuid } from '../../base/ids.ts'
import {
  ConsumerGroupCurrentMemberAssignmentKey,
  ConsumerGroupCurrentMemberAssignmentValue,
  type ConsumerGroupCurrentMemberAssignmentValueData,
  ConsumerGroupMemberMetadataKey,
  ConsumerGroupMemberMetadataValue,
  type ConsumerGroupMemberMetadataValueData,
  ConsumerGroupMetadataKey,
  ConsumerGroupMetadataValue,
  type ConsumerGroupMetadataValueData,
  ConsumerGroupPartitionMetadataKey,
  ConsumerGroupPartitionMetadataValue,
  type ConsumerGroupPartitionMetadataValueData,
  ConsumerGroupRegularExpressionKey,
  ConsumerGroupRegularExpressionValue,
  type ConsumerGroupRegularExpressionValueData,
  ConsumerGroupTargetAssignmentMemberKey,
  ConsumerGroupTargetAssignmentMemberValue,
  type ConsumerGroupTargetAssignmentMemberValueData,
  ConsumerGroupTargetAssignmentMetadataKey,
  ConsumerGroupTargetAssignmentMetadataValue,
  type ConsumerGroupTargetAssignmentMetadataValueData,
} from '../../protocol/stored/group-records.ts'
import type { Partitions } from '../assignors/assignor.ts'
import type { ConsumerMember, OwnedPartitions } from './member.ts'

interface OfGroup<T extends string, V> {
  readonly type: 'consumer'
  readonly about: T
  readonly groupId: string
  /** null: a tombstone. */
  readonly value: V | null
}

interface OfMember<T extends string, V> extends OfGroup<T, V> {
  readonly memberId: string
}

interface OfRegex extends OfGroup<'regex', ConsumerGroupRegularExpressionValueData> {
  readonly regex: string
}

/** What the log says of a consumer group. */
export type ConsumerRecord =
  | OfGroup<'epoch', ConsumerGroupMetadataValueData>
  | OfGroup<'partitionMetadata', ConsumerGroupPartitionMetadataValueData>
  | OfMember<'member', ConsumerGroupMemberMetadataValueData>
  | OfGroup<'targetEpoch', ConsumerGroupTargetAssignmentMetadataValueData>
  | OfMember<'target', ConsumerGroupTargetAssignmentMemberValueData>
  | OfMember<'current', ConsumerGroupCurrentMemberAssignmentValueData>
  | OfRegex

type About = ConsumerRecord['about']

const TYPE_OF: { readonly [A in About]: number } = {
  epoch: 3,
  partitionMetadata: 4,
  member: 5,
  targetEpoch: 6,
  target: 7,
  current: 8,
  regex: 16,
}
const VERSION = 0

export function isConsumerRecordType(recordType: number): boolean {
  return (recordType >= 3 && recordType <= 8) || recordType === 16
}

export function encodeConsumerRecord(record: ConsumerRecord): { readonly key: Buffer; readonly value: Buffer | null } {
  const key = new ByteWriter()
  key.int16(TYPE_OF[record.about])
  const value = record.value === null ? null : new ByteWriter()
  value?.int16(VERSION)
  writeKey(record, key)
  if (value) writeValue(record, value)
  return { key: key.toBuffer(), value: value?.toBuffer() ?? null }
}

function writeKey(record: ConsumerRecord, key: ByteWriter): void {
  const { groupId } = record
  if (record.about === 'epoch') ConsumerGroupMetadataKey.encode(key, { groupId }, VERSION)
  else if (record.about === 'partitionMetadata') ConsumerGroupPartitionMetadataKey.encode(key, { groupId }, VERSION)
  else if (record.about === 'targetEpoch') ConsumerGroupTargetAssignmentMetadataKey.encode(key, { groupId }, VERSION)
  else if (record.about === 'member') ConsumerGroupMemberMetadataKey.encode(key, record, VERSION)
  else if (record.about === 'target') ConsumerGroupTargetAssignmentMemberKey.encode(key, record, VERSION)
  else if (record.about === 'current') ConsumerGroupCurrentMemberAssignmentKey.encode(key, record, VERSION)
  else ConsumerGroupRegularExpressionKey.encode(key, { groupId, regularExpression: record.regex }, VERSION)
}

function writeValue({ about, value }: ConsumerRecord, to: ByteWriter): void {
  if (value === null) return
  if (about === 'epoch') ConsumerGroupMetadataValue.encode(to, value, VERSION)
  else if (about === 'partitionMetadata') ConsumerGroupPartitionMetadataValue.encode(to, value, VERSION)
  else if (about === 'targetEpoch') ConsumerGroupTargetAssignmentMetadataValue.encode(to, value, VERSION)
  else if (about === 'member') ConsumerGroupMemberMetadataValue.encode(to, value, VERSION)
  else if (about === 'target') ConsumerGroupTargetAssignmentMemberValue.encode(to, value, VERSION)
  else if (about === 'current') ConsumerGroupCurrentMemberAssignmentValue.encode(to, value, VERSION)
  else ConsumerGroupRegularExpressionValue.encode(to, value, VERSION)
}

/** `key` stands behind the record's type; what is given back shares no memory with `bytes`. */
export function decodeConsumerRecord(recordType: number, key: ByteReader, bytes: Buffer | null): ConsumerRecord {
  const reader = bytes && new ByteReader(Buffer.from(bytes))
  const version = reader?.int16() ?? VERSION
  const type = 'consumer'
  switch (recordType) {
    case TYPE_OF.epoch: {
      const { groupId } = ConsumerGroupMetadataKey.decode(key, VERSION)
      return { type, about: 'epoch', groupId, value: reader && ConsumerGroupMetadataValue.decode(reader, version) }
    }
    case TYPE_OF.partitionMetadata: {
      const { groupId } = ConsumerGroupPartitionMetadataKey.decode(key, VERSION)
      const value = reader && ConsumerGroupPartitionMetadataValue.decode(reader, version)
      return { type, about: 'partitionMetadata', groupId, value }
    }
    case TYPE_OF.member: {
      const value = reader && ConsumerGroupMemberMetadataValue.decode(reader, version)
      return { type, about: 'member', ...ConsumerGroupMemberMetadataKey.decode(key, VERSION), value }
    }
    case TYPE_OF.targetEpoch: {
      const { groupId } = ConsumerGroupTargetAssignmentMetadataKey.decode(key, VERSION)
      const value = reader && ConsumerGroupTargetAssignmentMetadataValue.decode(reader, version)
      return { type, about: 'targetEpoch', groupId, value }
    }
    case TYPE_OF.target: {
      const value = reader && ConsumerGroupTargetAssignmentMemberValue.decode(reader, version)
      return { type, about: 'target', ...ConsumerGroupTargetAssignmentMemberKey.decode(key, VERSION), value }
    }
    case TYPE_OF.current: {
      const value = reader && ConsumerGroupCurrentMemberAssignmentValue.decode(reader, version)
      return { type, about: 'current', ...ConsumerGroupCurrentMemberAssignmentKey.decode(key, VERSION), value }
    }
    default: {
      const { groupId, regularExpression: regex } = ConsumerGroupRegularExpressionKey.decode(key, VERSION)
      const value = reader && ConsumerGroupRegularExpressionValue.decode(reader, version)
      return { type, about: 'regex', groupId, regex, value }
    }
  }
}

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
  const topicPartitions = [...target].map(([topicId, partitions]) => ({ topicId, partitions: ascending(partitions) }))
  return { type: 'consumer', about: 'target', groupId, memberId, value: { topicPartitions } }
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
  return [...owned].map(([topicId, epochs]) => {
    const partitions = ascending(epochs.keys())
    return { topicId, partitions, assignmentEpochs: partitions.map((partition) => epochs.get(partition) ?? 0) }
  })
}

export function ascending(partitions: Iterable<number>): number[] {
  return [...partitions].sort((a, b) => a - b)
}

export function regexRecord(groupId: string, regex: string, resolved: ResolvedRegex): ConsumerRecord {
  const value = { topics: [...resolved.topics].sort(), version: resolved.version, timestamp: resolved.timestamp }
  return { type: 'consumer', about: 'regex', groupId, regex, value }
}

/** The topics that a regular expression stood for when it was last looked at. */
export interface ResolvedRegex {
  readonly topics: ReadonlySet<string>
  /** Of the metadata that was looked at. */
  readonly version: number
  readonly timestamp: number
}

export function regexTombstone(groupId: string, regex: string): ConsumerRecord {
  return { type: 'consumer', about: 'regex', groupId, regex, value: null }
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

export type TopicPartitions = readonly { readonly topicId: Uuid; readonly partitions: readonly number[] }[]
