import type {
  StreamsGroupCurrentMemberAssignmentValueData,
  StreamsGroupMemberMetadataValueData,
} from '../../protocol/stored/streams-group-records.ts'
import { epochsOf } from '../partition-sets.ts'
import { sameFields } from '../same-fields.ts'
import { type EpochTasks, NO_TASKS, type OwnedTasks, sameOwned, type TaskSets } from './tasks.ts'

/** Where a member stands between what it has and what it is to have; the numbers are those of its record. */
export const MemberState = {
  /** It has what it is to have. */
  STABLE: 1,
  /** It has to give something up and has not said yet that it did. */
  UNREVOKED_TASKS: 2,
  /** Something that it is to have still belongs to others, or to its own process in another role. */
  UNRELEASED_TASKS: 3,
  /** A state that a later version wrote. */
  UNKNOWN: 127,
} as const
export type MemberState = (typeof MemberState)[keyof typeof MemberState]

export const LEAVE_EPOCH = -1
export const STATIC_LEAVE_EPOCH = -2

/** Where an instance answers interactive queries. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

/** A member of a streams group as its records say. A value: a change makes a new one. */
export interface StreamsMember {
  readonly memberId: string
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: MemberState
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  readonly topologyEpoch: number
  /** Of the instance of the application; each of its threads is a member. */
  readonly processId: string
  readonly userEndpoint: Endpoint | null
  readonly clientTags: ReadonlyMap<string, string>
  readonly assigned: OwnedTasks
  readonly revoking: OwnedTasks
}

export function newMember(memberId: string): StreamsMember {
  return {
    memberId,
    memberEpoch: 0,
    previousMemberEpoch: 0,
    state: MemberState.STABLE,
    instanceId: null,
    rackId: null,
    clientId: '',
    clientHost: '',
    rebalanceTimeoutMs: -1,
    topologyEpoch: -1,
    processId: '',
    userEndpoint: null,
    clientTags: new Map(),
    assigned: NO_TASKS,
    revoking: NO_TASKS,
  }
}

export function isReconciledTo(member: StreamsMember, epoch: number): boolean {
  return member.state === MemberState.STABLE && member.memberEpoch === epoch
}

const SAID = [
  'instanceId',
  'rackId',
  'clientId',
  'clientHost',
  'rebalanceTimeoutMs',
  'topologyEpoch',
  'processId',
] as const

/** Whether a member says the same of itself in both. */
export function sameMetadata(a: StreamsMember, b: StreamsMember): boolean {
  return (
    sameFields(a, b, SAID) &&
    a.userEndpoint?.host === b.userEndpoint?.host &&
    a.userEndpoint?.port === b.userEndpoint?.port &&
    a.clientTags.size === b.clientTags.size &&
    [...a.clientTags].every(([key, value]) => b.clientTags.get(key) === value)
  )
}

/** Whether the two stand at the same place between what they have and what they are to have. */
export function sameProgress(a: StreamsMember, b: StreamsMember): boolean {
  return (
    sameFields(a, b, ['memberEpoch', 'previousMemberEpoch', 'state']) &&
    sameOwned(a.assigned, b.assigned) &&
    sameOwned(a.revoking, b.revoking)
  )
}

export function withMetadata(member: StreamsMember, value: StreamsGroupMemberMetadataValueData): StreamsMember {
  const { clientTags, ...said } = value
  return { ...member, ...said, clientTags: new Map(clientTags.map((tag) => [tag.key, tag.value])) }
}

export function withAssignment(
  member: StreamsMember,
  value: StreamsGroupCurrentMemberAssignmentValueData,
): StreamsMember {
  const { memberEpoch, previousMemberEpoch, state } = value
  return {
    ...member,
    memberEpoch,
    previousMemberEpoch,
    state: state === 1 || state === 2 || state === 3 ? state : MemberState.UNKNOWN,
    assigned: {
      active: epochTasks(value.activeTasks, memberEpoch),
      standby: sets(value.standbyTasks),
      warmup: sets(value.warmupTasks),
    },
    revoking: {
      active: epochTasks(value.activeTasksPendingRevocation, memberEpoch),
      standby: sets(value.standbyTasksPendingRevocation),
      warmup: sets(value.warmupTasksPendingRevocation),
    },
  }
}

/** Its assignment is gone: the member is about to go. */
export function withoutAssignment(member: StreamsMember): StreamsMember {
  return {
    ...member,
    memberEpoch: LEAVE_EPOCH,
    previousMemberEpoch: LEAVE_EPOCH,
    assigned: NO_TASKS,
    revoking: NO_TASKS,
  }
}

type StoredTasks = StreamsGroupCurrentMemberAssignmentValueData['activeTasks']

/** Records that do not say when a task was given: it was no later than now. */
function epochTasks(stored: StoredTasks, memberEpoch: number): EpochTasks {
  return new Map(stored.map((tasks) => [tasks.subtopologyId, epochsOf(tasks, memberEpoch)]))
}

function sets(stored: StoredTasks): TaskSets {
  return new Map(stored.map(({ subtopologyId, partitions }) => [subtopologyId, new Set(partitions)]))
}
