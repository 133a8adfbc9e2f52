import type { GroupContext } from '../context.ts'
import { startSession } from '../member-timers.ts'

const initialKey = (groupId: string): string => `i:${groupId}`

/** Gives a member its session's time from now on. */
export function touchMember(context: GroupContext, groupId: string, memberId: string): void {
  const { sessionTimeoutMs } = context.settings.streams.ofGroup(groupId)
  startSession(context, 'streamsSession', groupId, memberId, sessionTimeoutMs)
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
