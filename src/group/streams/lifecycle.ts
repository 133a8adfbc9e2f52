import type { GroupContext } from '../context.ts'
import { startRebalance } from '../member-timers.ts'
import { MemberState } from './member.ts'
import { StreamsGroup } from './streams-group.ts'
import { touchMember } from './timers.ts'

/** The log has been replayed: sessions, and the time to give tasks up, begin anew. */
export function loadStreamsGroup(context: GroupContext, group: StreamsGroup): void {
  for (const member of group.members.values()) {
    touchMember(context, group.groupId, member.memberId)
    if (member.state === MemberState.UNREVOKED_TASKS) startRebalance(context, 'streamsRebalance', group.groupId, member)
  }
}

/** Groups that need one of these topics look at all of theirs with their next heartbeat; undefined: every group. */
export function streamsTopicsChanged({ groups }: GroupContext, names: readonly string[] | undefined): void {
  for (const group of groups.streams.values()) {
    const required = names === undefined ? undefined : group.topology?.requiredTopics
    if (names === undefined || names.some((name) => required?.has(name))) group.requestRefresh()
  }
}

/**
 * The group that a member joins. A new one is nobody's yet: it comes to be when its records are replayed. An empty classic
 * group goes, its offsets stay with the group that takes its name.
 *
 * @throws KafkaError GROUP_ID_NOT_FOUND
 */
export function groupToJoin(context: GroupContext, groupId: string): StreamsGroup {
  const found = context.groups.find(groupId)
  if (found === undefined) return new StreamsGroup(groupId)
  if (found.kind !== 'classic' || found.state !== 'Empty') return context.groups.require('streams', groupId)
  context.outcome.records.push({ type: 'group', groupId, value: null })
  return new StreamsGroup(groupId)
}
