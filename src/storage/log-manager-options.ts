import type { SlabPool } from '../base/slab-pool.ts'
import type { Clock, Disk, Logger, Random } from '../io/ports.ts'
import { type CleanerSettings, type CleanRunner, DEFAULT_CLEANER_SETTINGS } from './log-cleaner.ts'
import type { LogConfig } from './log-config.ts'

export interface LogManagerOptions {
  /** log.dirs, absolute. */
  readonly dirs: readonly string[]
  /** metadata.log.dir; the first of `dirs` where not given. */
  readonly metadataDir?: string
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** The config of a topic's logs as far as it is known when they are opened. */
  readonly configFor: (topic: string) => LogConfig
  readonly settings?: Partial<LogManagerSettings>
  /** Where appended records may come from; what is kept of them is retained there. */
  readonly memory?: SlabPool
  /** Given to directories that have no meta.properties yet; without it they are refused. */
  readonly identity?: { readonly clusterId: string; readonly nodeId: number }
  /** Who does the work of compaction; left out: the event loop. */
  readonly cleanRunner?: CleanRunner
  /** cordoned.log.dirs (KIP-1066). */
  readonly isCordoned?: (dir: string) => boolean
  /** A directory failed (an I/O error that is not a full disk): its logs are offline. */
  readonly onDirectoryFailure?: (dir: string, error: Error) => void
  /** A directory takes no records at present, or takes them again. */
  readonly onRefusing?: (takes: boolean) => void
}

export interface LogManagerSettings {
  /** log.retention.check.interval.ms */
  readonly retentionCheckIntervalMs: number
  /** log.flush.scheduler.interval.ms */
  readonly flushCheckIntervalMs: number
  /** log.flush.offset.checkpoint.interval.ms */
  readonly recoveryPointCheckpointMs: number
  /** log.flush.start.offset.checkpoint.interval.ms */
  readonly logStartCheckpointMs: number
  /** replica.high.watermark.checkpoint.interval.ms */
  readonly highWatermarkCheckpointMs: number
  /** log.initial.task.delay.ms */
  readonly initialTaskDelayMs: number
  /** producer.id.expiration.ms */
  readonly producerIdExpirationMs: number
  /** transaction.partition.verification.enable */
  readonly verifiesTransactions: boolean
  /** producer.id.expiration.check.interval.ms */
  readonly producerIdExpirationCheckMs: number
  /** Bytes of the newest records of all logs kept in memory. */
  readonly tailCacheBytes: number
  /** Files kept open at most. */
  readonly maxOpenFiles: number
  /** num.recovery.threads.per.data.dir: logs of one directory scanned at a time after a crash. */
  readonly recoveryConcurrency: number
  readonly cleaner: CleanerSettings
}

export const DEFAULT_LOG_MANAGER_SETTINGS: LogManagerSettings = {
  retentionCheckIntervalMs: 300_000,
  flushCheckIntervalMs: Number.MAX_SAFE_INTEGER,
  recoveryPointCheckpointMs: 60_000,
  logStartCheckpointMs: 60_000,
  highWatermarkCheckpointMs: 5_000,
  initialTaskDelayMs: 30_000,
  producerIdExpirationMs: 86_400_000,
  verifiesTransactions: false,
  producerIdExpirationCheckMs: 600_000,
  tailCacheBytes: 32 * 1024 * 1024,
  maxOpenFiles: 8192,
  recoveryConcurrency: 2,
  cleaner: DEFAULT_CLEANER_SETTINGS,
}
