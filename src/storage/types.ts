import type { LateBytes } from '../base/bytes.ts'
import type { TopicId } from '../base/ids.ts'

/** Who appends: decides who assigns offsets and what is validated. */
export type AppendOrigin = 'client' | 'coordinator' | 'raft-leader' | 'replication'

/** Given when the verification of a producer's transaction begins; shown again with the append. Identity is what counts. */
export interface Verification {
  readonly producerId: number
}

export interface AppendRequest {
  /** Whole batches; the log owns the bytes from now on and writes offsets and epochs into them. */
  readonly records: Buffer
  readonly origin: AppendOrigin
  /** Written into every batch, except for a follower's append, whose batches have it. */
  readonly leaderEpoch: number
  /** Whether who appends still leads in that epoch: asked when the turn has come of an append that had to wait. */
  readonly leads?: (epoch: number) => boolean
  readonly nowMs: number
  /** That of a transaction which was verified to have this partition (KIP-890). */
  readonly verification?: Verification | undefined
  /** Of a marker: at 2 its epoch must be a new one (KIP-1228). */
  readonly transactionVersion?: number | undefined
}

export interface AppendInfo {
  /** -1 where nothing was appended (a follower's empty append). */
  readonly firstOffset: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  /** -1 where records keep the time that their producer gave them. */
  readonly logAppendTimeMs: number
  readonly logStartOffset: number
  readonly recordCount: number
  readonly sizeInBytes: number
  /** The producer sent this batch before: the offsets are those it got then and nothing was written. */
  readonly duplicate: boolean
  /**
   * Resolves when the bytes are in the file (not fsynced); rejects with KafkaError('KAFKA_STORAGE_ERROR') where the write
   * failed and the log went back to its last written byte. A rejection nobody waits for is not an unhandled rejection.
   */
  readonly written: Promise<void>
}

export interface ReadOptions {
  readonly maxBytes: number
  /** Exclusive: only batches whose last offset is below it. Never more than what is written. */
  readonly upTo: number
  /** Gives the first batch although it is larger than `maxBytes`. */
  readonly minOneBatch: boolean
  /** The reader only passes the bytes on: they may stay in their file until they are sent. */
  readonly late?: boolean
}

export interface ReadResult {
  readonly chunks: readonly Buffer[]
  /** Instead of chunks, where the reader may take them late. */
  readonly late?: LateBytes
  readonly sizeInBytes: number
  /** After the last batch given, and not after the batch that follows; the offset asked for where nothing was given. */
  readonly nextOffset: number
  /**
   * Gives pooled memory back once nobody reads the chunks, or slices of them, any more: whoever keeps some takes a copy. Not
   * calling it costs memory traffic, nothing else. Late bytes keep their file open until it is called.
   */
  release(): void
}

export interface TimestampOffset {
  readonly timestamp: number
  readonly offset: number
  readonly leaderEpoch: number
}

export interface EpochEndOffset {
  readonly leaderEpoch: number
  readonly endOffset: number
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** A producer as DescribeProducers shows it. */
export interface ActiveProducer {
  readonly producerId: number
  readonly producerEpoch: number
  readonly lastSequence: number
  readonly lastTimestamp: number
  readonly coordinatorEpoch: number
  /** -1: no transaction is open. */
  readonly currentTxnStartOffset: number
}

export interface LogName {
  readonly topic: string
  readonly partition: number
  readonly topicId: TopicId | undefined
}
