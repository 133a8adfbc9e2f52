import { KafkaError } from '../base/errors.ts'
import * as header from '../record/header.ts'
import { BatchView } from '../record/iterate.ts'
import type { LogState } from './log-state.ts'
import { LOG_SUFFIX } from './names.ts'
import { giveBuffer, takeBuffer } from './read-buffers.ts'
import { scanBatches } from './scan.ts'
import type { Segment } from './segment.ts'
import { largestTimestamp, loadAborted, loadIndexes, readerOf } from './segment-files.ts'
import { result, takeBatches } from './tail-cache.ts'
import type { AbortedTransaction, ReadOptions, ReadResult, TimestampOffset } from './types.ts'

/** Beyond what was asked for: the batches between an index entry and the offset. */
const LOOK_BACK = 8 * 1024

export function read(state: LogState, fromOffset: number, options: ReadOptions): ReadResult | Promise<ReadResult> {
  if (fromOffset < state.start || fromOffset > state.end) {
    throw new KafkaError(
      'OFFSET_OUT_OF_RANGE',
      `Received request for offset ${fromOffset} for partition ${state.name}, but we only have log segments from offset ${state.start} to ${state.end}.`,
    )
  }
  const upTo = Math.min(options.upTo, state.written)
  if (fromOffset >= upTo) return result([], 0, fromOffset)
  const bounded = { ...options, upTo }
  return state.tail.read(fromOffset, bounded) ?? readCold(state, fromOffset, bounded)
}

async function readCold(state: LogState, fromOffset: number, options: ReadOptions): Promise<ReadResult> {
  for (let index = Math.max(state.segmentIndexOf(fromOffset), 0); index < state.segments.length; index++) {
    const segment = state.segments[index] as Segment
    if (segment.baseOffset >= options.upTo) break
    const found = await readSegment(state, segment, fromOffset, options).catch((error) => {
      // Retention took the segment away while it was being read.
      if (state.segments.includes(segment)) throw error
      throw new KafkaError('OFFSET_OUT_OF_RANGE', `Offset ${fromOffset} of ${state.name} was deleted`)
    })
    if (found !== undefined) return found
  }
  return result([], 0, fromOffset)
}

/** Undefined where the segment holds nothing at or after the offset. */
async function readSegment(
  state: LogState,
  segment: Segment,
  fromOffset: number,
  options: ReadOptions,
): Promise<ReadResult | undefined> {
  const { offsets } = await loadIndexes(state.env, segment, state.config.indexIntervalBytes)
  let position = offsets.lookup(fromOffset).position
  let wanted = Math.max(options.maxBytes, 0) + LOOK_BACK
  while (position < segment.size) {
    const length = Math.min(wanted, segment.size - position)
    const buffer = takeBuffer(length)
    const at = position
    const got = await state.env.pool.use(segment.path(LOG_SUFFIX), 'read', (file) => file.read(buffer, 0, length, at))
    const whole = wholeBatches(buffer, got)
    const taken = takeBatches(buffer, 0, whole.end, fromOffset, 0, options)
    if (taken.to > taken.from) {
      const chunk = buffer.subarray(taken.from, taken.to)
      return result([chunk], chunk.length, taken.nextOffset, () => giveBuffer(buffer))
    }
    giveBuffer(buffer)
    if (taken.full) return result([], 0, fromOffset)
    if (got < length) return undefined
    // Every whole batch lies before the offset: go on behind them, with room for the one that was cut.
    position += whole.end
    if (whole.end === 0 || whole.cut > wanted) wanted = Math.max(whole.cut, wanted)
    if (whole.end === 0 && whole.cut <= length) return undefined
  }
  return undefined
}

interface Whole {
  readonly end: number
  /** Size of the batch that did not fit. */
  readonly cut: number
}

function wholeBatches(buffer: Buffer, length: number): Whole {
  let at = 0
  while (length - at >= header.HEADER_UP_TO_MAGIC) {
    const size = header.batchSize(buffer, at)
    if (size > length - at) return { end: at, cut: size }
    at += size
  }
  return { end: at, cut: header.RECORD_BATCH_OVERHEAD }
}

/** The first record at or after `timestamp`, as ListOffsets means it. */
export async function findByTimestamp(state: LogState, timestamp: number): Promise<TimestampOffset | undefined> {
  for (const segment of [...state.segments]) {
    if ((await largestTimestamp(state.env, segment)) < timestamp) continue
    const { offsets, times } = await loadIndexes(state.env, segment, state.config.indexIntervalBytes)
    const from = Math.max(times.lookup(timestamp).offset, state.start)
    const found = await searchSegment(state, segment, offsets.lookup(from).position, (buffer, at) => {
      if (header.maxTimestamp(buffer, at) < timestamp || header.lastOffset(buffer, at) < state.start) return undefined
      for (const record of new BatchView(buffer, at, header.batchSize(buffer, at)).records()) {
        if (record.timestamp >= timestamp && record.offset >= state.start) return record
      }
      return undefined
    })
    // What made the segment young enough may lie before the log start.
    if (found !== undefined) return found
  }
  return undefined
}

/** The first record that has the largest timestamp of the log. */
export async function findMaxTimestamp(state: LogState): Promise<TimestampOffset | undefined> {
  let best: Segment | undefined
  for (const segment of [...state.segments]) {
    await largestTimestamp(state.env, segment)
    if ((segment.maxTimestamp ?? -1) > (best?.maxTimestamp ?? -1)) best = segment
  }
  if (best === undefined) return undefined
  const largest = best.maxTimestamp ?? -1
  const { offsets } = await loadIndexes(state.env, best, state.config.indexIntervalBytes)
  return searchSegment(state, best, offsets.lookup(best.offsetOfMaxTimestamp).position, (buffer, at) => {
    if (header.maxTimestamp(buffer, at) !== largest) return undefined
    for (const record of new BatchView(buffer, at, header.batchSize(buffer, at)).records()) {
      if (record.timestamp === largest) return record
    }
    return undefined
  })
}

type FindRecord = (buffer: Buffer, at: number) => { readonly offset: number; readonly timestamp: number } | undefined

async function searchSegment(
  state: LogState,
  segment: Segment,
  from: number,
  find: FindRecord,
): Promise<TimestampOffset | undefined> {
  let found: TimestampOffset | undefined
  await scanBatches(readerOf(state.env, segment), from, await writtenSize(state, segment), true, (buffer, at) => {
    const record = find(buffer, at)
    if (record === undefined) return undefined
    found = { timestamp: record.timestamp, offset: record.offset, leaderEpoch: header.leaderEpoch(buffer, at) }
    return 'stop'
  })
  return found
}

/** Bytes that are queued are not in the file yet. */
async function writtenSize(state: LogState, segment: Segment): Promise<number> {
  if (segment !== state.active && state.written >= (state.active.baseOffset ?? 0)) return segment.size
  return state.env.pool.use(segment.path(LOG_SUFFIX), 'read', async (file) => Math.min(await file.size(), segment.size))
}

export async function findAborted(state: LogState, from: number, upTo: number): Promise<AbortedTransaction[]> {
  const found: AbortedTransaction[] = []
  for (let index = Math.max(state.segmentIndexOf(from), 0); index < state.segments.length; index++) {
    for (const entry of await loadAborted(state.env, state.segments[index] as Segment)) {
      if (entry.lastOffset >= from && entry.firstOffset < upTo) {
        found.push({ producerId: entry.producerId, firstOffset: entry.firstOffset })
      }
      if (entry.lastStableOffset >= upTo) return found
    }
  }
  return found
}
