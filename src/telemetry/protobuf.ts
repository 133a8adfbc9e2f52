import { KafkaError } from '../base/errors.ts'

const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5
const MAX_VARINT_BYTES = 10
/** Messages inside one; many tiny ones would take far more memory than their bytes. */
const MAX_MESSAGES = 50_000

const utf8 = new TextDecoder('utf-8', { fatal: true })

function malformed(): KafkaError {
  return new KafkaError('INVALID_RECORD', 'The metrics are no OTLP message')
}

/** The fields of one protobuf message, one after another; throws INVALID_RECORD for bytes that are none. */
export class ProtobufReader {
  readonly #bytes: Buffer
  readonly #end: number
  #at: number
  #wireType = -1
  readonly #opened: { count: number }
  field = 0

  constructor(bytes: Buffer, from = 0, end = bytes.length, opened = { count: 0 }) {
    this.#opened = opened
    this.#bytes = bytes
    this.#at = from
    this.#end = end
  }

  /** To the next field; its value is to be read or skipped next. */
  next(): boolean {
    if (this.#at >= this.#end) return false
    const tag = this.#varint()
    this.field = Math.floor(tag / 8)
    this.#wireType = tag % 8
    if (this.field === 0 || tag > 0xffff_ffff) throw malformed()
    return true
  }

  skip(): void {
    switch (this.#wireType) {
      case VARINT:
        this.#varint()
        return
      case FIXED64:
        this.#take(8)
        return
      case BYTES:
        this.#take(this.#varint())
        return
      case FIXED32:
        this.#take(4)
        return
      default:
        throw malformed()
    }
  }

  /** The message in this field. */
  message(): ProtobufReader {
    const from = this.#span()
    if (++this.#opened.count > MAX_MESSAGES) throw malformed()
    return new ProtobufReader(this.#bytes, from, this.#at, this.#opened)
  }

  string(): string {
    const from = this.#span()
    try {
      return utf8.decode(this.#bytes.subarray(from, this.#at))
    } catch {
      throw malformed()
    }
  }

  bool(): boolean {
    return this.varint() !== 0
  }

  /** Of 64 bits, with a sign; beyond 2^53 the nearest double. */
  varint(): number {
    if (this.#wireType !== VARINT) throw malformed()
    return this.#varint()
  }

  double(): number {
    return this.#bytes.readDoubleLE(this.#fixed64())
  }

  fixed64(): number {
    return Number(this.#bytes.readBigUInt64LE(this.#fixed64()))
  }

  signedFixed64(): number {
    return Number(this.#bytes.readBigInt64LE(this.#fixed64()))
  }

  /** Repeated values of eight bytes, packed or not. */
  fixed64s(read: (bytes: Buffer, at: number) => number, into: number[]): void {
    if (this.#wireType === FIXED64) {
      into.push(read(this.#bytes, this.#take(8)))
      return
    }
    const from = this.#span()
    if ((this.#at - from) % 8 !== 0) throw malformed()
    for (let at = from; at < this.#at; at += 8) into.push(read(this.#bytes, at))
  }

  #fixed64(): number {
    if (this.#wireType !== FIXED64) throw malformed()
    return this.#take(8)
  }

  #span(): number {
    if (this.#wireType !== BYTES) throw malformed()
    return this.#take(this.#varint())
  }

  /** Where the bytes begin that are passed. */
  #take(size: number): number {
    const from = this.#at
    if (size < 0 || size > this.#end - from) throw malformed()
    this.#at = from + size
    return from
  }

  #varint(): number {
    const first = this.#bytes[this.#take(1)] ?? 0
    if (first < 0x80) return first
    let value = BigInt(first & 0x7f)
    for (let count = 1; count < MAX_VARINT_BYTES; count++) {
      const byte = this.#bytes[this.#take(1)] ?? 0
      value |= BigInt(byte & 0x7f) << BigInt(7 * count)
      if (byte < 0x80) return Number(BigInt.asIntN(64, value))
    }
    throw malformed()
  }
}
