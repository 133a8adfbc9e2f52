import { expect, test } from 'vitest'
import { crc32, crc32c } from '../../src/record/crc32c.ts'
import { RecordCursor } from '../../src/record/cursor.ts'
import { putVarint, putVarlong, sizeOfVarint, sizeOfVarlong } from '../../src/record/varint.ts'
import { xxhash32 } from '../../src/record/xxhash32.ts'
import { goldenObject, outcome } from './golden.ts'

interface Hashes {
  readonly crc32c: readonly { hex: string; crc: number }[]
  readonly crc32: readonly { hex: string; crc: number }[]
  readonly varint: readonly { value: number; hex: string; size: number }[]
  readonly varlong: readonly { value: string; hex: string; size: number }[]
  readonly varintInvalid: readonly { hex: string; unsigned: number | string; varlong: string }[]
}

const hashes = goldenObject<Hashes>('hashes.json')

test('CRC-32C and CRC-32', () => {
  for (const { hex, crc } of hashes.crc32c) expect(crc32c(Buffer.from(hex, 'hex'))).toBe(crc)
  for (const { hex, crc } of hashes.crc32) expect(crc32(Buffer.from(hex, 'hex'))).toBe(crc)
  const padded = Buffer.from('xx123456789yy')
  expect(crc32c(padded, 2, 11)).toBe(3808858755)
  expect(crc32(padded, 2, 11)).toBe(3421780262)
})

test('xxHash32', () => {
  expect(xxhash32(Buffer.from(''))).toBe(0x02cc5d05)
  expect(xxhash32(Buffer.from('a'))).toBe(0x550d7456)
  expect(xxhash32(Buffer.from('abc'))).toBe(0x32d153ff)
  expect(xxhash32(Buffer.from('Nobody inspects the spammish repetition'))).toBe(0xe2293b2f)
})

/** A record whose timestamp delta has these bytes; its value shows whether the reader stayed aligned. */
function timestampDelta(hex: string): { delta: number; offset: number } {
  const fields = Buffer.from(`00${hex}0e0100`.concat('00'), 'hex')
  const bytes = Buffer.concat([Buffer.from([fields.length * 2]), fields])
  const cursor = new RecordCursor(bytes, 0, bytes.length, 1, 'plain')
  cursor.next()
  return { delta: cursor.timestampDelta, offset: cursor.offsetDelta }
}

test('varints are written as Kafka writes them', () => {
  const bytes = Buffer.alloc(10)
  for (const { value, hex, size } of hashes.varint) {
    expect(sizeOfVarint(value)).toBe(size)
    expect(bytes.toString('hex', 0, putVarint(bytes, 0, value))).toBe(hex)
  }
  for (const { value, hex, size } of hashes.varlong) {
    const number = Number(value)
    if (!Number.isSafeInteger(number)) continue
    expect(sizeOfVarlong(number)).toBe(size)
    expect(bytes.toString('hex', 0, putVarlong(bytes, 0, number))).toBe(hex)
  }
})

test('varlongs are read as Kafka reads them', () => {
  for (const { value, hex } of hashes.varlong) {
    expect(timestampDelta(hex)).toEqual({ delta: Number(value), offset: 7 })
  }
  for (const { hex, varlong } of hashes.varintInvalid) {
    if (!varlong.endsWith('Exception')) expect(timestampDelta(hex)).toEqual({ delta: Number(varlong), offset: 7 })
  }
  const endless = outcome(() => timestampDelta('ffffffffffffffffffff01'))
  expect(endless).toMatchObject({ error: 'INVALID_RECORD', message: 'Found invalid record structure' })
})
