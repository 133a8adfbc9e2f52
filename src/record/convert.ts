import type { BatchesInfo } from './analyze.ts'
import { type BatchHeader, behindHeader, buildBatchAsync, type NewBatch, type NewRecord, sealBatch } from './builder.ts'
import { compressAsync, decompressAsync } from './compress.ts'
import { RecordCursor } from './cursor.ts'
import type { DecodedRecord } from './decoded-record.ts'
import {
  baseOffset,
  baseSequence,
  baseTimestamp,
  type Compression,
  compressionType,
  hasDeleteHorizon,
  isCompressed,
  isLogAppendTime,
  isTransactional,
  magic,
  producerEpoch,
  producerId,
  recordCount,
} from './header.ts'
import { type BatchView, batches, MAX_UNPACKED_BYTES, packedRecords, recordsOf } from './iterate.ts'
import { checkClientBatch, RecordChecks } from './record-checks.ts'
import { invalidRecord, RecordsRejected } from './rejected.ts'
import type { LeaderRules } from './rules.ts'

/** Records that are taken apart one by one cost far more memory than their bytes. */
const MAX_REWRITTEN_RECORDS = 500_000

/** The records of `records` as one batch in the log's compression, offsets from 0. */
export async function convert(records: Buffer, info: BatchesInfo, rules: LeaderRules): Promise<Buffer> {
  const views = [...batches(records.subarray(0, info.validBytes))]
  const first = views[0]
  if (first === undefined) throw invalidRecord('Record batch has no batches at all')
  const version = magic(records, 0)
  const isSet = version < 2 && info.sourceCompression === 'none'
  if (views.length > 1 && !isSet) throw invalidRecord('Compressed outer record has more than one batch')
  const target = rules.compression === 'producer' ? info.sourceCompression : rules.compression
  const converted =
    version < 2 ? await convertOld(views, version, target, rules) : await convertBatch(first, target, rules)
  checkSize(converted, rules)
  return converted
}

function checkSize(batch: Buffer, rules: LeaderRules): void {
  if (batch.length <= rules.maxMessageBytes) return
  const text =
    `Message batch size is ${batch.length} bytes in append to partition ${rules.topicPartition} ` +
    `which exceeds the maximum configured size of ${rules.maxMessageBytes}.`
  throw new RecordsRejected('MESSAGE_TOO_LARGE', text)
}

async function convertBatch(view: BatchView, target: Compression, rules: LeaderRules): Promise<Buffer> {
  const { buffer, at } = view
  if (rules.origin === 'client') checkClientBatch(buffer, at, rules.topicPartition)
  const source = compressionType(buffer, at)
  const maxBytes = rules.maxUnpackedBytes ?? MAX_UNPACKED_BYTES
  const unpacked = await decompressAsync(source, packedRecords(view), maxBytes)
  const header = {
    producerId: producerId(buffer, at),
    producerEpoch: producerEpoch(buffer, at),
    baseSequence: baseSequence(buffer, at),
    isTransactional: isTransactional(buffer, at),
    compression: target,
  }
  const asTheyAre = isLogAppendTime(buffer, at) || hasDeleteHorizon(buffer, at) ? null : measure(view, unpacked, rules)
  if (asTheyAre === null) {
    const decoded = source === 'none' ? view.records() : recordsOf(view, unpacked)
    return rewrite([{ records: decoded, isStamped: isLogAppendTime(buffer, at) }], header, rules)
  }
  const packed = target === 'none' ? unpacked : await compressAsync(target, unpacked, { level: rules.compressionLevel })
  return sealBatch({ ...header, ...asTheyAre }, behindHeader(packed))
}

type Measures = Pick<BatchHeader, 'baseTimestamp' | 'maxTimestamp' | 'lastOffsetDelta' | 'recordCount'>

/** Checks every record; null where the records' own bytes don't fit a batch that begins with the first of them. */
function measure(view: BatchView, unpacked: Buffer, rules: LeaderRules): Measures | null {
  const { buffer, at } = view
  const checks = new RecordChecks(rules, false)
  const mode = isCompressed(buffer, at) ? 'unpacked' : 'plain'
  const cursor = new RecordCursor(unpacked, 0, unpacked.length, recordCount(buffer, at), mode)
  const base = baseTimestamp(buffer, at)
  let latest = -1
  let fits = true
  for (let index = 0; cursor.next(); index++) {
    const timestamp = base + cursor.timestampDelta
    const offset = baseOffset(buffer, at) + cursor.offsetDelta
    checks.check(index, cursor.keySize >= 0, offset, timestamp, cursor)
    if (timestamp > latest) latest = timestamp
    if (cursor.offsetDelta !== index || (index === 0 && cursor.timestampDelta !== 0)) fits = false
  }
  checks.finish()
  if (!fits) return null
  return { baseTimestamp: base, maxTimestamp: latest, lastOffsetDelta: cursor.read - 1, recordCount: cursor.read }
}

async function convertOld(
  views: readonly BatchView[],
  version: number,
  target: Compression,
  rules: LeaderRules,
): Promise<Buffer> {
  const maxBytes = rules.maxUnpackedBytes ?? MAX_UNPACKED_BYTES
  const sources = views.map((view) => {
    const own = magic(view.buffer, view.at)
    if (own !== version) {
      const text = `Batch magic ${own} is not the same as the first batch's magic byte ${version}`
      throw invalidRecord(`${text} in topic partition ${rules.topicPartition}`)
    }
    return { records: view.records(maxBytes), isStamped: isLogAppendTime(view.buffer, view.at) }
  })
  return rewrite(sources, { compression: target }, rules)
}

interface Source {
  readonly records: Iterable<DecodedRecord>
  readonly isStamped: boolean
}

type Kept = Pick<NewBatch, 'producerId' | 'producerEpoch' | 'baseSequence' | 'isTransactional' | 'compression'>

/** Decodes and encodes every record. */
async function rewrite(sources: readonly Source[], header: Kept, rules: LeaderRules): Promise<Buffer> {
  const records: NewRecord[] = []
  for (const source of sources) {
    const checks = new RecordChecks(rules, source.isStamped)
    let index = 0
    for (const { offset, timestamp, key, value, headers } of source.records) {
      const sizes = { readWhole: true, keySize: key?.length ?? -1, valueSize: value?.length ?? -1 }
      checks.check(index++, key !== null, offset, timestamp, sizes)
      if (records.length >= MAX_REWRITTEN_RECORDS) {
        throw new RecordsRejected(
          'MESSAGE_TOO_LARGE',
          `More than ${MAX_REWRITTEN_RECORDS} records to rewrite in one batch`,
        )
      }
      records.push({ timestamp, key, value, headers })
    }
    checks.finish()
  }
  return buildBatchAsync({ ...header, compressionLevel: rules.compressionLevel, records })
}
