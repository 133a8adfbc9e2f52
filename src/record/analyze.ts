import {
  baseOffset,
  batchSize,
  type Compression,
  completeBatchSize,
  compressionType,
  crc,
  isValid,
  lastOffset,
  leaderEpoch,
  magic,
  maxTimestamp,
  RECORD_BATCH_OVERHEAD,
  recordCount,
} from './header.ts'
import { batches } from './iterate.ts'
import { corruptRecord, invalidRecord, RecordsRejected, unreadable } from './rejected.ts'

export type AppendOrigin = 'client' | 'coordinator' | 'raft-leader' | 'replication'

export interface BatchesInfo {
  /** Of the first batch; -1: nothing to append, or (old formats) only decompression could tell. */
  readonly firstOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  /** The last offset of the first batch that has maxTimestamp: what the time index gets. */
  readonly offsetOfMaxTimestamp: number
  /** Append these bytes from the start of the buffer; a part of a batch, or batches left out, may follow them. */
  readonly validBytes: number
  readonly batchCount: number
  /** -1 where only decompression could tell (old formats). */
  readonly recordCount: number
  readonly sourceCompression: Compression
  readonly lastOffsetOfFirstBatch: number
  /** Of the last batch; -1: none. */
  readonly lastLeaderEpoch: number
}

export interface Demands {
  /** `topic-partition`, for messages. */
  readonly topicPartition: string
  readonly origin: AppendOrigin
  readonly leaderEpoch: number
  /** Infinity: batches of any size. */
  readonly maxMessageBytes: number
}

type Draft = { -readonly [K in keyof BatchesInfo]: BatchesInfo[K] }

/** What can be said and refused by the batches' headers and checksums alone. Changes nothing. */
export function analyze(records: Buffer, demands: Demands): BatchesInfo {
  const info: Draft = {
    firstOffset: -1,
    lastOffset: -1,
    maxTimestamp: -1,
    offsetOfMaxTimestamp: -1,
    validBytes: 0,
    batchCount: 0,
    recordCount: 0,
    sourceCompression: 'none',
    lastOffsetOfFirstBatch: -1,
    lastLeaderEpoch: -1,
  }
  const takesOffsetsAsGiven = demands.origin === 'replication' || demands.origin === 'raft-leader'
  let isRising = true
  let at = 0
  for (let size = completeBatchSize(records, at); size > 0; size = completeBatchSize(records, at)) {
    checkBatch(records, at, demands)
    // KAFKA-18723: what a leader sent after it lost its leadership ends what may be taken from it.
    if (demands.origin === 'replication' && leaderEpoch(records, at) > demands.leaderEpoch) break
    const last = lastOffset(records, at)
    if (info.lastOffset >= last) isRising = false
    addBatch(info, records, at, last)
    at += size
  }
  if (takesOffsetsAsGiven && !isRising) throw outOfOrder(records, demands.topicPartition)
  return info
}

function checkBatch(records: Buffer, at: number, demands: Demands): void {
  if (demands.origin === 'raft-leader' && leaderEpoch(records, at) !== demands.leaderEpoch) {
    throw invalidRecord('Append from Raft leader did not set the batch epoch correctly')
  }
  const version = magic(records, at)
  if (version === 2 && demands.origin === 'client' && baseOffset(records, at) !== 0) {
    const text = `should be 0, but it is ${baseOffset(records, at)}`
    throw invalidRecord(`The baseOffset of the record batch in the append to ${demands.topicPartition} ${text}`)
  }
  const size = batchSize(records, at)
  if (size > demands.maxMessageBytes) {
    const text = `is ${size} bytes which exceeds the maximum configured value of ${demands.maxMessageBytes}).`
    throw new RecordsRejected(
      'MESSAGE_TOO_LARGE',
      `The record batch size in the append to ${demands.topicPartition} ${text}`,
    )
  }
  const isShort = version === 2 && size < RECORD_BATCH_OVERHEAD
  if (isShort || !isValid(records, at)) {
    const stored = size < 21 && version === 2 ? 'unknown' : crc(records, at)
    throw corruptRecord(`Record is corrupt (stored crc = ${stored}) in topic partition ${demands.topicPartition}.`)
  }
}

function addBatch(info: Draft, records: Buffer, at: number, last: number): void {
  if (info.batchCount === 0) {
    if (magic(records, at) === 2) info.firstOffset = baseOffset(records, at)
    info.lastOffsetOfFirstBatch = last
  }
  info.lastOffset = last
  info.lastLeaderEpoch = leaderEpoch(records, at)
  const latest = maxTimestamp(records, at)
  if (latest > info.maxTimestamp) {
    info.maxTimestamp = latest
    info.offsetOfMaxTimestamp = last
  }
  const count = recordCount(records, at)
  info.recordCount = count < 0 || info.recordCount < 0 ? -1 : info.recordCount + count
  info.validBytes += batchSize(records, at)
  info.batchCount++
  const compression = compressionType(records, at)
  if (compression !== 'none') info.sourceCompression = compression
}

const MAX_OFFSETS_SHOWN = 100

function outOfOrder(records: Buffer, topicPartition: string): RecordsRejected {
  const offsets: number[] = []
  for (const batch of batches(records)) {
    for (const record of batch.records()) {
      if (offsets.length < MAX_OFFSETS_SHOWN) offsets.push(record.offset)
    }
    if (offsets.length >= MAX_OFFSETS_SHOWN) break
  }
  return unreadable(`Out of order offsets found in append to ${topicPartition}: ${offsets.join()}`)
}
