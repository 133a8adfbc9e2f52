import { isValid, lastOffset, leaderEpoch, magic, maxTimestamp } from '../record/header.ts'
import { formatLeaderEpochs, parseLeaderEpochs } from './checkpoints.ts'
import type { LogEnvironment } from './environment.ts'
import { cleanFolder } from './folder-cleanup.ts'
import { LeaderEpochs } from './leader-epochs.ts'
import type { LogConfig } from './log-config.ts'
import {
  LEADER_EPOCH_FILE,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  type SegmentFileName,
  SNAPSHOT_SUFFIX,
  segmentFile,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
} from './names.ts'
import { createSegment, jitter } from './new-segment.ts'
import { isSoundOffsetIndex, MAX_RELATIVE_OFFSET, OffsetIndex } from './offset-index.ts'
import { replayProducers, takeIntoProducers } from './producer-replay.ts'
import { decodeSnapshot, encodeSnapshot } from './producer-snapshot.ts'
import { ProducerState } from './producer-state.ts'
import { scanBatches } from './scan.ts'
import { type Folder, Segment } from './segment.ts'
import { readerOf, readFirstTimestamp, writeAborted, writeIndexes } from './segment-files.ts'
import { isSoundTimeIndex, TimeIndex } from './time-index.ts'
import { type AbortedEntry, decodeAborted } from './txn-index.ts'

export interface LoadRequest {
  readonly env: LogEnvironment
  readonly folder: Folder
  readonly topicPartition: string
  readonly config: LogConfig
  /** The last stop left its marker: the files are as they were closed. */
  readonly clean: boolean
  /** From the checkpoint: what lies before it was fsynced. */
  readonly recoveryPoint: number
  /** From the checkpoint. */
  readonly logStartOffset: number
  /** At some time; what the topic's config says may not be known yet. */
  readonly wasCompacted?: boolean
}

/** What is known of a log before it is opened. */
export interface Checkpoints {
  readonly clean: boolean
  readonly recoveryPoint: number
  readonly logStartOffset: number
  readonly highWatermark: number
  readonly cleanedUpTo: number | undefined
}

export const NOTHING_KNOWN: Checkpoints = {
  clean: false,
  recoveryPoint: 0,
  logStartOffset: 0,
  highWatermark: 0,
  cleanedUpTo: undefined,
}

export interface LoadedLog {
  readonly segments: Segment[]
  readonly logStartOffset: number
  readonly logEndOffset: number
  readonly recoveryPoint: number
  readonly epochs: LeaderEpochs
  readonly producers: ProducerState
  /** Offsets of the snapshots there are, in order. */
  readonly snapshots: number[]
}

/** Opens a log's files. After a clean stop no record is read but the last few; else all from the recovery point on. */
export async function loadLog(request: LoadRequest): Promise<LoadedLog> {
  const loader = new LogLoader(request)
  return loader.load()
}

/** A log that is made now: empty, from offset 0 on. */
export function newLog(env: LogEnvironment, folder: Folder, name: string, config: LogConfig): LoadedLog {
  env.disk.blocking.writeFile(`${folder.path}/${LEADER_EPOCH_FILE}`, '')
  return {
    segments: [createSegment(env, folder, 0, config)],
    logStartOffset: 0,
    logEndOffset: 0,
    recoveryPoint: 0,
    epochs: new LeaderEpochs(),
    producers: new ProducerState(name),
    snapshots: [],
  }
}

class LogLoader {
  readonly #request: LoadRequest
  readonly #env: LogEnvironment
  readonly #dir: string
  readonly #files: readonly SegmentFileName[]
  readonly #present = new Set<string>()
  #segments: Segment[] = []
  /** Those that had a time index when they were found. */
  readonly #finished = new Set<Segment>()
  #snapshots: number[] = []
  readonly #epochs: LeaderEpochs
  readonly #producers: ProducerState
  readonly #epochsBefore: string

  constructor(request: LoadRequest) {
    this.#request = request
    this.#env = request.env
    this.#dir = request.folder.path
    this.#files = cleanFolder(this.#env.disk.blocking, this.#dir, this.#env.logger)
    const checkpoint = this.#env.disk.blocking.readFile(`${this.#dir}/${LEADER_EPOCH_FILE}`)
    this.#epochsBefore = checkpoint?.toString('utf8') ?? ''
    this.#epochs = new LeaderEpochs(checkpoint ? parseLeaderEpochs(this.#epochsBefore) : [])
    this.#producers = new ProducerState(request.topicPartition)
  }

  async load(): Promise<LoadedLog> {
    const { recoveryPoint, logStartOffset: startCheckpoint, clean } = this.#request
    this.#findSegments()
    let end = clean ? this.#cleanEnd() : undefined
    const scanned = end === undefined && this.#segments.length > 0
    if (end === undefined) end = await this.#recover()
    if (end < startCheckpoint && this.#segments.length > 0) {
      this.#env.logger.warn(
        { dir: this.#dir, end, startCheckpoint },
        'the log ends before its start: its segments are deleted',
      )
      for (const segment of this.#segments.splice(0)) this.#removeSegment(segment)
      this.#epochs.clear()
      this.#removeSnapshots(() => true)
      end = startCheckpoint
    }
    if (this.#segments.length === 0) {
      end = Math.max(end, startCheckpoint)
      this.#segments.push(createSegment(this.#env, this.#request.folder, end, this.#request.config))
    }
    const logStartOffset = Math.max(startCheckpoint, this.#segments[0]?.baseOffset ?? 0)
    this.#epochs.truncateFromEnd(end)
    this.#epochs.truncateFromStart(startCheckpoint)
    // Of a log that was closed whoever opens it again leaves out the same epochs: it costs no write, and no fsync of each log.
    if (!clean || scanned) this.#saveEpochs()
    await this.#rebuildProducers(logStartOffset, end)
    this.#removeStraySnapshots()
    if (scanned && this.#producers.endOffset > (this.#snapshots.at(-1) ?? 0)) this.#takeSnapshot(end)
    return {
      segments: this.#segments,
      logStartOffset,
      logEndOffset: end,
      recoveryPoint: clean && !scanned ? end : Math.min(recoveryPoint, end),
      epochs: this.#epochs,
      producers: this.#producers,
      snapshots: this.#snapshots,
    }
  }

  #findSegments(): void {
    const { folder, config } = this.#request
    const disk = this.#env.disk.blocking
    const logs = new Set(this.#files.filter((file) => file.suffix === LOG_SUFFIX).map((file) => file.offset))
    for (const { offset, suffix } of this.#files) {
      const name = segmentFile(offset, suffix)
      if (suffix === SNAPSHOT_SUFFIX) this.#snapshots.push(offset)
      else if (!logs.has(offset)) disk.remove(`${this.#dir}/${name}`)
      else this.#present.add(name)
    }
    for (const offset of [...logs].sort((a, b) => a - b)) {
      const stat = disk.stat(`${this.#dir}/${segmentFile(offset, LOG_SUFFIX)}`)
      const segment = new Segment(folder, offset, stat?.size ?? 0, stat?.modifiedMs ?? 0, jitter(this.#env, config))
      segment.synced = true
      if (segment.size === 0) segment.reset()
      if (!this.#present.has(segmentFile(offset, TXN_INDEX_SUFFIX))) segment.aborted = []
      if ((disk.stat(segment.path(TIME_INDEX_SUFFIX))?.size ?? 0) > 0) this.#finished.add(segment)
      this.#segments.push(segment)
    }
  }

  /** The end offset of a log that was closed, from its last batches; undefined where something does not fit. */
  #cleanEnd(): number | undefined {
    const active = this.#segments.at(-1)
    if (active === undefined) return undefined
    if (active.size === 0) return active.baseOffset
    const disk = this.#env.disk.blocking
    const offsets = disk.readFile(active.path(OFFSET_INDEX_SUFFIX))
    const times = disk.readFile(active.path(TIME_INDEX_SUFFIX))
    if (!offsets || !times || !isSoundOffsetIndex(offsets, active.size) || !isSoundTimeIndex(times)) return undefined
    active.indexes = {
      offsets: new OffsetIndex(active.baseOffset, offsets),
      times: new TimeIndex(active.baseOffset, times),
    }
    if (active.aborted === undefined) {
      active.aborted = decodeAborted(disk.readFile(active.path(TXN_INDEX_SUFFIX)) ?? Buffer.alloc(0))
      if (active.aborted === undefined) return undefined
    }
    active.indexesSaved = true
    const last = active.indexes.times.last
    active.maxTimestamp = last?.timestamp ?? -1
    active.offsetOfMaxTimestamp = last?.offset ?? active.baseOffset
    active.firstTimestamp = readFirstTimestamp(this.#env, active)
    return this.#walkToEnd(active, active.indexes.offsets.last?.position ?? 0)
  }

  #walkToEnd(segment: Segment, from: number): number | undefined {
    const path = segment.path(LOG_SUFFIX)
    let end: number | undefined
    let position = from
    while (position < segment.size) {
      const header = this.#env.disk.blocking.read(path, position, 61)
      if (header.length < 17) return undefined
      const version = magic(header, 0)
      if (version < 0 || version > 2 || (version === 2 && header.length < 61)) return undefined
      const size = header.readInt32BE(8) + 12
      if (size < 26 || position + size > segment.size) return undefined
      end = lastOffset(header, 0) + 1
      position += size
    }
    return end
  }

  /** Scans every segment that may hold bytes that were not fsynced; returns the end offset. */
  async #recover(): Promise<number> {
    const { recoveryPoint } = this.#request
    let first = this.#segments.length
    while (first > 0 && (this.#segments[first]?.baseOffset ?? Number.POSITIVE_INFINITY) > recoveryPoint) first--
    const begin = this.#segments[first]
    if (begin === undefined) return this.#request.logStartOffset
    await this.#rebuildProducers(
      Math.max(this.#request.logStartOffset, this.#segments[0]?.baseOffset ?? 0),
      begin.baseOffset,
    )
    this.#removeSnapshots((offset) => offset > begin.baseOffset)
    let end = begin.baseOffset
    for (let index = first; index < this.#segments.length; index++) {
      const segment = this.#segments[index] as Segment
      const recovered = await this.#recoverSegment(segment)
      end = recovered.end
      const rest = this.#segments.slice(index + 1)
      const [next] = rest
      if (next === undefined) break
      if (recovered.truncated || (next.baseOffset !== end && this.#cannotHaveGaps(segment))) {
        for (const later of rest) this.#removeSegment(later)
        this.#segments.length = index + 1
        break
      }
      await writeIndexes(this.#env, segment, present(segment))
      segment.indexes = undefined
      this.#takeSnapshot(next.baseOffset)
    }
    return end
  }

  /**
   * A power failure may cut a file exactly between two batches, and leave the next one. Only compaction makes gaps: here, or
   * where the records came from; then the segment was flushed when it ended, and its time index with it.
   */
  #cannotHaveGaps(segment: Segment): boolean {
    const { config, wasCompacted } = this.#request
    return !config.cleanupCompact && !wasCompacted && !this.#finished.has(segment)
  }

  async #recoverSegment(segment: Segment): Promise<{ readonly end: number; readonly truncated: boolean }> {
    const interval = this.#request.config.indexIntervalBytes
    const aborted: AbortedEntry[] = []
    const fileSize = segment.size
    segment.reset()
    segment.size = 0
    let end = segment.baseOffset
    let lastEntryAt = 0
    const stopped = await scanBatches(readerOf(this.#env, segment), 0, fileSize, true, (buffer, at, position) => {
      const last = lastOffset(buffer, at)
      if (!isValid(buffer, at) || last < end || last - segment.baseOffset > MAX_RELATIVE_OFFSET) throw STOP
      const largest = maxTimestamp(buffer, at)
      segment.firstTimestamp ??= largest
      if (largest > (segment.maxTimestamp ?? -1)) {
        segment.maxTimestamp = largest
        segment.offsetOfMaxTimestamp = last
      }
      if (position - lastEntryAt > interval) {
        segment.addIndexEntry(last, position)
        lastEntryAt = position
      }
      this.#takeIn(buffer, at, aborted)
      segment.size = position + buffer.readInt32BE(at + 8) + 12
      end = last + 1
      return undefined
    }).catch((error) => {
      if (error === STOP) return { broken: 'a batch that is not valid' }
      throw error
    })
    segment.finishTimes()
    segment.indexesSaved = false
    segment.aborted = aborted
    segment.bytesSinceIndexEntry = 0
    if (this.#present.has(segmentFile(segment.baseOffset, TXN_INDEX_SUFFIX)) || aborted.length > 0) {
      await writeAborted(this.#env, segment, aborted)
    }
    segment.synced = false
    if (segment.size === fileSize) return { end, truncated: false }
    const path = segment.path(LOG_SUFFIX)
    const reason = stopped.broken
    this.#env.logger.warn(
      { path, validBytes: segment.size, fileSize, reason },
      'cutting off what is no whole, valid batch',
    )
    await this.#env.pool.use(path, 'read-write', (file) => file.truncate(segment.size))
    return { end, truncated: true }
  }

  #takeIn(buffer: Buffer, at: number, aborted: AbortedEntry[] | undefined): void {
    if (magic(buffer, at) < 2) return
    const epoch = leaderEpoch(buffer, at)
    if (epoch > (this.#epochs.latest ?? -1)) this.#epochs.assign(epoch, readBase(buffer, at))
    takeIntoProducers(this.#producers, buffer, at, aborted)
  }

  /** From the newest usable snapshot and the batches after it, up to `end`. */
  async #rebuildProducers(logStartOffset: number, end: number): Promise<void> {
    if (this.#producers.endOffset === end && this.#producers.endOffset > 0) return
    this.#removeSnapshots((offset) => offset > end)
    const from = this.#loadSnapshot(logStartOffset)
    if (from < end)
      await replayProducers(this.#env, this.#segments, this.#producers, Math.max(from, logStartOffset), end)
    this.#producers.endOffset = end
  }

  #loadSnapshot(logStartOffset: number): number {
    for (let offset = this.#snapshots.at(-1); offset !== undefined; offset = this.#snapshots.at(-1)) {
      const bytes = offset > logStartOffset && this.#env.disk.blocking.readFile(this.#snapshotPath(offset))
      const entries = bytes ? decodeSnapshot(bytes) : undefined
      if (entries !== undefined) {
        this.#producers.load(entries, offset, this.#env.clock.now(), this.#env.producerIdExpirationMs())
        return offset
      }
      if (offset > logStartOffset)
        this.#env.logger.warn({ dir: this.#dir, offset }, 'corrupt producer snapshot removed')
      this.#removeSnapshots((one) => one === offset)
    }
    this.#producers.clear(logStartOffset)
    return logStartOffset
  }

  #saveEpochs(): void {
    const text = formatLeaderEpochs(this.#epochs.entries)
    if (text === this.#epochsBefore || (this.#epochsBefore === '' && this.#epochs.latest === undefined)) return
    this.#env.disk.blocking.replaceFile(`${this.#dir}/${LEADER_EPOCH_FILE}`, text)
  }

  #snapshotPath(offset: number): string {
    return `${this.#dir}/${segmentFile(offset, SNAPSHOT_SUFFIX)}`
  }

  #takeSnapshot(offset: number): void {
    this.#env.disk.blocking.writeFile(this.#snapshotPath(offset), encodeSnapshot(this.#producers.entries()))
    if (!this.#snapshots.includes(offset)) this.#snapshots.push(offset)
    this.#snapshots.sort((a, b) => a - b)
  }

  #removeSnapshots(which: (offset: number) => boolean): void {
    for (const offset of this.#snapshots) if (which(offset)) this.#env.disk.blocking.remove(this.#snapshotPath(offset))
    this.#snapshots = this.#snapshots.filter((offset) => !which(offset))
  }

  /** Kept are those at a segment's base, and the newest one beyond the last base. */
  #removeStraySnapshots(): void {
    const bases = new Set(this.#segments.map((segment) => segment.baseOffset))
    const newest = this.#snapshots.at(-1)
    this.#removeSnapshots((offset) => !bases.has(offset) && offset !== newest)
  }

  #removeSegment(segment: Segment): void {
    for (const suffix of [LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX] as const) {
      this.#env.disk.blocking.remove(segment.path(suffix))
    }
  }
}

const STOP = new Error('stop')

function present(segment: Segment): NonNullable<Segment['indexes']> {
  if (segment.indexes === undefined) throw new Error('a recovered segment has indexes')
  return segment.indexes
}

function readBase(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 0x1_0000_0000 + buffer.readUInt32BE(at + 4)
}
