import type { Token } from '../../base/machine.ts'
import type { GroupContext } from '../context.ts'
import { startRebalance } from '../member-timers.ts'
import { shareTopicsChanged } from '../share/lifecycle.ts'
import { streamsTopicsChanged } from '../streams/lifecycle.ts'
import type { TopicsChangedCommand } from './commands.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import { MemberState } from './member.ts'
import { touchMember } from './timers.ts'

/** The log has been replayed: sessions, and the time to give partitions up, begin anew. */
export function loadConsumerGroup(context: GroupContext, group: ConsumerGroup): void {
  for (const member of group.members.values()) {
    touchMember(context, group.groupId, member)
    if (member.state === MemberState.UNREVOKED_PARTITIONS)
      startRebalance(context, 'consumerRebalance', group.groupId, member)
  }
}

/** Groups look at their topics again with the next heartbeat of any member. */
export function topicsChanged(context: GroupContext, command: TopicsChangedCommand, token: Token): void {
  const { groups, topics, outcome } = context
  const { topics: names, created } = command
  topics.changed(names ?? undefined, created)
  for (const group of groups.consumers.values()) {
    if (names === null || names.some((name) => group.isSubscribedTo(name))) group.requestRefresh()
  }
  streamsTopicsChanged(context, names ?? undefined)
  shareTopicsChanged(context, names ?? undefined)
  outcome.reply(token, null)
}
