import type { GroupContext } from '../context.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { downgrade, mayDowngradeWithout } from './downgrade.ts'
import { type ConsumerMember, MemberState, regexOf } from './member.ts'
import { epochRecord, memberTombstones, regexTombstone } from './records.ts'
import { count, subscriptionsWith, topicNames } from './subscriptions.ts'
import { cancelMember } from './timers.ts'

/** Members are out, at their own wish or not. Where only classic members are left, the group becomes a classic one. */
export function fenceMembers(context: GroupContext, group: ConsumerGroup, members: readonly ConsumerMember[]): void {
  if (members.length === 0) return
  if (mayDowngradeWithout(context, group, members)) {
    downgrade(context, group, { leaving: members, joining: undefined, rebalance: true })
    return
  }
  const { groupId } = group
  const { records } = context.outcome
  const left = subscriptionsWith(group, undefined, undefined)
  for (const member of members) {
    records.push(...memberTombstones(groupId, member.memberId))
    for (const name of member.topicNames) count(left.names, name, -1)
    const regex = regexOf(member)
    if (regex) count(left.regexes, regex, -1)
  }
  for (const regex of group.regexCounts.keys()) {
    if (!left.regexes.has(regex)) records.push(regexTombstone(groupId, regex))
  }
  const hash = context.topics.groupHash(topicNames(group, left))
  records.push(epochRecord(groupId, group.groupEpoch + 1, hash))
  for (const { memberId } of members) cancelMember(context, groupId, memberId)
}

/** A session ended, or a classic member did not join or sync in its time. */
export function onMemberTimer(context: GroupContext, groupId: string, memberId: string): void {
  const group = context.groups.consumers.get(groupId)
  const member = group?.members.get(memberId)
  if (group && member) fenceMembers(context, group, [member])
}

/** A member did not give up what it had to in its rebalance timeout. */
export function onRebalanceTimer(context: GroupContext, groupId: string, memberId: string, memberEpoch: number): void {
  const group = context.groups.consumers.get(groupId)
  const member = group?.members.get(memberId)
  if (group && member?.memberEpoch === memberEpoch && member.state === MemberState.UNREVOKED_PARTITIONS) {
    fenceMembers(context, group, [member])
  }
}
