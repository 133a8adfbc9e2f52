import { assert } from './assert.ts'
import { ProtocolError } from './errors.ts'
import type { Uuid } from './ids.ts'

const TWO_32 = 0x1_0000_0000

/**
 * A cursor over bytes from outside. Every read is checked against `end`; a read past it is a `ProtocolError`.
 * Slices share memory with the source.
 */
export class ByteReader {
  readonly buffer: Buffer
  readonly end: number
  offset: number

  constructor(buffer: Buffer, offset = 0, end = buffer.length) {
    this.buffer = buffer
    this.offset = offset
    this.end = end
  }

  get remaining(): number {
    return this.end - this.offset
  }

  /** Moves past `size` bytes and says where they began. */
  take(size: number): number {
    const at = this.offset
    if (size < 0 || size > this.end - at) throw new ProtocolError(`${size} bytes wanted, ${this.end - at} left`)
    this.offset = at + size
    return at
  }

  int8(): number {
    return this.buffer.readInt8(this.take(1))
  }

  uint8(): number {
    return this.buffer[this.take(1)] as number
  }

  bool(): boolean {
    return this.buffer[this.take(1)] !== 0
  }

  int16(): number {
    return this.buffer.readInt16BE(this.take(2))
  }

  uint16(): number {
    return this.buffer.readUInt16BE(this.take(2))
  }

  int32(): number {
    return this.buffer.readInt32BE(this.take(4))
  }

  uint32(): number {
    return this.buffer.readUInt32BE(this.take(4))
  }

  /** The nearest double: exact within ±2^53. */
  int64(): number {
    const at = this.take(8)
    return this.buffer.readInt32BE(at) * TWO_32 + this.buffer.readUInt32BE(at + 4)
  }

  bigint64(): bigint {
    return this.buffer.readBigInt64BE(this.take(8))
  }

  float64(): number {
    return this.buffer.readDoubleBE(this.take(8))
  }

  uuid(): Uuid {
    const at = this.take(16)
    return this.buffer.toString('base64url', at, at + 16) as Uuid
  }

  /** Unsigned base-128 of at most 5 bytes, as 32 bits. */
  uvarint(): number {
    let value = 0
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.buffer[this.take(1)] as number
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw new ProtocolError('varint longer than 5 bytes')
  }

  /** Zigzag varint of 32 bits. */
  varint(): number {
    const raw = this.uvarint()
    return (raw >>> 1) ^ -(raw & 1)
  }

  /** Zigzag varint of 64 bits, as the nearest double. */
  varlong(): number {
    let low = 0
    let high = 0
    for (let shift = 0; shift <= 63; shift += 7) {
      const byte = this.buffer[this.take(1)] as number
      const bits = byte & 0x7f
      if (shift < 28) low += bits * 2 ** shift
      else high += bits * 2 ** (shift - 28)
      if (byte < 0x80) return zigzag64(low, high)
    }
    throw new ProtocolError('varlong longer than 10 bytes')
  }

  bytes(size: number): Buffer {
    const at = this.take(size)
    return this.buffer.subarray(at, at + size)
  }

  utf8(size: number): string {
    const at = this.take(size)
    return size === 0 ? '' : this.buffer.toString('utf8', at, at + size)
  }
}

/** `low` holds the lower 28 bits, `high` the upper 36 of an unsigned 64-bit number; both exact in a double. */
function zigzag64(low: number, high: number): number {
  const odd = low % 2 === 1
  const top = high % 0x10_0000_0000
  const half = top * 2 ** 27 + Math.floor(low / 2)
  return odd ? -half - 1 : half
}

/** Bytes of an answer that are fetched only when they are about to be sent. */
export interface LateBytes {
  readonly length: number
  /**
   * Copies the bytes [from, from + size) to `target` at `at`: before it returns where that takes no time, else a promise.
   * Throws or rejects where they can't be had any more.
   */
  copyTo(target: Buffer, at: number, from: number, size: number): Promise<void> | undefined
}

/** A part of what is sent. */
export type Piece = Buffer | LateBytes

export function isLate(piece: Uint8Array | LateBytes): piece is LateBytes {
  return 'copyTo' in piece
}

const INITIAL_CAPACITY = 256
/** External bytes at least this long are linked into the output instead of copied. */
const LINK_THRESHOLD = 2048

/**
 * Grows as it is written. Long byte fields are linked, not copied: `chunks()` gives the pieces for one `writev`.
 *
 *     [ own bytes ][ linked records ][ own bytes ]…
 */
export class ByteWriter {
  #buffer: Buffer
  #offset = 0
  /** Where the not yet finished own piece begins in #buffer. */
  #pieceStart = 0
  #done: Piece[] = []
  #doneLength = 0

  constructor(capacity = INITIAL_CAPACITY) {
    this.#buffer = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#doneLength + this.#offset - this.#pieceStart
  }

  #room(size: number): number {
    const at = this.#offset
    if (at + size > this.#buffer.length) return this.#grow(size)
    this.#offset = at + size
    return at
  }

  #grow(size: number): number {
    const used = this.#offset - this.#pieceStart
    const next = Buffer.allocUnsafe(Math.max(2 * this.#buffer.length, used + size))
    this.#buffer.copy(next, 0, this.#pieceStart, this.#offset)
    this.#buffer = next
    this.#pieceStart = 0
    this.#offset = used + size
    return used
  }

  int8(value: number): void {
    const at = this.#room(1)
    this.#buffer[at] = value & 0xff
  }

  bool(value: boolean): void {
    this.int8(value ? 1 : 0)
  }

  int16(value: number): void {
    const at = this.#room(2)
    this.#buffer[at] = (value >> 8) & 0xff
    this.#buffer[at + 1] = value & 0xff
  }

  uint16(value: number): void {
    this.int16(value)
  }

  int32(value: number): void {
    const at = this.#room(4)
    this.#buffer.writeInt32BE(value | 0, at)
  }

  uint32(value: number): void {
    const at = this.#room(4)
    this.#buffer.writeUInt32BE(value >>> 0, at)
  }

  /** A whole number within ±2^63; exact within ±2^53. */
  int64(value: number): void {
    const at = this.#room(8)
    if (value >= 2 ** 63) {
      this.#buffer.writeInt32BE(0x7fffffff, at)
      this.#buffer.writeInt32BE(-1, at + 4)
      return
    }
    const high = Math.floor(value / TWO_32)
    this.#buffer.writeInt32BE(high < -0x8000_0000 ? -0x8000_0000 : high, at)
    this.#buffer.writeUInt32BE(value - high * TWO_32, at + 4)
  }

  bigint64(value: bigint): void {
    const at = this.#room(8)
    this.#buffer.writeBigInt64BE(value, at)
  }

  float64(value: number): void {
    const at = this.#room(8)
    this.#buffer.writeDoubleBE(value, at)
  }

  uuid(value: Uuid): void {
    const at = this.#room(16)
    const written = this.#buffer.write(value, at, 16, 'base64url')
    assert(written === 16, `not a uuid: ${value}`)
  }

  uvarint(value: number): void {
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.int8((rest & 0x7f) | 0x80)
      rest >>>= 7
    }
    this.int8(rest)
  }

  varint(value: number): void {
    this.uvarint((value << 1) ^ (value >> 31))
  }

  varlong(value: number): void {
    // 2·v or −2·v−1 may pass 2^53: carried as a low part of 28 bits and the rest.
    const negative = value < 0
    const half = negative ? -(value + 1) : value
    let low = (half % 0x800_0000) * 2 + (negative ? 1 : 0)
    let high = Math.floor(half / 0x800_0000)
    let lowBits = 28
    while (high > 0 || low >= 0x80) {
      this.int8((low % 0x80) | 0x80)
      low = Math.floor(low / 0x80)
      lowBits -= 7
      if (lowBits === 0) {
        low = high % 0x1000_0000
        high = Math.floor(high / 0x1000_0000)
        lowBits = 28
      }
    }
    this.int8(low)
  }

  utf8(value: string, byteLength: number): void {
    const at = this.#room(byteLength)
    this.#buffer.write(value, at, byteLength, 'utf8')
  }

  /** Copies short bytes, links long ones: the caller must not change them until the output has been sent. */
  bytes(value: Uint8Array): void {
    if (value.length >= LINK_THRESHOLD) {
      this.link(value)
      return
    }
    const at = this.#room(value.length)
    this.#buffer.set(value, at)
  }

  link(value: Uint8Array): void {
    this.#finishPiece()
    this.#done.push(Buffer.from(value.buffer, value.byteOffset, value.length))
    this.#doneLength += value.length
  }

  /** Overwrites 4 bytes at `at`, counted from the start of the output; they must not have been linked over. */
  patchInt32(at: number, value: number): void {
    let rest = at
    for (const piece of this.#done) {
      if (rest < piece.length) {
        assert(!isLate(piece), 'only own bytes are patched')
        piece.writeInt32BE(value, rest)
        return
      }
      rest -= piece.length
    }
    this.#buffer.writeInt32BE(value, this.#pieceStart + rest)
  }

  late(value: LateBytes): void {
    this.#finishPiece()
    this.#done.push(value)
    this.#doneLength += value.length
  }

  #finishPiece(): void {
    if (this.#offset === this.#pieceStart) return
    const piece = this.#buffer.subarray(this.#pieceStart, this.#offset)
    this.#done.push(piece)
    this.#doneLength += piece.length
    this.#pieceStart = this.#offset
  }

  /** The output in order; the writer must not be used afterwards. */
  pieces(): Piece[] {
    this.#finishPiece()
    return this.#done
  }

  /** The same where nothing in it is late. */
  chunks(): Buffer[] {
    const pieces = this.pieces()
    assert(!pieces.some(isLate), 'late bytes are only sent')
    return pieces as Buffer[]
  }

  /** The output as one buffer; copies only where something was linked. */
  toBuffer(): Buffer {
    const chunks = this.chunks()
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
  }
}
