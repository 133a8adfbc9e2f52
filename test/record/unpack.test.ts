import * as zlib from 'node:zlib'
import fc from 'fast-check'
import lz4 from 'lz4-napi'
import snappy from 'snappy'
import { describe, expect, test } from 'vitest'
import { compress, decompressAsync, inflateAnew, unpack } from '../../src/record/compress.ts'
import type { Compression } from '../../src/record/header.ts'
import { Inflater, TOO_MUCH, UNREADABLE } from '../../src/record/inflater.ts'
import { Scratch } from '../../src/record/scratch.ts'
import { outcome, outcomeAsync } from './golden.ts'

const SLACK = 16
const GUARD = 0xa5

/** Pieces that repeat near and far, in every short distance, beside what repeats nowhere. */
const piece = fc.oneof(
  fc.uint8Array({ maxLength: 100 }),
  fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 12 }), fc.nat(400)).map(([pattern, length]) => {
    return Uint8Array.from({ length }, (_, i) => pattern[i % pattern.length] as number)
  }),
  fc.constantFrom('offset', 'leader', 'epoch', 'a longer phrase that comes again').map((word) => Buffer.from(word)),
)
const plain = fc.array(piece, { maxLength: 60 }).map((pieces) => Buffer.concat(pieces))
const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })

function damaged(bytes: Buffer, changes: [number, number][]): Buffer {
  const copy = Buffer.from(bytes)
  for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value
  return copy
}

const watched = new Scratch()

/** Memory that shows whether anybody touched it beyond what a block takes. */
function guarded(start: number, room: number, block: Buffer): Scratch {
  watched.reserve(start + room + block.length + 1_000)
  watched.bytes.fill(GUARD)
  return watched
}

function isGuard(bytes: Buffer): boolean {
  return bytes.equals(Buffer.alloc(bytes.length, GUARD))
}

function expectUntouched({ bytes }: Scratch, start: number, room: number, block: Buffer): void {
  const blockAt = start + room + SLACK
  expect(isGuard(bytes.subarray(0, start))).toBe(true)
  expect(bytes.subarray(blockAt, blockAt + block.length).equals(block)).toBe(true)
  expect(isGuard(bytes.subarray(blockAt + block.length))).toBe(true)
}

/** Null: no block. */
function native(run: () => Buffer): Buffer | null {
  try {
    return run()
  } catch {
    return null
  }
}

describe('lz4 blocks', () => {
  test('decode as the native module decodes them, sound and damaged, and write nowhere else', () => {
    const property = fc.property(plain, damage, fc.nat(40), (bytes, changes, start) => {
      const block = damaged(lz4.compressSync(bytes).subarray(4), changes)
      const room = bytes.length + 50
      const size = Buffer.alloc(4)
      size.writeUInt32LE(room)
      const wanted = native(() => lz4.uncompressSync(Buffer.concat([size, block])))
      const scratch = guarded(start, room, block)
      const count = scratch.lz4(block, start, room)
      expectUntouched(scratch, start, room, block)
      expect(count).toBe(wanted?.length ?? -1)
      if (wanted !== null) expect(scratch.bytes.subarray(start, start + count).equals(wanted)).toBe(true)
    })
    fc.assert(property, { numRuns: 1_000 })
  })

  test('of arbitrary bytes never get beyond their room', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(300), (bytes, room) => {
      const block = Buffer.from(bytes)
      const scratch = guarded(8, room, block)
      expect(scratch.lz4(block, 8, room)).toBeLessThanOrEqual(room)
      expectUntouched(scratch, 8, room, block)
    })
    fc.assert(property, { numRuns: 2_000 })
  })
})

describe('snappy blocks', () => {
  function varint(block: Buffer): { length: number; from: number } {
    let length = 0
    for (let i = 0; i < 5; i++) {
      const byte = block[i] ?? 0
      length += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return { length, from: i + 1 }
    }
    return { length, from: 5 }
  }

  test('decode as the native module decodes them, sound and damaged, and write nowhere else', () => {
    const property = fc.property(plain, damage, fc.nat(40), (bytes, changes, start) => {
      const packed = snappy.compressSync(bytes)
      const { length, from } = varint(packed)
      const block = damaged(packed.subarray(from), changes)
      const whole = Buffer.concat([packed.subarray(0, from), block])
      const wanted = native(() => snappy.uncompressSync(whole, { copyOutputData: true }) as Buffer)
      const scratch = guarded(start, length, block)
      const isSound = scratch.snappy(block, start, length)
      expectUntouched(scratch, start, length, block)
      expect(isSound).toBe(wanted !== null)
      if (wanted !== null) expect(scratch.bytes.subarray(start, start + length).equals(wanted)).toBe(true)
    })
    fc.assert(property, { numRuns: 1_000 })
  })

  test('of arbitrary bytes never get beyond their room', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(300), (bytes, room) => {
      const block = Buffer.from(bytes)
      const scratch = guarded(8, room, block)
      scratch.snappy(block, 8, room)
      expectUntouched(scratch, 8, room, block)
    })
    fc.assert(property, { numRuns: 2_000 })
  })
})

describe('gzip and zstd by a codec that is kept', () => {
  const type = fc.constantFrom('gzip' as const, 'zstd' as const)

  test('come out as by a new one, sound and damaged, cut off and repeated', () => {
    const property = fc.property(type, plain, damage, fc.nat(), fc.nat(2), (codec, bytes, changes, cut, times) => {
      const one = compress(codec, bytes)
      const all = Buffer.concat(Array.from({ length: times + 1 }, () => one))
      const packed = damaged(cut % 3 === 0 ? all.subarray(0, cut % (all.length + 1)) : all, changes)
      for (const most of [1_000_000, 500]) {
        const wanted = outcome(() => inflateAnew(codec, packed, most).toString('latin1'))
        expect(outcome(() => unpack(codec, packed, most).toString('latin1'))).toEqual(wanted)
      }
    })
    fc.assert(property, { numRuns: 600 })
  })

  test('are sound again after damage and after too much', () => {
    const scratch = new Scratch()
    for (const codec of ['gzip', 'zstd'] as const) {
      const inflater = Inflater.of(codec)
      const packed = compress(codec, Buffer.from('sound'.repeat(1_000)))
      const torn = damaged(packed, [[10, 0xff], [11, 0xff], [12, 0xff]]) // biome-ignore format: pairs
      for (let i = 0; i < 3; i++) {
        expect(inflater?.run(torn, 10_000, scratch)).toBe(UNREADABLE)
        expect(inflater?.run(packed, 4_999, scratch)).toBe(TOO_MUCH)
        expect(inflater?.run(packed, 5_000, scratch)).toBe(5_000)
        expect(scratch.bytes.toString('latin1', 0, 10)).toBe('soundsound')
      }
    }
  })
})

describe('unpacking', () => {
  const codecs: Compression[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

  test('is the same on the event loop and off it', async () => {
    const property = fc.asyncProperty(fc.constantFrom(...codecs), plain, damage, async (codec, bytes, changes) => {
      const packed = damaged(compress(codec, bytes), changes)
      const wanted = await outcomeAsync(async () =>
        (await decompressAsync(codec, packed, 1_000_000)).toString('latin1'),
      )
      expect(outcome(() => unpack(codec, packed, 1_000_000).toString('latin1'))).toEqual(wanted)
    })
    await fc.assert(property, { numRuns: 400 })
  })

  test('grows its memory as far as a batch needs it, and keeps only what is usual', () => {
    const large = Buffer.alloc(9_000_000, 'odradek, a spool of thread. ')
    for (const codec of codecs) {
      expect(unpack(codec, compress(codec, large), 10_000_000).equals(large)).toBe(true)
      expect(unpack(codec, compress(codec, large.subarray(0, 99)), 10_000_000).equals(large.subarray(0, 99))).toBe(true)
    }
    expect(unpack('gzip', zlib.gzipSync(Buffer.alloc(0)), 10).length).toBe(0)
    const scratch = new Scratch()
    scratch.reserve(5_000_000)
    expect(scratch.result(5_000_000).length).toBe(5_000_000)
    expect(scratch.bytes.length).toBe(0)
    scratch.reserve(500_000)
    scratch.result(500_000)
    expect(scratch.bytes.length).toBeGreaterThanOrEqual(500_000)
  })
})
