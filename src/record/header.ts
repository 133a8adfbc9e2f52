import { KafkaError } from '../base/errors.ts'
import { crc32, crc32c } from './crc32c.ts'
import { unreadable } from './rejected.ts'

/*
 * A batch seen through its bytes: every function takes the buffer and where the batch begins, and allocates nothing.
 *
 *     magic 2:   0 baseOffset 8 │ 8 length 4 │ 12 leaderEpoch 4 │ 16 magic 1 │ 17 crc 4 │ 21 attributes 2 │
 *               23 lastOffsetDelta 4 │ 27 baseTimestamp 8 │ 35 maxTimestamp 8 │ 43 producerId 8 │ 51 producerEpoch 2 │
 *               53 baseSequence 4 │ 57 recordCount 4 │ 61 records
 *     magic 0,1: 0 offset 8 │ 8 length 4 │ 12 crc 4 │ 16 magic 1 │ 17 attributes 1 │ (magic 1: 18 timestamp 8) │ key │ value
 *
 * A compressed magic 0 or 1 batch carries its last offset (and, magic 1, its largest timestamp) in those fields.
 */

/** Base offset and length: what precedes the bytes that `length` counts. */
export const LOG_OVERHEAD = 12
/** As far as one must read to know offset, length and magic. */
export const HEADER_UP_TO_MAGIC = 17
export const RECORD_BATCH_OVERHEAD = 61
/** The smallest `length` of any magic: crc, magic, attributes, key length, value length. */
export const MIN_MESSAGE_SIZE = 14
export const NO_TIMESTAMP = -1
export const NO_PRODUCER_ID = -1
export const NO_SEQUENCE = -1
export const NO_LEADER_EPOCH = -1

const TWO_32 = 0x1_0000_0000
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const MAX_TIMESTAMP_AT = 35

const COMPRESSION_MASK = 0x07
const LOG_APPEND_TIME_BIT = 0x08
const TRANSACTIONAL_BIT = 0x10
const CONTROL_BIT = 0x20
const DELETE_HORIZON_BIT = 0x40
/** A rewritten header loses the bits that nobody knows. */
const KEPT_BITS = COMPRESSION_MASK | TRANSACTIONAL_BIT | CONTROL_BIT | DELETE_HORIZON_BIT

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
export type TimestampType = 'CreateTime' | 'LogAppendTime'

/** By id: the number in a batch's attributes. */
export const COMPRESSIONS: readonly Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

export function compressionNamed(id: number): Compression {
  const name = COMPRESSIONS[id]
  if (name === undefined) throw unreadable(`Unknown compression type id: ${id}`)
  return name
}

export function readInt64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * TWO_32 + buffer.readUInt32BE(at + 4)
}

export function writeInt64(buffer: Buffer, at: number, value: number): void {
  const high = Math.floor(value / TWO_32)
  buffer.writeInt32BE(high, at)
  buffer.writeUInt32BE(value - high * TWO_32, at + 4)
}

/**
 * The size of the whole batch at `at`, or 0 where only a part of one is left before `end`.
 * Throws CORRUPT_MESSAGE where no batch of any magic can begin.
 */
export function completeBatchSize(buffer: Buffer, at: number, end: number = buffer.length): number {
  const left = end - at
  if (left < LOG_OVERHEAD) return 0
  const length = buffer.readInt32BE(at + 8)
  if (length < MIN_MESSAGE_SIZE) {
    const text = `Record size ${length} is less than the minimum record overhead (${MIN_MESSAGE_SIZE})`
    throw new KafkaError('CORRUPT_MESSAGE', text)
  }
  if (left < HEADER_UP_TO_MAGIC) return 0
  const version = buffer.readInt8(at + 16)
  if (version < 0 || version > 2) throw new KafkaError('CORRUPT_MESSAGE', `Invalid magic found in record: ${version}`)
  return left - LOG_OVERHEAD < length ? 0 : length + LOG_OVERHEAD
}

/** The field as it is stored: for magic 0 and 1 the last offset of a compressed batch. */
export function baseOffset(buffer: Buffer, at: number): number {
  return readInt64(buffer, at)
}

/** Of the whole batch, offset and length fields included. */
export function batchSize(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + 8) + LOG_OVERHEAD
}

export function magic(buffer: Buffer, at: number): number {
  return buffer.readInt8(at + 16)
}

export function leaderEpoch(buffer: Buffer, at: number): number {
  return magic(buffer, at) < 2 ? NO_LEADER_EPOCH : buffer.readInt32BE(at + 12)
}

/** The stored checksum. */
export function crc(buffer: Buffer, at: number): number {
  return buffer.readUInt32BE(magic(buffer, at) < 2 ? at + 12 : at + CRC_AT)
}

export function computeCrc(buffer: Buffer, at: number): number {
  const end = at + batchSize(buffer, at)
  return magic(buffer, at) < 2 ? crc32(buffer, at + 16, end) : crc32c(buffer, at + ATTRIBUTES_AT, end)
}

/** Long enough for its header, and its bytes are those that were sent. */
export function isValid(buffer: Buffer, at: number): boolean {
  if (magic(buffer, at) === 2 && batchSize(buffer, at) < RECORD_BATCH_OVERHEAD) return false
  return computeCrc(buffer, at) === crc(buffer, at)
}

/** Throws CORRUPT_MESSAGE with Kafka's sentence where `isValid` is false. */
export function ensureValid(buffer: Buffer, at: number): void {
  const size = batchSize(buffer, at)
  if (magic(buffer, at) === 2 && size < RECORD_BATCH_OVERHEAD) {
    const text = `Record batch is corrupt (the size ${size} is smaller than the minimum allowed overhead ${RECORD_BATCH_OVERHEAD})`
    throw new KafkaError('CORRUPT_MESSAGE', text)
  }
  const stored = crc(buffer, at)
  const computed = computeCrc(buffer, at)
  if (stored === computed) return
  throw new KafkaError('CORRUPT_MESSAGE', `Record is corrupt (stored crc = ${stored}, computed crc = ${computed})`)
}

export function attributes(buffer: Buffer, at: number): number {
  return magic(buffer, at) < 2 ? buffer.readInt8(at + 17) : buffer.readInt16BE(at + ATTRIBUTES_AT)
}

export function compressionId(buffer: Buffer, at: number): number {
  return attributes(buffer, at) & COMPRESSION_MASK
}

/** Throws UNKNOWN_SERVER_ERROR on ids 5 to 7, as Kafka does. */
export function compressionType(buffer: Buffer, at: number): Compression {
  return compressionNamed(compressionId(buffer, at))
}

export function isCompressed(buffer: Buffer, at: number): boolean {
  return compressionId(buffer, at) !== 0
}

export function isLogAppendTime(buffer: Buffer, at: number): boolean {
  return (attributes(buffer, at) & LOG_APPEND_TIME_BIT) !== 0 && magic(buffer, at) !== 0
}

export function isTransactional(buffer: Buffer, at: number): boolean {
  return magic(buffer, at) === 2 && (attributes(buffer, at) & TRANSACTIONAL_BIT) !== 0
}

export function isControl(buffer: Buffer, at: number): boolean {
  return magic(buffer, at) === 2 && (attributes(buffer, at) & CONTROL_BIT) !== 0
}

/** The base timestamp field holds the delete horizon (KIP-534). */
export function hasDeleteHorizon(buffer: Buffer, at: number): boolean {
  return magic(buffer, at) === 2 && (attributes(buffer, at) & DELETE_HORIZON_BIT) !== 0
}

/** Magic 2. */
export function lastOffsetDelta(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at + 23)
}

export function lastOffset(buffer: Buffer, at: number): number {
  return magic(buffer, at) < 2 ? baseOffset(buffer, at) : baseOffset(buffer, at) + lastOffsetDelta(buffer, at)
}

/** Magic 2: of the first record, or the delete horizon. Magic 1: the message's own. */
export function baseTimestamp(buffer: Buffer, at: number): number {
  const version = magic(buffer, at)
  return version === 2 ? readInt64(buffer, at + 27) : version === 1 ? readInt64(buffer, at + 18) : NO_TIMESTAMP
}

export function maxTimestamp(buffer: Buffer, at: number): number {
  const version = magic(buffer, at)
  if (version === 2) return readInt64(buffer, at + MAX_TIMESTAMP_AT)
  return version === 1 ? readInt64(buffer, at + 18) : NO_TIMESTAMP
}

export function producerId(buffer: Buffer, at: number): number {
  return magic(buffer, at) < 2 ? NO_PRODUCER_ID : readInt64(buffer, at + 43)
}

/** Kafka's meaning: a producer id below 0 is none. */
export function hasProducerId(buffer: Buffer, at: number): boolean {
  return producerId(buffer, at) > NO_PRODUCER_ID
}

export function producerEpoch(buffer: Buffer, at: number): number {
  return magic(buffer, at) < 2 ? -1 : buffer.readInt16BE(at + 51)
}

export function baseSequence(buffer: Buffer, at: number): number {
  return magic(buffer, at) < 2 ? NO_SEQUENCE : buffer.readInt32BE(at + 53)
}

export function lastSequence(buffer: Buffer, at: number): number {
  const first = baseSequence(buffer, at)
  return first === NO_SEQUENCE ? NO_SEQUENCE : sequenceAfter(first, lastOffsetDelta(buffer, at))
}

/** Sequence numbers go from 2^31−1 on to 0. */
export function sequenceAfter(sequence: number, increment: number): number {
  const next = sequence + increment
  return next > 0x7fff_ffff ? next - 0x8000_0000 : next
}

/** Magic 2: the declared count. A single old message is 1; how many a compressed old set holds is only known inside (-1). */
export function recordCount(buffer: Buffer, at: number): number {
  if (magic(buffer, at) === 2) return buffer.readInt32BE(at + 57)
  return isCompressed(buffer, at) ? -1 : 1
}

/** Not covered by the checksum. */
export function setBaseOffset(buffer: Buffer, at: number, offset: number): void {
  writeInt64(buffer, at, offset)
}

/** Magic 2; not covered by the checksum. */
export function setLeaderEpoch(buffer: Buffer, at: number, epoch: number): void {
  buffer.writeInt32BE(epoch, at + 12)
}

/** Magic 2: marks the batch as stamped by the log, with that timestamp, and makes its checksum anew. */
export function setLogAppendTime(buffer: Buffer, at: number, nowMs: number): void {
  setMaxTimestamp(buffer, at, 'LogAppendTime', nowMs)
}

/** Magic 2: sets type and largest timestamp, and the checksum where that changed a byte. */
export function setMaxTimestamp(buffer: Buffer, at: number, type: TimestampType, timestamp: number): void {
  const stamped = type === 'LogAppendTime'
  if (isLogAppendTime(buffer, at) === stamped && maxTimestamp(buffer, at) === timestamp) return
  const kept = attributes(buffer, at) & KEPT_BITS
  buffer.writeInt16BE(stamped ? kept | LOG_APPEND_TIME_BIT : kept, at + ATTRIBUTES_AT)
  writeInt64(buffer, at + MAX_TIMESTAMP_AT, timestamp)
  updateCrc(buffer, at)
}

/** Magic 2: after a change of anything behind the checksum. */
export function updateCrc(buffer: Buffer, at: number): void {
  buffer.writeUInt32BE(computeCrc(buffer, at), at + CRC_AT)
}
