import { hashKey, hashWords } from './key-hash.ts'

/** Four words of the key's hash, two of its newest offset plus one (0: the slot is free). */
const WORDS = 6
export const BYTES_PER_KEY = WORDS * 4
const HIGH = 0x1_0000_0000

const FIRST_SLOTS = 65_536

/** The newest offset of every key of a stretch of a log; keys as hashes alone. Few keys take little memory: the table grows up to its bound. */
export class OffsetMap {
  /** The bound. */
  readonly slots: number
  /** Everything up to it is in the map. */
  latestOffset = -1
  #words: Uint32Array
  #slots: number
  #size = 0

  constructor(slots: number) {
    this.slots = Math.max(slots, 2)
    this.#slots = Math.min(this.slots, FIRST_SLOTS)
    this.#words = new Uint32Array(this.#slots * WORDS)
  }

  get size(): number {
    return this.#size
  }

  /** False: the map has no room for another key. */
  put(bytes: Buffer, from: number, to: number, offset: number, maxSize: number): boolean {
    if (2 * this.#size >= this.#slots && this.#slots < this.slots) this.#grow()
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
    let slot = this.#first(a ?? 0, c ?? 0)
    for (;;) {
      const at = slot * WORDS
      if (words[at + 4] === 0 && words[at + 5] === 0) return at
      if (words[at] === a && words[at + 1] === b && words[at + 2] === c && words[at + 3] === d) return at
      slot = slot + 1 === this.#slots ? 0 : slot + 1
    }
  }

  #first(a: number, c: number): number {
    return ((a ^ c) >>> 0) % this.#slots
  }

  #grow(): void {
    const before = this.#words
    this.#slots = Math.min(this.slots, 2 * this.#slots)
    const words = new Uint32Array(this.#slots * WORDS)
    for (let from = 0; from < before.length; from += WORDS) {
      if (before[from + 4] === 0 && before[from + 5] === 0) continue
      let slot = this.#first(before[from] ?? 0, before[from + 2] ?? 0)
      while (words[slot * WORDS + 4] !== 0 || words[slot * WORDS + 5] !== 0) {
        slot = slot + 1 === this.#slots ? 0 : slot + 1
      }
      for (let word = 0; word < WORDS; word++) words[slot * WORDS + word] = before[from + word] ?? 0
    }
    this.#words = words
  }
}
