const EMPTY = Buffer.alloc(0)

/** A growing array of fixed-size entries, as an index file holds them. */
export class IndexEntries {
  readonly entrySize: number
  #bytes: Buffer
  #count: number

  constructor(entrySize: number, bytes: Buffer = EMPTY) {
    this.entrySize = entrySize
    // A short read may be a slice of a large chunk, which must not stay in memory for it.
    this.#bytes = bytes.buffer.byteLength > 2 * bytes.length ? Buffer.from(new Uint8Array(bytes).buffer) : bytes
    this.#count = Math.floor(bytes.length / entrySize)
  }

  get count(): number {
    return this.#count
  }

  /** What the trimmed file holds. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#count * this.entrySize)
  }

  /** Where the bytes of a new last entry go in `buffer`. */
  push(): { readonly buffer: Buffer; readonly at: number } {
    const at = this.#count * this.entrySize
    if (at + this.entrySize > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(2 * this.#bytes.length, 8 * this.entrySize))
      this.#bytes.copy(grown, 0, 0, at)
      this.#bytes = grown
    }
    this.#count++
    return { buffer: this.#bytes, at }
  }

  keep(count: number): void {
    this.#count = Math.min(this.#count, count)
  }

  /** The number of leading entries for which `holds`; entries are ordered so that it stops holding once. */
  countWhile(holds: (buffer: Buffer, at: number) => boolean): number {
    let low = 0
    let high = this.#count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (holds(this.#bytes, middle * this.entrySize)) low = middle + 1
      else high = middle
    }
    return low
  }
}
