import { KafkaError } from '../../base/errors.ts'
import type { GroupContext } from '../context.ts'
import { sessionKey } from '../timers.ts'
import { epochRecord, memberTombstones } from './records.ts'
import { ShareGroup, type ShareMember } from './share-group.ts'

export const ASSIGNOR_NAME = 'simple'

/** Gives a member its session's time from now on. */
export function touchMember(context: GroupContext, groupId: string, memberId: string): void {
  const { sessionTimeoutMs } = context.settings.share.ofGroup(groupId)
  const deadline = context.nowMs + sessionTimeoutMs
  context.timers.schedule(sessionKey(groupId, memberId), deadline, { kind: 'shareMember', groupId, memberId })
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
  const found = groups.find(groupId)
  if (found instanceof ShareGroup) return found
  if (found) throw notShare(groupId)
  if (joins) return new ShareGroup(groupId)
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Share group ${groupId} not found.`)
}

/** @throws KafkaError GROUP_ID_NOT_FOUND */
export function shareGroupNamed({ groups }: GroupContext, groupId: string): ShareGroup {
  const found = groups.find(groupId)
  if (found instanceof ShareGroup) return found
  if (found) throw notShare(groupId)
  throw new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} not found.`)
}

function notShare(groupId: string): KafkaError {
  return new KafkaError('GROUP_ID_NOT_FOUND', `Group ${groupId} is not a share group.`)
}

/** A member is out, at its own wish or not. */
export function fenceMember(context: GroupContext, group: ShareGroup, member: ShareMember): void {
  const { groupId } = group
  const left = [...group.members.values()].filter((other) => other !== member)
  const hash = context.topics.groupHash(new Set(left.flatMap(({ topicNames }) => topicNames)))
  context.outcome.records.push(...memberTombstones(groupId, member.memberId))
  context.outcome.records.push(epochRecord(groupId, group.groupEpoch + 1, hash))
  context.timers.cancel(sessionKey(groupId, member.memberId))
}

/** A session ended. */
export function onShareMemberTimer(context: GroupContext, groupId: string, memberId: string): void {
  const group = context.groups.find(groupId)
  const member = group instanceof ShareGroup ? group.members.get(memberId) : undefined
  if (group instanceof ShareGroup && member) fenceMember(context, group, member)
}
