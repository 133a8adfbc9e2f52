import type { ConsumerGroupSettings } from './consumer/settings.ts'
import type { ShareGroupSettings } from './share/settings.ts'
import type { StreamsGroupSettings } from './streams/settings.ts'

/** What the group coordinator is told by the broker's configuration; Kafka's names in the comments. */
export interface GroupSettings {
  /** group.min.session.timeout.ms */
  readonly minSessionTimeoutMs: number
  /** group.max.session.timeout.ms */
  readonly maxSessionTimeoutMs: number
  /** group.initial.rebalance.delay.ms */
  readonly initialRebalanceDelayMs: number
  /** group.max.size */
  readonly maxSize: number
  /** offset.metadata.max.bytes */
  readonly maxOffsetMetadata: number
  /** offsets.retention.minutes, in ms */
  readonly offsetsRetentionMs: number
  /** offsets.retention.check.interval.ms */
  readonly offsetsRetentionCheckIntervalMs: number
  readonly consumer: ConsumerGroupSettings
  readonly streams: StreamsGroupSettings
  readonly share: ShareGroupSettings
}

/** How long a member that never had a generation may wait in a join before it is forgotten; it joins again if it lives. */
export const NEW_MEMBER_JOIN_TIMEOUT_MS = 5 * 60 * 1000
