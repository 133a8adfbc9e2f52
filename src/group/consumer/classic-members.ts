import { ErrorCode, KafkaError } from '../../base/errors.ts'
import type { Token } from '../../base/machine.ts'
import type { HeartbeatCommand, LeaveCommand, LeavingMember, SyncCommand } from '../commands.ts'
import type { GroupContext } from '../context.ts'
import { listed } from '../partition-sets.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { CONSUMER_PROTOCOL, writeAssignment } from './consumer-protocol.ts'
import { fenceMembers } from './fence.ts'
import { type ConsumerMember, MemberState } from './member.ts'
import { requireStaticMember, throwIfFenced } from './static-members.ts'
import { cancelClassicSync, scheduleClassicJoin, touchMember } from './timers.ts'

interface Asker {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly generationId: number
}

function classicMember(group: ConsumerGroup, { memberId, groupInstanceId, generationId }: Asker) {
  const member = groupInstanceId === null ? group.member(memberId) : requireStaticMember(group, groupInstanceId)
  if (groupInstanceId !== null) throwIfFenced(member, memberId, groupInstanceId)
  const { classic } = member
  if (classic === null) {
    throw new KafkaError('UNKNOWN_MEMBER_ID', `Member ${memberId} does not use the classic protocol.`)
  }
  if (generationId !== member.memberEpoch) throw new KafkaError('ILLEGAL_GENERATION')
  return { member, protocol: classic.supportedProtocols[0] }
}

/** A classic member asks for what it has in the epoch that it joined. */
export function classicSync(context: GroupContext, group: ConsumerGroup, command: SyncCommand, token: Token): void {
  const { groupId } = group
  if (group.isEmpty) throw new KafkaError('UNKNOWN_MEMBER_ID')
  const { member, protocol } = classicMember(group, command)
  const { protocolType, protocolName } = command
  const otherType = protocolType !== null && protocolType !== CONSUMER_PROTOCOL
  const otherName = protocolName !== null && protocolName !== protocol?.name
  if (otherType || otherName || protocol === undefined) throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL')
  // Who still has to give partitions up has joined for the newest epoch; the next one is told when it is done.
  if (group.groupEpoch > member.memberEpoch && member.state !== MemberState.UNREVOKED_PARTITIONS) {
    scheduleClassicJoin(context, groupId, member)
    context.outcome.reply(token, {
      errorCode: ErrorCode.REBALANCE_IN_PROGRESS,
      protocolType: null,
      protocolName: null,
      assignment: Buffer.alloc(0),
    })
    return
  }
  cancelClassicSync(context, groupId, member.memberId)
  touchMember(context, groupId, member)
  const assignment = writeAssignment(listed(member.assigned), context.topics.source, protocol.metadata)
  context.outcome.reply(token, { errorCode: ErrorCode.NONE, protocolType, protocolName, assignment })
}

export function classicHeartbeat(
  context: GroupContext,
  group: ConsumerGroup,
  command: HeartbeatCommand,
  token: Token,
): void {
  const { member } = classicMember(group, command)
  touchMember(context, group.groupId, member)
  // It has to join again for a newer epoch, to say that it gave something up, or to take what is free now.
  const mustJoin =
    member.memberEpoch < group.groupEpoch ||
    member.state === MemberState.UNREVOKED_PARTITIONS ||
    (member.state === MemberState.UNRELEASED_PARTITIONS && !group.isWaitingForPartitions(member))
  if (mustJoin) scheduleClassicJoin(context, group.groupId, member)
  context.outcome.reply(token, { errorCode: mustJoin ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE })
}

/** LeaveGroup takes members of both protocols out: it is also what administrators use. */
export function classicLeave(context: GroupContext, group: ConsumerGroup, command: LeaveCommand, token: Token): void {
  const leaving = new Map<string, ConsumerMember>()
  const members = command.members.map((asked) => {
    const { memberId, groupInstanceId } = asked
    try {
      const member = leavingMember(group, asked)
      leaving.set(member.memberId, member)
      return { memberId, groupInstanceId, errorCode: ErrorCode.NONE }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { memberId, groupInstanceId, errorCode: error.code }
    }
  })
  fenceMembers(context, group, [...leaving.values()])
  context.outcome.reply(token, { members })
}

function leavingMember(group: ConsumerGroup, { memberId, groupInstanceId }: LeavingMember): ConsumerMember {
  if (groupInstanceId === null) return group.member(memberId)
  const member = requireStaticMember(group, groupInstanceId)
  if (memberId !== '') throwIfFenced(member, memberId, groupInstanceId)
  return member
}
