import { ErrorCode, KafkaError } from '../base/errors.ts'
import type { Token } from '../base/machine.ts'
import type { ClassicGroup } from './classic-group.ts'
import type { HeartbeatCommand, LeaveCommand, LeavingMember, SyncCommand } from './commands.ts'
import { classicHeartbeat, classicLeave, classicSync } from './consumer/classic-members.ts'
import type { GroupContext } from './context.ts'
import { EMPTY_BYTES } from './member.ts'
import { answerSync, expel, rebalance, touch } from './rebalance.ts'
import { sessionKey, syncKey } from './timers.ts'

function differs(told: string | null, known: string | null): boolean {
  return told !== null && known !== null && told !== known
}

export function sync(context: GroupContext, command: SyncCommand, token: Token): void {
  const consumers = context.groups.ofKind('consumer', command.groupId)
  if (consumers) {
    classicSync(context, consumers, command, token)
    return
  }
  const group = context.groups.classic(command.groupId)
  if (group === undefined || group.state === 'Empty') throw new KafkaError('UNKNOWN_MEMBER_ID')
  group.validateMember(command.memberId, command.groupInstanceId)
  if (command.generationId !== group.generationId) throw new KafkaError('ILLEGAL_GENERATION')
  if (differs(command.protocolType, group.protocolType) || differs(command.protocolName, group.protocolName)) {
    throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
  }
  if (group.state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS')
  group.pendingSync.delete(command.memberId)
  if (group.pendingSync.size === 0) context.timers.cancel(syncKey(group.groupId))
  const member = group.member(command.memberId)
  // A sync that is repeated on another connection takes the place of the one before it.
  answerSync(context, group, member, ErrorCode.REBALANCE_IN_PROGRESS)
  member.syncToken = token
  if (group.state === 'Stable') answerSync(context, group, member, ErrorCode.NONE)
  else if (group.leaderId === command.memberId) assign(context, group, command)
}

/** The leader brought the assignment: it is stored, which makes the group stable, and then told to who waits for it. */
function assign(context: GroupContext, group: ClassicGroup, command: SyncCommand): void {
  const given = new Map(command.assignments.map((one) => [one.memberId, Buffer.from(one.assignment)]))
  context.outcome.records.push({ type: 'group', groupId: group.groupId, value: group.record(given) })
  context.counts.completedRebalances++
  for (const member of group.members.values()) {
    if (member.syncToken === undefined) continue
    context.outcome.reply(member.syncToken, {
      errorCode: ErrorCode.NONE,
      protocolType: group.protocolType,
      protocolName: group.protocolName,
      assignment: given.get(member.memberId) ?? EMPTY_BYTES,
    })
    member.syncToken = undefined
    touch(context, group, member)
  }
}

export function heartbeat(context: GroupContext, command: HeartbeatCommand, token: Token): void {
  const consumers = context.groups.ofKind('consumer', command.groupId)
  if (consumers) {
    classicHeartbeat(context, consumers, command, token)
    return
  }
  const group = context.groups.classic(command.groupId)
  if (group === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID')
  group.validateMember(command.memberId, command.groupInstanceId)
  if (command.generationId !== group.generationId) throw new KafkaError('ILLEGAL_GENERATION')
  touch(context, group, group.member(command.memberId))
  const rebalancing = group.state === 'PreparingRebalance'
  context.outcome.reply(token, { errorCode: rebalancing ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE })
}

export function leave(context: GroupContext, command: LeaveCommand, token: Token): void {
  const consumers = context.groups.ofKind('consumer', command.groupId)
  if (consumers) {
    classicLeave(context, consumers, command, token)
    return
  }
  const group = context.groups.classic(command.groupId)
  const members = command.members.map((leaving) => ({
    memberId: leaving.memberId,
    groupInstanceId: leaving.groupInstanceId,
    errorCode: group ? leaveOne(context, group, leaving) : ErrorCode.UNKNOWN_MEMBER_ID,
  }))
  context.outcome.reply(token, { members })
  if (group === undefined || group.state === 'Empty') return
  if (members.some(({ errorCode }) => errorCode === ErrorCode.NONE)) rebalance(context, group)
}

/** An administrator names a static member by its instance alone. */
function leaveOne(context: GroupContext, group: ClassicGroup, leaving: LeavingMember): number {
  const { memberId, groupInstanceId } = leaving
  if (memberId === '') {
    const current = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId)
    if (current === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
    expel(context, group, group.member(current))
    return ErrorCode.NONE
  }
  if (group.pendingJoin.has(memberId)) {
    group.remove(memberId)
    context.timers.cancel(sessionKey(group.groupId, memberId))
    return ErrorCode.NONE
  }
  try {
    group.validateMember(memberId, groupInstanceId)
  } catch (error) {
    if (error instanceof KafkaError) return error.code
    throw error
  }
  expel(context, group, group.member(memberId))
  return ErrorCode.NONE
}
