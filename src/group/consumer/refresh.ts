import type { GroupContext } from '../context.ts'
import type { ConsumerGroup } from './consumer-group.ts'
import type { ConsumerMember } from './member.ts'
import { epochRecord, groupTombstone } from './records.ts'
import { type Subscriptions, subscriptionsWith, topicNames } from './subscriptions.ts'

/** As good as never: changes of the metadata ask for a refresh themselves. */
export const METADATA_REFRESH_MS = 2 ** 31 - 1

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
  if (!bump && !group.hasRefreshExpired(nowMs)) return { groupEpoch: group.groupEpoch, subscriptions }
  const hash = topics.groupHash(topicNames(group, subscriptions))
  const changed = bump || hash !== group.metadataHash
  const groupEpoch = group.groupEpoch + (changed ? 1 : 0)
  if (changed) outcome.records.push(epochRecord(groupId, groupEpoch, hash))
  group.refreshAt(nowMs + METADATA_REFRESH_MS, groupEpoch)
  if (group.hasPartitionMetadata) outcome.records.push(groupTombstone(groupId, 'partitionMetadata'))
  return { groupEpoch, subscriptions }
}
