import { compress, compressAsync } from './compress.ts'
import {
  COMPRESSIONS,
  type Compression,
  RECORD_BATCH_OVERHEAD,
  type TimestampType,
  updateCrc,
  writeInt64,
} from './header.ts'
import { putVarint, putVarlong, sizeOfVarint, sizeOfVarlong } from './varint.ts'

export interface NewRecord {
  readonly timestamp: number
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[]
  /** From the base offset; left out: the record's place in the list. */
  readonly offsetDelta?: number
}

export interface NewBatch {
  readonly records: readonly NewRecord[]
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  readonly compression?: Compression
  readonly compressionLevel?: number
  readonly timestampType?: TimestampType
  /** LogAppendTime: the timestamp of all records. */
  readonly logAppendTimeMs?: number
  readonly isTransactional?: boolean
  readonly isControl?: boolean
  /** A cleaned batch keeps the offset range that it had. */
  readonly lastOffsetDelta?: number
  /** KIP-534: kept in the base timestamp field. */
  readonly deleteHorizonMs?: number
  /** Needed only where there are no records. */
  readonly maxTimestamp?: number
}

/** What stands in front of the records. */
export interface BatchHeader
  extends Omit<NewBatch, 'records' | 'deleteHorizonMs' | 'logAppendTimeMs' | 'compressionLevel'> {
  readonly baseTimestamp: number
  readonly maxTimestamp: number
  readonly lastOffsetDelta: number
  readonly recordCount: number
  /** baseTimestamp is one. */
  readonly hasDeleteHorizon?: boolean
}

/** One magic 2 batch, header and checksum included. */
export function buildBatch(batch: NewBatch): Buffer {
  const plain = recordsRegion(batch)
  const header = headerOf(batch)
  if (isPlain(batch)) return sealBatch(header, plain)
  const options = { level: batch.compressionLevel }
  return sealBatch(header, behindHeader(compress(batch.compression ?? 'none', recordsIn(plain), options)))
}

/** The same; compresses off the event loop. */
export async function buildBatchAsync(batch: NewBatch): Promise<Buffer> {
  const plain = recordsRegion(batch)
  const header = headerOf(batch)
  if (isPlain(batch)) return sealBatch(header, plain)
  const options = { level: batch.compressionLevel }
  return sealBatch(header, behindHeader(await compressAsync(batch.compression ?? 'none', recordsIn(plain), options)))
}

function isPlain(batch: NewBatch): boolean {
  return batch.records.length === 0 || batch.compression === undefined || batch.compression === 'none'
}

function recordsIn(bytes: Buffer): Buffer {
  return bytes.subarray(RECORD_BATCH_OVERHEAD)
}

/** A copy of `records` with room for a header in front. */
export function behindHeader(records: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(RECORD_BATCH_OVERHEAD + records.length)
  records.copy(bytes, RECORD_BATCH_OVERHEAD)
  return bytes
}

function headerOf(batch: NewBatch): BatchHeader {
  const { records, deleteHorizonMs } = batch
  return {
    ...batch,
    baseTimestamp: baseTimestampOf(batch),
    maxTimestamp: maxTimestampOf(batch),
    lastOffsetDelta: batch.lastOffsetDelta ?? records.at(-1)?.offsetDelta ?? records.length - 1,
    recordCount: records.length,
    hasDeleteHorizon: deleteHorizonMs !== undefined,
  }
}

function baseTimestampOf(batch: NewBatch): number {
  return batch.deleteHorizonMs ?? batch.records[0]?.timestamp ?? -1
}

function maxTimestampOf(batch: NewBatch): number {
  if (batch.timestampType === 'LogAppendTime' && batch.logAppendTimeMs !== undefined) return batch.logAppendTimeMs
  let latest = batch.maxTimestamp ?? -1
  for (const record of batch.records) if (record.timestamp > latest) latest = record.timestamp
  return latest
}

function attributesOf(header: BatchHeader): number {
  const compression = COMPRESSIONS.indexOf(header.compression ?? 'none')
  const stamped = header.timestampType === 'LogAppendTime' ? 0x08 : 0
  const transactional = header.isTransactional ? 0x10 : 0
  const control = header.isControl ? 0x20 : 0
  const horizon = header.hasDeleteHorizon ? 0x40 : 0
  return compression | stamped | transactional | control | horizon
}

/** Writes the header into the room in front of the records, checksum included. */
export function sealBatch(header: BatchHeader, bytes: Buffer): Buffer {
  writeInt64(bytes, 0, header.baseOffset ?? 0)
  bytes.writeInt32BE(bytes.length - 12, 8)
  bytes.writeInt32BE(header.leaderEpoch ?? -1, 12)
  bytes[16] = 2
  bytes.writeInt16BE(attributesOf(header), 21)
  bytes.writeInt32BE(header.lastOffsetDelta, 23)
  writeInt64(bytes, 27, header.baseTimestamp)
  writeInt64(bytes, 35, header.maxTimestamp)
  writeInt64(bytes, 43, header.producerId ?? -1)
  bytes.writeInt16BE(header.producerEpoch ?? -1, 51)
  bytes.writeInt32BE(header.baseSequence ?? -1, 53)
  bytes.writeInt32BE(header.recordCount, 57)
  updateCrc(bytes, 0)
  return bytes
}

/** The records behind room for the header. */
function recordsRegion(batch: NewBatch): Buffer {
  const base = baseTimestampOf(batch)
  const sizes = batch.records.map((record, index) => bodySize(record, record.timestamp - base, index))
  const total = sizes.reduce((sum, size) => sum + sizeOfVarint(size) + size, RECORD_BATCH_OVERHEAD)
  const bytes = Buffer.allocUnsafe(total)
  let at = RECORD_BATCH_OVERHEAD
  batch.records.forEach((record, index) => {
    at = putVarint(bytes, at, sizes[index] as number)
    at = putRecord(bytes, at, record, record.timestamp - base, index)
  })
  return bytes
}

function bodySize(record: NewRecord, timestampDelta: number, index: number): number {
  const headers = record.headers ?? []
  let size = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(record.offsetDelta ?? index)
  size += sizeOfBytes(record.key) + sizeOfBytes(record.value) + sizeOfVarint(headers.length)
  for (const header of headers) {
    const keySize = Buffer.byteLength(header.key)
    size += sizeOfVarint(keySize) + keySize + sizeOfBytes(header.value)
  }
  return size
}

function sizeOfBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length
}

function putRecord(target: Buffer, from: number, record: NewRecord, timestampDelta: number, index: number): number {
  const headers = record.headers ?? []
  target[from] = 0
  let at = putVarlong(target, from + 1, timestampDelta)
  at = putVarint(target, at, record.offsetDelta ?? index)
  at = putBytes(target, at, record.key)
  at = putBytes(target, at, record.value)
  at = putVarint(target, at, headers.length)
  for (const header of headers) {
    const keySize = Buffer.byteLength(header.key)
    at = putVarint(target, at, keySize)
    at += target.write(header.key, at, keySize, 'utf8')
    at = putBytes(target, at, header.value)
  }
  return at
}

function putBytes(target: Buffer, from: number, bytes: Uint8Array | null): number {
  if (bytes === null) return putVarint(target, from, -1)
  const at = putVarint(target, from, bytes.length)
  target.set(bytes, at)
  return at + bytes.length
}
