import { ByteReader } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import { decodeKeyed, encodeKeyed, type KeyAndValue } from '../protocol/keyed-record.ts'
import type { Input } from '../protocol/schema.ts'
import {
  TransactionLogKey,
  TransactionLogValue,
  type TransactionLogValueData,
} from '../protocol/stored/transaction-records.ts'
import type { BatchView } from '../record/iterate.ts'
import { NO_PARTITIONS } from './partitions.ts'
import { NO_EPOCH, STATES, type Transaction } from './transaction.ts'

export interface TransactionRecord {
  readonly transactionalId: string
  /** null: forgotten. */
  readonly value: Transaction | null
  /** Of the stored value: 1 where the cluster is at transaction.version 1 or later. */
  readonly valueVersion: number
}

const TRANSACTION = { id: 0, key: TransactionLogKey, value: TransactionLogValue }
const LATEST_VALUE_VERSION = 1

export function valueVersionAt(transactionVersion: number): number {
  return transactionVersion >= 1 ? LATEST_VALUE_VERSION : 0
}

export function encodeRecord({ transactionalId, value, valueVersion }: TransactionRecord): KeyAndValue {
  return encodeKeyed(TRANSACTION, { transactionalId }, value && stored(value, valueVersion), valueVersion)
}

function stored(value: Transaction, version: number): Input<typeof TransactionLogValue> {
  const { previousProducerId, nextProducerId, producerId, producerEpoch } = value
  return {
    producerId,
    previousProducerId: version >= 1 ? previousProducerId : -1,
    nextProducerId: version >= 1 ? nextProducerId : -1,
    producerEpoch,
    transactionTimeoutMs: value.timeoutMs,
    transactionStatus: STATES.indexOf(value.state),
    transactionPartitions:
      value.state === 'Empty'
        ? null
        : Array.from(value.partitions, ([topic, partitions]) => ({ topic, partitionIds: [...partitions] })),
    transactionLastUpdateTimestampMs: value.lastUpdateMs,
    transactionStartTimestampMs: value.startMs,
    clientTransactionVersion: version >= 1 ? value.clientVersion : 0,
  }
}

/** Keys and values of versions that a later Kafka wrote are passed over, as Kafka does. */
export function* decodeBatch(
  view: BatchView,
): IterableIterator<{ readonly offset: number; readonly record: TransactionRecord }> {
  for (const { key, value, offset } of view.records()) {
    if (key === null) throw new ProtocolError(`a record without a key at offset ${offset}`)
    const reader = new ByteReader(key)
    if (reader.int16() !== TRANSACTION.id) continue
    const valueVersion = value?.readInt16BE(0) ?? 0
    if (valueVersion < 0 || valueVersion > LATEST_VALUE_VERSION) continue
    const decoded = decodeKeyed(TRANSACTION, reader, value)
    const { transactionalId } = decoded.key
    yield {
      offset,
      record: { transactionalId, value: decoded.value && restored(transactionalId, decoded.value), valueVersion },
    }
  }
}

function restored(transactionalId: string, data: TransactionLogValueData): Transaction {
  const state = STATES[data.transactionStatus]
  if (state === undefined) throw new ProtocolError(`a transaction in the unknown state ${data.transactionStatus}`)
  const partitions = data.transactionPartitions ?? []
  return {
    transactionalId,
    producerId: data.producerId,
    previousProducerId: data.previousProducerId,
    nextProducerId: data.nextProducerId,
    producerEpoch: data.producerEpoch,
    lastProducerEpoch: NO_EPOCH,
    timeoutMs: data.transactionTimeoutMs,
    state,
    partitions:
      state === 'Empty'
        ? NO_PARTITIONS
        : new Map(partitions.map(({ topic, partitionIds }) => [topic, new Set(partitionIds)])),
    startMs: data.transactionStartTimestampMs,
    lastUpdateMs: data.transactionLastUpdateTimestampMs,
    clientVersion: data.clientTransactionVersion,
  }
}
