import { DEFAULT_LOG_CONFIG, type LogConfig } from '../storage/log-config.ts'

/** The largest batch that the quorum's log takes, whatever message.max.bytes says. */
const MAX_BATCH_BYTES = 8 * 1024 * 1024

export interface MetadataLogSettings {
  /** metadata.log.segment.bytes */
  readonly segmentBytes: number
  /** metadata.log.segment.ms */
  readonly segmentMs: number
}

/** Segments go only when a snapshot holds what is in them, never by age or size alone. */
export function metadataLogConfig({ segmentBytes, segmentMs }: MetadataLogSettings): LogConfig {
  return {
    ...DEFAULT_LOG_CONFIG,
    segmentBytes,
    segmentMs,
    maxMessageBytes: MAX_BATCH_BYTES,
    retentionBytes: -1,
    retentionMs: -1,
  }
}
