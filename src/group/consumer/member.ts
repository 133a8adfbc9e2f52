import type { Uuid } from '../../base/ids.ts'
import type {
  ConsumerGroupCurrentMemberAssignmentValueData,
  ConsumerGroupMemberMetadataValueData,
} from '../../protocol/stored/group-records.ts'
import { epochsOf, sameEpochs } from '../partition-sets.ts'
import { sameFields } from '../same-fields.ts'

/** Where a member stands between what it has and what it is to have; the numbers are those of its record. */
export const MemberState = {
  /** It has what it is to have. */
  STABLE: 0,
  /** It has to give something up and has not said yet that it did. */
  UNREVOKED_PARTITIONS: 1,
  /** Something that it is to have still belongs to others. */
  UNRELEASED_PARTITIONS: 2,
  /** A state that a later version wrote. */
  UNKNOWN: 127,
} as const
export type MemberState = (typeof MemberState)[keyof typeof MemberState]

/** Topic id → partition → the epoch in which the member was given it. */
export type OwnedPartitions = ReadonlyMap<Uuid, ReadonlyMap<number, number>>

export const NOTHING_OWNED: OwnedPartitions = new Map()

/** The epoch of a static member that went away for a while. */
export const STATIC_LEAVE_EPOCH = -2
export const LEAVE_EPOCH = -1

export type ClassicMetadata = NonNullable<ConsumerGroupMemberMetadataValueData['classicMemberMetadata']>

/** A member of a consumer group as its records say. A value: a change makes a new one. */
export interface ConsumerMember {
  readonly memberId: string
  readonly memberEpoch: number
  readonly previousMemberEpoch: number
  readonly state: MemberState
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly rebalanceTimeoutMs: number
  readonly clientId: string
  readonly clientHost: string
  /** Sorted, each once. */
  readonly topicNames: readonly string[]
  /** '' or null: none. */
  readonly topicRegex: string | null
  readonly serverAssignor: string | null
  readonly assigned: OwnedPartitions
  readonly revoking: OwnedPartitions
  /** Of a member that speaks the classic protocol. */
  readonly classic: ClassicMetadata | null
}

export function newMember(memberId: string): ConsumerMember {
  return {
    memberId,
    memberEpoch: 0,
    previousMemberEpoch: -1,
    state: MemberState.STABLE,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: -1,
    clientId: '',
    clientHost: '',
    topicNames: [],
    topicRegex: '',
    serverAssignor: null,
    assigned: NOTHING_OWNED,
    revoking: NOTHING_OWNED,
    classic: null,
  }
}

export function withMetadata(member: ConsumerMember, value: ConsumerGroupMemberMetadataValueData): ConsumerMember {
  return {
    ...member,
    instanceId: value.instanceId,
    rackId: value.rackId,
    clientId: value.clientId,
    clientHost: value.clientHost,
    topicNames: sortedNames(value.subscribedTopicNames),
    topicRegex: value.subscribedTopicRegex,
    rebalanceTimeoutMs: value.rebalanceTimeoutMs,
    serverAssignor: value.serverAssignor,
    classic: value.classicMemberMetadata,
  }
}

export function withAssignment(
  member: ConsumerMember,
  value: ConsumerGroupCurrentMemberAssignmentValueData,
): ConsumerMember {
  const known = value.state === 0 || value.state === 1 || value.state === 2
  return {
    ...member,
    memberEpoch: value.memberEpoch,
    previousMemberEpoch: value.previousMemberEpoch,
    state: known ? (value.state as MemberState) : MemberState.UNKNOWN,
    assigned: ownedOf(value.assignedPartitions),
    revoking: ownedOf(value.partitionsPendingRevocation),
  }
}

/** Records from before 4.3 do not say when a partition was given: then a commit of any epoch is good enough. */
function ownedOf(topics: ConsumerGroupCurrentMemberAssignmentValueData['assignedPartitions']): OwnedPartitions {
  return new Map(topics.map((topic) => [topic.topicId, epochsOf(topic, 0)]))
}

export function sortedNames(names: Iterable<string>): string[] {
  return [...new Set(names)].sort()
}

export const usesClassicProtocol = (member: ConsumerMember): boolean => member.classic !== null

/** The regular expression that it is subscribed by, if any. */
export function regexOf(member: ConsumerMember | undefined): string | undefined {
  return member?.topicRegex || undefined
}

export function isReconciledTo(member: ConsumerMember, assignmentEpoch: number): boolean {
  return member.state === MemberState.STABLE && member.memberEpoch === assignmentEpoch
}

function sameClassic(a: ClassicMetadata | null, b: ClassicMetadata | null): boolean {
  if (a === null || b === null) return a === b
  if (a.sessionTimeoutMs !== b.sessionTimeoutMs || a.supportedProtocols.length !== b.supportedProtocols.length) {
    return false
  }
  return a.supportedProtocols.every((own, at) => {
    const other = b.supportedProtocols[at]
    return other !== undefined && own.name === other.name && own.metadata.equals(other.metadata)
  })
}

export function sameTopicNames(a: ConsumerMember, b: ConsumerMember): boolean {
  return a.topicNames.length === b.topicNames.length && a.topicNames.every((name, at) => name === b.topicNames[at])
}

const ASKED = [
  'memberId',
  'instanceId',
  'rackId',
  'rebalanceTimeoutMs',
  'clientId',
  'clientHost',
  'topicRegex',
  'serverAssignor',
] as const

/** Would both leave the same record of what they asked for? */
export function sameMetadata(a: ConsumerMember, b: ConsumerMember): boolean {
  return sameFields(a, b, ASKED) && sameTopicNames(a, b) && sameClassic(a.classic, b.classic)
}

/** Would both leave the same record of what they have? */
export function sameAssignment(a: ConsumerMember, b: ConsumerMember): boolean {
  return (
    sameFields(a, b, ['memberEpoch', 'previousMemberEpoch', 'state']) &&
    sameEpochs(a.assigned, b.assigned) &&
    sameEpochs(a.revoking, b.revoking)
  )
}
