import { present } from '../base/assert.ts'
import { SlabPool } from '../base/slab-pool.ts'
import { batchSize, lastOffset } from '../record/header.ts'
import type { ReadOptions, ReadResult } from './types.ts'

/** Fewer bytes than this a chunk on average: one copy costs less than sending them one by one. */
const SMALL_CHUNK = 4096
const COMPACT_EVERY = 1024
/** Node cuts shorter buffers than this from blocks that all its users share. */
const SHARED_BELOW = 32 * 1024
const BLOCK_BYTES = 256 * 1024
/** Appended since the last read of a tail: whoever followed it is gone, or too far behind to catch up by memory. */
const UNREAD_BYTES = 4 * 1024 * 1024

interface Entry {
  readonly firstOffset: number
  readonly nextOffset: number
  readonly bytes: Buffer
  readonly tail: LogTail
}

/**
 * The budget that the newest bytes of all logs share; what came first goes first. An entry holds a reference to its bytes
 * in `memory` while its log has it.
 */
export class TailBudget {
  readonly memory: SlabPool
  readonly #limit: number
  #queue: (Entry | undefined)[] = []
  #head = 0
  #used = 0
  /** Where the next short bytes go. */
  #block = Buffer.alloc(0)
  #blockUsed = 0

  constructor(limit: number, memory = new SlabPool()) {
    this.#limit = limit
    this.memory = memory
  }

  get usedBytes(): number {
    return this.#used
  }

  /**
   * The bytes as an entry may have them. One that stays keeps the block that it was cut from, with all the short-lived
   * neighbours it has there: that could be a hundred times what the budget counts. So the short ones live in blocks among
   * themselves, which go as their entries do, the oldest first.
   */
  hold(bytes: Buffer): Buffer {
    if (this.memory.retain(bytes)) return bytes
    if (bytes.length >= SHARED_BELOW || 2 * bytes.length >= bytes.buffer.byteLength) return bytes
    if (this.#blockUsed + bytes.length > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
      this.#blockUsed = 0
    }
    const held = this.#block.subarray(this.#blockUsed, this.#blockUsed + bytes.length)
    this.#blockUsed += bytes.copy(held)
    return held
  }

  /** Of bytes that `hold` gave. */
  add(entry: Entry): void {
    this.#queue.push(entry)
    this.#used += entry.bytes.length
    while (this.#used > this.#limit && this.#head < this.#queue.length) this.#evict()
  }

  /** Its log dropped it; its place in the queue empties itself later. */
  give(entry: Entry): void {
    this.#used -= entry.bytes.length
    this.memory.release(entry.bytes)
  }

  #evict(): void {
    const entry = this.#queue[this.#head]
    this.#queue[this.#head++] = undefined
    if (entry?.tail.dropOldest(entry)) this.give(entry)
    if (this.#head < COMPACT_EVERY || this.#head * 2 < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#head)
    this.#head = 0
  }
}

/**
 * The newest appends of one log, in memory and without a hole up to its end, while somebody follows it. What nobody reads soon is
 * not kept: its memory then serves the next requests while it still is in the processor's cache.
 */
export class LogTail {
  readonly #budget: TailBudget
  #entries: Entry[] = []
  #head = 0
  /** Beyond the bound nobody follows. */
  #unreadBytes = Number.POSITIVE_INFINITY

  constructor(budget: TailBudget) {
    this.#budget = budget
  }

  /** Somebody has all that there is, and likely wants what comes next. */
  follow(): void {
    this.#unreadBytes = 0
  }

  add(bytes: Buffer, firstOffset: number, nextOffset: number): void {
    if (this.#unreadBytes > UNREAD_BYTES) return
    this.#unreadBytes += bytes.length
    if (this.#unreadBytes > UNREAD_BYTES) {
      this.clear()
      return
    }
    const entry = { firstOffset, nextOffset, bytes: this.#budget.hold(bytes), tail: this }
    this.#entries.push(entry)
    this.#budget.add(entry)
  }

  /** Called by the budget, oldest entry of all logs first; false where the log had dropped it before. */
  dropOldest(entry: Entry): boolean {
    if (this.#entries[this.#head] !== entry) return false
    this.#head++
    if (this.#head === this.#entries.length || this.#head >= COMPACT_EVERY) {
      this.#entries = this.#entries.slice(this.#head)
      this.#head = 0
    }
    return true
  }

  /** Forgets what reaches beyond `offset`; all of it where an append lies across, as else a hole before the end would be left. */
  truncateTo(offset: number): void {
    let keepBelow = offset
    while (this.#entries.length > this.#head) {
      const last = present(this.#entries.at(-1), 'last entry of a tail')
      if (last.nextOffset <= keepBelow) return
      if (last.firstOffset < offset) keepBelow = -1
      this.#entries.pop()
      this.#budget.give(last)
    }
  }

  clear(): void {
    this.truncateTo(-1)
  }

  /** Undefined where `fromOffset` is older than what is kept. */
  read(fromOffset: number, options: ReadOptions): ReadResult | undefined {
    const first = this.#entries[this.#head]
    if (first === undefined || fromOffset < first.firstOffset) return undefined
    this.#unreadBytes = 0
    const chunks: Buffer[] = []
    let size = 0
    let nextOffset = fromOffset
    for (let index = this.#find(fromOffset); index < this.#entries.length; index++) {
      const entry = this.#entries[index] as Entry
      const slice = takeBatches(entry.bytes, 0, entry.bytes.length, nextOffset, size, options)
      if (slice.to > slice.from) {
        chunks.push(entry.bytes.subarray(slice.from, slice.to))
        size += slice.to - slice.from
        nextOffset = slice.nextOffset
      }
      if (slice.full) break
    }
    if (chunks.length > 8 && size < chunks.length * SMALL_CHUNK)
      return result([Buffer.concat(chunks, size)], size, nextOffset)
    return result(chunks, size, nextOffset, this.#hold(chunks))
  }

  /** Keeps what is read although the budget may drop it meanwhile; gives the function that ends that. */
  #hold(chunks: readonly Buffer[]): () => void {
    const { memory } = this.#budget
    for (const chunk of chunks) memory.retain(chunk)
    let held = true
    return () => {
      if (!held) return
      held = false
      for (const chunk of chunks) memory.release(chunk)
    }
  }

  /** The entry that holds `offset`, or the first one after it. */
  #find(offset: number): number {
    let low = this.#head
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle] as Entry).nextOffset <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}

const nothing = (): void => {}

export function result(
  chunks: readonly Buffer[],
  sizeInBytes: number,
  nextOffset: number,
  release = nothing,
): ReadResult {
  return { chunks, sizeInBytes, nextOffset, release }
}

export interface Taken {
  readonly from: number
  readonly to: number
  readonly nextOffset: number
  /** A bound was reached: what follows must not be taken either. */
  readonly full: boolean
}

/**
 * The whole batches within bytes [at, end) that hold or follow `fromOffset`, end below `upTo`, and fit into what `maxBytes`
 * leaves when `taken` bytes were given before.
 */
export function takeBatches(
  bytes: Buffer,
  start: number,
  end: number,
  fromOffset: number,
  taken: number,
  options: ReadOptions,
): Taken {
  let at = start
  while (at < end && lastOffset(bytes, at) < fromOffset) at += batchSize(bytes, at)
  const from = at
  let nextOffset = fromOffset
  let size = taken
  while (at < end) {
    const batch = batchSize(bytes, at)
    const last = lastOffset(bytes, at)
    const fits = size + batch <= options.maxBytes || (size === 0 && options.minOneBatch)
    if (last >= options.upTo || !fits) return { from, to: at, nextOffset, full: true }
    at += batch
    size += batch
    nextOffset = last + 1
  }
  return { from, to: at, nextOffset, full: false }
}
