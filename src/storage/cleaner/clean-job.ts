import type { Disk, DiskFile } from '../../io/ports.ts'
import { decompress } from '../../record/compress.ts'
import { RecordCursor } from '../../record/cursor.ts'
import * as header from '../../record/header.ts'
import { type BatchView, batches, MAX_UNPACKED_BYTES, packedRecords } from '../../record/iterate.ts'
import { CLEANED_SUFFIX, LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX } from '../names.ts'
import { Segment } from '../segment.ts'
import { type AbortedEntry, encodeAborted } from '../txn-index.ts'
import { type FilterRules, filterBatch, type LastRecord, markerType } from './batch-filter.ts'
import { OffsetMap } from './offset-map.ts'
import { type Pause, Throttle } from './throttle.ts'
import { CleanedTransactions } from './transactions.ts'

export interface SourceSegment {
  readonly baseOffset: number
  readonly size: number
  readonly indexBytes: number
  readonly timeIndexBytes: number
}

/** All that one cleaning needs to know; it travels to a worker thread. */
export interface CleanPlan {
  readonly folder: string
  /** Those that may be cleaned, oldest first. */
  readonly segments: readonly SourceSegment[]
  /** What is below was cleaned before. */
  readonly firstDirtyOffset: number
  /** The base offset of the first segment that may not be cleaned. */
  readonly upperBound: number
  readonly aborted: readonly AbortedEntry[]
  readonly lastRecords: ReadonlyMap<number, LastRecord>
  readonly nowMs: number
  readonly segmentBytes: number
  readonly segmentIndexBytes: number
  readonly indexIntervalBytes: number
  readonly deleteRetentionMs: number
  readonly mapSlots: number
  /** The part of the map that may be taken. */
  readonly mapLoadFactor: number
  readonly ioBufferBytes: number
  readonly maxBytesPerSecond: number
}

/** One new segment, complete in its `.cleaned` files, and those that it stands for. */
export interface CleanedGroup {
  readonly baseOffset: number
  readonly sources: readonly number[]
  readonly size: number
  readonly maxTimestamp: number
  readonly offsetOfMaxTimestamp: number
}

export interface CleanResult {
  /** Everything below is clean now. */
  readonly endOffset: number
  readonly groups: readonly CleanedGroup[]
  readonly bytesRead: number
  readonly bytesWritten: number
  readonly recordsInMap: number
}

/** Told after each group: it is swapped in while the next one is cleaned; false: stop. */
export type OnGroup = (group: CleanedGroup) => Promise<boolean>

/**
 * Reads the dirty part into a map from key to newest offset, then writes all segments up to there anew without what the map
 * says is old. Sources are only read: until a group is swapped in, nothing has happened.
 */
export async function cleanLog(plan: CleanPlan, disk: Disk, onGroup: OnGroup, pause: Pause): Promise<CleanResult> {
  const throttle = new Throttle(plan.maxBytesPerSecond, pause)
  const map = new OffsetMap(plan.mapSlots)
  await fillMap(plan, disk, map, throttle)
  const groups: CleanedGroup[] = []
  let [bytesRead, bytesWritten] = [0, 0]
  let kept: AbortedEntry[] = []
  const rules: FilterRules = {
    map,
    transactions: new CleanedTransactions(plan.aborted, (entry) => kept.push(entry)),
    lastRecords: plan.lastRecords,
    upperBound: plan.upperBound,
    nowMs: plan.nowMs,
    deleteRetentionMs: plan.deleteRetentionMs,
  }
  const covered = plan.segments.filter(({ baseOffset }) => baseOffset <= map.latestOffset)
  for (const sources of groupsOf(covered, plan)) {
    kept = []
    const group = await cleanGroup(plan, disk, sources, rules, throttle)
    await writeFile(disk, cleanedPath(plan, group, TXN_INDEX_SUFFIX), encodeAborted(kept), kept.length > 0)
    bytesRead += sources.reduce((sum, { size }) => sum + size, 0)
    bytesWritten += group.size
    groups.push(group)
    if (!(await onGroup(group))) break
  }
  return { endOffset: map.latestOffset + 1, groups, bytesRead, bytesWritten, recordsInMap: map.size }
}

async function fillMap(plan: CleanPlan, disk: Disk, map: OffsetMap, throttle: Throttle): Promise<void> {
  const maxSize = Math.floor(map.slots * plan.mapLoadFactor)
  // One that ended below would never meet its marker here, and its producer's next transaction would be taken for aborted.
  const aborted = plan.aborted.filter(({ lastOffset }) => lastOffset >= plan.firstDirtyOffset)
  const transactions = new CleanedTransactions(aborted)
  for (const [index, segment] of plan.segments.entries()) {
    const next = plan.segments[index + 1]?.baseOffset ?? plan.upperBound
    if (next <= plan.firstDirtyOffset) continue
    let isFull = false
    await eachBatch(plan, disk, segment, throttle, (view) => {
      isFull = !takeInto(map, view, plan.firstDirtyOffset, transactions, maxSize)
      return !isFull
    })
    if (isFull) return
    map.latestOffset = Math.max(map.latestOffset, next - 1)
  }
}

/** False: the map is full before the batch's end. */
function takeInto(
  map: OffsetMap,
  view: BatchView,
  from: number,
  transactions: CleanedTransactions,
  maxSize: number,
): boolean {
  const { buffer, at } = view
  const last = header.lastOffset(buffer, at)
  const producerId = header.producerId(buffer, at)
  if (header.magic(buffer, at) === 2 && header.isControl(buffer, at)) {
    const [record] = view.records()
    transactions.marker(last, producerId, markerType(record))
  } else if (header.magic(buffer, at) < 2) {
    for (const { key, offset } of view.records()) {
      if (key !== null && offset >= from && !map.put(key, 0, key.length, offset, maxSize)) return false
    }
  } else if (!transactions.batch(last, producerId, header.isTransactional(buffer, at))) {
    if (!takeKeys(map, view, from, maxSize)) return false
  }
  if (last >= from) map.latestOffset = Math.max(map.latestOffset, last)
  return true
}

function takeKeys(map: OffsetMap, view: BatchView, from: number, maxSize: number): boolean {
  const { buffer, at } = view
  const compression = header.compressionType(buffer, at)
  const isPlain = compression === 'none'
  const source = isPlain ? buffer : decompress(compression, packedRecords(view), MAX_UNPACKED_BYTES)
  const [start, end] = isPlain ? [at + header.RECORD_BATCH_OVERHEAD, at + view.sizeInBytes] : [0, source.length]
  const base = header.baseOffset(buffer, at)
  const cursor = new RecordCursor(source, start, end, header.recordCount(buffer, at), isPlain ? 'plain' : 'unpacked')
  while (cursor.next()) {
    const offset = base + cursor.offsetDelta
    if (cursor.keySize < 0 || offset < from) continue
    if (!map.put(source, cursor.keyAt, cursor.keyAt + cursor.keySize, offset, maxSize)) return false
  }
  return true
}

/** Small neighbours become one segment, as far as its sizes and the reach of its offsets allow. */
function groupsOf(segments: readonly SourceSegment[], plan: CleanPlan): SourceSegment[][] {
  const groups: SourceSegment[][] = []
  let [size, indexBytes, timeIndexBytes] = [0, 0, 0]
  for (const [index, segment] of segments.entries()) {
    const group = groups.at(-1)
    const first = group?.[0]
    const lastOffset = (segments[index + 1]?.baseOffset ?? plan.upperBound) - 1
    const fits =
      first !== undefined &&
      size + segment.size <= plan.segmentBytes &&
      indexBytes + segment.indexBytes <= plan.segmentIndexBytes &&
      timeIndexBytes + segment.timeIndexBytes <= plan.segmentIndexBytes &&
      lastOffset - first.baseOffset <= 0x7fff_ffff
    if (group !== undefined && fits) group.push(segment)
    else {
      groups.push([segment])
      size = 0
      indexBytes = 0
      timeIndexBytes = 0
    }
    size += segment.size
    indexBytes += segment.indexBytes
    timeIndexBytes += segment.timeIndexBytes
  }
  return groups
}

async function cleanGroup(
  plan: CleanPlan,
  disk: Disk,
  sources: readonly SourceSegment[],
  rules: FilterRules,
  throttle: Throttle,
): Promise<CleanedGroup> {
  const baseOffset = sources[0]?.baseOffset ?? 0
  const segment = Segment.empty({ path: plan.folder }, baseOffset, plan.nowMs, 0)
  const path = cleanedPath(plan, segment, LOG_SUFFIX)
  const file = await disk.open(path, 'create')
  try {
    await file.truncate(0)
    const out = new Output(file, plan.ioBufferBytes)
    for (const source of sources) {
      await eachBatch(plan, disk, source, throttle, (view) => {
        const stays = filterBatch(view, rules)
        if (stays === undefined) return true
        const last = header.lastOffset(stays, 0)
        segment.append(stays.length, last, header.maxTimestamp(stays, 0), last, plan.indexIntervalBytes)
        return out.add(stays)
      })
    }
    await out.flush()
    await throttle.spend(segment.size)
    await file.sync()
  } finally {
    await file.close()
  }
  segment.finishTimes()
  const { indexes } = segment
  await writeFile(
    disk,
    cleanedPath(plan, segment, OFFSET_INDEX_SUFFIX),
    indexes?.offsets.bytes ?? Buffer.alloc(0),
    true,
  )
  await writeFile(disk, cleanedPath(plan, segment, TIME_INDEX_SUFFIX), indexes?.times.bytes ?? Buffer.alloc(0), true)
  return {
    baseOffset,
    sources: sources.map((source) => source.baseOffset),
    size: segment.size,
    maxTimestamp: segment.maxTimestamp ?? -1,
    offsetOfMaxTimestamp: segment.offsetOfMaxTimestamp,
  }
}

/** Gathers what is to be written. */
class Output {
  readonly #file: DiskFile
  readonly #limit: number
  #chunks: Buffer[] = []
  #bytes = 0
  #position = 0

  constructor(file: DiskFile, limit: number) {
    this.#file = file
    this.#limit = limit
  }

  /** A copy, for the bytes may be part of a buffer that is read into again. A promise: wait for it before the next. */
  add(bytes: Buffer): true | Promise<true> {
    this.#chunks.push(Buffer.from(bytes))
    this.#bytes += bytes.length
    return this.#bytes < this.#limit ? true : this.flush()
  }

  async flush(): Promise<true> {
    const chunks = this.#chunks
    const position = this.#position
    this.#position += this.#bytes
    this.#chunks = []
    this.#bytes = 0
    if (chunks.length > 0) await this.#file.write(chunks, position)
    return true
  }
}

type Visit = (view: BatchView) => boolean | Promise<boolean>

/** The batches of a segment one after another, until the visit says false. */
async function eachBatch(
  plan: CleanPlan,
  disk: Disk,
  segment: SourceSegment,
  throttle: Throttle,
  visit: Visit,
): Promise<void> {
  if (segment.size === 0) return
  const file = await disk.open(`${plan.folder}/${String(segment.baseOffset).padStart(20, '0')}${LOG_SUFFIX}`, 'read')
  try {
    let buffer: Buffer = Buffer.allocUnsafe(Math.max(plan.ioBufferBytes, header.RECORD_BATCH_OVERHEAD))
    for (let position = 0; position < segment.size; ) {
      const length = Math.min(buffer.length, segment.size - position)
      const got = await file.read(buffer, 0, length, position)
      let used = 0
      for (const view of batches(buffer, 0, got)) {
        header.ensureValid(view.buffer, view.at)
        const goesOn = visit(view)
        if (!(goesOn === true || (await goesOn))) return
        used = view.at + view.sizeInBytes
      }
      await throttle.spend(used)
      position += used
      if (used > 0) continue
      const needed = got >= header.HEADER_UP_TO_MAGIC ? header.batchSize(buffer, 0) : 0
      if (needed <= buffer.length || needed > segment.size - position) {
        throw new Error(`segment ${segment.baseOffset} of ${plan.folder} has no whole batch at ${position}`)
      }
      buffer = Buffer.allocUnsafe(needed)
    }
  } finally {
    await file.close()
  }
}

function cleanedPath({ folder }: CleanPlan, { baseOffset }: { readonly baseOffset: number }, suffix: string): string {
  return `${folder}/${String(baseOffset).padStart(20, '0')}${suffix}${CLEANED_SUFFIX}`
}

async function writeFile(disk: Disk, path: string, bytes: Buffer, isWanted: boolean): Promise<void> {
  if (!isWanted) {
    // A cleaning that was broken off may have left one.
    await disk.remove(path)
    return
  }
  const file = await disk.open(path, 'create')
  try {
    await file.truncate(0)
    if (bytes.length > 0) await file.write([bytes], 0)
    await file.sync()
  } finally {
    await file.close()
  }
}
