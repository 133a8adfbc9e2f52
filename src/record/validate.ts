import { InvariantError } from '../base/assert.ts'
import { type ErrorName, KafkaError } from '../base/errors.ts'
import type { Compression, TimestampType } from './header.ts'

export type AppendOrigin = 'client' | 'coordinator' | 'raft-leader' | 'replication'

export interface RecordError {
  readonly batchIndex: number
  readonly message: string
}

/**
 * Records that may not be appended. `message` is for the log; `detail` and `recordErrors` go to the client,
 * which Kafka tells a reason only where single records were rejected.
 */
export class RecordsRejected extends KafkaError {
  readonly recordErrors: readonly RecordError[]

  constructor(error: ErrorName, message: string, recordErrors: readonly RecordError[] = []) {
    super(error, recordErrors.length > 0 ? message : undefined)
    this.message = message
    this.recordErrors = recordErrors
  }
}

/** What a log demands of an append by its leader. */
export interface LeaderRules {
  /** `topic-partition`, for messages. */
  readonly topicPartition: string
  readonly origin: 'client' | 'coordinator' | 'raft-leader'
  readonly leaderEpoch: number
  readonly nowMs: number
  /** cleanup.policy has `compact`. */
  readonly compacted: boolean
  /** compression.type; `uncompressed` is `none` here. */
  readonly compression: 'producer' | Compression
  readonly compressionLevel?: number
  readonly timestampType: TimestampType
  /** May be Infinity or any number from 2^63−1 on. */
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
  /** max.message.bytes. */
  readonly maxMessageBytes: number
}

export interface BatchesInfo {
  /** Of the first batch; -1: nothing to append. */
  readonly firstOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  /** The last offset of the batch that has maxTimestamp first; what the time index gets. */
  readonly offsetOfMaxTimestamp: number
  /** Append these bytes from the start of the buffer; a part of a batch may follow them. */
  readonly validBytes: number
  readonly batchCount: number
  /** -1 where only decompression could tell (old formats). */
  readonly recordCount: number
  readonly sourceCompression: Compression
}

export interface LeaderAppend extends BatchesInfo {
  readonly kind: 'ready'
  /** -1 for CreateTime. */
  readonly logAppendTimeMs: number
}

/** The bytes can't be stored as they are: give them to `convertForLeader`, then append what it answers. */
export interface ConversionNeeded {
  readonly kind: 'convert'
}

export interface FollowerAppend extends BatchesInfo {
  readonly lastOffsetOfFirstBatch: number
}

/** What Kafka refuses about the shape of a Produce request's records before any log sees them. */
export function checkProduced(records: Buffer | null, apiVersion: number): void {
  throw new InvariantError(`${records?.length} ${apiVersion}`)
}

/**
 * Checks `records` and, where they may be stored as they are, gives them offsets from `nextOffset` on, the leader epoch
 * and their timestamps, in place. Nothing is changed when it throws or asks for a conversion.
 */
export function validateForLeader(
  records: Buffer,
  nextOffset: number,
  rules: LeaderRules,
): LeaderAppend | ConversionNeeded {
  throw new InvariantError(`${records.length} ${nextOffset} ${rules.nowMs}`)
}

/** One magic 2 batch with the same records in the log's compression, offsets from 0; makes every check of `validateForLeader`. */
export async function convertForLeader(records: Buffer, rules: LeaderRules): Promise<Buffer> {
  throw new InvariantError(`${records.length} ${rules.nowMs}`)
}

export interface FollowerRules {
  readonly topicPartition: string
  /** Batches of a later epoch than this, and what follows them, are left out (KAFKA-18723). */
  readonly leaderEpoch: number
}

/** Follower's checks: framing, checksums, rising offsets. Changes nothing. */
export function validateForFollower(records: Buffer, rules: FollowerRules): FollowerAppend {
  throw new InvariantError(`${records.length} ${rules.leaderEpoch}`)
}
