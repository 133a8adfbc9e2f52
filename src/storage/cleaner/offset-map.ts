import { hashKey, hashWords } from './key-hash.ts'

/** Four words of the key's hash, two of its newest offset plus one (0: the slot is free). */
const WORDS = 6
export const BYTES_PER_KEY = WORDS * 4
const HIGH = 0x1_0000_0000

/** The newest offset of every key of a stretch of a log; a table of fixed size, keys as hashes alone. */
export class OffsetMap {
  readonly slots: number
  /** Everything up to it is in the map. */
  latestOffset = -1
  readonly #words: Uint32Array
  #size = 0

  constructor(slots: number) {
    this.slots = Math.max(slots, 2)
    this.#words = new Uint32Array(this.slots * WORDS)
  }

  get size(): number {
    return this.#size
  }

  /** False: the map has no room for another key. */
  put(bytes: Buffer, from: number, to: number, offset: number, maxSize: number): boolean {
    const at = this.#find(bytes, from, to)
    const words = this.#words
    if (words[at + 4] === 0 && words[at + 5] === 0) {
      if (this.#size >= Math.min(maxSize, this.slots - 1)) return false
      this.#size++
      for (let word = 0; word < 4; word++) words[at + word] = hashWords[word] ?? 0
    }
    words[at + 4] = Math.floor((offset + 1) / HIGH)
    words[at + 5] = (offset + 1) % HIGH
    return true
  }

  /** -1: the key is not in the map. */
  get(bytes: Buffer, from: number, to: number): number {
    const at = this.#find(bytes, from, to)
    return (this.#words[at + 4] ?? 0) * HIGH + (this.#words[at + 5] ?? 0) - 1
  }

  /** Where the key stands, or the free slot where it would; one slot is always free. */
  #find(bytes: Buffer, from: number, to: number): number {
    hashKey(bytes, from, to)
    const words = this.#words
    const [a, b, c, d] = [hashWords[0], hashWords[1], hashWords[2], hashWords[3]]
    let slot = ((a ?? 0) ^ (c ?? 0)) >>> 0
    slot %= this.slots
    for (;;) {
      const at = slot * WORDS
      if (words[at + 4] === 0 && words[at + 5] === 0) return at
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return at
      slot = slot + 1 === this.slots ? 0 : slot + 1
    }
  }
}
