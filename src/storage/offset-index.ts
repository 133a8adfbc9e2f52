import { IndexEntries } from './index-entries.ts'

export const OFFSET_ENTRY_SIZE = 8
/** The largest distance from the base offset that an entry can hold. */
export const MAX_RELATIVE_OFFSET = 0x7fff_ffff

export interface OffsetPosition {
  readonly offset: number
  readonly position: number
}

/** Sparse: the last offset of a batch → where the batch begins. */
export class OffsetIndex {
  readonly #base: number
  readonly #entries: IndexEntries

  constructor(base: number, bytes?: Buffer) {
    this.#base = base
    this.#entries = new IndexEntries(OFFSET_ENTRY_SIZE, bytes)
  }

  get count(): number {
    return this.#entries.count
  }

  get bytes(): Buffer {
    return this.#entries.bytes
  }

  get last(): OffsetPosition | undefined {
    return this.count === 0 ? undefined : this.#at(this.count - 1)
  }

  append(offset: number, position: number): void {
    const { buffer, at } = this.#entries.push()
    buffer.writeInt32BE(offset - this.#base, at)
    buffer.writeInt32BE(position, at + 4)
  }

  /** The last entry at or below `offset`; the segment's beginning where there is none. */
  lookup(offset: number): OffsetPosition {
    const relative = offset - this.#base
    const below = this.#entries.countWhile((buffer, at) => buffer.readInt32BE(at) <= relative)
    return below === 0 ? { offset: this.#base, position: 0 } : this.#at(below - 1)
  }

  /** The last entry at or below `offset` whose batch begins at or before `position`. */
  boundary(offset: number, position: number): OffsetPosition | undefined {
    const relative = offset - this.#base
    const before = this.#entries.countWhile(
      (buffer, at) => buffer.readInt32BE(at) <= relative && buffer.readInt32BE(at + 4) <= position,
    )
    return before === 0 ? undefined : this.#at(before - 1)
  }

  /** Drops the entries of batches that end at or after `offset`. */
  truncateTo(offset: number): void {
    const relative = offset - this.#base
    this.#entries.keep(this.#entries.countWhile((buffer, at) => buffer.readInt32BE(at) < relative))
  }

  clear(): void {
    this.#entries.keep(0)
  }

  #at(entry: number): OffsetPosition {
    const at = entry * OFFSET_ENTRY_SIZE
    const { bytes } = this.#entries
    return { offset: this.#base + bytes.readInt32BE(at), position: bytes.readInt32BE(at + 4) }
  }
}

/** What an index file of a segment of `logSize` bytes may hold: rising offsets and rising positions inside the log. */
export function isSoundOffsetIndex(bytes: Buffer, logSize: number): boolean {
  if (bytes.length % OFFSET_ENTRY_SIZE !== 0) return false
  let offset = -1
  let position = -1
  for (let at = 0; at < bytes.length; at += OFFSET_ENTRY_SIZE) {
    const nextOffset = bytes.readInt32BE(at)
    const nextPosition = bytes.readInt32BE(at + 4)
    if (nextOffset <= offset || nextPosition <= position || nextPosition >= logSize) return false
    offset = nextOffset
    position = nextPosition
  }
  return true
}
