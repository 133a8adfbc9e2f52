import { SHARE_GROUP_STATE_TOPIC, TRANSACTION_STATE_TOPIC } from '../metadata/topics/names.ts'
import type { BrokerParts } from './broker-parts.ts'

/** How many partitions `__transaction_state` has, or will be made with. */
export function statePartitions({ config, metadata }: Pick<BrokerParts, 'config' | 'metadata'>): number {
  const made = metadata.image.topic(TRANSACTION_STATE_TOPIC)?.partitions.length
  return made ?? config.get('transaction.state.log.num.partitions')
}

/** The same of `__share_group_state`. */
export function shareStatePartitions({ config, metadata }: Pick<BrokerParts, 'config' | 'metadata'>): number {
  const made = metadata.image.topic(SHARE_GROUP_STATE_TOPIC)?.partitions.length
  return made ?? config.get('share.coordinator.state.topic.num.partitions')
}
