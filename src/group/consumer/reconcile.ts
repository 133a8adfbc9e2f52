import { KafkaError } from '../../base/errors.ts'
import type { Uuid } from '../../base/ids.ts'
import type { Partitions } from '../assignors/assignor.ts'
import type { TopicPartitions } from '../partition-sets.ts'
import { type ConsumerMember, MemberState, NOTHING_OWNED, type OwnedPartitions } from './member.ts'

export interface Reconciliation {
  readonly member: ConsumerMember
  readonly targetEpoch: number
  readonly target: Partitions
  readonly subscriptionChanged: boolean
  /** Ids of the topics that the member is subscribed to now. */
  readonly subscribed: ReadonlySet<Uuid>
  /** In which epoch somebody owns a partition; undefined: it is free. */
  readonly partitionEpoch: (topicId: Uuid, partition: number) => number | undefined
  /** What the member says it owns; null: it did not say. */
  readonly owned: TopicPartitions | null
}

const NONE: ReadonlySet<number> = new Set()
const NO_EPOCHS: ReadonlyMap<number, number> = new Map()

/**
 * One step of a member towards its target:
 *
 *     STABLE ──target is newer──▶ must give something up? ──▶ UNREVOKED_PARTITIONS ──the member no longer names it──┐
 *       ▲                                   │ no                                                                    │
 *       │                                   ▼                                                                       │
 *       └──all of it is free── take what is free ◀──────────────────────────────────────────────────────────────────┘
 *                                           │ some belongs to others
 *                                           ▼
 *                              UNRELEASED_PARTITIONS, looks again with each heartbeat
 */
export function reconcile(step: Reconciliation): ConsumerMember {
  const { member } = step
  switch (member.state) {
    case MemberState.STABLE:
      if (member.memberEpoch !== step.targetEpoch) return towardsTarget(step)
      return step.subscriptionChanged ? withoutUnsubscribed(step) : member
    case MemberState.UNREVOKED_PARTITIONS:
      if (!stillOwns(step, member.revoking)) return towardsTarget(step)
      return step.subscriptionChanged ? withoutUnsubscribed(step) : member
    case MemberState.UNRELEASED_PARTITIONS:
      return towardsTarget(step)
    case MemberState.UNKNOWN:
      if (step.owned === null || step.owned.length > 0) {
        throw new KafkaError(
          'FENCED_MEMBER_EPOCH',
          'The consumer group member is in a unknown state. The member must abandon all its partitions and rejoin.',
        )
      }
      return towardsTarget(step, step.targetEpoch)
  }
}

/** A member that does not say what it owns is taken to own it still. */
function stillOwns({ owned }: Reconciliation, partitions: OwnedPartitions): boolean {
  if (owned === null) return true
  return owned.some(({ topicId, partitions: named }) => {
    const those = partitions.get(topicId)
    return those !== undefined && named.some((partition) => those.has(partition))
  })
}

function atEpoch(member: ConsumerMember, memberEpoch: number): ConsumerMember {
  return { ...member, memberEpoch, previousMemberEpoch: member.memberEpoch }
}

/** What belongs to topics that the member no longer wants has to go, before a new target says so. */
function withoutUnsubscribed(step: Reconciliation): ConsumerMember {
  const { member, subscribed } = step
  const assigned = new Map(member.assigned)
  const revoking = new Map(member.revoking)
  for (const [topicId, partitions] of member.assigned) {
    if (subscribed.has(topicId)) continue
    assigned.delete(topicId)
    revoking.set(topicId, new Map([...(revoking.get(topicId) ?? []), ...partitions]))
  }
  if (assigned.size === member.assigned.size) return member
  const next = { ...atEpoch(member, member.memberEpoch), assigned }
  const mustRevoke = revoking.size > 0 && stillOwns(step, revoking)
  return mustRevoke ? { ...next, state: MemberState.UNREVOKED_PARTITIONS, revoking } : next
}

function towardsTarget(step: Reconciliation, memberEpoch = step.member.memberEpoch): ConsumerMember {
  const { member, targetEpoch } = step
  const assigned = new Map<Uuid, Map<number, number>>()
  const revoking = new Map<Uuid, ReadonlyMap<number, number>>()
  const free: { readonly topicId: Uuid; readonly partition: number }[] = []
  let unreleased = false
  for (const topicId of new Set([...step.target.keys(), ...member.assigned.keys()])) {
    const target = (step.subscribed.has(topicId) ? step.target.get(topicId) : undefined) ?? NONE
    const current = member.assigned.get(topicId) ?? NO_EPOCHS
    const kept = new Map([...current].filter(([partition]) => target.has(partition)))
    const given = new Map([...current].filter(([partition]) => !target.has(partition)))
    if (kept.size > 0) assigned.set(topicId, kept)
    if (given.size > 0) revoking.set(topicId, given)
    for (const partition of target) {
      if (kept.has(partition)) continue
      // What the member itself is giving up is free for it: nobody else can own it meanwhile.
      const own = member.revoking.get(topicId)?.has(partition) === true
      if (!own && step.partitionEpoch(topicId, partition) !== undefined) unreleased = true
      else free.push({ topicId, partition })
    }
  }
  if (revoking.size > 0 && stillOwns(step, revoking)) {
    return { ...atEpoch(member, memberEpoch), state: MemberState.UNREVOKED_PARTITIONS, assigned, revoking }
  }
  for (const { topicId, partition } of free) {
    const own = assigned.get(topicId)
    if (own) own.set(partition, targetEpoch)
    else assigned.set(topicId, new Map([[partition, targetEpoch]]))
  }
  const state = unreleased ? MemberState.UNRELEASED_PARTITIONS : MemberState.STABLE
  return { ...atEpoch(member, targetEpoch), state, assigned, revoking: NOTHING_OWNED }
}
