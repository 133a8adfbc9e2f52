import { invalidRecord, unreadable } from './rejected.ts'

/**
 * How strictly the records of a magic 2 batch are read. Kafka has three readers, and which damage is noticed depends
 * on which of them it takes:
 *   plain     not compressed: fields may reach as far as the batch does, then the record's declared size is compared
 *   unpacked  decompressed, whole records wanted: no field may reach past its own record
 *   skimmed   decompressed, only sizes and timestamps wanted: the record's declared size is not looked at
 */
export type ReadMode = 'plain' | 'unpacked' | 'skimmed'

const STRUCTURE = 'Found invalid record structure'
const PREMATURE_END = 'Incorrect declared batch size, premature EOF reached'
const TWO_28 = 0x1000_0000
const TWO_36 = 0x10_0000_0000

/** What the records have in common that `skim` passed over. */
export interface Skimmed {
  readonly earliestDelta: number
  readonly latestDelta: number
  readonly allHaveKeys: boolean
  /** Their offset deltas count from 0. */
  readonly isConsecutive: boolean
}

/** Enough for size, attributes, deltas and key size. */
const COMMON_ROOM = 16

/** A varint of up to 3 bytes, still zigzag, times 4, plus its length; 0: it is longer. */
function shortVarint(buffer: Buffer, at: number): number {
  const a = buffer[at] as number
  if (a < 0x80) return (a << 2) | 1
  const b = buffer[at + 1] as number
  if (b < 0x80) return (((a & 0x7f) | (b << 7)) << 2) | 2
  const c = buffer[at + 2] as number
  if (c < 0x80) return (((a & 0x7f) | ((b & 0x7f) << 7) | (c << 14)) << 2) | 3
  return 0
}

function unzigzag(short: number): number {
  return (short >>> 3) ^ -((short >>> 2) & 1)
}

/**
 * Walks over the records of a magic 2 batch without allocating: after `next()` the fields describe one record.
 * Damage is INVALID_RECORD.
 */
export class RecordCursor {
  buffer: Buffer
  timestampDelta = 0
  offsetDelta = 0
  /** -1: null. */
  keySize = 0
  keyAt = 0
  valueSize = 0
  valueAt = 0
  headerCount = 0
  headersAt = 0
  /** How many records have been read. */
  read = 0
  #from = 0
  #position = 0
  #end = 0
  /** What the field that is being read must not pass. */
  #limit = 0
  #count = 0
  #mode: ReadMode = 'plain'

  constructor(buffer: Buffer, from: number, to: number, count: number, mode: ReadMode) {
    this.buffer = buffer
    this.reset(buffer, from, to, count, mode)
  }

  reset(buffer: Buffer, from: number, to: number, count: number, mode: ReadMode): void {
    if (count < 0) throw invalidRecord(`Found invalid record count ${count} in magic v2 batch`)
    this.buffer = buffer
    this.#from = from
    this.#end = to
    this.#limit = to
    this.#count = count
    this.#mode = mode
    this.rewind()
  }

  /** Back to the first record. */
  rewind(): void {
    this.read = 0
    this.#position = this.#from
  }

  get readWhole(): boolean {
    return this.#mode !== 'skimmed'
  }

  next(): boolean {
    if (this.read >= this.#count) return false
    if (!this.#takeCommon()) this.#takeAny()
    this.read++
    if (this.read === this.#count && this.#position !== this.#end) {
      throw invalidRecord('Incorrect declared batch size, records still remaining in file')
    }
    return true
  }

  /**
   * A sound record as most are: short varints, no headers, not at the very end. Anything else is left to `#takeAny`,
   * which begins again and says what is wrong. A third of the time, for what is the same in all modes.
   */
  #takeCommon(): boolean {
    const buffer = this.buffer
    const end = this.#end
    let at = this.#position
    if (end - at < COMMON_ROOM) return false
    const size = shortVarint(buffer, at)
    at += size & 3
    const start = at++
    const timestampDelta = shortVarint(buffer, at)
    at += timestampDelta & 3
    const offsetDelta = shortVarint(buffer, at)
    at += offsetDelta & 3
    const key = shortVarint(buffer, at)
    at += key & 3
    const keySize = unzigzag(key)
    const keyAt = at
    if (keySize > 0) at += keySize
    if (size === 0 || timestampDelta === 0 || offsetDelta === 0 || key === 0 || end - at < 4) return false
    const value = shortVarint(buffer, at)
    at += value & 3
    const valueSize = unzigzag(value)
    const valueAt = at
    if (valueSize > 0) at += valueSize
    if (value === 0 || at >= end || buffer[at] !== 0 || at + 1 - start !== unzigzag(size)) return false
    this.timestampDelta = unzigzag(timestampDelta)
    this.offsetDelta = unzigzag(offsetDelta)
    this.keySize = keySize
    this.keyAt = keyAt
    this.valueSize = valueSize
    this.valueAt = valueAt
    this.headerCount = 0
    this.headersAt = at + 1
    this.#position = at + 1
    return true
  }

  /**
   * Goes on to the first record that is not as most are, or to the last one, and leaves that to `next()`. The same as many calls of
   * `#takeCommon`, in half of their time, as nothing is written down of each record.
   */
  skim(): Skimmed {
    const { buffer } = this
    const end = this.#end
    const last = this.#count - 1
    let position = this.#position
    let read = this.read
    let earliestDelta = Number.MAX_SAFE_INTEGER
    let latestDelta = Number.MIN_SAFE_INTEGER
    let keyless = 0
    let misplaced = 0
    while (read < last && end - position >= COMMON_ROOM) {
      let at = position
      const size = shortVarint(buffer, at)
      at += size & 3
      // Where the next one begins is known by the size alone: the processor need not wait for the fields.
      const next = at + unzigzag(size)
      at++
      const timestamp = shortVarint(buffer, at)
      at += timestamp & 3
      const offset = shortVarint(buffer, at)
      at += offset & 3
      const key = shortVarint(buffer, at)
      at += key & 3
      const keySize = unzigzag(key)
      if (keySize > 0) at += keySize
      if (size === 0 || timestamp === 0 || offset === 0 || key === 0 || end - at < 4) break
      const value = shortVarint(buffer, at)
      at += value & 3
      const valueSize = unzigzag(value)
      if (valueSize > 0) at += valueSize
      if (value === 0 || at >= end || buffer[at] !== 0 || at + 1 !== next) break
      const delta = unzigzag(timestamp)
      if (delta < earliestDelta) earliestDelta = delta
      if (delta > latestDelta) latestDelta = delta
      if (keySize < 0) keyless++
      if (unzigzag(offset) !== read) misplaced++
      position = next
      read++
    }
    this.#position = position
    this.read = read
    return { earliestDelta, latestDelta, allHaveKeys: keyless === 0, isConsecutive: misplaced === 0 }
  }

  #takeAny(): void {
    const size = this.#size()
    const start = this.#position
    this.#enter(size)
    this.#attributes()
    this.timestampDelta = this.#varlong()
    this.offsetDelta = this.#varint()
    this.keySize = this.#varint()
    this.keyAt = this.#skip(this.keySize)
    this.valueSize = this.#varint()
    this.valueAt = this.#skip(this.valueSize)
    this.headerCount = this.#varint()
    this.headersAt = this.#position
    if (this.headerCount !== 0) this.#skipHeaders()
    if (this.#mode !== 'skimmed') this.#leave(start, size)
  }

  /** The headers of the current record. */
  readHeaders(): { key: string; value: Buffer | null }[] {
    const headers: { key: string; value: Buffer | null }[] = []
    const resume = this.#position
    this.#position = this.headersAt
    for (let i = 0; i < this.headerCount; i++) {
      const keySize = this.#varint()
      const keyAt = this.#skip(keySize)
      const valueSize = this.#varint()
      const valueAt = this.#skip(valueSize)
      const value = valueSize < 0 ? null : this.buffer.subarray(valueAt, valueAt + valueSize)
      headers.push({ key: this.buffer.toString('utf8', keyAt, keyAt + keySize), value })
    }
    this.#position = resume
    return headers
  }

  #enter(size: number): void {
    const left = this.#end - this.#position
    if (this.#mode === 'plain' && size > left) {
      const text = `expected ${size} bytes in record payload, but instead the buffer has only ${left} remaining bytes.`
      throw invalidRecord(`Invalid record size: ${text}`)
    }
    if (this.#mode !== 'unpacked') return
    if (size < 0) throw invalidRecord(PREMATURE_END)
    if (size > left) {
      const text = `expected ${size} bytes in record payload, but the record payload reached EOF.`
      throw invalidRecord(`Invalid record size: ${text}`)
    }
    this.#limit = this.#position + size
  }

  #leave(start: number, size: number): void {
    this.#limit = this.#end
    const taken = this.#position - start
    if (taken === size) return
    const text = `expected to read ${size} bytes in record payload, but instead read ${taken}`
    throw invalidRecord(`Invalid record size: ${text}`)
  }

  #attributes(): void {
    if (this.#position >= this.#limit) throw invalidRecord(STRUCTURE)
    this.#position++
  }

  #skip(size: number): number {
    const at = this.#position
    if (size <= 0) return at
    if (size > this.#limit - at) throw invalidRecord(STRUCTURE)
    this.#position = at + size
    return at
  }

  #skipHeaders(): void {
    const count = this.headerCount
    if (count < 0) throw invalidRecord(`Found invalid number of record headers ${count}`)
    if (this.#mode !== 'skimmed' && count > this.#limit - this.#position) {
      const text = `${count} is larger than the remaining size of the buffer`
      throw invalidRecord(`Found invalid number of record headers. ${text}`)
    }
    for (let i = 0; i < count; i++) {
      const keySize = this.#varint()
      if (keySize < 0) throw invalidRecord(`Invalid negative header key size ${keySize}`)
      this.#skip(keySize)
      this.#skip(this.#varint())
    }
  }

  #size(): number {
    const at = this.#position
    const value = this.#varintOrNaN()
    if (!Number.isNaN(value)) return value
    // The plain reader of Kafka lets an overlong size escape as an error of its own.
    if (this.#mode === 'plain' && this.#end - at >= 5)
      throw unreadable('Varint is too long, the most significant bit is set')
    throw invalidRecord(PREMATURE_END)
  }

  #varint(): number {
    const at = this.#position
    if (at < this.#limit) {
      const byte = this.buffer[at] as number
      if (byte < 0x80) {
        this.#position = at + 1
        return (byte >>> 1) ^ -(byte & 1)
      }
    }
    const value = this.#varintOrNaN()
    if (Number.isNaN(value)) throw invalidRecord(STRUCTURE)
    return value
  }

  #varintOrNaN(): number {
    let raw = 0
    let at = this.#position
    for (let shift = 0; shift <= 28; shift += 7) {
      if (at >= this.#limit) return Number.NaN
      const byte = this.buffer[at++] as number
      raw |= (byte & 0x7f) << shift
      if (byte < 0x80) {
        this.#position = at
        return (raw >>> 1) ^ -(raw & 1)
      }
    }
    return Number.NaN
  }

  #varlong(): number {
    let low = 0
    let high = 0
    let at = this.#position
    for (let shift = 0; shift <= 63; shift += 7) {
      if (at >= this.#limit) break
      const byte = this.buffer[at++] as number
      if (shift < 28) low |= (byte & 0x7f) << shift
      else high += (byte & 0x7f) * 2 ** (shift - 28)
      if (byte >= 0x80) continue
      this.#position = at
      if (high === 0) return (low >>> 1) ^ -(low & 1)
      const half = (high % TWO_36) * (TWO_28 / 2) + (low >>> 1)
      return (low & 1) === 1 ? -half - 1 : half
    }
    throw invalidRecord(STRUCTURE)
  }
}
