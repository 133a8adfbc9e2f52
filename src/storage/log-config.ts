export type CompressionType = 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

/** The settings that one log runs with: a topic's configs over the broker's, under their topic names. */
export interface LogConfig {
  /** `segment.bytes` */
  readonly segmentBytes: number
  /** `segment.ms` */
  readonly segmentMs: number
  /** `segment.jitter.ms` */
  readonly segmentJitterMs: number
  /** `segment.index.bytes` */
  readonly segmentIndexBytes: number
  /** `index.interval.bytes` */
  readonly indexIntervalBytes: number
  /** `flush.messages` */
  readonly flushMessages: number
  /** `flush.ms` */
  readonly flushMs: number
  /** `retention.bytes`, -1: no limit */
  readonly retentionBytes: number
  /** `retention.ms`, -1: no limit */
  readonly retentionMs: number
  /** `cleanup.policy` holds `delete` */
  readonly cleanupDelete: boolean
  /** `cleanup.policy` holds `compact` */
  readonly cleanupCompact: boolean
  /** `delete.retention.ms` */
  readonly deleteRetentionMs: number
  /** `file.delete.delay.ms` */
  readonly fileDeleteDelayMs: number
  /** `min.compaction.lag.ms` */
  readonly minCompactionLagMs: number
  /** `max.compaction.lag.ms` */
  readonly maxCompactionLagMs: number
  /** `min.cleanable.dirty.ratio` */
  readonly minCleanableDirtyRatio: number
  /** `max.message.bytes` */
  readonly maxMessageBytes: number
  /** `compression.type` */
  readonly compressionType: CompressionType
  /** `compression.gzip.level` */
  readonly gzipLevel: number
  /** `compression.lz4.level` */
  readonly lz4Level: number
  /** `compression.zstd.level` */
  readonly zstdLevel: number
  /** `message.timestamp.type` is LogAppendTime */
  readonly logAppendTime: boolean
  /** `message.timestamp.before.max.ms` */
  readonly timestampBeforeMaxMs: number
  /** `message.timestamp.after.max.ms` */
  readonly timestampAfterMaxMs: number
  /** `preallocate` */
  readonly preallocate: boolean
}

/** Kafka's defaults of the topic configs. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1_073_741_824,
  segmentMs: 604_800_000,
  segmentJitterMs: 0,
  segmentIndexBytes: 10_485_760,
  indexIntervalBytes: 4096,
  flushMessages: Number.MAX_SAFE_INTEGER,
  flushMs: Number.MAX_SAFE_INTEGER,
  retentionBytes: -1,
  retentionMs: 604_800_000,
  cleanupDelete: true,
  cleanupCompact: false,
  deleteRetentionMs: 86_400_000,
  fileDeleteDelayMs: 60_000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 0.5,
  maxMessageBytes: 1_048_588,
  compressionType: 'producer',
  gzipLevel: -1,
  lz4Level: 9,
  zstdLevel: 3,
  logAppendTime: false,
  timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  timestampAfterMaxMs: 3_600_000,
  preallocate: false,
}
