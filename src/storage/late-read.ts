import type { LateBytes } from '../base/bytes.ts'
import type { DiskFile } from '../io/ports.ts'
import * as header from '../record/header.ts'
import type { HeldFile } from './file-pool.ts'
import type { LogState } from './log-state.ts'
import { LOG_SUFFIX } from './names.ts'
import { giveBuffer, takeBuffer } from './read-buffers.ts'
import type { Segment } from './segment.ts'
import { storageError } from './storage-error.ts'
import type { ReadOptions, ReadResult } from './types.ts'

/** Fewer bytes are read at once: one call brings them. */
const LEAST = 64 * 1024
/** One read covers the batches between two index entries, unless they are large: then it covers the next header. */
const WINDOW = 8 * 1024
const MOST_WINDOWS = 64

const window = Buffer.allocUnsafeSlow(WINDOW)

/**
 * Finds the batches to give without reading them: from the one that holds the offset up to one that the index knows. Their
 * bytes are read piece by piece when they are sent, through a buffer that is used again and again, and a client
 * that is slow to take them costs no memory. Only below the high watermark, where nothing is ever truncated.
 *
 *     index entry ─┐ batch │ batch │ …                    │ batch
 *                  └ window → from ↑          index entry ↑ to
 *
 * undefined: to be read in the ordinary way.
 */
export function readLate(state: LogState, fromOffset: number, options: ReadOptions): ReadResult | undefined {
  const index = Math.max(state.segmentIndexOf(fromOffset), 0)
  const segment = state.segments[index]
  if (segment === undefined || !mayBeLate(segment, options)) return undefined
  const held = state.env.pool.hold(segment.path(LOG_SUFFIX))
  if (held === undefined) return undefined
  return lateBytes(state, index, held, startOf(held.file, segment, fromOffset), options)
}

/** The same where the file is not open yet or must not be read at once; the indexes are loaded. */
export async function findLate(
  state: LogState,
  index: number,
  fromOffset: number,
  options: ReadOptions,
): Promise<ReadResult | undefined> {
  const segment = state.segments[index]
  if (segment === undefined || !mayBeLate(segment, options)) return undefined
  const path = segment.path(LOG_SUFFIX)
  const from = await state.env.pool.use(path, 'read', (file) => findStart(file, segment, fromOffset))
  const held = state.segments[index] === segment ? state.env.pool.hold(path) : undefined
  return held && lateBytes(state, index, held, from, options)
}

function mayBeLate(segment: Segment, options: ReadOptions): boolean {
  return options.maxBytes >= LEAST && segment.indexes !== undefined && segment.size >= LEAST
}

/** `from`: where in the segment's file; negative: not known. */
function lateBytes(
  state: LogState,
  index: number,
  held: HeldFile,
  from: number,
  options: ReadOptions,
): ReadResult | undefined {
  const to = from < 0 ? undefined : endOf(state, index, from, options)
  if (to === undefined || to.position - from < LEAST) {
    held.release()
    return undefined
  }
  state.env.indexes.touch(state.segments[index] as Segment)
  const late = new FileBytes(held.file, from, to.position - from)
  return { chunks: [], late, sizeInBytes: late.length, nextOffset: to.offset, release: held.release }
}

/** Where the batch begins that holds or follows `fromOffset`; -1: not found at once. */
function startOf(file: DiskFile, segment: Segment, fromOffset: number): number {
  const { indexes } = segment
  if (file.readNow === undefined || indexes === undefined) return -1
  let position = indexes.offsets.lookup(fromOffset).position
  for (let i = 0; i < MOST_WINDOWS; i++) {
    const got = file.readNow(window, 0, Math.min(WINDOW, segment.size - position), position)
    const { at, isFound } = lookIn(window, got, fromOffset)
    if (isFound) return position + at
    if (at === 0) return -1
    position += at
  }
  return -1
}

async function findStart(file: DiskFile, segment: Segment, fromOffset: number): Promise<number> {
  const { indexes } = segment
  if (indexes === undefined) return -1
  const bytes = takeBuffer(WINDOW)
  try {
    let position = indexes.offsets.lookup(fromOffset).position
    for (let i = 0; i < MOST_WINDOWS; i++) {
      const got = await file.read(bytes, 0, Math.min(WINDOW, segment.size - position), position)
      const { at, isFound } = lookIn(bytes, got, fromOffset)
      if (isFound) return position + at
      if (at === 0) return -1
      position += at
    }
    return -1
  } finally {
    giveBuffer(bytes)
  }
}

/** The batch that holds or follows `fromOffset`, or how far the headers in `bytes` lead without it. */
function lookIn(bytes: Buffer, length: number, fromOffset: number): { readonly at: number; readonly isFound: boolean } {
  let at = 0
  while (length - at >= header.RECORD_BATCH_OVERHEAD) {
    if (header.lastOffset(bytes, at) >= fromOffset) return { at, isFound: true }
    const size = header.batchSize(bytes, at)
    if (size < header.LOG_OVERHEAD + header.MIN_MESSAGE_SIZE) return { at: 0, isFound: false }
    at += size
  }
  return { at, isFound: false }
}

interface End {
  readonly position: number
  /** Not after the batch behind it. */
  readonly offset: number
}

/** The last batch boundary that is known without a look into the file, within the bounds of the read. */
function endOf(state: LogState, index: number, from: number, options: ReadOptions): End | undefined {
  const segment = state.segments[index] as Segment
  const next = state.segments[index + 1]
  const upTo = Math.min(options.upTo, state.highWatermark)
  const most = from + options.maxBytes
  if (next !== undefined && next.baseOffset <= upTo && segment.size <= most) {
    return { position: segment.size, offset: next.baseOffset }
  }
  return segment.indexes?.offsets.boundary(upTo, most)
}

/** A part of a file whose bytes don't change. */
class FileBytes implements LateBytes {
  readonly length: number
  readonly #file: DiskFile
  readonly #position: number

  constructor(file: DiskFile, position: number, length: number) {
    this.#file = file
    this.#position = position
    this.length = length
  }

  copyTo(target: Buffer, at: number, from: number, size: number): Promise<void> | undefined {
    const position = this.#position + from
    if (this.#file.readNow?.(target, at, size, position) === size) return undefined
    return this.#file.read(target, at, size, position).then((got) => {
      if (got < size) throw storageError(`A log's file ended at ${position + got}, where records should be`)
    })
  }
}
