import { decompress } from './compress.ts'
import { RecordCursor } from './cursor.ts'
import type { DecodedRecord } from './decoded-record.ts'
import {
  baseOffset,
  baseSequence,
  baseTimestamp,
  completeBatchSize,
  compressionType,
  isLogAppendTime,
  magic,
  maxTimestamp,
  RECORD_BATCH_OVERHEAD,
  recordCount,
  sequenceAfter,
} from './header.ts'
import { legacyRecords } from './legacy.ts'
import { unreadable } from './rejected.ts'

/** What the records of one batch may unpack to. */
export const MAX_UNPACKED_BYTES = 128 * 1024 * 1024

/** One batch of any magic; `sizeInBytes` of `buffer` from `at` on. Header fields are read by the functions of header.ts. */
export class BatchView {
  readonly buffer: Buffer
  readonly at: number
  readonly sizeInBytes: number

  constructor(buffer: Buffer, at: number, sizeInBytes: number) {
    this.buffer = buffer
    this.at = at
    this.sizeInBytes = sizeInBytes
  }

  get bytes(): Buffer {
    return this.buffer.subarray(this.at, this.at + this.sizeInBytes)
  }

  /** Decodes one after another; decompresses first where needed (at most `maxBytes`). The checksum is not looked at. */
  records(maxBytes: number = MAX_UNPACKED_BYTES): IterableIterator<DecodedRecord> {
    const { buffer, at } = this
    if (magic(buffer, at) < 2) return legacyRecords(buffer, at, maxBytes)
    this.#checkRoom()
    const compression = compressionType(buffer, at)
    if (compression === 'none' || recordCount(buffer, at) === 0) {
      return decode(buffer, at, buffer, at + RECORD_BATCH_OVERHEAD, at + this.sizeInBytes)
    }
    const unpacked = decompress(compression, packedRecords(this), maxBytes)
    return recordsOf(this, unpacked)
  }

  #checkRoom(): void {
    if (this.sizeInBytes < RECORD_BATCH_OVERHEAD) throw unreadable('The batch is shorter than its header')
  }
}

/** The still compressed records of a magic 2 batch. */
export function packedRecords(view: BatchView): Buffer {
  return view.buffer.subarray(view.at + RECORD_BATCH_OVERHEAD, view.at + view.sizeInBytes)
}

/** Decodes the records of a compressed magic 2 batch from their decompressed bytes. */
export function recordsOf(view: BatchView, unpacked: Buffer): IterableIterator<DecodedRecord> {
  return decode(view.buffer, view.at, unpacked, 0, unpacked.length)
}

/** `header` and `at`: the batch; `from` to `to` of `source`: its records. */
function* decode(
  header: Buffer,
  at: number,
  source: Buffer,
  from: number,
  to: number,
): IterableIterator<DecodedRecord> {
  const mode = source === header ? 'plain' : 'unpacked'
  const cursor = new RecordCursor(source, from, to, recordCount(header, at), mode)
  const firstOffset = baseOffset(header, at)
  const firstTimestamp = baseTimestamp(header, at)
  const firstSequence = baseSequence(header, at)
  const stamp = isLogAppendTime(header, at) ? maxTimestamp(header, at) : undefined
  while (cursor.next()) {
    yield {
      offset: firstOffset + cursor.offsetDelta,
      timestamp: stamp ?? firstTimestamp + cursor.timestampDelta,
      sequence: firstSequence < 0 ? -1 : sequenceAfter(firstSequence, cursor.offsetDelta),
      key: cursor.keySize < 0 ? null : source.subarray(cursor.keyAt, cursor.keyAt + cursor.keySize),
      value: cursor.valueSize < 0 ? null : source.subarray(cursor.valueAt, cursor.valueAt + cursor.valueSize),
      headers: cursor.headerCount === 0 ? [] : cursor.readHeaders(),
    }
  }
}

/** The whole batches from `from` on; ends silently at a part of one, throws CORRUPT_MESSAGE where no batch can begin. */
export function* batches(buffer: Buffer, from = 0, to: number = buffer.length): IterableIterator<BatchView> {
  let at = from
  while (true) {
    const size = completeBatchSize(buffer, at, to)
    if (size === 0) return
    yield new BatchView(buffer, at, size)
    at += size
  }
}
