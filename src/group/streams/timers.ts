import type { GroupContext } from '../context.ts'
import { sessionKey } from '../timers.ts'
import type { StreamsMember } from './member.ts'

const rebalanceKey = (groupId: string, memberId: string): string => `r:${groupId}\0${memberId}`
const initialKey = (groupId: string): string => `i:${groupId}`

/** Gives a member its session's time from now on. */
export function touchMember(context: GroupContext, groupId: string, memberId: string): void {
  const { timers, settings, nowMs } = context
  const deadline = nowMs + settings.streams.ofGroup(groupId).sessionTimeoutMs
  timers.schedule(sessionKey(groupId, memberId), deadline, { kind: 'streamsSession', groupId, memberId })
}

/** A member that has to give tasks up has its rebalance timeout's time for it. */
export function scheduleRebalance(context: GroupContext, groupId: string, member: StreamsMember): void {
  const { memberId, memberEpoch, rebalanceTimeoutMs } = member
  const action = { kind: 'streamsRebalance', groupId, memberId, memberEpoch } as const
  context.timers.schedule(rebalanceKey(groupId, memberId), context.nowMs + rebalanceTimeoutMs, action)
}

export function cancelRebalance(context: GroupContext, groupId: string, memberId: string): void {
  context.timers.cancel(rebalanceKey(groupId, memberId))
}

export function cancelMember(context: GroupContext, groupId: string, memberId: string): void {
  context.timers.cancel(sessionKey(groupId, memberId))
  cancelRebalance(context, groupId, memberId)
}

/** The first members of a group wait for others, so that tasks are not handed around among them. */
export function scheduleInitialDelay({ timers, settings, nowMs }: GroupContext, groupId: string): void {
  const { initialRebalanceDelayMs } = settings.streams.ofGroup(groupId)
  if (initialRebalanceDelayMs <= 0 || timers.has(initialKey(groupId))) return
  timers.schedule(initialKey(groupId), nowMs + initialRebalanceDelayMs, { kind: 'streamsInitial', groupId })
}

export function isInitialDelayOn({ timers }: GroupContext, groupId: string): boolean {
  return timers.has(initialKey(groupId))
}

export function cancelInitialDelay(timers: GroupContext['timers'], groupId: string): void {
  timers.cancel(initialKey(groupId))
}
