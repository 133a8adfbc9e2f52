import type { ReplicationParts } from '../broker/replica-environment.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Followers } from '../runtime/followed-replica.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'
import type { EffectiveConfig } from './effective-config.ts'

/** How this broker's replicas follow and lead those of others. */
export interface Replication {
  readonly parts: ReplicationParts
  readonly followers: Followers
  close(): void
}

export function openReplication(
  config: BrokerConfig,
  effective: EffectiveConfig,
  metadata: Pick<MetadataNode, 'brokerEpoch'>,
): Replication {
  return {
    parts: {
      brokerEpoch: () => metadata.brokerEpoch,
      lagTimeMaxMs: config.get('replica.lag.time.max.ms'),
      minInSyncReplicas: (topic) => effective.minInSyncReplicas(topic),
      isr: { submit: () => {} },
    },
    followers: { follow: () => {}, unfollow: () => {} },
    close: () => {},
  }
}
