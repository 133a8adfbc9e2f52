import type { LastRecord } from './cleaner/batch-filter.ts'
import type { CleanedGroup, CleanPlan } from './cleaner/clean-job.ts'
import { BYTES_PER_KEY } from './cleaner/offset-map.ts'
import type { LogState } from './log-state.ts'
import {
  CLEANED_SUFFIX,
  DELETED_SUFFIX,
  LOG_SUFFIX,
  OFFSET_INDEX_SUFFIX,
  SWAP_SUFFIX,
  segmentFile,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
} from './names.ts'
import { Segment } from './segment.ts'
import { largestTimestamp, loadAborted, loadIndexes, readFirstTimestamp } from './segment-files.ts'
import type { AbortedEntry } from './txn-index.ts'

/** The log file last: where it stands, its indexes stand too. */
const SUFFIXES = [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX, LOG_SUFFIX] as const
/** No record with a key is smaller: size, attributes, two deltas, a key of one byte, a value, headers. */
const SMALLEST_KEYED_RECORD = 8

/** What of a log may be cleaned, and how much it needs that. */
export interface Cleanable {
  readonly firstDirtyOffset: number
  /** Base offset of the first segment that stays as it is. */
  readonly upperBound: number
  readonly dirtyBytes: number
  readonly dirtyRatio: number
  /** max.compaction.lag.ms has passed for some record. */
  readonly isOverdue: boolean
}

export interface CleanerLimits {
  readonly mapBytes: number
  readonly mapLoadFactor: number
  readonly ioBufferBytes: number
  readonly maxBytesPerSecond: number
}

export interface CompactionEvents {
  /** The log is open, and no truncation is under way. */
  isTouchable(): boolean
  failed(error: Error): void
}

/** One log's side of its compaction: what is dirty, what a cleaning needs to know, and putting in what it made. */
export class LogCompaction {
  readonly #state: LogState
  readonly #events: CompactionEvents

  constructor(state: LogState, events: CompactionEvents) {
    this.#state = state
    this.#events = events
  }

  /** Everything below was compacted; undefined: nothing ever was. */
  get cleanedUpTo(): number | undefined {
    return this.#state.cleanedUpTo
  }

  set cleanedUpTo(offset: number) {
    this.#state.cleanedUpTo = offset
  }

  /** Undefined: nothing can be compacted now. */
  async cleanable(nowMs: number): Promise<Cleanable | undefined> {
    if (!this.#events.isTouchable() || !this.#state.config.cleanupCompact) return undefined
    return cleanable(this.#state, nowMs)
  }

  prepare(what: Cleanable, limits: CleanerLimits, nowMs: number): Promise<PreparedCleaning> {
    return prepareCleaning(this.#state, what, limits, nowMs)
  }

  /** False where the log changed too much since the cleaning was prepared. */
  swapIn(group: CleanedGroup, { sources }: PreparedCleaning): boolean {
    if (!this.#events.isTouchable()) return false
    try {
      return swapIn(this.#state, group, sources)
    } catch (error) {
      // Half of the files have their new names: only a start puts that right.
      this.#events.failed(error as Error)
      return false
    }
  }
}

/** Never the active segment, nothing unstable or unreplicated, nothing younger than min.compaction.lag.ms. */
async function cleanable(state: LogState, nowMs: number): Promise<Cleanable | undefined> {
  const passive = finished(state)
  const known = state.cleanedUpTo ?? state.start
  const firstDirtyOffset = known < state.start || known > state.end ? state.start : known
  const young = await firstYoung(state, passive, firstDirtyOffset, nowMs)
  const upperBound = boundBelow(state, passive, Math.min(state.lastStableOffset, young))
  const clean = sizeOf(passive, (base) => base < Math.min(firstDirtyOffset, upperBound))
  const dirtyBytes = sizeOf(passive, (base, next) => next > firstDirtyOffset && base < upperBound)
  if (dirtyBytes === 0 || firstDirtyOffset >= upperBound) return undefined
  return {
    firstDirtyOffset,
    upperBound,
    dirtyBytes,
    dirtyRatio: dirtyBytes / (clean + dirtyBytes),
    isOverdue: isOverdue(state, passive, firstDirtyOffset, nowMs),
  }
}

/** The oldest segments that nothing is added to any more and whose files are complete: never the active one. */
function finished(state: LogState): Segment[] {
  const end = state.segments.findIndex(({ synced, size }) => !synced && size > 0)
  const passive = state.segments.length - 1
  return state.segments.slice(0, end < 0 ? passive : Math.min(end, passive))
}

/** Segments are cleaned as a whole: one that reaches beyond the limit stays. */
function boundBelow(state: LogState, passive: readonly Segment[], limit: number): number {
  const endOf = (index: number) => state.segments[index + 1]?.baseOffset ?? state.end
  let count = 0
  while (count < passive.length && endOf(count) <= limit) count++
  return state.segments[count]?.baseOffset ?? state.end
}

async function firstYoung(state: LogState, passive: readonly Segment[], from: number, nowMs: number): Promise<number> {
  const { minCompactionLagMs } = state.config
  if (minCompactionLagMs <= 0) return Number.POSITIVE_INFINITY
  for (const [index, segment] of passive.entries()) {
    const next = passive[index + 1]?.baseOffset ?? state.active.baseOffset
    if (next <= from) continue
    if ((await largestTimestamp(state.env, segment)) > nowMs - minCompactionLagMs) return segment.baseOffset
  }
  return Number.POSITIVE_INFINITY
}

function isOverdue(state: LogState, passive: readonly Segment[], from: number, nowMs: number): boolean {
  const { maxCompactionLagMs } = state.config
  if (maxCompactionLagMs >= nowMs) return false
  return passive.some((segment, index) => {
    const next = passive[index + 1]?.baseOffset ?? state.active.baseOffset
    if (next <= from) return false
    const first = readFirstTimestamp(state.env, segment) ?? -1
    return first > 0 && first < nowMs - maxCompactionLagMs
  })
}

function sizeOf(segments: readonly Segment[], counts: (baseOffset: number, next: number) => boolean): number {
  return segments.reduce((sum, segment, index) => {
    const next = segments[index + 1]?.baseOffset ?? Number.POSITIVE_INFINITY
    return counts(segment.baseOffset, next) ? sum + segment.size : sum
  }, 0)
}

export interface PreparedCleaning {
  readonly plan: CleanPlan
  /** The segments that the plan names, as they were. */
  readonly sources: ReadonlyMap<number, Segment>
}

async function prepareCleaning(
  state: LogState,
  { firstDirtyOffset, upperBound, dirtyBytes }: Cleanable,
  limits: CleanerLimits,
  nowMs: number,
): Promise<PreparedCleaning> {
  const segments = state.segments.filter((segment) => segment.baseOffset < upperBound)
  const aborted: AbortedEntry[] = []
  for (const segment of [...state.segments]) aborted.push(...(await loadAborted(state.env, segment)))
  const described = []
  for (const segment of segments) {
    const { offsets, times } = await loadIndexes(state.env, segment, state.config.indexIntervalBytes)
    const { baseOffset, size } = segment
    described.push({ baseOffset, size, indexBytes: offsets.bytes.length, timeIndexBytes: times.bytes.length })
  }
  const { config } = state
  const plan: CleanPlan = {
    folder: state.folder.path,
    segments: described,
    firstDirtyOffset,
    upperBound,
    aborted,
    lastRecords: lastRecordsOf(state),
    nowMs,
    segmentBytes: config.segmentBytes,
    segmentIndexBytes: config.segmentIndexBytes,
    indexIntervalBytes: config.indexIntervalBytes,
    deleteRetentionMs: config.deleteRetentionMs,
    mapSlots: slotsFor(dirtyBytes, limits),
    mapLoadFactor: limits.mapLoadFactor,
    ioBufferBytes: limits.ioBufferBytes,
    maxBytesPerSecond: limits.maxBytesPerSecond,
  }
  return { plan, sources: new Map(segments.map((segment) => [segment.baseOffset, segment])) }
}

/** As many as the buffer holds, but no more than the dirty bytes can need (compressed batches may hold more: then in rounds). */
function slotsFor(dirtyBytes: number, { mapBytes, mapLoadFactor }: CleanerLimits): number {
  const needed = Math.ceil(dirtyBytes / SMALLEST_KEYED_RECORD / mapLoadFactor) + 16
  return Math.min(Math.floor(mapBytes / BYTES_PER_KEY), needed)
}

function lastRecordsOf(state: LogState): Map<number, LastRecord> {
  const last = new Map<number, LastRecord>()
  for (const { producerId, epoch, batches } of state.producers.entries()) {
    last.set(producerId, { lastDataOffset: batches.at(-1)?.lastOffset ?? -1, producerEpoch: epoch })
  }
  return last
}

/**
 * Puts a cleaned segment in the place of its sources: `.cleaned` becomes `.swap`, the sources `.deleted`, `.swap` the
 * segment. A crash in between is ended at the next start. In one turn of the event loop, so nobody sees half of it. False:
 * the log is not any more what was cleaned, and the new files are gone.
 */
function swapIn(state: LogState, group: CleanedGroup, sources: ReadonlyMap<number, Segment>): boolean {
  const first = state.segments.findIndex(({ baseOffset }) => baseOffset === group.baseOffset)
  const replaced = state.segments.slice(first, first + group.sources.length)
  const isSame = group.sources.every(
    (baseOffset, index) => replaced[index] !== undefined && replaced[index] === sources.get(baseOffset),
  )
  if (first < 0 || !isSame || first + replaced.length >= state.segments.length) {
    discard(state, group)
    return false
  }
  const { env, folder } = state
  const { blocking } = env.disk
  const cleaned = SUFFIXES.filter((suffix) => blocking.stat(cleanedPath(state, group, suffix)) !== undefined)
  const fileOf = (suffix: (typeof SUFFIXES)[number]) => `${folder.path}/${segmentFile(group.baseOffset, suffix)}`
  for (const suffix of cleaned) blocking.rename(cleanedPath(state, group, suffix), fileOf(suffix) + SWAP_SUFFIX)
  const marked: string[] = []
  for (const segment of replaced) {
    for (const suffix of SUFFIXES) {
      const path = segment.path(suffix)
      if (blocking.stat(path) === undefined) continue
      blocking.rename(path, path + DELETED_SUFFIX)
      void env.pool.forget(path)
      marked.push(path + DELETED_SUFFIX)
    }
  }
  for (const suffix of cleaned) blocking.rename(fileOf(suffix) + SWAP_SUFFIX, fileOf(suffix))
  state.segments.splice(first, replaced.length, cleanedSegment(state, group, replaced))
  state.layout++
  state.tail.clear()
  removeLater(state, marked)
  return true
}

function cleanedSegment(state: LogState, group: CleanedGroup, replaced: readonly Segment[]): Segment {
  const created = replaced.at(-1)?.createdMs ?? state.env.clock.now()
  const segment = new Segment(state.folder, group.baseOffset, group.size, created)
  segment.maxTimestamp = group.maxTimestamp
  segment.offsetOfMaxTimestamp = group.offsetOfMaxTimestamp
  segment.synced = true
  segment.indexesSaved = true
  return segment
}

function removeLater(state: LogState, paths: readonly string[]): void {
  const { clock, disk } = state.env
  const timer = clock.after(state.config.fileDeleteDelayMs, () => {
    state.timers.delete(timer)
    void state.later('removing cleaned segments', async () => {
      for (const path of paths) await disk.remove(path)
    })
  })
  state.timers.add(timer)
}

function discard(state: LogState, group: CleanedGroup): void {
  for (const suffix of SUFFIXES) state.env.disk.blocking.remove(cleanedPath(state, group, suffix))
}

function cleanedPath(state: LogState, group: CleanedGroup, suffix: (typeof SUFFIXES)[number]): string {
  return `${state.folder.path}/${segmentFile(group.baseOffset, suffix)}${CLEANED_SUFFIX}`
}
