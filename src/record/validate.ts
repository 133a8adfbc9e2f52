import { type AppendOrigin, analyze, type BatchesInfo } from './analyze.ts'
import { unpack } from './compress.ts'
import { convert } from './convert.ts'
import { RecordCursor } from './cursor.ts'
import {
  baseOffset,
  baseTimestamp,
  compressionType,
  isControl,
  isLogAppendTime,
  lastOffsetDelta,
  magic,
  maxTimestamp,
  RECORD_BATCH_OVERHEAD,
  recordCount,
  setBaseOffset,
  setLeaderEpoch,
  setMaxTimestamp,
} from './header.ts'
import { MAX_UNPACKED_BYTES } from './iterate.ts'
import { checkClientBatch, RecordChecks } from './record-checks.ts'
import { invalidRecord } from './rejected.ts'
import type { LeaderRules } from './rules.ts'

export { checkProduced, hasTransactional } from './produced.ts'
export { type RecordError, RecordsRejected } from './rejected.ts'
export type { AppendOrigin, BatchesInfo, LeaderRules }

export interface LeaderAppend extends BatchesInfo {
  readonly kind: 'ready'
  /** -1 for CreateTime. */
  readonly logAppendTimeMs: number
}

/** The bytes can't be stored as they are: give them to `convertForLeader`, then append what it answers. */
export interface ConversionNeeded {
  readonly kind: 'convert'
}

const CONVERSION_NEEDED: ConversionNeeded = { kind: 'convert' }

/**
 * Checks `records` and, where they may be stored as they are, gives them offsets from `nextOffset` on, the leader epoch
 * and their timestamps, in place. Nothing is changed when it throws or asks for a conversion. Records of a Raft leader
 * keep the offsets that they came with.
 */
export function validateForLeader(
  records: Buffer,
  nextOffset: number,
  rules: LeaderRules,
): LeaderAppend | ConversionNeeded {
  const info = analyze(records, rules)
  if (info.batchCount === 0 || rules.origin === 'raft-leader') return { ...info, kind: 'ready', logAppendTimeMs: -1 }
  if (magic(records, 0) < 2) return CONVERSION_NEEDED
  if (info.batchCount > 1) throw invalidRecord('Compressed outer record has more than one batch')
  if (rules.origin === 'client') checkClientBatch(records, 0, rules.topicPartition)
  const target = rules.compression === 'producer' ? info.sourceCompression : rules.compression
  const isPlainControl = info.sourceCompression === 'none' && isControl(records, 0)
  if (info.sourceCompression !== target && !isPlainControl) return CONVERSION_NEEDED
  const walked = walk(records, info.validBytes, rules)
  return walked.isConsecutive ? stamp(records, info, walked, nextOffset, rules) : CONVERSION_NEEDED
}

interface Walked {
  count: number
  latest: number
  /** Compressed records whose offsets do not count from 0 are written anew. */
  isConsecutive: boolean
}

const cursor = new RecordCursor(Buffer.alloc(0), 0, 0, 0, 'plain')
const NOTHING = Buffer.alloc(0)

/** One look at every record. Uses one shared cursor: nothing here calls back. */
function walk(records: Buffer, size: number, rules: LeaderRules): Walked {
  const compression = compressionType(records, 0)
  const count = recordCount(records, 0)
  if (compression === 'none' || count === 0) {
    cursor.reset(records, RECORD_BATCH_OVERHEAD, count === 0 ? RECORD_BATCH_OVERHEAD : size, count, 'plain')
  } else {
    const packed = records.subarray(RECORD_BATCH_OVERHEAD, size)
    const unpacked = unpack(compression, packed, rules.maxUnpackedBytes ?? MAX_UNPACKED_BYTES)
    cursor.reset(unpacked, 0, unpacked.length, count, 'skimmed')
  }
  try {
    return walkRecords(records, compression !== 'none', rules)
  } finally {
    cursor.buffer = NOTHING
  }
}

function walkRecords(records: Buffer, isCompressed: boolean, rules: LeaderRules): Walked {
  const isStamped = isLogAppendTime(records, 0)
  const checks = new RecordChecks(rules, isStamped)
  const firstOffset = baseOffset(records, 0)
  const base = isStamped ? maxTimestamp(records, 0) : baseTimestamp(records, 0)
  let latest = -1
  let isConsecutive = true
  const skimmed = cursor.skim()
  if (cursor.read > 0) {
    const earliest = isStamped ? base : base + skimmed.earliestDelta
    latest = Math.max(latest, isStamped ? base : base + skimmed.latestDelta)
    isConsecutive = !isCompressed || (skimmed.isConsecutive && firstOffset === 0)
    const keySize = skimmed.allHaveKeys ? 0 : -1
    // Each of them that is refused must be named.
    if (!checks.isSound(keySize, earliest) || !checks.isSound(keySize, latest)) cursor.rewind()
  }
  while (cursor.next()) {
    const index = cursor.read - 1
    const timestamp = isStamped ? base : base + cursor.timestampDelta
    const offset = firstOffset + cursor.offsetDelta
    if (!checks.isSound(cursor.keySize, timestamp)) checks.check(index, cursor.keySize >= 0, offset, timestamp, cursor)
    if (timestamp > latest) latest = timestamp
    if (isCompressed && offset !== index) isConsecutive = false
  }
  checks.finish()
  return { count: cursor.read, latest, isConsecutive }
}

function stamp(
  records: Buffer,
  info: BatchesInfo,
  walked: Walked,
  nextOffset: number,
  rules: LeaderRules,
): LeaderAppend {
  const isStamped = rules.timestampType === 'LogAppendTime'
  const last = nextOffset + walked.count - 1
  const latest = isStamped ? rules.nowMs : walked.latest
  setBaseOffset(records, 0, last - lastOffsetDelta(records, 0))
  setLeaderEpoch(records, 0, rules.leaderEpoch)
  setMaxTimestamp(records, 0, rules.timestampType, latest)
  const hasTime = isStamped || info.sourceCompression !== 'none' || walked.latest > -1
  return {
    ...info,
    kind: 'ready',
    firstOffset: nextOffset,
    lastOffset: last,
    lastOffsetOfFirstBatch: last,
    lastLeaderEpoch: rules.leaderEpoch,
    maxTimestamp: latest,
    offsetOfMaxTimestamp: hasTime ? last : -1,
    logAppendTimeMs: isStamped ? rules.nowMs : -1,
  }
}

/**
 * One magic 2 batch with the same records in the log's compression, offsets from 0, unstamped: for
 * `validateForLeader` with the same rules. Makes every check that it makes. Compresses off the event loop.
 */
export async function convertForLeader(records: Buffer, rules: LeaderRules): Promise<Buffer> {
  const info = analyze(records, rules)
  return convert(records, info, rules)
}

export interface FollowerRules {
  readonly topicPartition: string
  /** Batches of a later epoch than this, and what follows them, are left out (KAFKA-18723). */
  readonly leaderEpoch: number
}

/** A follower's checks: framing, checksums, rising offsets. Changes nothing. */
export function validateForFollower(records: Buffer, rules: FollowerRules): BatchesInfo {
  const { topicPartition, leaderEpoch } = rules
  return analyze(records, {
    topicPartition,
    leaderEpoch,
    origin: 'replication',
    maxMessageBytes: Number.POSITIVE_INFINITY,
  })
}
