import type { GroupContext } from '../context.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'
import { epochRecord, groupTombstone } from './records.ts'
import { type Subscriptions, subscriptionsWith, topicNames } from './subscriptions.ts'

export interface Refreshed {
  readonly groupEpoch: number
  readonly subscriptions: Subscriptions
}

/** Looks at the subscribed topics again; the group's epoch grows if they are not what they were, or with `bump`. */
export function refreshSubscriptions(
  context: GroupContext,
  group: ConsumerGroup,
  before: ConsumerMember,
  after: ConsumerMember,
  bump: boolean,
): Refreshed {
  const { outcome, nowMs, topics } = context
  const { groupId } = group
  const subscriptions = subscriptionsWith(group, before, after)
  if (!bump && !group.isRefreshDue(nowMs)) return { groupEpoch: group.groupEpoch, subscriptions }
  const hash = topics.groupHash(topicNames(group, subscriptions))
  const changed = bump || hash !== group.metadataHash
  const groupEpoch = group.groupEpoch + (changed ? 1 : 0)
  if (changed) {
    outcome.records.push(epochRecord(groupId, groupEpoch, hash))
    context.counts.rebalances.consumer++
  }
  group.refreshed(nowMs, groupEpoch)
  if (group.hasPartitionMetadata) outcome.records.push(groupTombstone(groupId, 'partitionMetadata'))
  return { groupEpoch, subscriptions }
}
