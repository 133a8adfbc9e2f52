import {
  baseOffset,
  baseSequence,
  hasProducerId,
  isControl,
  lastOffset,
  producerId,
  recordCount,
  type TimestampType,
} from './header.ts'
import { invalidRecord, type RecordError, RecordsRejected } from './rejected.ts'

const NO_TIMESTAMP = -1
/** Of one batch in one answer; a client fails the whole batch anyway. */
const MAX_RECORD_ERRORS = 10_000
const INT64_MAX = 2n ** 63n - 1n

/** What a log demands of each record. */
export interface RecordDemands {
  readonly topicPartition: string
  readonly nowMs: number
  /** cleanup.policy has `compact`. */
  readonly compacted: boolean
  readonly timestampType: TimestampType
  /** May be Infinity or any number from 2^63−1 on. */
  readonly timestampBeforeMaxMs: number
  readonly timestampAfterMaxMs: number
}

/** What a client's magic 2 batch may not say in its header. */
export function checkClientBatch(records: Buffer, at: number, topicPartition: string): void {
  const first = baseOffset(records, at)
  const last = lastOffset(records, at)
  const count = recordCount(records, at)
  const range = `[${first}, ${last}]`
  if (last < first)
    throw invalidRecord(`Batch has an invalid offset range: ${range} in topic partition ${topicPartition}`)
  if (count <= 0) {
    throw invalidRecord(`Invalid reported count for record batch: ${count} in topic partition ${topicPartition}`)
  }
  if (last - first + 1 !== count) {
    const text = `Inconsistent batch offset range ${range} and count of records ${count}`
    throw invalidRecord(`${text} in topic partition ${topicPartition}`)
  }
  if (isControl(records, at)) {
    throw invalidRecord(`Clients are not allowed to write control records in topic partition ${topicPartition}`)
  }
  if (hasProducerId(records, at) && baseSequence(records, at) < 0) {
    const text = `Invalid sequence number ${baseSequence(records, at)} in record batch with producerId`
    throw invalidRecord(`${text} ${producerId(records, at)} in topic partition ${topicPartition}`)
  }
}

/** -1: null. */
export interface SizedRecord {
  readonly readWhole: boolean
  readonly keySize: number
  readonly valueSize: number
}

/** Collects the records of one batch that are refused. */
export class RecordChecks {
  readonly #demands: RecordDemands
  readonly #batchIsStamped: boolean
  readonly #earliest: number
  readonly #latest: number
  readonly #soundFrom: number
  readonly #soundTo: number
  #errors: RecordError[] = []
  #total = 0
  #isTimestamp = false

  constructor(demands: RecordDemands, batchIsStamped: boolean) {
    this.#demands = demands
    this.#batchIsStamped = batchIsStamped
    this.#earliest = demands.nowMs - demands.timestampBeforeMaxMs
    this.#latest = demands.nowMs + demands.timestampAfterMaxMs
    const isStamping = demands.timestampType === 'LogAppendTime'
    this.#soundFrom = isStamping ? (batchIsStamped ? Infinity : -Infinity) : Math.max(0, this.#earliest)
    this.#soundTo = isStamping ? Infinity : this.#latest
  }

  /** Nothing to refuse: what `check` would find too, only faster. */
  isSound(keySize: number, timestamp: number): boolean {
    return timestamp >= this.#soundFrom && timestamp <= this.#soundTo && (keySize >= 0 || !this.#demands.compacted)
  }

  /** `sizes` is the cursor that stands on the record, for the one message that shows it whole. */
  check(index: number, hasKey: boolean, offset: number, timestamp: number, sizes: SizedRecord): void {
    const demands = this.#demands
    if (demands.compacted && !hasKey) {
      const message = `Compacted topic cannot accept message without key in topic partition ${demands.topicPartition}`
      this.#refuse(index, message)
    } else if (demands.timestampType === 'CreateTime' && timestamp !== NO_TIMESTAMP) {
      if (timestamp < this.#earliest || timestamp > this.#latest) this.#outOfRange(index, offset, timestamp)
    } else if (this.#batchIsStamped) {
      const message = `Invalid timestamp type in message ${describe(offset, timestamp, sizes)}. Producer should not set timestamp type to LogAppendTime.`
      this.#refuse(index, message)
      this.#isTimestamp = true
    }
  }

  #outOfRange(batchIndex: number, offset: number, timestamp: number): void {
    const { nowMs, timestampBeforeMaxMs, timestampAfterMaxMs } = this.#demands
    const from = int64Sum(nowMs, -int64(timestampBeforeMaxMs))
    const to = int64Sum(nowMs, int64(timestampAfterMaxMs))
    const range = `The timestamp should be within [${from}, ${to}]`
    const message = `Timestamp ${timestamp} of message with offset ${offset} is out of range. ${range}`
    this.#refuse(batchIndex, message)
    this.#isTimestamp = true
  }

  #refuse(batchIndex: number, message: string): void {
    this.#total++
    if (this.#errors.length < MAX_RECORD_ERRORS) this.#errors.push({ batchIndex, message })
  }

  /** Throws where records were refused: all of them, so that the client can drop just these (KIP-467). */
  finish(): void {
    const errors = this.#errors
    if (errors.length === 0) return
    if (this.#isTimestamp) {
      const text = 'One or more records have been rejected due to invalid timestamp'
      throw new RecordsRejected('INVALID_TIMESTAMP', text, errors)
    }
    const shown = errors.slice(0, 3).map((e) => `RecordError(batchIndex=${e.batchIndex}, message='${e.message}')`)
    const text =
      `One or more records have been rejected due to ${this.#total} record errors in total, ` +
      `and only showing the first three errors at most: [${shown.join(', ')}]`
    throw new RecordsRejected('INVALID_RECORD', text, errors)
  }
}

/** Kafka's text of a record. */
function describe(offset: number, timestamp: number, { readWhole, keySize, valueSize }: SizedRecord): string {
  const name = readWhole ? 'DefaultRecord' : 'PartialDefaultRecord'
  const key = readWhole && keySize < 0 ? 0 : keySize
  const value = readWhole && valueSize < 0 ? 0 : valueSize
  return `${name}(offset=${offset}, timestamp=${timestamp}, key=${key} bytes, value=${value} bytes)`
}

function int64(value: number): bigint {
  return value >= Number.MAX_SAFE_INTEGER ? INT64_MAX : BigInt(Math.trunc(value))
}

/** As Java adds longs. */
function int64Sum(a: number, b: bigint): bigint {
  return BigInt.asIntN(64, BigInt(Math.trunc(a)) + b)
}
