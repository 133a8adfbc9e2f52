import * as zlib from 'node:zlib'
import fc from 'fast-check'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { buildBatch, buildBatchAsync, type NewBatch } from '../../src/record/builder.ts'
import { compress, compressAsync, decompress, decompressAsync } from '../../src/record/compress.ts'
import { batchSize, COMPRESSIONS, type Compression, isValid, updateCrc } from '../../src/record/header.ts'
import { batches } from '../../src/record/iterate.ts'
import {
  checkProduced,
  convertForLeader,
  hasTransactional,
  type LeaderRules,
  validateForFollower,
  validateForLeader,
} from '../../src/record/validate.ts'
import { golden, outcome, outcomeAsync } from './golden.ts'

const RULES: LeaderRules = {
  topicPartition: 't-0',
  origin: 'client',
  leaderEpoch: 1,
  nowMs: 1_700_000_000_000,
  compacted: false,
  compression: 'producer',
  timestampType: 'CreateTime',
  timestampBeforeMaxMs: Number.POSITIVE_INFINITY,
  timestampAfterMaxMs: Number.POSITIVE_INFINITY,
  maxMessageBytes: 10_000_000,
  maxUnpackedBytes: 10_000_000,
}

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const nullable = fc.option(bytes, { nil: null })
const record = fc.record({
  timestamp: fc.oneof(fc.integer({ min: -1, max: 2 ** 31 - 1 }), fc.maxSafeNat()),
  key: nullable,
  value: nullable,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme' }), value: nullable }), { maxLength: 3 }),
})
const records = fc.array(record, { minLength: 1, maxLength: 40 })
const codec = fc.constantFrom(...COMPRESSIONS)

function decoded(batch: Buffer): object[] {
  return [...batches(batch)].flatMap((view) => [...view.records()])
}

describe('random batches', () => {
  test('are decoded as they were built, with every codec, and pass through a leader', async () => {
    const property = fc.asyncProperty(records, codec, fc.nat(), async (list, compression, baseOffset) => {
      const spec: NewBatch = { records: list, compression, baseOffset }
      const batch = buildBatch(spec)
      const wanted = list.map((r, i) => ({ ...r, offset: baseOffset + i, sequence: -1 }))
      expect(decoded(batch)).toEqual(wanted)
      expect(decoded(await buildBatchAsync(spec))).toEqual(wanted)
      const sent = buildBatch({ ...spec, baseOffset: 0 })
      const result = validateForLeader(sent, baseOffset, RULES)
      const latest = Math.max(-1, ...list.map((r) => r.timestamp))
      const lastOffset = baseOffset + list.length - 1
      expect(result).toMatchObject({ kind: 'ready', firstOffset: baseOffset, lastOffset, maxTimestamp: latest })
      expect(decoded(sent)).toEqual(wanted)
      expect(isValid(sent, 0)).toBe(true)
    })
    await fc.assert(property, { numRuns: 100 })
  })

  test('are converted between any two codecs', async () => {
    const property = fc.asyncProperty(records, codec, codec, async (list, from, to) => {
      const sent = buildBatch({ records: list, compression: from, producerId: 7, producerEpoch: 2, baseSequence: 5 })
      const rules = { ...RULES, compression: to }
      const converted = await convertForLeader(sent, rules)
      expect(decoded(converted)).toEqual(decoded(sent))
      expect(validateForLeader(converted, 0, rules).kind).toBe('ready')
    })
    await fc.assert(property, { numRuns: 60 })
  })
})

describe('codecs', () => {
  const sizes = [0, 1, 100, 32_767, 32_768, 65_536, 65_537, 300_000]
  const noise = Buffer.from(Array.from({ length: 300_000 }, (_, i) => Math.imul(i ^ (i >>> 7), 0x9e3779b1) >>> 24))
  const text = Buffer.alloc(300_000, 'the same text again and again, ')

  test.each(COMPRESSIONS)('%s: all sizes, text and noise, both ways, magic 0 too', async (type) => {
    for (const size of sizes) {
      for (const source of [noise, text]) {
        const plain = source.subarray(0, size)
        for (const magic of [0, 2]) {
          const packed = compress(type, plain, { magic })
          expect(decompress(type, packed, 300_000, magic).equals(plain)).toBe(true)
          expect((await decompressAsync(type, packed, 300_000, magic)).equals(plain)).toBe(true)
          const later = await compressAsync(type, plain, { magic })
          expect(decompress(type, later, 300_000, magic).equals(plain)).toBe(true)
        }
      }
    }
  })

  test('levels', () => {
    for (const level of [1, 9])
      expect(decompress('gzip', compress('gzip', text, { level }), 300_000).equals(text)).toBe(true)
    for (const level of [-7, 1, 19]) {
      expect(decompress('zstd', compress('zstd', text, { level }), 300_000).equals(text)).toBe(true)
    }
    expect(compress('gzip', noise, { level: 1 }).length).not.toBe(compress('gzip', text, { level: 9 }).length)
  })

  test('what other libraries write is read', () => {
    expect(decompress('snappy', snappy.compressSync(text), 300_000).equals(text)).toBe(true)
    const xerial = compress('snappy', text)
    expect(decompress('snappy', Buffer.concat([xerial, xerial]), 600_000).length).toBe(600_000)
    // librdkafka and others: a content checksum, block checksums.
    for (const options of [{}, { contentChecksum: true }, { blockChecksums: true }]) {
      const frame = lz4.compressFrameSync(text.subarray(0, 60_000), options)
      expect(decompress('lz4', frame, 300_000).equals(text.subarray(0, 60_000))).toBe(true)
    }
    const two = Buffer.concat([zlib.gzipSync(text), zlib.gzipSync(noise)])
    expect(decompress('gzip', two, 600_000).length).toBe(600_000)
  })

  test('our lz4 frame is read by another library', () => {
    expect(lz4.decompressFrameSync(compress('lz4', noise)).equals(noise)).toBe(true)
    expect(lz4.decompressFrameSync(compress('lz4', text)).equals(text)).toBe(true)
  })

  test.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('%s: a bomb is stopped at the bound', async (type) => {
    const bomb = compress(type, Buffer.alloc(20_000_000))
    for (const magic of [0, 2]) {
      expect(outcome(() => decompress(type, bomb, 1_000_000, magic))).toMatchObject({ error: 'MESSAGE_TOO_LARGE' })
      const later = await outcomeAsync(() => decompressAsync(type, bomb, 1_000_000, magic))
      expect(later).toMatchObject({ error: 'MESSAGE_TOO_LARGE' })
    }
  })

  test('a raw snappy block may not declare more than it can hold', () => {
    const liar = Buffer.from('ffffffff0f00', 'hex')
    expect(outcome(() => decompress('snappy', liar, 2 ** 33))).toMatchObject({ error: 'UNKNOWN_SERVER_ERROR' })
  })
})

/** Runs everything that meets bytes from outside; only a KafkaError may come out. */
async function feed(input: Buffer, rules: LeaderRules): Promise<void> {
  outcome(() => {
    for (const view of batches(input)) outcome(() => [...view.records(rules.maxUnpackedBytes)])
  })
  outcome(() => hasTransactional(input))
  outcome(() => checkProduced(input, 9))
  outcome(() => validateForFollower(Buffer.from(input), { topicPartition: 't-0', leaderEpoch: 1 }))
  const copy = Buffer.from(input)
  const got = outcome(() => validateForLeader(copy, 100, rules))
  if (got instanceof KafkaError || got.kind === 'convert') expect(copy.equals(input)).toBe(true)
  await outcomeAsync(() => convertForLeader(input, rules))
}

/** Makes the damage invisible to the checksums, so that what lies behind them is reached. */
function resealed(input: Buffer): Buffer {
  if (input.length >= 61 && input[16] === 2 && batchSize(input, 0) >= 61 && batchSize(input, 0) <= input.length) {
    updateCrc(input, 0)
  }
  return input
}

describe('damage', () => {
  const seeds = golden<{ hex: string }>('batches.jsonl')
    .map(({ hex }) => Buffer.from(hex, 'hex'))
    .filter((seed) => seed.length > 0 && seed.length < 3000)
  const hits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 })

  test('of good batches gives nothing but Kafka errors', async () => {
    const compression = fc.constantFrom<'producer' | Compression>('producer', 'none', 'zstd')
    const origin = fc.constantFrom<LeaderRules['origin']>('client', 'coordinator')
    const input = fc.record({ seed: fc.nat(seeds.length - 1), hits, cut: fc.option(fc.nat(200)), compression, origin })
    const property = fc.asyncProperty(input, fc.boolean(), async (plan, seals) => {
      const damaged = Buffer.from(seeds[plan.seed] ?? '')
      for (const [at, byte] of plan.hits) damaged[at % damaged.length] = byte
      const cut = damaged.subarray(0, damaged.length - Math.min(plan.cut ?? 0, damaged.length))
      await feed(seals ? resealed(cut) : cut, { ...RULES, compression: plan.compression, origin: plan.origin })
    })
    await fc.assert(property, { numRuns: 1500 })
  })

  test('of unpacked records too', async () => {
    const property = fc.asyncProperty(records, codec, hits, async (list, compression, changes) => {
      const plain = buildBatch({ records: list })
      for (const [at, byte] of changes) plain[61 + (at % (plain.length - 61))] = byte
      const packed = compress(compression, plain.subarray(61))
      const batch = Buffer.concat([plain.subarray(0, 61), packed])
      batch.writeInt32BE(batch.length - 12, 8)
      batch.writeInt16BE(COMPRESSIONS.indexOf(compression), 21)
      await feed(resealed(batch), RULES)
    })
    await fc.assert(property, { numRuns: 300 })
  })

  test('random bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (array) => feed(Buffer.from(array), RULES)),
      { numRuns: 500 },
    )
  })
})
