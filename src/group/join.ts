import { ErrorCode, KafkaError } from '../base/errors.ts'
import type { Token } from '../base/machine.ts'
import { ClassicGroup } from './classic-group.ts'
import type { JoinCommand, JoinReply } from './commands.ts'
import { classicJoin } from './consumer/classic-join.ts'
import type { GroupContext } from './context.ts'
import { EMPTY_BYTES, keptProtocols, type Member, matches } from './member.ts'
import {
  answerJoin,
  answerSync,
  joinError,
  joined,
  maybeCompleteJoin,
  prepareRebalance,
  rebalance,
  touch,
} from './rebalance.ts'
import { NEW_MEMBER_JOIN_TIMEOUT_MS } from './settings.ts'
import { ShareGroup } from './share/share-group.ts'
import { StreamsGroup } from './streams/streams-group.ts'
import { sessionKey } from './timers.ts'

export function join(context: GroupContext, command: JoinCommand, token: Token): void {
  const { groups, outcome } = context
  const { groupId, memberId } = command
  const consumers = groups.ofKind('consumer', groupId)
  if (consumers && !consumers.isEmpty) {
    classicJoin(context, consumers, command, token)
    return
  }
  const found = groups.find(groupId)
  if (found instanceof ShareGroup || (found instanceof StreamsGroup && !found.isEmpty)) {
    outcome.reply(token, joinError('', ErrorCode.INCONSISTENT_GROUP_PROTOCOL))
    return
  }
  let group = groups.classic(groupId)
  const isNew = group === undefined
  if (group === undefined) {
    if (memberId !== '') {
      outcome.reply(token, joinError(memberId, ErrorCode.UNKNOWN_MEMBER_ID))
      return
    }
    // The empty group's records go, its offsets stay with the group that takes its name.
    if (found && !(found instanceof ClassicGroup)) outcome.records.push(...found.tombstones())
    group = groups.create(groupId, context.nowMs)
  }
  const visitor: Visitor = { context, group, command, token }
  if (!hasRoom(visitor)) refuse(visitor)
  else if (memberId === '') joinAsNew(visitor)
  else joinAsKnown(visitor)
  if (isNew) outcome.records.push({ type: 'group', groupId, value: emptyRecord(group) })
}

/** One JoinGroup at the door of a group. */
interface Visitor {
  readonly context: GroupContext
  readonly group: ClassicGroup
  readonly command: JoinCommand
  readonly token: Token
}

function answer({ context, token }: Visitor, reply: JoinReply): void {
  context.outcome.reply(token, reply)
}

/** As Kafka writes a group that was just made: its first members are soft state. */
function emptyRecord(group: ClassicGroup) {
  const currentStateTimestamp = group.stateSinceMs ?? -1
  return { protocolType: '', generation: 0, protocol: null, leader: null, currentStateTimestamp, members: [] }
}

/** group.max.size. While members gather those count that have come, so that a shrunk limit sheds the late ones. */
function hasRoom({ context, group, command }: Visitor): boolean {
  const { maxSize } = context.settings
  const member = group.members.get(command.memberId)
  if (group.state === 'Empty') return true
  if (group.state === 'PreparingRebalance') return member?.joinToken !== undefined || group.awaitingJoin < maxSize
  return member !== undefined || group.members.size < maxSize
}

function refuse(visitor: Visitor): void {
  const { context, group, command } = visitor
  const member = group.members.get(command.memberId)
  if (member) answerSync(context, group, member, ErrorCode.UNKNOWN_MEMBER_ID)
  group.remove(command.memberId)
  context.timers.cancel(sessionKey(group.groupId, command.memberId))
  answer(visitor, joinError('', ErrorCode.GROUP_MAX_SIZE_REACHED))
}

function supported({ group, command }: Visitor): boolean {
  return group.supports(
    command.protocolType,
    command.protocols.map(({ name }) => name),
  )
}

function joinAsNew(visitor: Visitor): void {
  const { context, group, command } = visitor
  if (!supported(visitor)) {
    answer(visitor, joinError('', ErrorCode.INCONSISTENT_GROUP_PROTOCOL))
    return
  }
  const instance = command.groupInstanceId
  const memberId = `${instance ?? command.clientId}-${command.newMemberUuid}`
  const staticId = instance === null ? undefined : group.staticMembers.get(instance)
  if (instance !== null && staticId !== undefined) {
    replaceStaticMember(visitor, instance, staticId, memberId)
  } else if (instance === null && command.requiresKnownMemberId) {
    group.pendingJoin.add(memberId)
    const { groupId } = group
    const deadline = context.nowMs + command.sessionTimeoutMs
    context.timers.schedule(sessionKey(groupId, memberId), deadline, { kind: 'session', groupId, memberId })
    answer(visitor, joinError(memberId, ErrorCode.MEMBER_ID_REQUIRED))
  } else {
    addMember(visitor, memberId)
  }
}

function joinAsKnown(visitor: Visitor): void {
  const { group, command } = visitor
  const { memberId } = command
  if (!supported(visitor)) {
    answer(visitor, joinError(memberId, ErrorCode.INCONSISTENT_GROUP_PROTOCOL))
  } else if (group.pendingJoin.has(memberId) && command.groupInstanceId === null) {
    addMember(visitor, memberId)
  } else {
    rejoin(visitor)
  }
}

function rejoin(visitor: Visitor): void {
  const { group, command } = visitor
  const { memberId } = command
  try {
    group.validateMember(memberId, command.groupInstanceId)
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    answer(visitor, joinError(memberId, error.code))
    return
  }
  const member = group.member(memberId)
  const unchanged = matches(member, command.protocols)
  // The answer to an earlier join may have been lost: say again what the generation is. A leader that joins a stable
  // group wants a rebalance even so, as when topics got more partitions.
  const tellAgain =
    unchanged && (group.state === 'CompletingRebalance' || (group.state === 'Stable' && group.leaderId !== memberId))
  if (tellAgain) {
    answer(visitor, joined(group, memberId))
  } else if (group.state === 'Empty') {
    answer(visitor, joinError(memberId, ErrorCode.UNKNOWN_MEMBER_ID))
  } else {
    updateMember(visitor, member)
    rebalance(visitor.context, group)
  }
}

/** A join that is repeated on another connection takes the place of the one before it. */
function updateMember({ context, command, token }: Visitor, member: Member): void {
  answerJoin(context, member, joinError(member.memberId, ErrorCode.REBALANCE_IN_PROGRESS))
  member.protocols = keptProtocols(command.protocols)
  member.rebalanceTimeoutMs = command.rebalanceTimeoutMs
  member.sessionTimeoutMs = command.sessionTimeoutMs
  member.joinToken = token
}

function addMember(visitor: Visitor, memberId: string): void {
  const { context, group, command, token } = visitor
  const member: Member = {
    memberId,
    groupInstanceId: command.groupInstanceId,
    clientId: command.clientId,
    clientHost: command.clientHost,
    protocolType: command.protocolType,
    rebalanceTimeoutMs: command.rebalanceTimeoutMs,
    sessionTimeoutMs: command.sessionTimeoutMs,
    protocols: keptProtocols(command.protocols),
    assignment: EMPTY_BYTES,
    joinToken: token,
    syncToken: undefined,
    isNew: true,
  }
  if (group.state === 'PreparingRebalance' && group.previousState === 'Empty') group.newMemberAdded = true
  group.add(member)
  touch(context, group, member, NEW_MEMBER_JOIN_TIMEOUT_MS)
  rebalance(context, group)
}

/**
 * A static member came back without its id (KIP-345). Who still acts under the old id is fenced. In a stable group whose
 * protocol stays the same nobody else notices; the new id only has to be stored.
 */
function replaceStaticMember(visitor: Visitor, instance: string, oldId: string, newId: string): void {
  const { context, group, command, token } = visitor
  const { groupId } = group
  const oldLeader = group.leaderId ?? ''
  const before = group.member(oldId)
  answerJoin(context, before, joinError(oldId, ErrorCode.FENCED_INSTANCE_ID))
  answerSync(context, group, before, ErrorCode.FENCED_INSTANCE_ID)
  context.timers.cancel(sessionKey(groupId, oldId))
  const member = group.renameStaticMember(instance, oldId, newId)
  touch(context, group, member)
  updateMember(visitor, member)
  if (group.state === 'CompletingRebalance') {
    prepareRebalance(context, group)
  } else if (group.state !== 'Stable') {
    maybeCompleteJoin(context, group)
  } else if (group.nextProtocol() !== group.protocolName) {
    rebalance(context, group)
  } else {
    member.joinToken = undefined
    const isLeader = group.leaderId === newId
    const told = command.supportsSkippingAssignment
      ? joined(group, newId, isLeader)
      : { ...joined(group, newId), leader: oldLeader, members: [] }
    context.outcome.reply(token, told)
    context.outcome.records.push({ type: 'group', groupId, value: group.record() })
  }
}
