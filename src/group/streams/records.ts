import { type KeyedRecord, recordCodec } from '../../protocol/keyed-record.ts'
import {
  StreamsGroupCurrentMemberAssignmentKey,
  StreamsGroupCurrentMemberAssignmentValue,
  StreamsGroupMemberMetadataKey,
  StreamsGroupMemberMetadataValue,
  StreamsGroupMetadataKey,
  StreamsGroupMetadataValue,
  StreamsGroupTargetAssignmentMemberKey,
  StreamsGroupTargetAssignmentMemberValue,
  StreamsGroupTargetAssignmentMetadataKey,
  StreamsGroupTargetAssignmentMetadataValue,
  StreamsGroupTopologyKey,
  StreamsGroupTopologyValue,
  type StreamsGroupTopologyValueData,
} from '../../protocol/stored/streams-group-records.ts'
import { storedEpochs } from '../partition-sets.ts'
import type { StreamsMember } from './member.ts'
import { type EpochTasks, type TaskSets, type Tasks, taskIds } from './tasks.ts'

/** 18 was that of a record that no released version has. */
const KINDS = {
  epoch: { id: 17, key: StreamsGroupMetadataKey, value: StreamsGroupMetadataValue },
  member: { id: 19, key: StreamsGroupMemberMetadataKey, value: StreamsGroupMemberMetadataValue },
  targetEpoch: {
    id: 20,
    key: StreamsGroupTargetAssignmentMetadataKey,
    value: StreamsGroupTargetAssignmentMetadataValue,
  },
  target: { id: 21, key: StreamsGroupTargetAssignmentMemberKey, value: StreamsGroupTargetAssignmentMemberValue },
  current: { id: 22, key: StreamsGroupCurrentMemberAssignmentKey, value: StreamsGroupCurrentMemberAssignmentValue },
  topology: { id: 23, key: StreamsGroupTopologyKey, value: StreamsGroupTopologyValue },
}

/** What the log says of a streams group. */
export type StreamsRecord = KeyedRecord<'streams', typeof KINDS>

export const STREAMS_RECORDS = recordCodec('streams', KINDS)

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
  const sorted = [...tasks].sort(([a], [b]) => (a < b ? -1 : 1))
  return sorted.map(([subtopologyId, epochs]) => ({ subtopologyId, ...storedEpochs(epochs) }))
}

export function groupTombstone(groupId: string, about: 'epoch' | 'targetEpoch' | 'topology'): StreamsRecord {
  return { type: 'streams', about, groupId, value: null }
}

export function memberTombstone(groupId: string, about: 'member' | 'target' | 'current', memberId: string) {
  return { type: 'streams', about, groupId, memberId, value: null } satisfies StreamsRecord
}
