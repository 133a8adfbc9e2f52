import { decompress } from './compress.ts'
import type { DecodedRecord } from './decoded-record.ts'
import {
  baseOffset,
  baseTimestamp,
  batchSize,
  type Compression,
  compressionType,
  crc,
  ensureValid,
  HEADER_UP_TO_MAGIC,
  isCompressed,
  isLogAppendTime,
  LOG_OVERHEAD,
  MIN_MESSAGE_SIZE,
  magic,
  maxTimestamp,
} from './header.ts'
import { corruptRecord, invalidRecord } from './rejected.ts'

/*
 * Messages of magic 0 and 1 (up to Kafka 0.10). A compressed message's value is a set of messages; in magic 1 the inner
 * offsets count from 0 and the outer one is the last of them.
 */

interface Message {
  readonly offset: number
  readonly buffer: Buffer
  readonly at: number
}

/** `maxBytes` bounds what the value of a compressed message may unpack to. */
export function* legacyRecords(buffer: Buffer, at: number, maxBytes: number): IterableIterator<DecodedRecord> {
  if (!isCompressed(buffer, at)) {
    yield decode({ offset: baseOffset(buffer, at), buffer, at }, maxTimestamp(buffer, at))
    return
  }
  const version = magic(buffer, at)
  const inner = innerMessages(buffer, at, maxBytes)
  const shift = version === 1 ? offsetShift(inner, baseOffset(buffer, at)) : 0
  const stamped = isLogAppendTime(buffer, at)
  for (const message of inner) {
    if (isCompressed(message.buffer, message.at)) throw invalidRecord('Inner messages must not be compressed')
    const timestamp = stamped ? maxTimestamp(buffer, at) : baseTimestamp(message.buffer, message.at)
    yield decode({ ...message, offset: message.offset + shift }, timestamp)
  }
}

function offsetShift(inner: readonly Message[], outer: number): number {
  // Some versions of librdkafka left the outer offset at 0.
  if (outer === 0) return 0
  const last = inner.at(-1)?.offset ?? 0
  if (outer >= last) return outer - last
  throw invalidRecord(
    'Found invalid wrapper offset in compressed v1 message set, ' +
      `wrapper offset '${outer}' is less than the last inner message offset '${last}' and it is not zero.`,
  )
}

function legacyCompression(buffer: Buffer, at: number): Compression {
  const type = compressionType(buffer, at)
  if (type !== 'zstd') return type
  throw invalidRecord(`Invalid wrapper compressionType found in legacy deep record iterator ${magic(buffer, at)}`)
}

function innerMessages(buffer: Buffer, at: number, maxBytes: number): Message[] {
  const version = magic(buffer, at)
  const compression = legacyCompression(buffer, at)
  const value = fields(buffer, at).value
  if (value === null) throw invalidRecord(`Found invalid compressed record set with null value (magic = ${version})`)
  const set = decompress(compression, value, maxBytes, version)
  const messages: Message[] = []
  let next = 0
  while (set.length - next >= LOG_OVERHEAD) {
    const size = batchSize(set, next)
    if (size < LOG_OVERHEAD + MIN_MESSAGE_SIZE) {
      throw corruptRecord(`Record size is less than the minimum record overhead (${MIN_MESSAGE_SIZE})`)
    }
    if (size > set.length - next) break
    if (magic(set, next) > 1 || magic(set, next) < 0)
      throw corruptRecord(`Invalid magic found in record: ${magic(set, next)}`)
    messages.push({ offset: baseOffset(set, next), buffer: set, at: next })
    next += size
  }
  if (messages.length === 0) throw invalidRecord('Found invalid compressed record set with no inner records')
  return messages
}

function decode({ offset, buffer, at }: Message, timestamp: number): DecodedRecord {
  ensureValid(buffer, at)
  return { offset, timestamp, sequence: -1, ...fields(buffer, at), headers: [] }
}

function fields(buffer: Buffer, at: number): { key: Buffer | null; value: Buffer | null } {
  const end = at + batchSize(buffer, at)
  const keyAt = at + HEADER_UP_TO_MAGIC + (magic(buffer, at) === 0 ? 1 : 9)
  const key = sized(buffer, at, keyAt, end)
  const value = sized(buffer, at, keyAt + 4 + (key?.length ?? 0), end)
  return { key, value }
}

function sized(buffer: Buffer, message: number, at: number, end: number): Buffer | null {
  const size = end - at < 4 ? Number.POSITIVE_INFINITY : buffer.readInt32BE(at)
  if (size < 0) return null
  if (size <= end - at - 4) return buffer.subarray(at + 4, at + 4 + size)
  throw corruptRecord(`Record is corrupt (stored crc = ${crc(buffer, message)}): a field reaches past its end`)
}
