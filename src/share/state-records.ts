import { ByteReader, ByteWriter } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import type { Uuid } from '../base/ids.ts'
import {
  ShareSnapshotKey,
  ShareSnapshotValue,
  type ShareSnapshotValueData,
  ShareUpdateKey,
  ShareUpdateValue,
  type ShareUpdateValueData,
} from '../protocol/stored/share-state-records.ts'
import * as header from '../record/header.ts'
import type { BatchView, DecodedRecord } from '../record/iterate.ts'

/** A partition of a topic as one share group sees it. */
export interface ShareKey {
  readonly groupId: string
  readonly topicId: Uuid
  readonly partition: number
}

/** The whole state; null: a tombstone. */
export interface SnapshotRecord {
  readonly type: 'snapshot'
  readonly key: ShareKey
  readonly value: ShareSnapshotValueData | null
}

/** What has changed since the last snapshot. */
export interface UpdateRecord {
  readonly type: 'update'
  readonly key: ShareKey
  readonly value: ShareUpdateValueData
}

/** What the log of a `__share_group_state` partition says. */
export type ShareStateRecord = SnapshotRecord | UpdateRecord

const SNAPSHOT_TYPE = 0
const UPDATE_TYPE = 1
const VERSION = 0

/** Share coordinators go by this text: it says where a share partition's state lives. */
export function shareKeyText({ groupId, topicId, partition }: ShareKey): string {
  return `${groupId}:${topicId}:${partition}`
}

export function encodeStateRecord(record: ShareStateRecord): { readonly key: Buffer; readonly value: Buffer | null } {
  const { value } = record
  if (record.type === 'update') {
    return {
      key: framed(UPDATE_TYPE, (writer) => ShareUpdateKey.encode(writer, record.key, VERSION)),
      value: framed(VERSION, (writer) => ShareUpdateValue.encode(writer, record.value, VERSION)),
    }
  }
  return {
    key: framed(SNAPSHOT_TYPE, (writer) => ShareSnapshotKey.encode(writer, record.key, VERSION)),
    value: value && framed(VERSION, (writer) => ShareSnapshotValue.encode(writer, record.value ?? raise(), VERSION)),
  }
}

function raise(): never {
  throw new ProtocolError('a tombstone has no value')
}

function framed(version: number, body: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter()
  writer.int16(version)
  body(writer)
  return writer.toBuffer()
}

/** The records of a batch. Nothing that they hold shares memory with the batch. */
export function* decodeStateBatch(
  view: BatchView,
): IterableIterator<{ readonly offset: number; readonly record: ShareStateRecord }> {
  if (header.isControl(view.buffer, view.at)) return
  for (const raw of view.records()) {
    const record = decodeRecord(raw)
    if (record) yield { offset: raw.offset, record }
  }
}

/** undefined: a type that a later Kafka wrote, which Kafka passes over too. */
function decodeRecord(raw: DecodedRecord): ShareStateRecord | undefined {
  if (raw.key === null) throw new ProtocolError(`a record without a key at offset ${raw.offset}`)
  const key = new ByteReader(raw.key)
  const recordType = key.int16()
  const value = raw.value && new ByteReader(raw.value)
  const version = value?.int16() ?? VERSION
  if (recordType === SNAPSHOT_TYPE) {
    const data = value && ShareSnapshotValue.decode(value, version)
    return { type: 'snapshot', key: ShareSnapshotKey.decode(key, VERSION), value: data }
  }
  if (recordType !== UPDATE_TYPE || value === null) return undefined
  return { type: 'update', key: ShareUpdateKey.decode(key, VERSION), value: ShareUpdateValue.decode(value, version) }
}
