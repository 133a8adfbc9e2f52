import { InvariantError } from '../base/assert.ts'
import type { Compression, TimestampType } from './header.ts'

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

/** One magic 2 batch, header and checksum included. */
export function buildBatch(batch: NewBatch): Buffer {
  throw new InvariantError(`${batch.baseOffset}`)
}
