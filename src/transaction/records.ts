import { ByteReader, ByteWriter } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import { TransactionLogKey, TransactionLogValue } from '../protocol/stored/transaction-records.ts'
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

const RECORD_TYPE = 0
const LATEST_VALUE_VERSION = 1

export function valueVersionAt(transactionVersion: number): number {
  return transactionVersion >= 1 ? LATEST_VALUE_VERSION : 0
}

export function encodeRecord({ transactionalId, value, valueVersion }: TransactionRecord) {
  const key = framed(RECORD_TYPE, (writer) => TransactionLogKey.encode(writer, { transactionalId }, 0))
  if (value === null) return { key, value: null }
  const { previousProducerId, nextProducerId, producerId, producerEpoch } = value
  const data = {
    producerId,
    previousProducerId: valueVersion >= 1 ? previousProducerId : -1,
    nextProducerId: valueVersion >= 1 ? nextProducerId : -1,
    producerEpoch,
    transactionTimeoutMs: value.timeoutMs,
    transactionStatus: STATES.indexOf(value.state),
    transactionPartitions:
      value.state === 'Empty'
        ? null
        : Array.from(value.partitions, ([topic, partitions]) => ({ topic, partitionIds: [...partitions] })),
    transactionLastUpdateTimestampMs: value.lastUpdateMs,
    transactionStartTimestampMs: value.startMs,
    clientTransactionVersion: valueVersion >= 1 ? value.clientVersion : 0,
  }
  return { key, value: framed(valueVersion, (writer) => TransactionLogValue.encode(writer, data, valueVersion)) }
}

function framed(version: number, body: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter()
  writer.int16(version)
  body(writer)
  return writer.toBuffer()
}

/** Keys and values of versions that a later Kafka wrote are passed over, as Kafka does. */
export function* decodeBatch(
  view: BatchView,
): IterableIterator<{ readonly offset: number; readonly record: TransactionRecord }> {
  for (const { key, value, offset } of view.records()) {
    if (key === null) throw new ProtocolError(`a record without a key at offset ${offset}`)
    const reader = new ByteReader(key)
    if (reader.int16() !== RECORD_TYPE) continue
    const { transactionalId } = TransactionLogKey.decode(reader, 0)
    if (value === null) yield { offset, record: { transactionalId, value: null, valueVersion: 0 } }
    else {
      const valueVersion = value.readInt16BE(0)
      if (valueVersion < 0 || valueVersion > LATEST_VALUE_VERSION) continue
      yield { offset, record: { transactionalId, value: decodeValue(transactionalId, value), valueVersion } }
    }
  }
}

function decodeValue(transactionalId: string, bytes: Buffer): Transaction {
  const reader = new ByteReader(bytes)
  const data = TransactionLogValue.decode(reader, reader.int16())
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
