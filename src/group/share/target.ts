import type { Uuid } from '../../base/ids.ts'
import type { Partitions } from '../assignors/assignor.ts'
import type { TopicSource } from '../consumer/topics.ts'
import type { GroupContext } from '../context.ts'
import { inStringOrder } from '../java-order.ts'
import { mayAssign } from '../limits.ts'
import { NO_PARTITIONS, samePartitions } from '../partition-sets.ts'
import type { ShareMember } from './member.ts'
import { targetEpochRecord, targetRecord } from './records.ts'
import type { ShareGroup } from './share-group.ts'
import { simple } from './simple-assignor.ts'

export interface Target {
  readonly epoch: number
  readonly partitions: Partitions
}

/** The target of the member that asks: a new one for everybody where the group's epoch has gone beyond it. */
export function updateTarget(
  context: GroupContext,
  group: ShareGroup,
  groupEpoch: number,
  member: ShareMember,
): Target {
  if (group.assignmentEpoch >= groupEpoch || !mayAssign(context, group)) {
    return { epoch: group.assignmentEpoch, partitions: group.targets.get(member.memberId) ?? NO_PARTITIONS }
  }
  const members = new Map(group.members).set(member.memberId, member)
  const targets = compute(context, group, members)
  const { records } = context.outcome
  for (const memberId of inStringOrder(members.keys())) {
    const target = targets.get(memberId) ?? NO_PARTITIONS
    const before = group.targets.get(memberId)
    if (before && samePartitions(before, target)) continue
    records.push(targetRecord(group.groupId, memberId, target))
  }
  records.push(targetEpochRecord(group.groupId, groupEpoch, context.nowMs))
  return { epoch: groupEpoch, partitions: targets.get(member.memberId) ?? NO_PARTITIONS }
}

function compute(
  { topics: { source } }: GroupContext,
  group: ShareGroup,
  members: ReadonlyMap<string, ShareMember>,
): ReadonlyMap<string, Partitions> {
  const initialized = group.statePartitions?.initialized
  const names = new Set([...members.values()].flatMap(({ topicNames }) => topicNames))
  const all = [...members.values()]
  return simple({
    members: inStringOrder(members.keys()).map((memberId) => ({
      memberId,
      instanceId: null,
      topics: topicIdsOf(source, members.get(memberId)?.topicNames ?? []),
      assigned: group.targets.get(memberId) ?? NO_PARTITIONS,
    })),
    homogeneous: all.every(({ topicNames }) => new Set(topicNames).size === names.size),
    partitionCount: (topicId) => source.withId(topicId)?.partitions,
    isAssigned: () => false,
    isAssignable: (topicId, partition) => initialized?.get(topicId)?.partitions.has(partition) === true,
  })
}

export function topicIdsOf(topics: TopicSource, names: readonly string[]): Uuid[] {
  return inStringOrder(new Set(names), 'at once').flatMap((name) => topics.named(name)?.id ?? [])
}
