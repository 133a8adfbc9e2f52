import { buildBatch } from '../../record/builder.ts'
import { parseControlKey } from '../../record/control.ts'
import type { DecodedRecord } from '../../record/decoded-record.ts'
import * as header from '../../record/header.ts'
import type { BatchView } from '../../record/iterate.ts'
import type { OffsetMap } from './offset-map.ts'
import type { CleanedTransactions } from './transactions.ts'

/** The last thing that an active producer wrote: its last data, or where it has none, a marker of its epoch. */
export interface LastRecord {
  /** -1: there is no data of it. */
  readonly lastDataOffset: number
  readonly producerEpoch: number
}

export interface FilterRules {
  readonly map: OffsetMap
  readonly transactions: CleanedTransactions
  readonly lastRecords: ReadonlyMap<number, LastRecord>
  /** Where this cleaning ends: the batch before it stays even if it is empty, so that the last offset is not lost. */
  readonly upperBound: number
  readonly nowMs: number
  /** delete.retention.ms */
  readonly deleteRetentionMs: number
}

/** What stays of a batch: undefined: nothing; the same bytes where all of it does. */
export function filterBatch(view: BatchView, rules: FilterRules): Buffer | undefined {
  const { buffer, at } = view
  if (header.magic(buffer, at) < 2) return filterLegacy(view, rules)
  return header.isControl(buffer, at) ? filterMarker(view, rules) : filterData(view, rules)
}

function filterData(view: BatchView, rules: FilterRules): Buffer | undefined {
  const { buffer, at } = view
  const { transactions } = rules
  const last = header.lastOffset(buffer, at)
  const isAborted = transactions.batch(last, header.producerId(buffer, at), header.isTransactional(buffer, at))
  if (isAborted) return mustStay(view, rules) ? emptied(view) : undefined
  const horizonMs = header.hasDeleteHorizon(buffer, at) ? header.baseTimestamp(buffer, at) : undefined
  const kept: DecodedRecord[] = []
  let hasTombstone = false
  let dropped = false
  for (const record of view.records()) {
    if (staysInPlace(record, horizonMs, rules)) {
      kept.push(record)
      if (record.value === null) hasTombstone = true
    } else dropped = true
  }
  if (kept.length === 0) return mustStay(view, rules) ? emptied(view) : undefined
  const newHorizonMs = hasTombstone ? (horizonMs ?? rules.nowMs + rules.deleteRetentionMs) : horizonMs
  if (!dropped && newHorizonMs === horizonMs) return view.bytes
  return rebuilt(view, kept, newHorizonMs)
}

/** The newest of its key, and not a tombstone whose time has come. Records beyond the map's reach are not judged. */
function staysInPlace(record: DecodedRecord, horizonMs: number | undefined, { map, nowMs }: FilterRules): boolean {
  if (record.offset > map.latestOffset) return true
  const { key } = record
  if (key === null) return false
  if (record.offset < map.get(key, 0, key.length)) return false
  return record.value !== null || horizonMs === undefined || nowMs < horizonMs
}

/** A marker whose transaction is empty goes too, after `delete.retention.ms`: a reader may be in the middle of it. */
function filterMarker(view: BatchView, rules: FilterRules): Buffer | undefined {
  const { buffer, at } = view
  const [record] = view.records()
  const last = header.lastOffset(buffer, at)
  const isEmptyTransaction = rules.transactions.marker(last, header.producerId(buffer, at), markerType(record))
  const horizonMs = header.hasDeleteHorizon(buffer, at) ? header.baseTimestamp(buffer, at) : undefined
  const goes = isEmptyTransaction && horizonMs !== undefined && horizonMs <= rules.nowMs
  if (goes || record === undefined) return mustStay(view, rules) ? emptied(view) : undefined
  if (!isEmptyTransaction || horizonMs !== undefined) return view.bytes
  return rebuilt(view, [record], rules.nowMs + rules.deleteRetentionMs)
}

export function markerType(record: DecodedRecord | undefined): 'commit' | 'abort' | 'other' | undefined {
  if (record === undefined) return undefined
  if (record.key === null) return 'other'
  const { type } = parseControlKey(record.key)
  return type === 'commit' || type === 'abort' ? type : 'other'
}

/** For the sake of a producer's sequence or epoch, or of the log's last offset. */
function mustStay({ buffer, at }: BatchView, { lastRecords, upperBound }: FilterRules): boolean {
  const lastOffset = header.lastOffset(buffer, at)
  if (lastOffset + 1 === upperBound) return true
  if (!header.hasProducerId(buffer, at)) return false
  const last = lastRecords.get(header.producerId(buffer, at))
  if (last === undefined) return false
  if (last.lastDataOffset >= 0) return last.lastDataOffset === lastOffset
  return header.isControl(buffer, at) && header.producerEpoch(buffer, at) === last.producerEpoch
}

function sameHeader({ buffer, at }: BatchView) {
  return {
    baseOffset: header.baseOffset(buffer, at),
    leaderEpoch: header.leaderEpoch(buffer, at),
    producerId: header.producerId(buffer, at),
    producerEpoch: header.producerEpoch(buffer, at),
    baseSequence: header.baseSequence(buffer, at),
    isTransactional: header.isTransactional(buffer, at),
    isControl: header.isControl(buffer, at),
    lastOffsetDelta: header.lastOffsetDelta(buffer, at),
    timestampType: header.isLogAppendTime(buffer, at) ? 'LogAppendTime' : 'CreateTime',
  } as const
}

/** The header alone, with the offsets and the sequence that the batch had. */
function emptied(view: BatchView): Buffer {
  const { buffer, at } = view
  return buildBatch({ ...sameHeader(view), maxTimestamp: header.maxTimestamp(buffer, at), records: [] })
}

function rebuilt(view: BatchView, kept: readonly DecodedRecord[], deleteHorizonMs: number | undefined): Buffer {
  const { buffer, at } = view
  const base = header.baseOffset(buffer, at)
  const isStamped = header.isLogAppendTime(buffer, at)
  return buildBatch({
    ...sameHeader(view),
    compression: header.compressionType(buffer, at),
    ...(isStamped && { logAppendTimeMs: header.maxTimestamp(buffer, at) }),
    ...(deleteHorizonMs !== undefined && { deleteHorizonMs }),
    records: kept.map(({ offset, timestamp, key, value, headers }) => {
      return { offsetDelta: offset - base, timestamp, key, value, headers }
    }),
  })
}

/** Batches of before magic 2 go whole or stay whole: nothing writes them any more. */
function filterLegacy(view: BatchView, rules: FilterRules): Buffer | undefined {
  for (const record of view.records()) if (staysInPlace(record, undefined, rules)) return view.bytes
  return undefined
}
