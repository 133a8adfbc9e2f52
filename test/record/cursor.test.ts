import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteReader } from '../../src/base/bytes.ts'
import { KafkaError, ProtocolError } from '../../src/base/errors.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { type ReadMode, RecordCursor } from '../../src/record/cursor.ts'

type Seen = readonly [timestampDelta: number, offsetDelta: number, key: number, value: number, headers: number]

/** The same reading, plainly written. */
function naive(bytes: Buffer, count: number, mode: ReadMode): Seen[] {
  const reader = new ByteReader(bytes)
  const seen: Seen[] = []
  for (let i = 0; i < count; i++) {
    const size = reader.varint()
    if (mode !== 'skimmed' && size > reader.remaining) throw new ProtocolError('size')
    if (mode === 'unpacked' && size < 0) throw new ProtocolError('size')
    const start = reader.offset
    const body = mode === 'unpacked' ? new ByteReader(bytes, start, start + size) : reader
    body.uint8()
    const deltas = [body.varlong(), body.varint()] as const
    const sizes = [skip(body), skip(body)] as const
    const headers = body.varint()
    if (headers < 0 || (mode !== 'skimmed' && headers > body.remaining)) throw new ProtocolError('headers')
    for (let h = 0; h < headers; h++) {
      if (skip(body) < 0) throw new ProtocolError('header key')
      skip(body)
    }
    if (mode !== 'skimmed' && body.offset - start !== size) throw new ProtocolError('size')
    reader.offset = body.offset
    seen.push([...deltas, ...sizes, headers])
  }
  if (count > 0 && reader.remaining > 0) throw new ProtocolError('rest')
  return seen
}

function skip(reader: ByteReader): number {
  const size = reader.varint()
  if (size > 0) reader.take(size)
  return size
}

function walked(bytes: Buffer, count: number, mode: ReadMode): Seen[] {
  const cursor = new RecordCursor(bytes, 0, bytes.length, count, mode)
  const seen: Seen[] = []
  while (cursor.next()) {
    seen.push([cursor.timestampDelta, cursor.offsetDelta, cursor.keySize, cursor.valueSize, cursor.headerCount])
    expect(cursor.readHeaders()).toHaveLength(cursor.headerCount)
  }
  return seen
}

function orFailure<T>(run: () => T): T | 'refused' {
  try {
    return run()
  } catch (error) {
    if (error instanceof KafkaError || error instanceof ProtocolError) return 'refused'
    throw error
  }
}

const bytes = fc.uint8Array({ maxLength: 200 })
const nullable = fc.option(bytes, { nil: null })
const header = fc.record({ key: fc.string(), value: nullable })
const record = fc.record({
  timestamp: fc.oneof(fc.nat(5000), fc.integer(), fc.maxSafeNat()),
  key: nullable,
  value: nullable,
  headers: fc.array(header, { maxLength: 2 }),
})
const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 })

test('the cursor sees what a plain reader sees, in sound and in damaged records', () => {
  const modes = fc.constantFrom<ReadMode>('plain', 'unpacked', 'skimmed')
  const property = fc.property(
    fc.array(record, { minLength: 1, maxLength: 8 }),
    damage,
    modes,
    (records, hits, mode) => {
      const region = buildBatch({ records }).subarray(61)
      for (const [at, byte] of hits) region[at % region.length] = byte
      expect(orFailure(() => walked(region, records.length, mode))).toEqual(
        orFailure(() => naive(region, records.length, mode)),
      )
    },
  )
  fc.assert(property, { numRuns: 3000 })
})

const common = fc.record({
  timestamp: fc.nat(9000),
  key: nullable,
  value: nullable,
  headers: fc.constant([]),
})

/** As `walked`, but skims first; and what the skimmed ones have in common as it is said. */
function skimmed(bytes: Buffer, count: number, mode: ReadMode): Seen[] {
  const cursor = new RecordCursor(bytes, 0, bytes.length, count, mode)
  const said = cursor.skim()
  const passed = cursor.read
  while (cursor.next());
  const seen = walked(bytes, count, mode)
  const skimmedOver = seen.slice(0, passed)
  if (passed > 0) {
    const deltas = skimmedOver.map(([timestampDelta]) => timestampDelta)
    expect(said).toEqual({
      earliestDelta: Math.min(...deltas),
      latestDelta: Math.max(...deltas),
      allHaveKeys: skimmedOver.every(([, , key]) => key >= 0),
      isConsecutive: skimmedOver.every(([, offsetDelta], i) => offsetDelta === i),
    })
  }
  cursor.rewind()
  expect(cursor.read).toBe(0)
  return seen
}

test('skimming passes over sound records only, and says what they have in common', () => {
  const modes = fc.constantFrom<ReadMode>('plain', 'unpacked', 'skimmed')
  const records = fc.array(fc.oneof({ weight: 9, arbitrary: common }, { weight: 1, arbitrary: record }), {
    minLength: 1,
    maxLength: 30,
  })
  let most = 0
  const property = fc.property(records, damage, modes, (records, hits, mode) => {
    const region = buildBatch({ records }).subarray(61)
    for (const [at, byte] of hits) region[at % region.length] = byte
    const cursor = new RecordCursor(region, 0, region.length, records.length, mode)
    cursor.skim()
    most = Math.max(most, cursor.read)
    expect(orFailure(() => skimmed(region, records.length, mode))).toEqual(
      orFailure(() => naive(region, records.length, mode)),
    )
  })
  fc.assert(property, { numRuns: 3000 })
  expect(most).toBeGreaterThan(10)
})
