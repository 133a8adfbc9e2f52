import type { GroupContext } from '../context.ts'
import { cancelMemberTimers, startSession } from '../member-timers.ts'
import type { ConsumerMember } from './member.ts'

const classicJoinKey = (groupId: string, memberId: string): string => `cj:${groupId}\0${memberId}`
const classicSyncKey = (groupId: string, memberId: string): string => `cs:${groupId}\0${memberId}`
export const regexKey = (groupId: string): string => `x:${groupId}`

/** Gives a member its session's time from now on. */
export function touchMember(context: GroupContext, groupId: string, member: ConsumerMember): void {
  const { memberId, classic } = member
  const timeoutMs = classic?.sessionTimeoutMs ?? context.settings.consumer.ofGroup(groupId).sessionTimeoutMs
  startSession(context, 'consumerMember', groupId, memberId, timeoutMs)
}

/** A classic member was told to join again: the first time that it was told counts. */
export function scheduleClassicJoin(context: GroupContext, groupId: string, member: ConsumerMember): void {
  const { memberId, rebalanceTimeoutMs } = member
  const key = classicJoinKey(groupId, memberId)
  if (context.timers.has(key)) return
  context.timers.schedule(key, context.nowMs + rebalanceTimeoutMs, { kind: 'consumerMember', groupId, memberId })
}

export function cancelClassicJoin(context: GroupContext, groupId: string, memberId: string): void {
  context.timers.cancel(classicJoinKey(groupId, memberId))
}

/** A classic member that joined has to ask for its assignment. */
export function scheduleClassicSync(context: GroupContext, groupId: string, member: ConsumerMember): void {
  const { memberId, rebalanceTimeoutMs } = member
  const deadline = context.nowMs + rebalanceTimeoutMs
  context.timers.schedule(classicSyncKey(groupId, memberId), deadline, { kind: 'consumerMember', groupId, memberId })
}

export function cancelClassicSync(context: GroupContext, groupId: string, memberId: string): void {
  context.timers.cancel(classicSyncKey(groupId, memberId))
}

export function cancelMember(context: GroupContext, groupId: string, memberId: string): void {
  cancelMemberTimers(context, groupId, memberId)
  cancelClassicJoin(context, groupId, memberId)
  cancelClassicSync(context, groupId, memberId)
}
