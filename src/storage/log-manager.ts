import type { DirectoryId, TopicId } from '../base/ids.ts'
import type { Clock, Disk, Logger, Random } from '../io/ports.ts'
import type { Log } from './log.ts'
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
  /** A directory failed (I/O error that is not a full disk): its logs are offline. */
  readonly onDirectoryFailure?: (dir: string, error: Error) => void
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
  /** producer.id.expiration.check.interval.ms */
  readonly producerIdExpirationCheckMs: number
  /** Bytes of the newest records of all logs kept in memory. */
  readonly tailCacheBytes: number
}

export interface LogDirectory {
  readonly path: string
  readonly directoryId: DirectoryId
  readonly online: boolean
  readonly logs: readonly Log[]
}

export declare class LogManager {
  /** Locks the directories and opens every log in them. Throws with one sentence where a directory can't be used. */
  static open(options: LogManagerOptions): Promise<LogManager>
  get directories(): readonly LogDirectory[]
  /** The broker epoch in .kafka_cleanshutdown as found at the start; -1: the last stop was not clean. */
  get previousBrokerEpoch(): number
  get(topic: string, partition: number): Log | undefined
  /** Synchronous, so that an image's change is served at once; `directory` where the controller assigned one. */
  getOrCreate(topic: string, partition: number, topicId: TopicId, config: LogConfig, directory?: DirectoryId): Log
  /** The log of __cluster_metadata-0, which is not among `logs()`; always scanned in full when opened. */
  openMetadataLog(config: LogConfig): Promise<Log>
  logs(): Iterable<Log>
  /** Renames to `-delete` at once; the files go after file.delete.delay.ms. */
  delete(topic: string, partition: number): Promise<void>
  /** Renames to `-stray` a log whose topic id is not the cluster's any more. */
  setAside(topic: string, partition: number): Promise<void>
  /** Begins retention, flush, checkpoints and producer expiry. Call when topic configs are known. */
  startSchedules(): void
  space(dir: LogDirectory): Promise<{ readonly total: number; readonly usable: number }>
  checkpoint(): Promise<void>
  /** Flushes, trims, snapshots, checkpoints, leaves the clean-shutdown marker, frees the locks. */
  shutdown(brokerEpoch: number): Promise<void>
}
