import type { GroupContext } from '../context.ts'
import { cancelMemberTimers } from '../member-timers.ts'
import type { StreamsMember } from './member.ts'
import { epochRecord, memberTombstone } from './records.ts'
import type { StreamsGroup } from './streams-group.ts'

/** The member is out, at its own wish or not; the group's epoch grows, so that others get its tasks. */
export function fenceMember(context: GroupContext, group: StreamsGroup, { memberId }: StreamsMember): void {
  const { groupId, metadataHash, validatedTopologyEpoch, assignmentConfigs } = group
  const epoch = group.groupEpoch + 1
  context.outcome.records.push(
    memberTombstone(groupId, 'current', memberId),
    memberTombstone(groupId, 'target', memberId),
    memberTombstone(groupId, 'member', memberId),
    epochRecord(groupId, { epoch, metadataHash, validatedTopologyEpoch, assignmentConfigs }),
  )
  cancelMemberTimers(context, groupId, memberId)
}

export function onSessionTimer(context: GroupContext, groupId: string, memberId: string): void {
  const group = context.groups.ofKind('streams', groupId)
  const member = group?.members.get(memberId)
  if (group && member) fenceMember(context, group, member)
}

/** A member that did not give up what it had to in its rebalance timeout. */
export function onRebalanceTimer(context: GroupContext, groupId: string, memberId: string, memberEpoch: number): void {
  const group = context.groups.ofKind('streams', groupId)
  const member = group?.members.get(memberId)
  if (group && member?.memberEpoch === memberEpoch) fenceMember(context, group, member)
}
