import { KafkaError } from '../base/errors.ts'
import * as header from '../record/header.ts'
import { findLate, readLate } from './late-read.ts'
import type { LogState } from './log-state.ts'
import { LOG_SUFFIX } from './names.ts'
import { giveBuffer, takeBuffer } from './read-buffers.ts'
import type { Segment } from './segment.ts'
import { loadAborted, loadIndexes } from './segment-files.ts'
import { storageError } from './storage-error.ts'
import { result, takeBatches } from './tail-cache.ts'
import type { AbortedTransaction, ReadOptions, ReadResult } from './types.ts'

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
  if (fromOffset >= upTo) {
    state.tail.follow()
    return result([], 0, fromOffset)
  }
  const bounded = { ...options, upTo }
  const found =
    state.tail.read(fromOffset, bounded) ??
    (options.late ? readLate(state, fromOffset, bounded) : undefined) ??
    readNow(state, fromOffset, bounded)
  return found === undefined ? readCold(state, fromOffset, bounded) : noted(state, found, upTo)
}

/** Whoever has got to the end likely wants what comes next. */
function noted(state: LogState, found: ReadResult, upTo: number): ReadResult {
  if (found.nextOffset >= upTo) state.tail.follow()
  return found
}

/** Where the indexes are at hand, the file is open, and the page cache likely has what is wanted: without a thread. */
function readNow(state: LogState, fromOffset: number, options: ReadOptions): ReadResult | undefined {
  const segment = state.segments[Math.max(state.segmentIndexOf(fromOffset), 0)]
  if (segment?.indexes === undefined) return undefined
  const file = state.env.pool.opened(segment.path(LOG_SUFFIX))
  if (file?.readNow === undefined) return undefined
  const { position } = segment.indexes.offsets.lookup(fromOffset)
  const length = Math.min(Math.max(options.maxBytes, 0) + LOOK_BACK, segment.size - position)
  if (length <= 0) return undefined
  const buffer = takeBuffer(length)
  const got = file.readNow(buffer, 0, length, position)
  const found = got <= 0 ? undefined : cut(buffer, wholeBatches(buffer, got).end, fromOffset, options)
  if (found === undefined) giveBuffer(buffer)
  else state.env.indexes.touch(segment)
  return found
}

/** What of the batches in the buffer is to be given; undefined: none of them. */
function cut(buffer: Buffer, end: number, fromOffset: number, options: ReadOptions): ReadResult | undefined {
  const taken = takeBatches(buffer, 0, end, fromOffset, 0, options)
  if (taken.to === taken.from) return undefined
  const chunk = buffer.subarray(taken.from, taken.to)
  return result([chunk], chunk.length, taken.nextOffset, () => giveBuffer(buffer))
}

async function readCold(state: LogState, fromOffset: number, options: ReadOptions): Promise<ReadResult> {
  for (;;) {
    const { layout } = state
    const found = await readSegments(state, fromOffset, options).catch((error) => {
      if (layout === state.layout) throw error
      return undefined
    })
    if (found !== undefined && layout === state.layout) return noted(state, found, options.upTo)
    found?.release()
  }
}

async function readSegments(state: LogState, fromOffset: number, options: ReadOptions): Promise<ReadResult> {
  for (let index = Math.max(state.segmentIndexOf(fromOffset), 0); index < state.segments.length; index++) {
    const segment = state.segments[index] as Segment
    if (segment.baseOffset >= options.upTo) break
    const found = await readSegment(state, index, fromOffset, options).catch((error) => {
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
  index: number,
  fromOffset: number,
  options: ReadOptions,
): Promise<ReadResult | undefined> {
  const segment = state.segments[index] as Segment
  const { offsets } = await loadIndexes(state.env, segment, state.config.indexIntervalBytes)
  const late = options.late && state.segments[index] === segment && (await findLate(state, index, fromOffset, options))
  if (late) return late
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
    if (size < header.LOG_OVERHEAD + header.MIN_MESSAGE_SIZE) {
      throw storageError(`A stored batch claims to have ${size} bytes`)
    }
    if (size > length - at) return { end: at, cut: size }
    at += size
  }
  return { end: at, cut: header.RECORD_BATCH_OVERHEAD }
}

export async function findAborted(state: LogState, from: number, upTo: number): Promise<AbortedTransaction[]> {
  const found: AbortedTransaction[] = []
  for (let index = Math.max(state.segmentIndexOf(from), 0); index < state.segments.length; index++) {
    for (const entry of await loadAborted(state.env, state.segments[index] as Segment)) {
      if (entry.lastOffset >= from && entry.firstOffset < upTo) {
        found.push({ producerId: entry.producerId, firstOffset: entry.firstOffset })
      }
      // Kafka's followers write stable offsets beyond their markers (see `ProducerState`): they hide what was aborted between.
      if (Math.min(entry.lastStableOffset, entry.lastOffset + 1) >= upTo) return found
    }
  }
  return found
}
