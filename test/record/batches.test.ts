import { describe, expect, test } from 'vitest'
import { buildBatch, type NewBatch, type NewRecord } from '../../src/record/builder.ts'
import { controlBatch, endTxnBatch, parseControlKey, parseEndTxnMarker } from '../../src/record/control.ts'
import * as header from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'
import { asGolden, type GoldenBatch, type GoldenRecord, golden } from './golden.ts'

interface Vector {
  readonly case: string
  readonly hex: string
  readonly batches: readonly GoldenBatch[]
}

const vectors = golden<Vector>('batches.jsonl')

function headerOf(buffer: Buffer, at: number): object {
  const magic = header.magic(buffer, at)
  const stamped = header.isLogAppendTime(buffer, at) ? 'LogAppendTime' : 'CreateTime'
  const shared = {
    magic,
    sizeInBytes: header.batchSize(buffer, at),
    valid: header.isValid(buffer, at),
    lastOffset: header.lastOffset(buffer, at),
    crc: header.crc(buffer, at),
    compression: header.compressionType(buffer, at),
    timestampType: magic === 0 ? 'NoTimestampType' : stamped,
    maxTimestamp: header.maxTimestamp(buffer, at),
  }
  if (magic < 2) return shared
  const horizon = header.hasDeleteHorizon(buffer, at) ? { deleteHorizonMs: header.baseTimestamp(buffer, at) } : {}
  return {
    ...shared,
    ...horizon,
    baseOffset: header.baseOffset(buffer, at),
    lastOffsetDelta: header.lastOffsetDelta(buffer, at),
    partitionLeaderEpoch: header.leaderEpoch(buffer, at),
    attributes: header.attributes(buffer, at),
    baseTimestamp: header.baseTimestamp(buffer, at),
    producerId: header.producerId(buffer, at),
    producerEpoch: header.producerEpoch(buffer, at),
    baseSequence: header.baseSequence(buffer, at),
    lastSequence: header.lastSequence(buffer, at),
    transactional: header.isTransactional(buffer, at),
    control: header.isControl(buffer, at),
    count: header.recordCount(buffer, at),
  }
}

function withoutControl({ controlType, coordinatorEpoch, ...record }: GoldenRecord): object {
  if ('control' in record) {
    const { control, ...rest } = record as GoldenRecord & { control: unknown; controlTypeId: number }
    return without(rest, 'controlTypeId')
  }
  return without(record, 'controlTypeId')
}

function without(object: object, key: string): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))
}

describe('decoding', () => {
  test.each(vectors)('$case', ({ hex, batches: expected }) => {
    const bytes = Buffer.from(hex, 'hex')
    const views = [...batches(bytes)]
    expect(views.map((view) => headerOf(view.buffer, view.at))).toEqual(
      expected.map((batch) => without(batch, 'records')),
    )
    views.forEach((view, i) => {
      const wanted = (expected[i]?.records ?? []).map(withoutControl)
      const got = [...view.records()].map((record) => asGolden(record, header.magic(view.buffer, view.at)))
      if (Number.isSafeInteger(expected[i]?.baseOffset ?? 0)) expect(got).toEqual(wanted)
      // Beyond 2^53 an offset is the nearest double to a sum of one.
      else expect(got.map((r) => without(r, 'offset'))).toEqual(wanted.map((r) => without(r, 'offset')))
    })
  })
})

/** The case's records with the timestamps that were written, where LogAppendTime hides them. */
function writtenRecords(vector: Vector, batch: GoldenBatch): readonly GoldenRecord[] {
  if (batch.timestampType !== 'LogAppendTime') return batch.records
  const unstamped = vectors.find((v) => v.case === vector.case.replace('logappend', 'mixed'))
  return (unstamped?.batches[0]?.records ?? []).map((record, i) => ({
    ...record,
    offset: batch.records[i]?.offset ?? -1,
  }))
}

function newBatch(vector: Vector, batch: GoldenBatch, bytes: Buffer): NewBatch {
  const decoded = [...[...batches(bytes)].flatMap((view) => [...view.records()])]
  const records: NewRecord[] = writtenRecords(vector, batch).map((record, i) => ({
    timestamp: record.timestamp,
    key: decoded[i]?.key ?? null,
    value: decoded[i]?.value ?? null,
    headers: decoded[i]?.headers ?? [],
    offsetDelta: record.offset - (batch.baseOffset ?? 0),
  }))
  return {
    records,
    baseOffset: batch.baseOffset,
    leaderEpoch: batch.partitionLeaderEpoch,
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    compression: batch.compression,
    timestampType: batch.timestampType === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    logAppendTimeMs: batch.maxTimestamp,
    isTransactional: batch.transactional,
    isControl: batch.control,
    lastOffsetDelta: batch.lastOffsetDelta,
    deleteHorizonMs: batch.deleteHorizonMs,
    maxTimestamp: batch.maxTimestamp,
  }
}

const single = vectors.filter((v) => v.batches.length === 1 && v.batches[0]?.magic === 2)
const exact = single.filter((v) => v.batches[0]?.compression === 'none' && !v.case.startsWith('partial'))

describe('encoding, byte for byte', () => {
  test.each(exact)('$case', (vector) => {
    const bytes = Buffer.from(vector.hex, 'hex')
    const batch = vector.batches[0] as GoldenBatch
    const isExact = Number.isSafeInteger(batch.baseOffset) && Number.isSafeInteger(batch.producerId)
    const spec = newBatch(vector, batch, bytes)
    // Offsets beyond 2^53 are not exact: the deltas come from their order.
    const records = isExact ? spec.records : spec.records.map((record) => ({ ...record, offsetDelta: undefined }))
    const built = buildBatch({ ...spec, records })
    if (isExact) expect(built.toString('hex')).toBe(vector.hex)
    // Behind checksum and producer id.
    else expect(built.subarray(51).toString('hex')).toBe(bytes.subarray(51).toString('hex'))
  })
})

describe('encoding, compressed', () => {
  test.each(single.filter((v) => v.batches[0]?.compression !== 'none'))('$case', (vector) => {
    const bytes = Buffer.from(vector.hex, 'hex')
    const batch = vector.batches[0] as GoldenBatch
    const spec = newBatch(vector, batch, bytes)
    const isExact = Number.isSafeInteger(batch.baseOffset)
    const records = isExact ? spec.records : spec.records.map((record) => ({ ...record, offsetDelta: undefined }))
    const built = buildBatch({ ...spec, records })
    const [view] = [...batches(built)]
    expect(view?.sizeInBytes).toBe(built.length)
    const got = headerOf(built, 0)
    const wanted = headerOf(bytes, 0)
    expect(without(without(got, 'crc'), 'sizeInBytes')).toEqual(without(without(wanted, 'crc'), 'sizeInBytes'))
    expect([...(view?.records() ?? [])]).toEqual([...[...batches(bytes)].flatMap((v) => [...v.records()])])
  })
})

describe('control records', () => {
  const NAMES: Record<string, string> = {
    ABORT: 'abort',
    COMMIT: 'commit',
    LEADER_CHANGE: 'leader-change',
    SNAPSHOT_HEADER: 'snapshot-header',
    SNAPSHOT_FOOTER: 'snapshot-footer',
    KRAFT_VERSION: 'kraft-version',
    KRAFT_VOTERS: 'voters',
  }

  test.each(vectors.filter((v) => v.case.startsWith('control-')))('$case', (vector) => {
    const batch = vector.batches[0] as GoldenBatch
    const wanted = batch.records[0] as GoldenRecord
    const bytes = Buffer.from(vector.hex, 'hex')
    const [record] = [...batches(bytes)].flatMap((view) => [...view.records()])
    const key = record?.key ?? Buffer.alloc(0)
    const value = record?.value ?? Buffer.alloc(0)
    const { type } = parseControlKey(key)
    expect(type).toBe(NAMES[wanted.controlType ?? ''])
    if (type === 'unknown') return
    const { baseOffset, partitionLeaderEpoch: leaderEpoch } = batch
    const timestamp = batch.maxTimestamp
    if (type !== 'abort' && type !== 'commit') {
      expect(controlBatch({ baseOffset, leaderEpoch, timestamp, records: [{ type, value }] }).toString('hex')).toBe(
        vector.hex,
      )
      return
    }
    const marker = parseEndTxnMarker(key, value)
    expect(marker.coordinatorEpoch).toBe(wanted.coordinatorEpoch)
    const { producerId = -1, producerEpoch = -1 } = batch
    const built = endTxnBatch({ baseOffset, leaderEpoch, timestamp, producerId, producerEpoch, marker })
    if (Number.isSafeInteger(producerId)) expect(built.toString('hex')).toBe(vector.hex)
    expect([...batches(built)].flatMap((view) => [...view.records()])[0]).toEqual(record)
  })

  test('keys of newer brokers are unknown, short ones are refused', () => {
    expect(parseControlKey(Buffer.from('00000063', 'hex')).type).toBe('unknown')
    expect(() => parseControlKey(Buffer.from('0000', 'hex'))).toThrow('at least 4 bytes')
    expect(() => parseEndTxnMarker(Buffer.from('00000000', 'hex'), Buffer.alloc(3))).toThrow('at least 6 bytes')
  })
})
