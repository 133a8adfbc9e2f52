import { ByteReader } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import { decodeKeyed, encodeKeyed, type KeyAndValue } from '../protocol/keyed-record.ts'
import {
  GroupMetadataKey,
  GroupMetadataValue,
  type GroupMetadataValueData,
  OffsetCommitKey,
  OffsetCommitValue,
  type OffsetCommitValueData,
} from '../protocol/stored/group-records.ts'
import { parseEndTxnMarker } from '../record/control.ts'
import type { DecodedRecord } from '../record/decoded-record.ts'
import * as header from '../record/header.ts'
import type { BatchView } from '../record/iterate.ts'
import { CONSUMER_RECORDS, type ConsumerRecord } from './consumer/records.ts'
import { SHARE_RECORDS, type ShareRecord } from './share/records.ts'
import { STREAMS_RECORDS, type StreamsRecord } from './streams/records.ts'

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

const LEGACY_OFFSET_ID = 0
const OFFSET = { id: 1, key: OffsetCommitKey, value: OffsetCommitValue }
/** The last version that carries its own expiry time, as commits with a retention time (OffsetCommit v2–4) need. */
const OFFSET_VERSION_WITH_EXPIRY = 1
const OFFSET_VERSION = 4
const GROUP = { id: 2, key: GroupMetadataKey, value: GroupMetadataValue }
const GROUP_VERSION = 3

/** @throws ProtocolError for a transaction's end, which is not a record that this side writes */
export function encodeRecord(record: GroupRecord): KeyAndValue {
  switch (record.type) {
    case 'offset': {
      const { groupId: group, topic, partition, value } = record
      const version = value?.expireTimestamp === -1 ? OFFSET_VERSION : OFFSET_VERSION_WITH_EXPIRY
      return encodeKeyed(OFFSET, { group, topic, partition }, value, version)
    }
    case 'group':
      return encodeKeyed(GROUP, { group: record.groupId }, record.value, GROUP_VERSION)
    case 'consumer':
      return CONSUMER_RECORDS.encode(record)
    case 'streams':
      return STREAMS_RECORDS.encode(record)
    case 'share':
      return SHARE_RECORDS.encode(record)
    case 'transactionEnded':
      throw new ProtocolError('a transaction is ended by its marker, which the transaction coordinator writes')
  }
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
  const id = key.int16()
  if (id === OFFSET.id || id === LEGACY_OFFSET_ID) {
    const { key: place, value } = decodeKeyed(OFFSET, key, raw.value)
    return { type: 'offset', producerId, groupId: place.group, topic: place.topic, partition: place.partition, value }
  }
  const bytes = raw.value && Buffer.from(raw.value)
  if (id === GROUP.id) {
    const { key: named, value } = decodeKeyed(GROUP, key, bytes)
    return { type: 'group', groupId: named.group, value }
  }
  return (
    CONSUMER_RECORDS.decode(id, key, bytes) ??
    STREAMS_RECORDS.decode(id, key, bytes) ??
    SHARE_RECORDS.decode(id, key, bytes)
  )
}
