import { ByteReader, ByteWriter } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import {
  GroupMetadataKey,
  GroupMetadataValue,
  type GroupMetadataValueData,
  OffsetCommitKey,
  OffsetCommitValue,
  type OffsetCommitValueData,
} from '../protocol/stored/group-records.ts'
import { parseEndTxnMarker } from '../record/control.ts'
import * as header from '../record/header.ts'
import type { BatchView, DecodedRecord } from '../record/iterate.ts'
import {
  type ConsumerRecord,
  decodeConsumerRecord,
  encodeConsumerRecord,
  isConsumerRecordType,
} from './consumer/records.ts'
import { decodeShareRecord, encodeShareRecord, isShareRecordType, type ShareRecord } from './share/records.ts'
import { decodeStreamsRecord, encodeStreamsRecord, isStreamsRecordType, type StreamsRecord } from './streams/records.ts'

export const NO_PRODUCER_ID = -1

export interface OffsetRecord {
  readonly type: 'offset'
  /** Of the transaction that the commit is a part of, or -1. */
  readonly producerId: number
  readonly groupId: string
  readonly topic: string
  readonly partition: number
  /** null: a tombstone. */
  readonly value: OffsetCommitValueData | null
}

export interface ClassicGroupRecord {
  readonly type: 'group'
  readonly groupId: string
  readonly value: GroupMetadataValueData | null
}

export interface TransactionEnded {
  readonly type: 'transactionEnded'
  readonly producerId: number
  readonly committed: boolean
}

/** What the log of a `__consumer_offsets` partition says, one record at a time. */
export type GroupRecord =
  | OffsetRecord
  | ClassicGroupRecord
  | ConsumerRecord
  | StreamsRecord
  | ShareRecord
  | TransactionEnded

const LEGACY_OFFSET_TYPE = 0
const OFFSET_TYPE = 1
const GROUP_TYPE = 2
const GROUP_VALUE_VERSION = 3
/** The last version that carries its own expiry time, as commits with a retention time (OffsetCommit v2–4) need. */
const OFFSET_VALUE_VERSION_WITH_EXPIRY = 1
const OFFSET_VALUE_VERSION = 4

export interface KeyAndValue {
  readonly key: Buffer
  readonly value: Buffer | null
}

/** @throws ProtocolError for a transaction's end, which is not a record that this side writes */
export function encodeRecord(record: GroupRecord): KeyAndValue {
  switch (record.type) {
    case 'offset': {
      const { groupId: group, topic, partition, value } = record
      const version = value?.expireTimestamp === -1 ? OFFSET_VALUE_VERSION : OFFSET_VALUE_VERSION_WITH_EXPIRY
      return {
        key: framed(OFFSET_TYPE, (writer) => OffsetCommitKey.encode(writer, { group, topic, partition }, 0)),
        value: value && framed(version, (writer) => OffsetCommitValue.encode(writer, value, version)),
      }
    }
    case 'group': {
      const { groupId: group, value } = record
      return {
        key: framed(GROUP_TYPE, (writer) => GroupMetadataKey.encode(writer, { group }, 0)),
        value:
          value &&
          framed(GROUP_VALUE_VERSION, (writer) => GroupMetadataValue.encode(writer, value, GROUP_VALUE_VERSION)),
      }
    }
    case 'consumer':
      return encodeConsumerRecord(record)
    case 'streams':
      return encodeStreamsRecord(record)
    case 'share':
      return encodeShareRecord(record)
    case 'transactionEnded':
      throw new ProtocolError('a transaction is ended by its marker, which the transaction coordinator writes')
  }
}

function framed(version: number, body: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter()
  writer.int16(version)
  body(writer)
  return writer.toBuffer()
}

/** The records of a batch that mean something here. Nothing that they hold shares memory with the batch. */
export function* decodeBatch(
  view: BatchView,
): IterableIterator<{ readonly offset: number; readonly record: GroupRecord }> {
  const { buffer, at } = view
  const isControl = header.isControl(buffer, at)
  const producerId = header.isTransactional(buffer, at) ? header.producerId(buffer, at) : NO_PRODUCER_ID
  for (const raw of view.records()) {
    const record = isControl ? endOfTransaction(raw, header.producerId(buffer, at)) : decodeRecord(raw, producerId)
    if (record) yield { offset: raw.offset, record }
  }
}

function endOfTransaction(raw: DecodedRecord, producerId: number): TransactionEnded | undefined {
  if (raw.key === null || raw.value === null) return undefined
  if (raw.key.length < 4 || raw.key.readInt16BE(2) > 1) return undefined
  return {
    type: 'transactionEnded',
    producerId,
    committed: parseEndTxnMarker(raw.key, raw.value).type === 'commit',
  }
}

/** undefined: a type that a later Kafka wrote, which Kafka passes over too. */
function decodeRecord(raw: DecodedRecord, producerId: number): GroupRecord | undefined {
  if (raw.key === null) throw new ProtocolError(`a record without a key at offset ${raw.offset}`)
  const key = new ByteReader(raw.key)
  const recordType = key.int16()
  if (recordType === OFFSET_TYPE || recordType === LEGACY_OFFSET_TYPE) {
    const { group: groupId, topic, partition } = OffsetCommitKey.decode(key, 0)
    return { type: 'offset', producerId, groupId, topic, partition, value: raw.value && offsetValue(raw.value) }
  }
  if (recordType === GROUP_TYPE) {
    const { group: groupId } = GroupMetadataKey.decode(key, 0)
    return { type: 'group', groupId, value: raw.value && groupValue(raw.value) }
  }
  if (isConsumerRecordType(recordType)) return decodeConsumerRecord(recordType, key, raw.value)
  if (isStreamsRecordType(recordType)) return decodeStreamsRecord(recordType, key, raw.value)
  if (isShareRecordType(recordType)) return decodeShareRecord(recordType, key, raw.value)
  return undefined
}

function offsetValue(bytes: Buffer): OffsetCommitValueData {
  const reader = new ByteReader(bytes)
  return OffsetCommitValue.decode(reader, reader.int16())
}

function groupValue(bytes: Buffer): GroupMetadataValueData {
  const reader = new ByteReader(Buffer.from(bytes))
  return GroupMetadataValue.decode(reader, reader.int16())
}
