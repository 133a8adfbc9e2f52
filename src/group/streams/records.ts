import { ByteReader, ByteWriter, type ByteReader as Reader } from '../../base/bytes.ts'
import {
  StreamsGroupCurrentMemberAssignmentKey,
  StreamsGroupCurrentMemberAssignmentValue,
  type StreamsGroupCurrentMemberAssignmentValueData,
  StreamsGroupMemberMetadataKey,
  StreamsGroupMemberMetadataValue,
  type StreamsGroupMemberMetadataValueData,
  StreamsGroupMetadataKey,
  StreamsGroupMetadataValue,
  type StreamsGroupMetadataValueData,
  StreamsGroupTargetAssignmentMemberKey,
  StreamsGroupTargetAssignmentMemberValue,
  type StreamsGroupTargetAssignmentMemberValueData,
  StreamsGroupTargetAssignmentMetadataKey,
  StreamsGroupTargetAssignmentMetadataValue,
  type StreamsGroupTargetAssignmentMetadataValueData,
  StreamsGroupTopologyKey,
  StreamsGroupTopologyValue,
  type StreamsGroupTopologyValueData,
} from '../../protocol/stored/streams-group-records.ts'
import type { StreamsMember } from './member.ts'
import { ascending, type EpochTasks, type TaskSets, type Tasks, taskIds } from './tasks.ts'

interface OfGroup<T extends string, V> {
  readonly type: 'streams'
  readonly about: T
  readonly groupId: string
  /** null: a tombstone. */
  readonly value: V | null
}

interface OfMember<T extends string, V> extends OfGroup<T, V> {
  readonly memberId: string
}

/** What the log says of a streams group. */
export type StreamsRecord =
  | OfGroup<'epoch', StreamsGroupMetadataValueData>
  | OfMember<'member', StreamsGroupMemberMetadataValueData>
  | OfGroup<'targetEpoch', StreamsGroupTargetAssignmentMetadataValueData>
  | OfMember<'target', StreamsGroupTargetAssignmentMemberValueData>
  | OfMember<'current', StreamsGroupCurrentMemberAssignmentValueData>
  | OfGroup<'topology', StreamsGroupTopologyValueData>

const TYPE_OF: { readonly [A in StreamsRecord['about']]: number } = {
  epoch: 17,
  member: 19,
  targetEpoch: 20,
  target: 21,
  current: 22,
  topology: 23,
}
const VERSION = 0

/** 18 was that of a record that no released version has. */
export function isStreamsRecordType(recordType: number): boolean {
  return recordType === 17 || (recordType >= 19 && recordType <= 23)
}

export function encodeStreamsRecord(record: StreamsRecord): { readonly key: Buffer; readonly value: Buffer | null } {
  const key = new ByteWriter()
  key.int16(TYPE_OF[record.about])
  writeKey(record, key)
  if (record.value === null) return { key: key.toBuffer(), value: null }
  const value = new ByteWriter()
  value.int16(VERSION)
  writeValue(record, value)
  return { key: key.toBuffer(), value: value.toBuffer() }
}

function writeKey(record: StreamsRecord, key: ByteWriter): void {
  const { groupId } = record
  if (record.about === 'epoch') StreamsGroupMetadataKey.encode(key, { groupId }, VERSION)
  else if (record.about === 'targetEpoch') StreamsGroupTargetAssignmentMetadataKey.encode(key, { groupId }, VERSION)
  else if (record.about === 'topology') StreamsGroupTopologyKey.encode(key, { groupId }, VERSION)
  else if (record.about === 'member') StreamsGroupMemberMetadataKey.encode(key, record, VERSION)
  else if (record.about === 'target') StreamsGroupTargetAssignmentMemberKey.encode(key, record, VERSION)
  else StreamsGroupCurrentMemberAssignmentKey.encode(key, record, VERSION)
}

function writeValue({ about, value }: StreamsRecord, to: ByteWriter): void {
  if (value === null) return
  if (about === 'epoch') StreamsGroupMetadataValue.encode(to, value, VERSION)
  else if (about === 'targetEpoch') StreamsGroupTargetAssignmentMetadataValue.encode(to, value, VERSION)
  else if (about === 'topology') StreamsGroupTopologyValue.encode(to, value, VERSION)
  else if (about === 'member') StreamsGroupMemberMetadataValue.encode(to, value, VERSION)
  else if (about === 'target') StreamsGroupTargetAssignmentMemberValue.encode(to, value, VERSION)
  else StreamsGroupCurrentMemberAssignmentValue.encode(to, value, VERSION)
}

/** `key` stands behind the record's type; what is given back shares no memory with `bytes`. */
export function decodeStreamsRecord(recordType: number, key: Reader, bytes: Buffer | null): StreamsRecord {
  const reader = bytes && new ByteReader(Buffer.from(bytes))
  const version = reader?.int16() ?? VERSION
  const type = 'streams'
  switch (recordType) {
    case TYPE_OF.epoch: {
      const { groupId } = StreamsGroupMetadataKey.decode(key, VERSION)
      return { type, about: 'epoch', groupId, value: reader && StreamsGroupMetadataValue.decode(reader, version) }
    }
    case TYPE_OF.member: {
      const value = reader && StreamsGroupMemberMetadataValue.decode(reader, version)
      return { type, about: 'member', ...StreamsGroupMemberMetadataKey.decode(key, VERSION), value }
    }
    case TYPE_OF.targetEpoch: {
      const { groupId } = StreamsGroupTargetAssignmentMetadataKey.decode(key, VERSION)
      const value = reader && StreamsGroupTargetAssignmentMetadataValue.decode(reader, version)
      return { type, about: 'targetEpoch', groupId, value }
    }
    case TYPE_OF.target: {
      const value = reader && StreamsGroupTargetAssignmentMemberValue.decode(reader, version)
      return { type, about: 'target', ...StreamsGroupTargetAssignmentMemberKey.decode(key, VERSION), value }
    }
    case TYPE_OF.current: {
      const value = reader && StreamsGroupCurrentMemberAssignmentValue.decode(reader, version)
      return { type, about: 'current', ...StreamsGroupCurrentMemberAssignmentKey.decode(key, VERSION), value }
    }
    default: {
      const { groupId } = StreamsGroupTopologyKey.decode(key, VERSION)
      return { type, about: 'topology', groupId, value: reader && StreamsGroupTopologyValue.decode(reader, version) }
    }
  }
}

export interface GroupEpoch {
  readonly epoch: number
  readonly metadataHash: bigint
  readonly validatedTopologyEpoch: number
  readonly assignmentConfigs: ReadonlyMap<string, string>
}

export function epochRecord(groupId: string, state: GroupEpoch): StreamsRecord {
  const { assignmentConfigs, ...epoch } = state
  const lastAssignmentConfigs = [...assignmentConfigs].map(([key, value]) => ({ key, value }))
  return { type: 'streams', about: 'epoch', groupId, value: { ...epoch, lastAssignmentConfigs } }
}

export function memberRecord(groupId: string, member: StreamsMember): StreamsRecord {
  const tags = [...member.clientTags].sort(([a], [b]) => (a < b ? -1 : 1))
  const value = {
    instanceId: member.instanceId,
    rackId: member.rackId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    topologyEpoch: member.topologyEpoch,
    processId: member.processId,
    userEndpoint: member.userEndpoint,
    clientTags: tags.map(([key, tag]) => ({ key, value: tag })),
  }
  return { type: 'streams', about: 'member', groupId, memberId: member.memberId, value }
}

export function topologyRecord(groupId: string, value: StreamsGroupTopologyValueData): StreamsRecord {
  return { type: 'streams', about: 'topology', groupId, value }
}

export function targetEpochRecord(groupId: string, assignmentEpoch: number, nowMs: number): StreamsRecord {
  const value = { assignmentEpoch, assignmentTimestamp: nowMs }
  return { type: 'streams', about: 'targetEpoch', groupId, value }
}

export function targetRecord(groupId: string, memberId: string, target: Tasks): StreamsRecord {
  const value = {
    activeTasks: taskIds(target.active),
    standbyTasks: taskIds(target.standby),
    warmupTasks: taskIds(target.warmup),
  }
  return { type: 'streams', about: 'target', groupId, memberId, value }
}

export function currentRecord(groupId: string, member: StreamsMember): StreamsRecord {
  const { memberId, memberEpoch, previousMemberEpoch, state, assigned, revoking } = member
  const value = {
    memberEpoch,
    previousMemberEpoch,
    state,
    activeTasks: withEpochs(assigned.active),
    standbyTasks: withoutEpochs(assigned.standby),
    warmupTasks: withoutEpochs(assigned.warmup),
    activeTasksPendingRevocation: withEpochs(revoking.active),
    standbyTasksPendingRevocation: withoutEpochs(revoking.standby),
    warmupTasksPendingRevocation: withoutEpochs(revoking.warmup),
  }
  return { type: 'streams', about: 'current', groupId, memberId, value }
}

function withoutEpochs(tasks: TaskSets) {
  return taskIds(tasks).map((ids) => ({ ...ids, assignmentEpochs: [] }))
}

function withEpochs(tasks: EpochTasks) {
  return [...tasks.keys()].sort().map((subtopologyId) => {
    const epochs = tasks.get(subtopologyId)
    const partitions = ascending(epochs?.keys() ?? [])
    return { subtopologyId, partitions, assignmentEpochs: partitions.map((partition) => epochs?.get(partition) ?? 0) }
  })
}

export function groupTombstone(groupId: string, about: 'epoch' | 'targetEpoch' | 'topology'): StreamsRecord {
  return { type: 'streams', about, groupId, value: null }
}

export function memberTombstone(groupId: string, about: 'member' | 'target' | 'current', memberId: string) {
  return { type: 'streams', about, groupId, memberId, value: null } satisfies StreamsRecord
}
