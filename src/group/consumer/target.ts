import { KafkaError } from '../../base/errors.ts'
import { javaStringHash } from '../../base/hash.ts'
import type { Uuid } from '../../base/ids.ts'
import { AssignorError, type AssignorMember, type Partitions } from '../assignors/assignor.ts'
import type { GroupContext } from '../context.ts'
import { inStringOrder, javaHashOrder } from '../java-order.ts'
import { mayAssign } from '../limits.ts'
import { NO_PARTITIONS, samePartitions } from '../partition-sets.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { type ConsumerMember, regexOf } from './member.ts'
import { targetEpochRecord, targetRecord } from './records.ts'
import { assignorNamed, type ServerAssignorName } from './settings.ts'
import { isHomogeneous, type Subscriptions } from './subscriptions.ts'
import type { TopicSource } from './topics.ts'

export interface Target {
  readonly epoch: number
  readonly partitions: Partitions
}

/** The topics of a member that exist, in the order in which Kafka's sets give them. */
export function subscribedTopicIds(topics: TopicSource, group: ConsumerGroup, member: ConsumerMember): Uuid[] {
  const regex = regexOf(member)
  const names = new Set(inStringOrder(member.topicNames, 'at once'))
  for (const name of inStringOrder((regex && group.regexes.get(regex)?.topics) || [], 'at once')) names.add(name)
  return [...names].flatMap((name) => topics.named(name)?.id ?? [])
}

/** The assignor that most members ask for, or the coordinator's first. */
export function preferredAssignor(
  group: ConsumerGroup,
  before: ConsumerMember | undefined,
  after: ConsumerMember | undefined,
): string | undefined {
  const votes = new Map<string, number>()
  const vote = (member: ConsumerMember | undefined, change: number): void => {
    const name = member?.serverAssignor
    if (name != null) votes.set(name, (votes.get(name) ?? 0) + change)
  }
  for (const member of group.members.values()) vote(member, 1)
  vote(before, -1)
  vote(after, 1)
  let best: { readonly name: string; readonly votes: number } | undefined
  for (const name of javaHashOrder([...votes.keys()], javaStringHash)) {
    const own = votes.get(name) ?? 0
    if (own > 0 && (best === undefined || own > best.votes)) best = { name, votes: own }
  }
  return best?.name
}

export interface TargetChange {
  readonly group: ConsumerGroup
  readonly groupEpoch: number
  /** The member before and after its request; it may be new or have the place of another static one. */
  readonly member: ConsumerMember
  readonly updated: ConsumerMember
  readonly subscriptions: Subscriptions
}

/** The target of the member that asks: a new one for everybody where the group's epoch has gone beyond it. */
export function updateTarget(context: GroupContext, change: TargetChange): Target {
  const { group, groupEpoch, updated } = change
  if (group.assignmentEpoch >= groupEpoch || !mayAssign(context, group)) {
    return { epoch: group.assignmentEpoch, partitions: group.targetOf(updated.memberId, updated.instanceId) }
  }
  const members = membersWith(context, change)
  const targets = compute(context, change, members)
  const { records } = context.outcome
  for (const { memberId } of members) {
    const target = targets.get(memberId) ?? NO_PARTITIONS
    const before = group.targets.get(memberId)
    if (before === undefined || !samePartitions(target, before)) {
      records.push(targetRecord(group.groupId, memberId, target))
    }
  }
  records.push(targetEpochRecord(group.groupId, groupEpoch, context.nowMs))
  return { epoch: groupEpoch, partitions: targets.get(updated.memberId) ?? NO_PARTITIONS }
}

/** Everybody as of this change, in the order of Kafka's map. */
function membersWith(context: GroupContext, { group, updated }: TargetChange): AssignorMember[] {
  const replaced = updated.instanceId === null ? undefined : group.staticMembers.get(updated.instanceId)
  const byId = new Map(group.members)
  byId.set(updated.memberId, updated)
  if (replaced !== undefined && replaced !== updated.memberId) byId.delete(replaced)
  return inStringOrder(byId.keys()).flatMap((memberId) => {
    const member = byId.get(memberId)
    if (member === undefined) return []
    const before = member === updated && replaced !== undefined ? replaced : memberId
    const { instanceId } = member
    const topics = subscribedTopicIds(context.topics.source, group, member)
    return [{ memberId, instanceId, topics, assigned: group.targets.get(before) ?? NO_PARTITIONS }]
  })
}

function compute(
  context: GroupContext,
  { group, groupEpoch, member, updated, subscriptions }: TargetChange,
  members: readonly AssignorMember[],
): ReadonlyMap<string, Partitions> {
  const { assignors } = context.settings.consumer
  const name = preferredAssignor(group, member, updated) as ServerAssignorName | undefined
  const taken = inverted(group)
  const { source } = context.topics
  try {
    return assignorNamed(name ?? assignors[0])({
      members,
      homogeneous: isHomogeneous(subscriptions, members.length),
      partitionCount: (topic) => source.withId(topic)?.partitions,
      isAssigned: (topic, partition) => taken.get(topic)?.has(partition) === true,
    })
  } catch (error) {
    if (!(error instanceof AssignorError)) throw error
    const message = `Failed to compute a new target assignment for epoch ${groupEpoch}: ${error.message}`
    throw new KafkaError('UNKNOWN_SERVER_ERROR', message)
  }
}

/** All partitions that are in somebody's target. */
function inverted(group: ConsumerGroup): ReadonlyMap<Uuid, ReadonlySet<number>> {
  const taken = new Map<Uuid, Set<number>>()
  for (const target of group.targets.values()) {
    for (const [topicId, partitions] of target) {
      const all = taken.get(topicId) ?? new Set()
      for (const partition of partitions) all.add(partition)
      taken.set(topicId, all)
    }
  }
  return taken
}
