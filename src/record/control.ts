import { buildBatch } from './builder.ts'
import { invalidRecord } from './rejected.ts'

/** By id: what the key of a control record says. */
const CONTROL_TYPES = [
  'abort',
  'commit',
  'leader-change',
  'snapshot-header',
  'snapshot-footer',
  'kraft-version',
  'voters',
] as const

export type ControlType = (typeof CONTROL_TYPES)[number]

export interface ControlKey {
  readonly version: number
  /** `unknown` where a newer broker wrote it. */
  readonly type: ControlType | 'unknown'
}

const KEY_SIZE = 4
const MARKER_SIZE = 6

export function parseControlKey(key: Buffer): ControlKey {
  if (key.length < KEY_SIZE) {
    throw invalidRecord(
      `Invalid value size found for control record key. Must have at least ${KEY_SIZE} bytes, but found only ${key.length}`,
    )
  }
  const version = key.readInt16BE(0)
  if (version < 0)
    throw invalidRecord(`Invalid version found for control record: ${version}. May indicate data corruption`)
  return { version, type: CONTROL_TYPES[key.readInt16BE(2)] ?? 'unknown' }
}

export function controlKey(type: ControlType): Buffer {
  const key = Buffer.alloc(KEY_SIZE)
  key.writeInt16BE(CONTROL_TYPES.indexOf(type), 2)
  return key
}

export interface EndTxnMarker {
  readonly type: 'abort' | 'commit'
  readonly coordinatorEpoch: number
}

export function parseEndTxnMarker(key: Buffer, value: Buffer): EndTxnMarker {
  const { type } = parseControlKey(key)
  if (type !== 'abort' && type !== 'commit')
    throw invalidRecord(`Invalid control record type for end transaction marker ${type}`)
  if (value.length < MARKER_SIZE) {
    throw invalidRecord(
      `Invalid value size found for end transaction marker. Must have at least ${MARKER_SIZE} bytes, but found only ${value.length}`,
    )
  }
  const version = value.readInt16BE(0)
  if (version < 0)
    throw invalidRecord(`Invalid version found for end transaction marker: ${version}. May indicate data corruption`)
  return { type, coordinatorEpoch: value.readInt32BE(2) }
}

export function endTxnMarkerValue(coordinatorEpoch: number): Buffer {
  const value = Buffer.alloc(MARKER_SIZE)
  value.writeInt32BE(coordinatorEpoch, 2)
  return value
}

export interface EndTxnBatch {
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  readonly timestamp: number
  readonly producerId: number
  readonly producerEpoch: number
  readonly marker: EndTxnMarker
}

/** The batch that a transaction coordinator's decision writes into a partition. */
export function endTxnBatch(batch: EndTxnBatch): Buffer {
  const { marker, timestamp, ...header } = batch
  const value = endTxnMarkerValue(marker.coordinatorEpoch)
  const record = { timestamp, key: controlKey(marker.type), value }
  return buildBatch({ ...header, isTransactional: true, isControl: true, records: [record] })
}

export interface ControlRecord {
  readonly type: ControlType
  /** Version and body, as the codecs of protocol/stored write them. */
  readonly value: Uint8Array
}

export interface ControlBatch {
  readonly baseOffset?: number
  readonly leaderEpoch?: number
  readonly timestamp: number
  readonly records: readonly ControlRecord[]
}

/** A control batch of a metadata log or snapshot. */
export function controlBatch(batch: ControlBatch): Buffer {
  const { timestamp, baseOffset, leaderEpoch } = batch
  const records = batch.records.map(({ type, value }) => ({ timestamp, key: controlKey(type), value }))
  return buildBatch({ baseOffset, leaderEpoch, isControl: true, records })
}
