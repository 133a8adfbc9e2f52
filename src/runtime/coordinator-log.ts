import type { KafkaError } from '../base/errors.ts'
import type { Verification } from '../storage/types.ts'

/** How an append of a transaction's batch is checked. */
export interface TransactionalAppend {
  /** What the log gave when the partition was verified to be part of the transaction (KIP-890). */
  readonly verification?: Verification | undefined
  /** Of the transaction that a marker ends. */
  readonly transactionVersion?: number
}

/** What a coordinator needs of the replica that its machine lives on, while this node leads it. */
export interface CoordinatorLog {
  /** `topic-partition`, for messages. */
  readonly name: string
  readonly logStartOffset: number
  /** Where the next record goes. */
  readonly logEndOffset: number
  /** What one batch may take: max.message.bytes of the topic. */
  readonly maxBatchBytes: number
  /** What an append would be refused with now, whatever it appends; undefined: nothing is known against it. */
  refusal?(): KafkaError | undefined
  /** Appends one batch at the end as the leader. @throws KafkaError where nothing was appended */
  append(batch: Buffer, options?: TransactionalAppend): CoordinatorAppend
  /** Whole batches from `fromOffset` on; of none at the end of what is written. */
  read(fromOffset: number, upTo: number): CoordinatorRead | Promise<CoordinatorRead>
  /** Resolves when the high watermark is at or beyond `offset`; rejects with a KafkaError when leadership goes. */
  committed(offset: number): Promise<void>
}

export interface CoordinatorAppend {
  readonly firstOffset: number
  readonly lastOffset: number
  /** Rejects with a KafkaError where the bytes did not get into the file. */
  readonly written: Promise<void>
}

export interface CoordinatorRead {
  readonly chunks: readonly Buffer[]
  /** Where to read on. */
  readonly nextOffset: number
  release(): void
}
