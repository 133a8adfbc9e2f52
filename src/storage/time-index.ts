import { readInt64, writeInt64 } from '../record/header.ts'
import { IndexEntries } from './index-entries.ts'

export const TIME_ENTRY_SIZE = 12

export interface TimeEntry {
  readonly timestamp: number
  readonly offset: number
}

/** Sparse: the largest timestamp so far → the last offset of the batch that has it. */
export class TimeIndex {
  readonly #base: number
  readonly #entries: IndexEntries

  constructor(base: number, bytes?: Buffer) {
    this.#base = base
    this.#entries = new IndexEntries(TIME_ENTRY_SIZE, bytes)
  }

  get count(): number {
    return this.#entries.count
  }

  get bytes(): Buffer {
    return this.#entries.bytes
  }

  get last(): TimeEntry | undefined {
    return this.count === 0 ? undefined : this.#at(this.count - 1)
  }

  /** Only a larger timestamp than the last entry's makes an entry; true where it did. */
  append(timestamp: number, offset: number): boolean {
    const { last } = this
    if (timestamp <= (last?.timestamp ?? -1) || (last !== undefined && offset < last.offset)) return false
    const { buffer, at } = this.#entries.push()
    writeInt64(buffer, at, timestamp)
    buffer.writeInt32BE(offset - this.#base, at + 8)
    return true
  }

  /** The last entry at or below `timestamp`; the segment's beginning where there is none. */
  lookup(timestamp: number): TimeEntry {
    const below = this.#entries.countWhile((buffer, at) => readInt64(buffer, at) <= timestamp)
    return below === 0 ? { timestamp: -1, offset: this.#base } : this.#at(below - 1)
  }

  truncateTo(offset: number): void {
    const relative = offset - this.#base
    this.#entries.keep(this.#entries.countWhile((buffer, at) => buffer.readInt32BE(at + 8) < relative))
  }

  clear(): void {
    this.#entries.keep(0)
  }

  #at(entry: number): TimeEntry {
    const at = entry * TIME_ENTRY_SIZE
    const { bytes } = this.#entries
    return { timestamp: readInt64(bytes, at), offset: this.#base + bytes.readInt32BE(at + 8) }
  }
}

/** Rising timestamps, offsets that never fall. */
export function isSoundTimeIndex(bytes: Buffer): boolean {
  if (bytes.length % TIME_ENTRY_SIZE !== 0) return false
  let timestamp = -1
  let offset = -1
  for (let at = 0; at < bytes.length; at += TIME_ENTRY_SIZE) {
    const nextTimestamp = readInt64(bytes, at)
    const nextOffset = bytes.readInt32BE(at + 8)
    if (nextTimestamp <= timestamp || nextOffset < offset) return false
    timestamp = nextTimestamp
    offset = nextOffset
  }
  return true
}
