import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { ago, brief, bytes, duration, percent } from '../../src/console/kit/format.ts'
import { marks, timeMarks } from '../../src/console/kit/scale.ts'
import { avroReader } from '../../src/console/pages/messages/avro.ts'
import {
  base64Of,
  bytesOf,
  hexDump,
  integerOf,
  pieces,
  preview,
  utf8,
  visible,
} from '../../src/console/pages/messages/data.ts'
import { decode } from '../../src/console/pages/messages/decode.ts'
import { beginsAsJson, isJson, pretty, prettyText, stringify } from '../../src/console/pages/messages/json.ts'
import { protobufReader } from '../../src/console/pages/messages/protobuf.ts'
import { loadSchema } from '../../src/console/pages/messages/schemas.ts'
import { parsedTime } from '../../src/console/pages/messages/times.ts'

describe('what a schema wrote that the registry does not have', () => {
  it('is shown as bytes, with the reason', async () => {
    const body = { error: { code: 'NOT_FOUND', message: 'Schema 98 not found' } }
    vi.stubGlobal('fetch', async () => Response.json(body, { status: 404 }))
    const part = (...bytes: number[]) => ({ base64: base64Of(Uint8Array.of(...bytes)), size: bytes.length, cut: false })
    const framed = part(0, 0, 0, 0, 98, 2, 255)
    expect(decode(framed, 'auto', true).text).toBe('…')
    await loadSchema(98)
    expect(decode(framed, 'auto', true)).toMatchObject({
      kind: 'binary',
      problem: expect.stringContaining('schema 98'),
    })
    expect(decode(framed, 'auto', false)).not.toHaveProperty('problem')
    expect(decode(part(1, 2, 255), 'auto', true)).not.toHaveProperty('problem')
    vi.unstubAllGlobals()
  })
})

describe('bytes of strangers', () => {
  it('come back as they were', () => {
    fc.assert(fc.property(fc.uint8Array(), (given) => void expect(bytesOf(base64Of(given))).toEqual(given)))
  })

  it('are text only where they are UTF-8, of which a part may end within a character', () => {
    const snow = new TextEncoder().encode('a☃')
    expect(utf8(snow, false)).toBe('a☃')
    expect(utf8(snow.subarray(0, 3), false)).toBeUndefined()
    expect(utf8(snow.subarray(0, 3), true)).toBe('a')
    expect(utf8(Uint8Array.of(0xff, 0xfe), true)).toBeUndefined()
  })

  it('are written out where they would not be seen, or would show something else', () => {
    expect(visible('a\u0000b\u0007')).toBe('a␀b␇')
    expect(visible('\u202Egnp.exe')).toBe('‹U+202E›gnp.exe')
    expect(visible('pay\u200Bpal\uFEFF')).toBe('pay‹U+200B›pal‹U+FEFF›')
    expect(visible('\u{E0041}x')).toBe('‹U+E0041›x')
    expect(visible('half \uD800')).toBe('half ‹U+D800›')
    expect(visible('tabs\tand\nlines, Ünïcödé, 漢字, 🧵')).toBe('tabs\tand\nlines, Ünïcödé, 漢字, 🧵')
    expect(pieces('plain')).toEqual([{ text: 'plain' }])
    expect(preview('{\n  "a": 1\n}')).toBe('{ "a": 1 }')
  })

  it('are numbers of 1, 2, 4 and 8 bytes, and lines of hex', () => {
    expect(integerOf(Uint8Array.of(0, 0, 0, 42))).toBe(42n)
    expect(integerOf(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 254))).toBe(-2n)
    expect(integerOf(Uint8Array.of(1, 2, 3))).toBeUndefined()
    expect(hexDump(new TextEncoder().encode('<b>hello, world</b>'))).toBe(
      '00000000  3c 62 3e 68 65 6c 6c 6f  2c 20 77 6f 72 6c 64 3c   <b>hello, world<\n' +
        `00000010  ${'2f 62 3e'.padEnd(49)}  /b>`,
    )
  })
})

describe('JSON', () => {
  it('is indented without a change of its numbers, words and order', () => {
    expect(prettyText('{"b":12345678901234567890,"a":[1.10,{"c":null}],"e":{},"f":[]}')).toBe(
      '{\n  "b": 12345678901234567890,\n  "a": [\n    1.10,\n    {\n      "c": null\n    }\n  ],\n  "e": {},\n  "f": []\n}',
    )
  })

  it('means the same when it is indented', () => {
    fc.assert(fc.property(fc.json(), (text) => void expect(JSON.parse(prettyText(text))).toEqual(JSON.parse(text))))
    const deep = '['.repeat(100_000)
    expect(prettyText(deep).length).toBeLessThan(deep.length + 10_000)
  })

  it('may be anything, and may end anywhere', () => {
    fc.assert(fc.property(fc.string(), (text) => void expect(() => pretty(text)).not.toThrow()))
    const text = '{"a":"\\"x","b":[true,'
    for (let end = 0; end <= text.length; end += 1) expect(() => prettyText(text.slice(0, end))).not.toThrow()
    expect(beginsAsJson('{"a":"x')).toBe(true)
    expect(beginsAsJson('{curly} text')).toBe(false)
    expect([isJson('{"a":1}'), isJson('nope'), isJson('{"a":')]).toEqual([true, false, false])
  })

  it('is made of values that have no form in it', () => {
    expect(stringify({ big: 2n ** 63n, bytes: Uint8Array.of(1, 2), nan: Number.NaN, none: null })).toBe(
      '{"big":9223372036854775808,"bytes":"AQI=","nan":"NaN","none":null}',
    )
  })
})

describe('Avro', () => {
  const schema = JSON.stringify({
    type: 'record',
    name: 'Order',
    namespace: 'shop',
    fields: [
      { name: 'id', type: 'long' },
      { name: 'state', type: { type: 'enum', name: 'State', symbols: ['NEW', 'PAID'] } },
      { name: 'tags', type: { type: 'array', items: 'string' } },
      { name: 'note', type: ['null', 'string'] },
      { name: 'day', type: { type: 'int', logicalType: 'date' } },
      { name: 'price', type: { type: 'bytes', logicalType: 'decimal', precision: 6, scale: 2 } },
      { name: 'next', type: ['null', 'Order'] },
    ],
  })
  // id -3, PAID, ['a'], 'ok', one day after 1970-01-01, -1.50, no next
  const bytesGiven = Uint8Array.of(5, 2, 2, 2, 97, 0, 2, 4, 111, 107, 2, 4, 0xff, 0x6a, 0)

  it('is read by its schema', () => {
    expect(avroReader(schema)(bytesGiven)).toEqual({
      id: -3,
      state: 'PAID',
      tags: ['a'],
      note: 'ok',
      day: '1970-01-02',
      price: '-1.50',
      next: null,
    })
  })

  it('keeps numbers that JavaScript would round, and takes names from references', () => {
    const large = Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1)
    expect(avroReader('"long"')(large)).toBe(9223372036854775807n)
    const referring = { type: 'record', name: 'Box', fields: [{ name: 'state', type: 'shop.State' }] }
    expect(avroReader(JSON.stringify(referring), [schema])(Uint8Array.of(0))).toEqual({ state: 'NEW' })
  })

  it('refuses, and never hangs or runs away, whatever the bytes are', () => {
    const read = avroReader(schema)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (given) => {
        try {
          read(given)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
    expect(() => avroReader('{"type":"array","items":"null"}')(Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0x0f, 0))).toThrow(
      'too many items',
    )
  })
})

describe('Protobuf', () => {
  const schema = `syntax = "proto3";
    package shop;
    import "common/money.proto";
    import "google/protobuf/timestamp.proto";
    message Other { string x = 1; }
    message Order {
      int64 id = 1;
      repeated int32 numbers = 2;
      map<string, sint32> scores = 3;
      State state = 4;
      common.Money price = 5;
      google.protobuf.Timestamp made_at = 6;
      bytes raw = 7;
      message Inner { bool yes = 1; }
    }
    enum State { UNKNOWN = 0; PAID = 1; }`
  const money = 'syntax = "proto3"; package common; message Money { string currency = 1; double amount = 2; }'
  const references = [{ name: 'common/money.proto', schema: money }]

  it('is read by its schema, whichever message it is', () => {
    const read = protobufReader(schema, references)
    const order = Uint8Array.of(
      ...[2, 2], // one index: the second message
      ...[0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1], // id -1
      ...[0x12, 2, 1, 2], // packed numbers
      ...[0x1a, 5, 0x0a, 1, 97, 0x10, 5], // a: -3
      ...[0x20, 1], // PAID
      ...[0x2a, 5, 0x0a, 3, 69, 85, 82], // EUR
      ...[0x32, 2, 0x08, 10], // 10 s
      ...[0x3a, 1, 7],
      ...[0x98, 0x06, 1], // a field that is not known
    )
    expect(read(order)).toEqual({
      id: -1,
      numbers: [1, 2],
      scores: { a: -3 },
      state: 'PAID',
      price: { currency: 'EUR' },
      madeAt: { seconds: 10 },
      raw: Uint8Array.of(7),
    })
    expect(read(Uint8Array.of(0, 0x0a, 1, 120))).toEqual({ x: 'x' })
    expect(read(Uint8Array.of(4, 2, 0, 0x08, 1))).toEqual({ yes: true })
  })

  it('goes by the messages of the file alone, nested ones too', () => {
    const imported = { name: 'c.proto', schema: 'syntax = "proto3"; package p; message First { int32 a = 1; }' }
    const file = `syntax = "proto3"; package p; import "c.proto"; // Not here: message First
      message Second { message In { int32 b = 1; } message Too { message Deep { int32 c = 1; } } } message Third { int32 d = 1; }`
    const read = protobufReader(file, [imported])
    expect(read(Uint8Array.of(2, 2, 8, 7))).toEqual({ d: 7 })
    expect(read(Uint8Array.of(4, 0, 0, 8, 7))).toEqual({ b: 7 })
    expect(read(Uint8Array.of(6, 0, 2, 0, 8, 7))).toEqual({ c: 7 })
    expect(() => read(Uint8Array.of(4, 0, 4))).toThrow('no such message')
  })

  it('refuses, and never hangs, whatever the bytes are', () => {
    const read = protobufReader(schema, references)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (given) => {
        try {
          read(given)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })
})

describe('what one types and reads', () => {
  const nowMs = Date.UTC(2026, 0, 31, 12)

  it('is a time in many forms', () => {
    expect(parsedTime('15m', nowMs)).toBe(nowMs - 900_000)
    expect(parsedTime('2 h ago', nowMs)).toBe(nowMs - 7_200_000)
    expect(parsedTime('1767182400')).toBe(1_767_182_400_000)
    expect(parsedTime('1767182400123')).toBe(1_767_182_400_123)
    expect(parsedTime('2026-01-31T11:59:00Z')).toBe(nowMs - 60_000)
    expect(parsedTime('2026-01-31 9:05')).toBe(new Date(2026, 0, 31, 9, 5).getTime())
    expect(parsedTime('2026-01-31')).toBe(new Date(2026, 0, 31).getTime())
    expect([parsedTime(''), parsedTime('soon'), parsedTime('2026-13-99')]).toEqual([undefined, undefined, undefined])
  })

  it('is short, and no rounding hides what is there', () => {
    expect([0, 512, 1023, 1024, 1_500_000, 5e9].map(bytes)).toEqual([
      '0 B',
      '512 B',
      '1,023 B',
      '1 KiB',
      '1.43 MiB',
      '4.66 GiB',
    ])
    expect([0, 0.25, 999, 1000, 12_345, 4e6].map(brief)).toEqual(['0', '0.3', '999', '1k', '12.3k', '4M'])
    expect([0, 350, 2400, 60_000, 7_500_000, 604_800_000].map(duration)).toEqual([
      '0 ms',
      '350 ms',
      '2.4 s',
      '1 min',
      '2 h 5 min',
      '7 d',
    ])
    expect([ago(nowMs, nowMs), ago(nowMs - 12_000, nowMs), ago(nowMs - 7_300_000, nowMs)]).toEqual([
      'just now',
      '12 s ago',
      '2 h ago',
    ])
    expect([percent(1, 1000), percent(999, 1000), percent(1, 2), percent(0, 0)]).toEqual(['<1%', '>99%', '50%', '–'])
  })

  it('has round marks on its axes, few of them', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1e15, noNaN: true }), fc.boolean(), (max, binary) => {
        const found = marks(max, 4, binary)
        expect(found.length).toBeLessThanOrEqual(7)
        expect(found.at(-1)).toBeGreaterThanOrEqual(max * (1 - 1e-6))
      }),
    )
    fc.assert(
      fc.property(fc.integer({ min: 1000, max: 1e12 }), (span) => {
        expect(timeMarks(nowMs, nowMs + span, 6).length).toBeLessThanOrEqual(7)
      }),
    )
  })
})
