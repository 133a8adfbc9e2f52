import { parseControlKey } from '../record/control.ts'
import type { DecodedRecord, RecordHeader } from '../record/decoded-record.ts'
import {
  type Compression,
  compressionType,
  ensureValid,
  isControl,
  isLogAppendTime,
  isTransactional,
  lastOffset,
  leaderEpoch,
  magic,
  producerEpoch,
  producerId,
  type TimestampType,
} from '../record/header.ts'
import type { BatchView } from '../record/iterate.ts'
import type { AbortedTransaction, Fetched } from './fetcher.ts'

export interface ReadRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType | 'none'
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RecordHeader[]
  /** Key, value and headers. */
  readonly sizeInBytes: number
  /** −1: none. */
  readonly producerId: number
  readonly producerEpoch: number
  readonly sequence: number
  readonly leaderEpoch: number
  readonly isTransactional: boolean
  readonly compression: Compression
}

export interface DecodeOptions {
  /** Without the records of transactions that were aborted; the broker has said which. */
  readonly isCommittedOnly: boolean
}

/** The records of a partition's answer from where it was asked for. @throws KafkaError where a batch can't be read */
export function* recordsIn(fetched: Fetched, { isCommittedOnly }: DecodeOptions): IterableIterator<ReadRecord> {
  const { topic, partition, from } = fetched
  const aborted = isCommittedOnly ? new AbortedProducers(fetched.aborted) : undefined
  for (const batch of fetched.batches) {
    if (lastOffset(batch.buffer, batch.at) < from) continue
    ensureValid(batch.buffer, batch.at)
    if (isControl(batch.buffer, batch.at)) {
      aborted?.ends(batch)
      continue
    }
    if (aborted?.has(batch)) continue
    const facts = factsOf(batch)
    for (const record of batch.records()) {
      if (record.offset < from) continue
      const { offset, timestamp, key, value, headers, sequence } = record
      const sizeInBytes = sizeOf(record)
      yield { topic, partition, offset, timestamp, key, value, headers, sequence, sizeInBytes, ...facts }
    }
  }
}

function factsOf({ buffer, at }: BatchView) {
  const version = magic(buffer, at)
  const timestampType: ReadRecord['timestampType'] =
    version === 0 ? 'none' : isLogAppendTime(buffer, at) ? 'LogAppendTime' : 'CreateTime'
  return {
    timestampType,
    producerId: producerId(buffer, at),
    producerEpoch: producerEpoch(buffer, at),
    leaderEpoch: version === 2 ? leaderEpoch(buffer, at) : -1,
    isTransactional: isTransactional(buffer, at),
    compression: compressionType(buffer, at),
  }
}

function sizeOf({ key, value, headers }: DecodedRecord): number {
  let size = (key?.length ?? 0) + (value?.length ?? 0)
  for (const header of headers) size += Buffer.byteLength(header.key) + (header.value?.length ?? 0)
  return size
}

/** Follows, batch by batch, whose transactions the log says were aborted. */
class AbortedProducers {
  readonly #coming: AbortedTransaction[]
  readonly #current = new Set<number>()

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#coming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** Whether a batch of records belongs to one. */
  has({ buffer, at }: BatchView): boolean {
    const last = lastOffset(buffer, at)
    for (let first = this.#coming[0]; first !== undefined && first.firstOffset <= last; first = this.#coming[0]) {
      this.#current.add(first.producerId)
      this.#coming.shift()
    }
    return isTransactional(buffer, at) && this.#current.has(producerId(buffer, at))
  }

  /** A marker ends its producer's transaction. */
  ends(batch: BatchView): void {
    const id = producerId(batch.buffer, batch.at)
    if (this.#current.has(id) && isAbort(batch)) this.#current.delete(id)
  }
}

function isAbort(batch: BatchView): boolean {
  for (const { key } of batch.records()) return key !== null && parseControlKey(key).type === 'abort'
  return false
}
