import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader, ByteWriter } from '../../src/base/bytes.ts'
import { ProtocolError } from '../../src/base/errors.ts'

const long = fc.maxSafeInteger()

function written(write: (writer: ByteWriter) => void): ByteReader {
  const writer = new ByteWriter(1)
  write(writer)
  return new ByteReader(writer.toBuffer())
}

/** The reference: the same number by BigInt arithmetic. */
function varlongBytes(value: number): Buffer {
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n))
  const out: number[] = []
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80)
  return Buffer.from([...out, Number(rest)])
}

describe('ByteWriter and ByteReader', () => {
  it('give back every int64 within the safe integers, in the bytes that BigInt gives', () => {
    fc.assert(
      fc.property(long, (value) => {
        const reader = written((w) => w.int64(value))
        expect(reader.buffer.readBigInt64BE(0)).toBe(BigInt(value))
        expect(reader.int64()).toBe(value)
      }),
    )
  })

  it('give back every varlong, in the bytes that BigInt gives', () => {
    fc.assert(
      fc.property(long, (value) => {
        const reader = written((w) => w.varlong(value))
        expect(reader.buffer).toEqual(varlongBytes(value))
        expect(reader.varlong()).toBe(value)
      }),
    )
  })

  it('give back every varint and uvarint', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(written((w) => w.varint(value)).varint()).toBe(value)
        expect(written((w) => w.uvarint(value)).uvarint()).toBe(value >>> 0)
      }),
    )
  })

  it('read int64 beyond 2^53 as the nearest double', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        const buffer = Buffer.alloc(8)
        buffer.writeBigInt64BE(value)
        const read = new ByteReader(buffer).int64()
        expect(Math.abs(read - Number(value))).toBeLessThanOrEqual(1024)
      }),
    )
  })

  it('write the ends of int64', () => {
    expect(written((w) => w.int64(2 ** 63)).buffer.toString('hex')).toBe('7fffffffffffffff')
    expect(written((w) => w.int64(-(2 ** 63))).buffer.toString('hex')).toBe('8000000000000000')
  })

  it('link long bytes in place and patch around them', () => {
    const long = Buffer.alloc(5000, 7)
    const writer = new ByteWriter(4)
    writer.int32(0)
    writer.bytes(long)
    writer.int16(9)
    writer.int32(0)
    writer.patchInt32(0, writer.length)
    writer.patchInt32(5006, 77)
    const chunks = writer.chunks()
    expect(chunks[1]?.buffer).toBe(long.buffer)
    const all = Buffer.concat(chunks)
    expect(all.readInt32BE(0)).toBe(5010)
    expect(all.readInt32BE(5006)).toBe(77)
  })

  it('refuse to read past the end', () => {
    expect(() => new ByteReader(Buffer.alloc(3)).int32()).toThrow(ProtocolError)
    expect(() => new ByteReader(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff])).uvarint()).toThrow(ProtocolError)
    expect(() => new ByteReader(Buffer.alloc(11, 0xff)).varlong()).toThrow(ProtocolError)
  })
})
