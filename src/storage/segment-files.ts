import { baseOffset, lastOffset, maxTimestamp } from '../record/header.ts'
import type { LogEnvironment } from './environment.ts'
import { LOG_SUFFIX, OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX } from './names.ts'
import { isSoundOffsetIndex, OffsetIndex } from './offset-index.ts'
import { type ReadAt, scanBatches } from './scan.ts'
import type { Segment, SegmentIndexes } from './segment.ts'
import { isSoundTimeIndex, TIME_ENTRY_SIZE, TimeIndex } from './time-index.ts'
import { type AbortedEntry, decodeAborted, encodeAborted } from './txn-index.ts'

/** Reads of a segment's log file, off the event loop. */
export function readerOf(env: LogEnvironment, segment: Segment): ReadAt {
  return (position, length) =>
    env.pool.use(segment.path(LOG_SUFFIX), 'read', async (file) => {
      const target = Buffer.allocUnsafe(length)
      return target.subarray(0, await file.read(target, 0, length, position))
    })
}

/** The indexes as the files have them, or made anew from the log where they are missing or unsound. */
export async function loadIndexes(
  env: LogEnvironment,
  segment: Segment,
  intervalBytes: number,
): Promise<SegmentIndexes> {
  if (segment.indexes !== undefined) {
    env.indexes.touch(segment)
    return segment.indexes
  }
  const offsets = await readOrNothing(env, segment.path(OFFSET_INDEX_SUFFIX))
  const times = await readOrNothing(env, segment.path(TIME_INDEX_SUFFIX))
  const size = segment.size
  let indexes: SegmentIndexes
  if (offsets && times && isSoundOffsetIndex(offsets, size) && isSoundTimeIndex(times)) {
    indexes = { offsets: new OffsetIndex(segment.baseOffset, offsets), times: new TimeIndex(segment.baseOffset, times) }
  } else {
    env.logger.warn({ segment: segment.path(LOG_SUFFIX) }, 'indexes are missing or corrupt and are built anew')
    indexes = await buildIndexes(env, segment, intervalBytes)
    await writeIndexes(env, segment, indexes)
  }
  if (segment.indexes === undefined) {
    segment.indexes = indexes
    segment.indexesSaved = true
  }
  env.indexes.touch(segment)
  const last = indexes.times.last
  segment.maxTimestamp ??= last?.timestamp ?? -1
  if (last !== undefined && segment.maxTimestamp === last.timestamp) segment.offsetOfMaxTimestamp = last.offset
  return segment.indexes
}

async function readOrNothing(env: LogEnvironment, path: string): Promise<Buffer | undefined> {
  try {
    return await env.disk.readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function buildIndexes(env: LogEnvironment, segment: Segment, intervalBytes: number): Promise<SegmentIndexes> {
  const indexes = { offsets: new OffsetIndex(segment.baseOffset), times: new TimeIndex(segment.baseOffset) }
  let lastEntryAt = 0
  let largest = -1
  let largestAt = segment.baseOffset
  await scanBatches(readerOf(env, segment), 0, segment.size, false, (buffer, at, position) => {
    const last = lastOffset(buffer, at)
    if (maxTimestamp(buffer, at) > largest) {
      largest = maxTimestamp(buffer, at)
      largestAt = last
    }
    if (position - lastEntryAt > intervalBytes) {
      indexes.offsets.append(last, position)
      indexes.times.append(largest, largestAt)
      lastEntryAt = position
    }
    return undefined
  })
  indexes.times.append(largest, largestAt)
  return indexes
}

/** Both index files, trimmed to what they hold. */
export async function writeIndexes(env: LogEnvironment, segment: Segment, indexes: SegmentIndexes): Promise<void> {
  await writeWhole(env, segment.path(OFFSET_INDEX_SUFFIX), indexes.offsets.bytes)
  await writeWhole(env, segment.path(TIME_INDEX_SUFFIX), indexes.times.bytes)
}

/** Writes what the files don't hold yet. */
export async function saveIndexes(env: LogEnvironment, segment: Segment): Promise<void> {
  const { indexes } = segment
  if (indexes === undefined || segment.indexesSaved) return
  segment.indexesSaved = true
  try {
    await writeIndexes(env, segment, indexes)
  } catch (error) {
    segment.indexesSaved = false
    throw error
  }
  env.indexes.touch(segment)
}

export async function writeAborted(
  env: LogEnvironment,
  segment: Segment,
  entries: readonly AbortedEntry[],
): Promise<void> {
  const path = segment.path(TXN_INDEX_SUFFIX)
  if (entries.length > 0) await writeWhole(env, path, encodeAborted(entries))
  else await env.disk.remove(path)
}

/** Not through the pool: index files are touched once, when their segment ends. */
async function writeWhole(env: LogEnvironment, path: string, bytes: Buffer): Promise<void> {
  const file = await env.disk.open(path, 'create')
  try {
    if (bytes.length > 0) await file.write([bytes], 0)
    await file.truncate(bytes.length)
    await file.sync()
  } finally {
    await file.close()
  }
}

export async function loadAborted(env: LogEnvironment, segment: Segment): Promise<readonly AbortedEntry[]> {
  if (segment.aborted !== undefined) return segment.aborted
  const bytes = await readOrNothing(env, segment.path(TXN_INDEX_SUFFIX))
  const entries = bytes === undefined ? [] : decodeAborted(bytes)
  if (entries === undefined) throw new Error(`corrupt transaction index ${segment.path(TXN_INDEX_SUFFIX)}`)
  segment.aborted ??= entries
  return segment.aborted
}

/** The largest record timestamp, or the file's time where no record has one; costs one small read at most. */
export async function largestTimestamp(env: LogEnvironment, segment: Segment): Promise<number> {
  if (segment.maxTimestamp === undefined) {
    const path = segment.path(TIME_INDEX_SUFFIX)
    const stat = await env.disk.stat(path)
    const whole = stat !== undefined && stat.size > 0 && stat.size % TIME_ENTRY_SIZE === 0
    if (whole && segment.indexes === undefined) {
      const bytes = env.disk.blocking.read(path, stat.size - TIME_ENTRY_SIZE, TIME_ENTRY_SIZE)
      const last = new TimeIndex(segment.baseOffset, bytes).last
      segment.maxTimestamp = last?.timestamp ?? -1
      segment.offsetOfMaxTimestamp = last?.offset ?? segment.baseOffset
    } else {
      segment.maxTimestamp = -1
    }
  }
  if (segment.maxTimestamp >= 0) return segment.maxTimestamp
  return (await env.disk.stat(segment.path(LOG_SUFFIX)))?.modifiedMs ?? segment.createdMs
}

/** The first batch's timestamp: what rolling by time counts from after a restart. */
export function readFirstTimestamp(env: LogEnvironment, segment: Segment): number | undefined {
  if (segment.size === 0) return undefined
  const bytes = env.disk.blocking.read(segment.path(LOG_SUFFIX), 0, 61)
  return bytes.length < 61 || baseOffset(bytes, 0) < 0 ? undefined : maxTimestamp(bytes, 0)
}
