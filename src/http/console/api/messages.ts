import type { Bytes, ErrorAnswer } from './common.ts'

/**
 * Which records; one of `from`'s forms with its own field:
 *
 *     beginning | end                  end: only what comes from now on
 *     offset     with `offset`         from that on in each partition
 *     timestamp  with `timestamp`      the first records that are not older, ms
 *     last       with `limit`          so many newest records of all partitions
 *     offsets    with `offsets`        `0:17,3:250`: a place in each partition, as `next` of an answer has it
 */
export interface MessagesQuery {
  readonly from: 'beginning' | 'end' | 'offset' | 'timestamp' | 'last' | 'offsets'
  readonly offset?: number
  readonly timestamp?: number
  readonly offsets?: string
  /** Numbers separated by commas; all if not given. */
  readonly partitions?: string
  /** 1 to 100,000; 100 if not given. A tail has none. */
  readonly limit?: number
  /** Goes on with what is produced from now on, until the request is aborted. */
  readonly tail?: boolean
  /** Records that are as new as this, or newer, are left out; ms. */
  readonly until?: number
  /** Of each key, value and header at most so many bytes: 0 to 1,048,576; 16,384 if not given. */
  readonly maxBytes?: number
  /** Records of transactions that are open or were aborted are shown as well. */
  readonly uncommitted?: boolean
}

/** A line of the stream of newline-delimited JSON. The last is `end` or `error`, unless the connection broke. */
export type MessagesLine =
  | ({ readonly type: 'record' } & Message)
  /** Every second or so: how far the reading is. A tail sends it as a sign of life too. */
  | { readonly type: 'progress'; readonly records: number; readonly bytes: number; readonly next: string }
  | {
      readonly type: 'end'
      /** `limit`: there may be more, to be read with `from=offsets&offsets=<next>`. */
      readonly reason: 'limit' | 'caught-up'
      readonly records: number
      readonly bytes: number
      readonly next: string
    }
  | ({ readonly type: 'error' } & ErrorAnswer)

export interface Message {
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
  readonly key: Bytes | null
  readonly value: Bytes | null
  readonly headers: readonly { readonly key: string; readonly value: Bytes | null }[]
  /** Of key, value and headers, not compressed. */
  readonly sizeInBytes: number
  /** -1: its producer is neither idempotent nor transactional. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly isTransactional: boolean
}

/** One whole message: `GET /api/topics/:topic/message`. */
export interface MessageQuery {
  readonly partition: number
  readonly offset: number
  /** Part of it alone, as the bytes themselves (application/octet-stream) to be saved. */
  readonly part?: 'key' | 'value'
}

/** How many records there are in each of the buckets between two times, by their offsets. */
export interface HistogramQuery {
  /** Not given: since the oldest record. */
  readonly from?: number
  readonly until?: number
  /** 1 to 200; 60 if not given. */
  readonly buckets?: number
  readonly partitions?: string
}

export interface Histogram {
  readonly fromMs: number
  readonly untilMs: number
  readonly bucketMs: number
  /** Only as right as the timestamps grow with the offsets. */
  readonly counts: readonly number[]
  readonly total: number
}

export interface ProduceBody {
  readonly topic: string
  /** Not given: by the key, as the Java client would; without a key any. */
  readonly partition?: number
  readonly records: readonly ProduceRecord[]
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
}

export interface ProduceRecord {
  readonly key: ProduceBytes | null
  /** null: a tombstone. */
  readonly value: ProduceBytes | null
  readonly headers?: readonly { readonly key: string; readonly value: ProduceBytes | null }[]
  /** Not given: now. */
  readonly timestamp?: number
}

/**
 * `json`: written by the latest schema of a subject (Avro, JSON Schema or Protobuf), with its id in front. `message`: which one of
 * a Protobuf file, by its full name; the first where it is not given.
 */
export type ProduceBytes =
  | { readonly text: string }
  | { readonly base64: string }
  | { readonly json: string; readonly subject: string; readonly message?: string }

export interface ProduceAnswer {
  readonly records: readonly { readonly partition: number; readonly offset: number; readonly timestamp: number }[]
}
