import type { GroupContext } from '../context.ts'
import { cancelMemberTimers, startSession } from '../member-timers.ts'
import type { ShareMember } from './member.ts'
import { epochRecord, memberTombstones } from './records.ts'
import { ShareGroup } from './share-group.ts'

export const ASSIGNOR_NAME = 'simple'

/** Gives a member its session's time from now on. */
export function touchMember(context: GroupContext, groupId: string, memberId: string): void {
  const { sessionTimeoutMs } = context.settings.share.ofGroup(groupId)
  startSession(context, 'shareMember', groupId, memberId, sessionTimeoutMs)
}

/** The log has been replayed: sessions begin anew. */
export function loadShareGroup(context: GroupContext, group: ShareGroup): void {
  for (const memberId of group.members.keys()) touchMember(context, group.groupId, memberId)
}

/** Groups look at their topics again with the next heartbeat of any member; undefined: every group. */
export function shareTopicsChanged({ groups }: GroupContext, names: readonly string[] | undefined): void {
  for (const group of groups.shares.values()) {
    if (names === undefined || names.some((name) => group.isSubscribedTo(name))) group.requestRefresh()
  }
}

/** @throws KafkaError GROUP_ID_NOT_FOUND */
export function shareGroupToJoin({ groups }: GroupContext, groupId: string, joins: boolean): ShareGroup {
  if (joins && groups.find(groupId) === undefined) return new ShareGroup(groupId)
  return groups.require('share', groupId, `Share group ${groupId} not found.`)
}

/** A member is out, at its own wish or not. */
export function fenceMember(context: GroupContext, group: ShareGroup, member: ShareMember): void {
  const { groupId } = group
  const left = [...group.members.values()].filter((other) => other !== member)
  const hash = context.topics.groupHash(new Set(left.flatMap(({ topicNames }) => topicNames)))
  context.outcome.records.push(...memberTombstones(groupId, member.memberId))
  context.outcome.records.push(epochRecord(groupId, group.groupEpoch + 1, hash))
  cancelMemberTimers(context, groupId, member.memberId)
}

/** A session ended. */
export function onShareMemberTimer(context: GroupContext, groupId: string, memberId: string): void {
  const group = context.groups.ofKind('share', groupId)
  const member = group?.members.get(memberId)
  if (group && member) fenceMember(context, group, member)
}
