import { assert } from '../base/assert.ts'
import { KafkaError } from '../base/errors.ts'
import type { TopicId } from '../base/ids.ts'
import { convertForLeader } from '../record/validate.ts'
import { formatPartitionMetadata } from './checkpoints.ts'
import type { EpochEntry } from './leader-epochs.ts'
import { Limiter } from './limiter.ts'
import { appendAsFollower, appendAsLeader, leaderRules } from './log-append.ts'
import { LogCompaction } from './log-compaction.ts'
import type { LogConfig } from './log-config.ts'
import { LogFlusher, NoRoomError } from './log-flush.ts'
import { findAborted, read } from './log-reader.ts'
import { deleteOldSegments, deleteRecordsBefore } from './log-retention.ts'
import { takeSnapshot } from './log-roll.ts'
import type { LogState } from './log-state.ts'
import { offsetForTimestamp } from './log-times.ts'
import { truncateFully, truncateTo } from './log-truncation.ts'
import { LogWriter } from './log-writer.ts'
import { PARTITION_METADATA_FILE } from './names.ts'
import { recallBatchesFor } from './producer-recall.ts'
import { saveIndexes } from './segment-files.ts'
import { storageError } from './storage-error.ts'
import type {
  AbortedTransaction,
  ActiveProducer,
  AppendInfo,
  AppendRequest,
  EpochEndOffset,
  ReadOptions,
  ReadResult,
  TimestampOffset,
  Verification,
} from './types.ts'

const quietly = (): void => {}

/**
 * One partition's log in one directory.
 *
 *     open ── write fails ──► broken ── torn tail cut off ──► open
 *       │                        └── that fails too ──► offline
 *       └── fsync fails ──► offline          open, broken, offline ── close ──► closed
 *
 * Appends are refused with KAFKA_STORAGE_ERROR in every state but open; reads are served as long as the files can be read.
 */
export class Log {
  readonly #state: LogState
  readonly #writer: LogWriter
  readonly #flusher: LogFlusher
  #condition: 'open' | 'broken' | 'offline' | 'closed' = 'open'
  /** A truncation or repair, during which nothing may be appended. */
  #exclusive: Promise<void> | undefined
  /** Of the append that came last. */
  #lastWritten: Promise<void> = Promise.resolve()
  /** Of appends that wait for something. */
  readonly #turns = new Limiter(1)
  #unflushed = 0

  /** What the cleaner may do with this log. */
  readonly compaction: LogCompaction

  constructor(state: LogState) {
    this.#state = state
    this.compaction = new LogCompaction(state, {
      isTouchable: () => this.#condition === 'open' && this.#exclusive === undefined,
      failed: (error) => this.fail(error),
    })
    this.#flusher = new LogFlusher(state)
    this.#writer = new LogWriter(state.env.pool, state.env.tail.memory, {
      onWritten: (endOffset) => {
        state.written = endOffset
      },
      onFailed: (error) => this.#onWriteFailed(error),
      rejection: (error) => storageError(`Writing to ${state.name} failed: ${error.message}`),
    })
  }

  get topic(): string {
    return this.#state.topic
  }

  get partition(): number {
    return this.#state.partition
  }

  /** What partition.metadata says; undefined where there is no such file. */
  get topicId(): TopicId | undefined {
    return this.#state.topicId
  }

  /** Its own folder. */
  get dir(): string {
    return this.#state.folder.path
  }

  /** The log directory (one of log.dirs) it lives in. */
  get parentDir(): string {
    return this.dir.slice(0, this.dir.lastIndexOf('/'))
  }

  get config(): LogConfig {
    return this.#state.config
  }

  get isOpen(): boolean {
    return this.#condition === 'open'
  }

  get isOffline(): boolean {
    return this.#condition === 'offline'
  }

  get logStartOffset(): number {
    return this.#state.start
  }

  /** The offset the next append gets; what is below may not be written yet. */
  get logEndOffset(): number {
    return this.#state.end
  }

  /** Everything below is in the file: readers, followers and the high watermark stay at or below it. */
  get writtenEndOffset(): number {
    return this.#state.written
  }

  /** Everything below survives a crash of the machine. */
  get recoveryPoint(): number {
    return this.#state.recoveryPoint
  }

  get highWatermark(): number {
    return this.#state.highWatermark
  }

  get lastStableOffset(): number {
    return this.#state.lastStableOffset
  }

  /** From the oldest on; the first may begin behind the log's start. */
  get leaderEpochs(): readonly EpochEntry[] {
    return this.#state.epochs.entries
  }

  get latestEpoch(): number | undefined {
    return this.#state.epochs.latest
  }

  get sizeInBytes(): number {
    return this.#state.segments.reduce((sum, segment) => sum + segment.size, 0)
  }

  get segmentBaseOffsets(): readonly number[] {
    return this.#state.segments.map((segment) => segment.baseOffset)
  }

  /** Written, but not sure to survive a crash of the machine. */
  get hasUnflushed(): boolean {
    return this.#state.recoveryPoint < this.#state.written
  }

  get firstSegmentOffset(): number {
    return this.#state.segments[0]?.baseOffset ?? this.#state.start
  }

  get lastFlushMs(): number {
    return this.#state.lastFlushMs
  }

  /** A client's batch may need to be compressed anew: then it is refused here, and `appendInTurn` takes it. */
  append(request: AppendRequest): AppendInfo {
    const info = this.#append(request)
    if (info === 'convert') throw new KafkaError('UNKNOWN_SERVER_ERROR', 'These records must be converted first')
    return info
  }

  /**
   * As `append`, at once wherever possible: not where records are converted, or may have been appended before the log was
   * opened. Later appends wait for earlier ones.
   */
  appendInTurn(request: AppendRequest): AppendInfo | Promise<AppendInfo> {
    if (this.#turns.isFree && !this.#state.producers.mayBeForgotten(request.records)) {
      const info = this.#append(request)
      if (info !== 'convert') return info
    }
    return this.#turns.run(() => this.#appendLate(request))
  }

  async #appendLate(request: AppendRequest): Promise<AppendInfo> {
    await recallBatchesFor(this.#state, request.records)
    const info = this.#append(request)
    if (info !== 'convert') return info
    const records = await convertForLeader(request.records, leaderRules(this.#state, request))
    return this.append({ ...request, records })
  }

  #append(request: AppendRequest): AppendInfo | 'convert' {
    this.#checkAppendable()
    if (request.leads?.(request.leaderEpoch) === false) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const state = this.#state
    const segments = state.segments.length
    const append = request.origin === 'replication' ? appendAsFollower : appendAsLeader
    const info = append(state, this.#writer, request)
    if (info === 'convert' || info.sizeInBytes === 0) return info
    this.#lastWritten = info.written
    this.#unflushed += info.lastOffset - info.firstOffset + 1
    if (this.#unflushed >= state.config.flushMessages) {
      const flushed = this.flush()
      flushed.catch(quietly)
      return { ...info, written: flushed }
    }
    if (state.segments.length !== segments) this.flush().catch(quietly)
    return info
  }

  #checkAppendable(): void {
    if (this.#condition === 'open' && this.#exclusive === undefined) return
    if (this.#condition === 'broken' && this.#exclusive === undefined) this.#repair()
    throw storageError(`The log ${this.#state.name} is ${this.#exclusive ? 'being truncated' : this.#condition}`)
  }

  /** The end goes back to what is in the file, at once; the torn bytes behind it are cut off before the next append. */
  #onWriteFailed(error: Error): void {
    this.#state.env.onRefused(this.parentDir, error)
    if (this.#condition === 'closed' || this.#condition === 'offline') return
    this.#condition = 'broken'
    // A truncation that waits for the writer comes first; it leaves nothing to repair.
    if (this.#exclusive === undefined) this.#repair()
  }

  #repair(): void {
    this.#runExclusive(async () => {
      await truncateTo(this.#state, this.#state.written)
      if (this.#condition === 'broken') this.#condition = 'open'
    }).catch((error) => this.#onRepairFailed(error))
  }

  /** A disk without room can still truncate: what fails here is the disk itself. */
  #onRepairFailed(error: Error): void {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') this.fail(error)
  }

  /** Takes the log offline, and reports its directory. */
  fail(error: Error): void {
    if (this.#condition === 'closed' || this.#condition === 'offline') return
    this.#condition = 'offline'
    this.#state.env.onDirectoryFailure(this.parentDir, error)
  }

  read(fromOffset: number, options: ReadOptions): ReadResult | Promise<ReadResult> {
    if (this.#condition === 'offline' || this.#condition === 'closed') {
      throw storageError(`The log ${this.#state.name} is ${this.#condition}`)
    }
    return read(this.#state, fromOffset, options)
  }

  /** Raises (never lowers) the high watermark, at most to the written end; true where it moved. */
  updateHighWatermark(offset: number): boolean {
    const state = this.#state
    const next = Math.min(offset, state.written)
    if (next <= state.highWatermark) return false
    state.highWatermark = next
    state.producers.onHighWatermark(next)
    return true
  }

  /** A time in ms, or -1 latest, -2 earliest, -3 the record of the largest time, -4 earliest local, -5 latest tiered. */
  offsetForTimestamp(timestamp: number): Promise<TimestampOffset | undefined> {
    return offsetForTimestamp(this.#state, timestamp)
  }

  /** Where `epoch` ended, as OffsetForLeaderEpoch answers; undefined: this log knows no such epoch. */
  endOffsetForEpoch(epoch: number): EpochEndOffset | undefined {
    return this.#state.epochs.endOffsetFor(epoch, this.#state.end)
  }

  epochForOffset(offset: number): number | undefined {
    return this.#state.epochs.epochFor(offset)
  }

  /** A new leader epoch begins at the log's end (a leader calls it when it takes over). */
  assignEpochStartOffset(epoch: number, startOffset: number): void {
    if (this.#state.epochs.assign(epoch, startOffset)) this.#state.saveEpochs()
  }

  /** Aborted transactions that a read_committed reader of [from, upTo) must skip, in the order of their markers. */
  abortedTransactions(from: number, upTo: number): Promise<AbortedTransaction[]> {
    return findAborted(this.#state, from, upTo)
  }

  /** DeleteRecords: raises the log start; throws OFFSET_OUT_OF_RANGE beyond the high watermark. */
  async deleteRecordsBefore(offset: number): Promise<void> {
    deleteRecordsBefore(this.#state, offset)
  }

  /** As `deleteRecordsBefore`, at once: a follower does as its leader did. */
  raiseStart(offset: number): void {
    deleteRecordsBefore(this.#state, offset)
  }

  /** Keeps what is below `offset`. No append may run meanwhile. */
  async truncateTo(offset: number): Promise<void> {
    // A repair under way ends first, so that the caller may append afterwards.
    await this.#exclusive?.catch(quietly)
    if (offset >= this.#state.end) {
      // A leader that never wrote anything noted its epoch at the very end: another one's history may not have it.
      if (this.#state.epochs.truncateFromEnd(offset)) this.#state.saveEpochs()
      return
    }
    await this.#runExclusive(() => truncateTo(this.#state, Math.min(offset, this.#state.written)))
    if (this.#condition === 'broken') this.#condition = 'open'
  }

  async truncateFullyAndStartAt(offset: number, logStartOffset = offset): Promise<void> {
    await this.#runExclusive(() => truncateFully(this.#state, offset, logStartOffset))
    if (this.#condition === 'broken') this.#condition = 'open'
  }

  /** One after another; waits for the writes that were queued before. */
  async #runExclusive(job: () => Promise<void>): Promise<void> {
    while (this.#exclusive !== undefined) await this.#exclusive.catch(quietly)
    // After a failed write nothing is queued, and the end must go back before anybody looks at it.
    const done = this.#condition === 'broken' ? job() : this.#quiet().then(job)
    this.#exclusive = done
    try {
      await done
    } finally {
      this.#exclusive = undefined
      this.#lastWritten = Promise.resolve()
    }
  }

  async #quiet(): Promise<void> {
    await this.#writer.idle()
    await this.#flusher.idle()
  }

  /**
   * Before the first batch of a producer's transaction is appended: what its append has to show when the transaction
   * coordinator says that the partition is part of it. undefined: the transaction is open here already.
   */
  startVerification(id: number, sequence: number, epoch: number, bumpsEpoch: boolean): Verification | undefined {
    return this.#state.producers.startVerification(id, sequence, epoch, bumpsEpoch, this.#state.env.clock.now())
  }

  get producerCount(): number {
    return this.#state.producers.size
  }

  activeProducers(): ActiveProducer[] {
    return this.#state.producers.active()
  }

  removeExpiredProducers(nowMs: number): void {
    this.#state.producers.removeExpired(nowMs, this.#state.env.producerIdExpirationMs())
  }

  updateConfig(config: LogConfig): void {
    this.#state.config = config
  }

  /** What was never flushed has nothing yet that could be ascribed to another topic: its first flush makes the id durable. */
  setTopicId(id: TopicId, log: 'new' | 'old' = 'old'): void {
    const state = this.#state
    if (state.topicId === id) return
    assert(state.topicId === undefined, `the topic id of ${state.name} cannot change from ${state.topicId} to ${id}`)
    const { blocking } = state.env.disk
    const path = `${this.dir}/${PARTITION_METADATA_FILE}`
    state.topicIdIsDurable = log === 'old'
    if (log === 'new') blocking.writeFile(path, formatPartitionMetadata(id))
    else blocking.replaceFile(path, formatPartitionMetadata(id))
    state.topicId = id
  }

  /** Deletes what the log start, retention.bytes and retention.ms let go; returns the number of segments. */
  async applyRetention(nowMs: number): Promise<number> {
    if (this.#condition !== 'open' || this.#exclusive !== undefined) return 0
    return deleteOldSegments(this.#state, nowMs)
  }

  /** Waits for the writes under way, then fsync: `recoveryPoint` reaches the end as it was at the call. */
  async flush(): Promise<void> {
    const target = this.#state.end
    this.#unflushed = 0
    await this.#lastWritten
    try {
      await this.#flusher.upTo(target)
    } catch (error) {
      // After a failed fsync nobody knows which bytes are on the disk, and asking again would lie.
      if (!(error instanceof NoRoomError)) this.fail(error as Error)
      throw storageError(`Flushing ${this.#state.name} failed: ${(error as Error).message}`)
    }
  }

  /**
   * Leaves the files as a clean stop does: flushed, indexes trimmed, producers in a snapshot at the end. False where that
   * was not possible, and the next start has to look for itself.
   */
  async close(): Promise<boolean> {
    if (this.#condition === 'closed') return true
    await this.#quiet()
    await this.#exclusive?.catch(quietly)
    let clean = this.#condition === 'open'
    if (clean) clean = await this.#settle()
    this.#condition = 'closed'
    await this.#release()
    return clean
  }

  async #settle(): Promise<boolean> {
    const state = this.#state
    try {
      await this.flush()
      this.#condition = 'closed'
      state.active.finishTimes()
      for (const segment of state.segments) await saveIndexes(state.env, segment)
      if (state.end > (state.snapshots.at(-1) ?? state.start)) takeSnapshot(state, state.end)
      return true
    } catch (error) {
      state.env.logger.error({ err: error, log: state.name }, 'closing a log failed')
      return false
    }
  }

  /** Goes on in another folder: the log was renamed. Readers of open files don't notice. */
  moved(folder: string): void {
    const before = this.dir
    this.#state.folder.path = folder
    void this.#state.env.pool.forget(`${before}/`)
  }

  /** Closes without caring for what is on disk: the log is deleted, or its directory failed. */
  async abandon(): Promise<void> {
    this.#condition = 'closed'
    await this.#quiet()
    await this.#exclusive?.catch(quietly)
    await this.#release()
  }

  async #release(): Promise<void> {
    for (const timer of this.#state.timers) timer.cancel()
    this.#state.timers.clear()
    await this.#state.background
    this.#state.tail.clear()
    await this.#state.env.pool.forget(`${this.dir}/`)
  }
}
