import { ByteReader } from '../base/bytes.ts'
import { ProtocolError } from '../base/errors.ts'
import type { Uuid } from '../base/ids.ts'
import { decodeKeyed, encodeKeyed, type KeyAndValue } from '../protocol/keyed-record.ts'
import {
  ShareSnapshotKey,
  ShareSnapshotValue,
  type ShareSnapshotValueData,
  ShareUpdateKey,
  ShareUpdateValue,
  type ShareUpdateValueData,
} from '../protocol/stored/share-state-records.ts'
import type { DecodedRecord } from '../record/decoded-record.ts'
import * as header from '../record/header.ts'
import type { BatchView } from '../record/iterate.ts'

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

const SNAPSHOT = { id: 0, key: ShareSnapshotKey, value: ShareSnapshotValue }
const UPDATE = { id: 1, key: ShareUpdateKey, value: ShareUpdateValue }

/** Share coordinators go by this text: it says where a share partition's state lives. */
export function shareKeyText({ groupId, topicId, partition }: ShareKey): string {
  return `${groupId}:${topicId}:${partition}`
}

export function encodeStateRecord(record: ShareStateRecord): KeyAndValue {
  return record.type === 'update'
    ? encodeKeyed(UPDATE, record.key, record.value)
    : encodeKeyed(SNAPSHOT, record.key, record.value)
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

/** Nothing for a type that a later Kafka wrote, which Kafka passes over too, and for the tombstone of an update. */
function decodeRecord(raw: DecodedRecord): ShareStateRecord | null | undefined {
  if (raw.key === null) throw new ProtocolError(`a record without a key at offset ${raw.offset}`)
  const key = new ByteReader(raw.key)
  const id = key.int16()
  if (id === SNAPSHOT.id) return { type: 'snapshot', ...decodeKeyed(SNAPSHOT, key, raw.value) }
  if (id !== UPDATE.id) return undefined
  const update = decodeKeyed(UPDATE, key, raw.value)
  return update.value && { type: 'update', key: update.key, value: update.value }
}
