import type { LogConfig } from './log-config.ts'
import { type SegmentSuffix, segmentFile } from './names.ts'
import { MAX_RELATIVE_OFFSET, OFFSET_ENTRY_SIZE, OffsetIndex } from './offset-index.ts'
import { TIME_ENTRY_SIZE, TimeIndex } from './time-index.ts'
import type { AbortedEntry } from './txn-index.ts'

/** Where a log's files are; shared by its parts, because a deleted log's folder is renamed. */
export interface Folder {
  path: string
}

export interface SegmentIndexes {
  readonly offsets: OffsetIndex
  readonly times: TimeIndex
}

/** What is about to be appended, as far as rolling depends on it. */
export interface NextAppend {
  readonly size: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly nowMs: number
}

/**
 * One `.log` file with its indexes, as it is when every write under way has ended well. The active segment's indexes grow
 * in memory and reach their files when the segment is rolled or closed: after a crash they are rebuilt anyway.
 */
export class Segment {
  readonly baseOffset: number
  readonly folder: Folder
  readonly rollJitterMs: number
  readonly createdMs: number
  size: number
  /** undefined: on disk, to be loaded when wanted. */
  indexes: SegmentIndexes | undefined
  /** undefined: on disk, to be loaded when wanted. */
  aborted: readonly AbortedEntry[] | undefined
  /** -1: no record has a timestamp. undefined: the time index knows. */
  maxTimestamp: number | undefined
  offsetOfMaxTimestamp: number
  /** Largest timestamp of the first append: what the age of a segment is counted from. undefined: to be read. */
  firstTimestamp: number | undefined
  bytesSinceIndexEntry = 0
  /** All its bytes were fsynced. */
  synced = false
  /** The index files hold what `indexes` does. */
  indexesSaved = false

  constructor(folder: Folder, baseOffset: number, size: number, createdMs: number, rollJitterMs = 0) {
    this.folder = folder
    this.baseOffset = baseOffset
    this.size = size
    this.createdMs = createdMs
    this.rollJitterMs = rollJitterMs
    this.offsetOfMaxTimestamp = baseOffset
  }

  /** A segment that begins with nothing. */
  static empty(folder: Folder, baseOffset: number, createdMs: number, rollJitterMs: number): Segment {
    const segment = new Segment(folder, baseOffset, 0, createdMs, rollJitterMs)
    segment.reset()
    return segment
  }

  reset(): void {
    this.indexes = { offsets: new OffsetIndex(this.baseOffset), times: new TimeIndex(this.baseOffset) }
    this.aborted = []
    this.maxTimestamp = -1
    this.offsetOfMaxTimestamp = this.baseOffset
    this.firstTimestamp = undefined
    this.bytesSinceIndexEntry = 0
  }

  path(suffix: SegmentSuffix): string {
    return `${this.folder.path}/${segmentFile(this.baseOffset, suffix)}`
  }

  /** Kafka's reasons for a new segment: size, age by record timestamps, full indexes, an offset out of an index's reach. */
  shouldRoll(config: LogConfig, next: NextAppend): boolean {
    if (this.size > config.segmentBytes - next.size) return true
    if (this.size > 0 && this.#age(next) > longestAge(config) - this.rollJitterMs) return true
    if (next.lastOffset - this.baseOffset > MAX_RELATIVE_OFFSET) return true
    const { indexes } = this
    if (indexes === undefined) return false
    const maxOffsets = Math.floor(config.segmentIndexBytes / OFFSET_ENTRY_SIZE)
    const maxTimes = Math.floor(config.segmentIndexBytes / TIME_ENTRY_SIZE)
    // The last time entry is kept for the one that closing the segment adds.
    return indexes.offsets.count >= maxOffsets || indexes.times.count >= maxTimes - 1
  }

  #age(next: NextAppend): number {
    const first = this.firstTimestamp ?? -1
    return first >= 0 ? next.maxTimestamp - first : next.nowMs - this.createdMs
  }

  /** Counts in bytes that begin at the segment's end; returns that position. */
  append(
    size: number,
    lastOffset: number,
    maxTimestamp: number,
    offsetOfMax: number,
    indexIntervalBytes: number,
  ): number {
    const position = this.size
    if (position === 0) this.firstTimestamp = maxTimestamp
    if (maxTimestamp > (this.maxTimestamp ?? -1)) {
      this.maxTimestamp = maxTimestamp
      this.offsetOfMaxTimestamp = offsetOfMax
    }
    if (this.bytesSinceIndexEntry > indexIntervalBytes) {
      this.addIndexEntry(lastOffset, position)
      this.bytesSinceIndexEntry = 0
    }
    this.bytesSinceIndexEntry += size
    this.size = position + size
    this.synced = false
    this.indexesSaved = false
    return position
  }

  addIndexEntry(lastOffset: number, position: number): void {
    this.indexes?.offsets.append(lastOffset, position)
    this.indexes?.times.append(this.maxTimestamp ?? -1, this.offsetOfMaxTimestamp)
  }

  /** A finished segment's time index ends with its largest timestamp. */
  finishTimes(): void {
    const added = this.indexes?.times.append(this.maxTimestamp ?? -1, this.offsetOfMaxTimestamp)
    if (added) this.indexesSaved = false
  }

  /** `size` is where the first batch ended that stays no longer. Indexes must be loaded. */
  truncateTo(offset: number, size: number): void {
    this.indexes?.offsets.truncateTo(offset)
    this.indexes?.times.truncateTo(offset)
    this.aborted = this.aborted?.filter((entry) => entry.lastOffset < offset)
    this.size = size
    this.bytesSinceIndexEntry = 0
    this.synced = false
    this.indexesSaved = false
    if (size === 0) this.firstTimestamp = undefined
    // What is left after the last entry of the time index, the caller looks through.
    const last = this.indexes?.times.last
    this.maxTimestamp = last?.timestamp ?? -1
    this.offsetOfMaxTimestamp = last?.offset ?? this.baseOffset
  }

  /** A batch that is in the segment already. */
  seeTimestamp(timestamp: number, lastOffset: number): void {
    if (timestamp <= (this.maxTimestamp ?? -1)) return
    this.maxTimestamp = timestamp
    this.offsetOfMaxTimestamp = lastOffset
  }
}

/** What is to be compacted within a time must have left the active segment by then. */
function longestAge({ segmentMs, cleanupCompact, maxCompactionLagMs }: LogConfig): number {
  return cleanupCompact ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs
}
