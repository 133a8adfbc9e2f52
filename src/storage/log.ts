import type { TopicId } from '../base/ids.ts'
import type { LogConfig } from './log-config.ts'
import type {
  AbortedTransaction,
  ActiveProducer,
  AppendInfo,
  AppendRequest,
  EpochEndOffset,
  ReadOptions,
  ReadResult,
  TimestampOffset,
} from './types.ts'

/** One partition's log in one directory. */
export declare class Log {
  readonly topic: string
  readonly partition: number
  /** What partition.metadata says; undefined where there is no such file. */
  get topicId(): TopicId | undefined
  /** The log directory (one of log.dirs) it lives in. */
  get parentDir(): string
  /** Its own folder. */
  get dir(): string
  get config(): LogConfig
  get logStartOffset(): number
  /** The offset the next append gets; what is below may not be written yet. */
  get logEndOffset(): number
  /** Everything below is in the file: readers, followers and the high watermark stay at or below it. */
  get writtenEndOffset(): number
  /** Everything below survives a crash of the machine. */
  get recoveryPoint(): number
  get highWatermark(): number
  get lastStableOffset(): number
  get latestEpoch(): number | undefined
  get sizeInBytes(): number
  append(request: AppendRequest): AppendInfo
  read(fromOffset: number, options: ReadOptions): ReadResult | Promise<ReadResult>
  /** Raises (never lowers) the high watermark, at most to the written end; true where it moved. */
  updateHighWatermark(offset: number): boolean
  /** A time in ms, or -1 latest, -2 earliest, -3 the record of the largest time, -4 earliest local, -5 latest tiered. */
  offsetForTimestamp(timestamp: number): Promise<TimestampOffset | undefined>
  /** Where `epoch` ended, as OffsetForLeaderEpoch answers; undefined: this log knows no such epoch. */
  endOffsetForEpoch(epoch: number): EpochEndOffset | undefined
  epochForOffset(offset: number): number | undefined
  /** A new leader epoch begins at the log's end (a leader calls it when it takes over). */
  assignEpochStartOffset(epoch: number, startOffset: number): void
  /** Aborted transactions that a read_committed reader of [from, upTo) must skip, by first offset. */
  abortedTransactions(from: number, upTo: number): AbortedTransaction[] | Promise<AbortedTransaction[]>
  /** DeleteRecords: raises the log start; throws OFFSET_OUT_OF_RANGE beyond the high watermark. */
  deleteRecordsBefore(offset: number): Promise<void>
  /** Keeps what is below `offset`. No append may run meanwhile. */
  truncateTo(offset: number): Promise<void>
  truncateFullyAndStartAt(offset: number, logStartOffset?: number): Promise<void>
  activeProducers(): ActiveProducer[]
  updateConfig(config: LogConfig): void
  setTopicId(id: TopicId): void
  /** Waits for the writes under way, then fsync: `recoveryPoint` reaches the end as it was at the call. */
  flush(): Promise<void>
  close(): Promise<void>
}
