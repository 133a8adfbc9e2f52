import { assert } from '../../base/assert.ts'
import type { GroupContext } from '../context.ts'
import { inStringOrder } from '../java-order.ts'
import { mayAssign } from '../limits.ts'
import { type MemberSpec, stickyAssignment, type TaskAssignment } from './assignor/sticky.ts'
import type { ConfiguredTopology } from './configure.ts'
import type { StreamsMember } from './member.ts'
import { targetEpochRecord, targetRecord } from './records.ts'
import { assignmentConfigs } from './settings.ts'
import type { StreamsGroup } from './streams-group.ts'
import { NO_TASKS, sameTasks, type Tasks } from './tasks.ts'
import { isInitialDelayOn } from './timers.ts'
import { type Status, StatusCode } from './topic-problem.ts'

export interface Target {
  readonly epoch: number
  readonly tasks: Tasks
  /** Why it is not that of the group's epoch. */
  readonly delayed?: Status
}

export interface TargetChange {
  readonly group: StreamsGroup
  readonly groupEpoch: number
  readonly configured: ConfiguredTopology
  /** The member that asks, as its request leaves it; it may be new. undefined: nobody asks. */
  readonly updated: StreamsMember | undefined
}

/** The target of the member that asks: a new one for everybody where the group's epoch has gone beyond it. */
export function updateTarget(context: GroupContext, change: TargetChange): Target {
  const { group, groupEpoch, updated } = change
  const { groupId, assignmentEpoch } = group
  if (isInitialDelayOn(context, groupId)) {
    return { epoch: assignmentEpoch, tasks: NO_TASKS, delayed: delayedBy('initial rebalance delay') }
  }
  const last = { epoch: assignmentEpoch, tasks: updated ? group.targetOf(updated.memberId) : NO_TASKS }
  if (assignmentEpoch >= groupEpoch) return last
  if (!mayAssign(context, group)) return { ...last, delayed: delayedBy('assignment interval') }
  const targets = assign(context, change)
  const { records } = context.outcome
  for (const memberId of inStringOrder(targets.keys())) {
    const target = targets.get(memberId) ?? NO_TASKS
    const before = group.targets.get(memberId)
    if (before === undefined || !sameTasks(before, target)) records.push(targetRecord(groupId, memberId, target))
  }
  records.push(targetEpochRecord(groupId, groupEpoch, context.nowMs))
  return { epoch: groupEpoch, tasks: (updated && targets.get(updated.memberId)) ?? NO_TASKS }
}

function delayedBy(what: string): Status {
  return {
    statusCode: StatusCode.ASSIGNMENT_DELAYED,
    statusDetail: `Assignment delayed due to the configured ${what}.`,
  }
}

function assign({ settings }: GroupContext, { group, configured, updated }: TargetChange): TaskAssignment {
  const members = new Map(group.members)
  if (updated) members.set(updated.memberId, updated)
  if (configured.problem) return new Map([...members.keys()].map((memberId) => [memberId, NO_TASKS]))
  assert(configured.subtopologies !== undefined, 'a topology that can run has subtopologies')
  const specs = new Map(
    [...members].map(([memberId, { processId }]): [string, MemberSpec] => {
      return [memberId, { processId, tasks: group.targetOf(memberId) }]
    }),
  )
  const subtopologies = new Map(
    [...configured.subtopologies].map(([id, { tasks, stateChangelogTopics }]) => {
      return [id, { tasks, isStateful: stateChangelogTopics.length > 0 }]
    }),
  )
  return stickyAssignment(specs, subtopologies, settings.streams.ofGroup(group.groupId).numStandbyReplicas)
}

/** The configs of the assignment have been changed since the group's epoch grew last. */
export function configsChanged({ settings }: GroupContext, group: StreamsGroup): boolean {
  const now = assignmentConfigs(settings.streams.ofGroup(group.groupId))
  const then = group.assignmentConfigs
  return now.size !== then.size || [...now].some(([key, value]) => then.get(key) !== value)
}

/** The first members have waited for others long enough. */
export function onInitialDelay(context: GroupContext, groupId: string): void {
  const group = context.groups.ofKind('streams', groupId)
  if (group === undefined || group.isEmpty || group.configured === undefined) return
  if (group.groupEpoch <= group.assignmentEpoch) return
  const { groupEpoch, configured } = group
  updateTarget(context, { group, groupEpoch, configured, updated: undefined })
}
