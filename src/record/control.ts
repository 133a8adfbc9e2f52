import { InvariantError } from '../base/assert.ts'

export type ControlType =
  | 'abort'
  | 'commit'
  | 'leader-change'
  | 'snapshot-header'
  | 'snapshot-footer'
  | 'kraft-version'
  | 'voters'

export interface ControlKey {
  readonly version: number
  /** `unknown` where a newer broker wrote it. */
  readonly type: ControlType | 'unknown'
}

export function parseControlKey(key: Buffer): ControlKey {
  throw new InvariantError(`${key.length}`)
}

export function controlKey(type: ControlType): Buffer {
  throw new InvariantError(type)
}

export interface EndTxnMarker {
  readonly type: 'abort' | 'commit'
  readonly coordinatorEpoch: number
}

export function parseEndTxnMarker(key: Buffer, value: Buffer): EndTxnMarker {
  throw new InvariantError(`${key.length} ${value.length}`)
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
  throw new InvariantError(`${batch.producerId}`)
}

export interface ControlRecord {
  readonly type: ControlType
  /** The version and body of the record, as the codecs of protocol/stored write them. */
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
  throw new InvariantError(`${batch.baseOffset}`)
}
