import { KafkaError } from '../../base/errors.ts'
import type { GroupContext } from '../context.ts'
import { fencedEpoch } from '../limits.ts'
import type { TopicPartitions } from '../partition-sets.ts'
import { NO_PARTITIONS } from '../partition-sets.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import {
  type ConsumerMember,
  newMember,
  type OwnedPartitions,
  STATIC_LEAVE_EPOCH,
  usesClassicProtocol,
} from './member.ts'
import { currentRecord, memberRecord, memberTombstones, targetRecord } from './records.ts'
import { requireStaticMember, throwIfFenced } from './static-members.ts'

export interface Joining {
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly owned: TopicPartitions | null
  /** It may be new. */
  readonly joins: boolean
  /** It speaks the classic protocol. */
  readonly classic: boolean
}

/** The member that a request is from, as it was before the request. */
export function joiningMember(context: GroupContext, group: ConsumerGroup, joining: Joining): ConsumerMember {
  const { memberId, instanceId, joins, classic } = joining
  if (instanceId === null) {
    const known = group.members.get(memberId)
    const member = known ?? (joins ? newMember(memberId) : group.member(memberId))
    if (!classic) checkEpoch(group, member, joining)
    return member
  }
  if (!joins) {
    const member = requireStaticMember(group, instanceId)
    throwIfFenced(member, memberId, instanceId)
    if (!classic) checkEpoch(group, member, joining)
    return member
  }
  const before = group.staticMember(instanceId)
  if (before === undefined) return group.members.get(memberId) ?? newMember(memberId)
  if (!classic && !usesClassicProtocol(before)) throwIfUnreleased(before, memberId, instanceId)
  const member = { ...before, memberId, memberEpoch: 0, previousMemberEpoch: 0 }
  replace(context, group, before, member)
  return member
}

/** Who is still there has its place: a static member of the consumer protocol says when it goes away. */
function throwIfUnreleased(before: ConsumerMember, memberId: string, instanceId: string): void {
  if (before.memberEpoch === STATIC_LEAVE_EPOCH) return
  throw new KafkaError(
    'UNRELEASED_INSTANCE_ID',
    `Static member ${memberId} with instance id ${instanceId} cannot join the group because the instance id is owned by ${before.memberId} member.`,
  )
}

/** The timers of the one before stay: they find nobody. */
function replace(context: GroupContext, group: ConsumerGroup, before: ConsumerMember, after: ConsumerMember): void {
  const { groupId } = group
  const target = group.targets.get(before.memberId) ?? NO_PARTITIONS
  context.outcome.records.push(
    ...memberTombstones(groupId, before.memberId),
    memberRecord(groupId, after),
    targetRecord(groupId, after.memberId, target),
    currentRecord(groupId, after),
  )
}

/** @throws KafkaError FENCED_MEMBER_EPOCH */
function checkEpoch(group: ConsumerGroup, member: ConsumerMember, { memberEpoch, owned }: Joining): void {
  if (memberEpoch === 0 || memberEpoch === member.memberEpoch) return
  // An answer with the next epoch may have been lost: then the member owns nothing that it may not own.
  const lostAnswer = memberEpoch === member.previousMemberEpoch && owned !== null && isWithin(owned, member.assigned)
  if (memberEpoch < member.memberEpoch && lostAnswer) return
  throw fencedEpoch(group, memberEpoch, member.memberEpoch)
}

function isWithin(owned: TopicPartitions, assigned: OwnedPartitions): boolean {
  return owned.every(({ topicId, partitions }) => {
    const own = assigned.get(topicId)
    return own !== undefined && partitions.every((partition) => own.has(partition))
  })
}
