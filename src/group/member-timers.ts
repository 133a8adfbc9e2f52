import type { GroupContext } from './context.ts'
import { sessionKey, type TimerAction } from './timers.ts'

const rebalanceKey = (groupId: string, memberId: string): string => `r:${groupId}\0${memberId}`

/** The kinds of actions that are about a member. */
type MemberTimer = Extract<TimerAction, { readonly memberId: string }>
type RebalanceTimer = Extract<TimerAction, { readonly memberEpoch: number }>

interface Rebalancing {
  readonly memberId: string
  readonly memberEpoch: number
  readonly rebalanceTimeoutMs: number
}

/** Gives a member its session's time from now on. */
export function startSession(
  { timers, nowMs }: GroupContext,
  kind: Exclude<MemberTimer, RebalanceTimer>['kind'],
  groupId: string,
  memberId: string,
  timeoutMs: number,
): void {
  timers.schedule(sessionKey(groupId, memberId), nowMs + timeoutMs, { kind, groupId, memberId })
}

/** A member that has to give something up has its rebalance timeout's time for it. */
export function startRebalance(
  { timers, nowMs }: GroupContext,
  kind: RebalanceTimer['kind'],
  groupId: string,
  { memberId, memberEpoch, rebalanceTimeoutMs }: Rebalancing,
): void {
  const action = { kind, groupId, memberId, memberEpoch }
  timers.schedule(rebalanceKey(groupId, memberId), nowMs + rebalanceTimeoutMs, action)
}

export function cancelRebalance({ timers }: GroupContext, groupId: string, memberId: string): void {
  timers.cancel(rebalanceKey(groupId, memberId))
}

/** The member is gone. */
export function cancelMemberTimers(context: GroupContext, groupId: string, memberId: string): void {
  context.timers.cancel(sessionKey(groupId, memberId))
  cancelRebalance(context, groupId, memberId)
}
