import { ErrorCode } from '../base/errors.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { JoinReply } from './commands.ts'
import type { GroupContext } from './context.ts'
import { EMPTY_BYTES, type Member, metadataOf, satisfiesHeartbeat } from './member.ts'
import { joinKey, sessionKey, syncKey } from './timers.ts'

/** Gives a member its session's time (or `timeoutMs`) from now on. */
export function touch(context: GroupContext, group: ClassicGroup, member: Member, timeoutMs?: number): void {
  const { groupId } = group
  const { memberId } = member
  const deadline = context.nowMs + (timeoutMs ?? member.sessionTimeoutMs)
  context.timers.schedule(sessionKey(groupId, memberId), deadline, { kind: 'session', groupId, memberId })
}

export function joinError(memberId: string, errorCode: number): JoinReply {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  }
}

/** The current generation as a member is told it; only its leader learns who is in it. */
export function joined(group: ClassicGroup, memberId: string, skipAssignment = false): JoinReply {
  return {
    errorCode: ErrorCode.NONE,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leader: group.leaderId ?? '',
    skipAssignment,
    memberId,
    members: group.leaderId === memberId ? membersOf(group) : [],
  }
}

function membersOf(group: ClassicGroup): JoinReply['members'] {
  return [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: metadataOf(member, group.protocolName),
  }))
}

export function answerJoin(context: GroupContext, member: Member, reply: JoinReply): void {
  if (member.joinToken === undefined) return
  context.outcome.reply(member.joinToken, reply)
  member.joinToken = undefined
}

export function answerSync(context: GroupContext, group: ClassicGroup, member: Member, errorCode: number): void {
  if (member.syncToken === undefined) return
  const ok = errorCode === ErrorCode.NONE
  context.outcome.reply(member.syncToken, {
    errorCode,
    protocolType: ok ? group.protocolType : null,
    protocolName: ok ? group.protocolName : null,
    assignment: ok ? member.assignment : EMPTY_BYTES,
  })
  member.syncToken = undefined
}

/** A member came, changed or went: begin a rebalance, or see whether the one under way can end. */
export function rebalance(context: GroupContext, group: ClassicGroup): void {
  if (group.state === 'PreparingRebalance') maybeCompleteJoin(context, group)
  else prepareRebalance(context, group)
}

export function prepareRebalance(context: GroupContext, group: ClassicGroup): void {
  const { settings, timers, nowMs } = context
  const { groupId } = group
  if (group.state === 'CompletingRebalance') sendBackToJoin(context, group)
  cancelPendingSync(context, group)
  const isInitial = group.state === 'Empty'
  group.transitionTo('PreparingRebalance', nowMs)
  if (!isInitial) {
    if (group.allJoined) completeJoin(context, group)
    else timers.schedule(joinKey(groupId), nowMs + group.rebalanceTimeoutMs, { kind: 'join', groupId })
    return
  }
  const delayMs = settings.initialRebalanceDelayMs
  const remainingMs = Math.max(group.rebalanceTimeoutMs - delayMs, 0)
  timers.schedule(joinKey(groupId), nowMs + delayMs, { kind: 'initialJoin', groupId, delayMs, remainingMs })
}

/** Whoever waits for the leader's assignment is told to join again. */
function sendBackToJoin(context: GroupContext, group: ClassicGroup): void {
  for (const member of group.members.values()) {
    member.assignment = EMPTY_BYTES
    if (member.syncToken === undefined) continue
    answerSync(context, group, member, ErrorCode.REBALANCE_IN_PROGRESS)
    touch(context, group, member)
  }
}

export function cancelPendingSync(context: GroupContext, group: ClassicGroup): void {
  group.pendingSync.clear()
  context.timers.cancel(syncKey(group.groupId))
}

/** The first members of an empty group are always waited for, whoever has joined already. */
export function maybeCompleteJoin(context: GroupContext, group: ClassicGroup): void {
  if (group.state !== 'PreparingRebalance' || group.previousState === 'Empty') return
  if (group.allJoined) completeJoin(context, group)
}

/** Ends the join phase: dynamic members that did not come are out, static ones keep their place until their session ends. */
export function completeJoin(context: GroupContext, group: ClassicGroup): void {
  const { timers, nowMs, outcome } = context
  const { groupId } = group
  timers.cancel(joinKey(groupId))
  for (const member of [...group.members.values()]) {
    if (member.joinToken !== undefined || member.groupInstanceId !== null) continue
    group.remove(member.memberId)
    timers.cancel(sessionKey(groupId, member.memberId))
  }
  if (!group.electJoinedLeader() && group.members.size > 0) {
    // Only static members are left and none of them has come: wait until they do, or until their sessions end.
    timers.schedule(joinKey(groupId), nowMs + group.rebalanceTimeoutMs, { kind: 'join', groupId })
    return
  }
  group.nextGeneration(nowMs)
  if (group.state === 'Empty') {
    outcome.records.push({ type: 'group', groupId, value: group.record() })
    return
  }
  for (const member of group.members.values()) {
    answerJoin(context, member, joined(group, member.memberId))
    touch(context, group, member)
    member.isNew = false
    group.pendingSync.add(member.memberId)
  }
  const generationId = group.generationId
  timers.schedule(syncKey(groupId), nowMs + group.rebalanceTimeoutMs, { kind: 'sync', groupId, generationId })
}

/** A member that is out, whatever it waits for. */
export function expel(context: GroupContext, group: ClassicGroup, member: Member): void {
  answerJoin(context, member, joinError('', ErrorCode.UNKNOWN_MEMBER_ID))
  answerSync(context, group, member, ErrorCode.UNKNOWN_MEMBER_ID)
  context.timers.cancel(sessionKey(group.groupId, member.memberId))
  group.remove(member.memberId)
}

export function onInitialJoinTimer(
  context: GroupContext,
  group: ClassicGroup,
  wait: { readonly delayMs: number; readonly remainingMs: number },
): void {
  if (group.state !== 'PreparingRebalance') return
  if (!group.newMemberAdded || wait.remainingMs === 0) {
    completeJoin(context, group)
    return
  }
  group.newMemberAdded = false
  const { groupId } = group
  const delayMs = Math.min(context.settings.initialRebalanceDelayMs, wait.remainingMs)
  const remainingMs = Math.max(wait.remainingMs - wait.delayMs, 0)
  const deadline = context.nowMs + delayMs
  context.timers.schedule(joinKey(groupId), deadline, { kind: 'initialJoin', groupId, delayMs, remainingMs })
}

export function onJoinTimer(context: GroupContext, group: ClassicGroup): void {
  if (group.state === 'PreparingRebalance') completeJoin(context, group)
}

export function onSyncTimer(context: GroupContext, group: ClassicGroup, generationId: number): void {
  if (generationId !== group.generationId || group.pendingSync.size === 0) return
  if (group.state !== 'CompletingRebalance' && group.state !== 'Stable') return
  for (const memberId of [...group.pendingSync]) expel(context, group, group.member(memberId))
  prepareRebalance(context, group)
}

export function onSessionTimer(context: GroupContext, group: ClassicGroup, memberId: string): void {
  if (group.pendingJoin.has(memberId)) {
    group.remove(memberId)
    if (group.state === 'PreparingRebalance' && group.allJoined) completeJoin(context, group)
    return
  }
  const member = group.members.get(memberId)
  if (member === undefined || satisfiesHeartbeat(member)) return
  expel(context, group, member)
  if (group.state === 'Stable' || group.state === 'CompletingRebalance') prepareRebalance(context, group)
  else if (group.state === 'PreparingRebalance' && group.allJoined) completeJoin(context, group)
}
