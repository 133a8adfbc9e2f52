import { describe, expect, test } from 'vitest'
import { codecOf, framed, readFrame, readHeaderFrame } from '../../src/registry/schemas/decode.ts'
import { schemaLanguage } from '../../src/registry/schemas/languages.ts'
import { resolveReferences } from '../../src/registry/schemas/references.ts'
import { InvalidSchema } from '../../src/registry/schemas/schema-type.ts'

const GUID = '89791762-2336-4186-9674-299b90a802e2'

describe('frames', () => {
  test('an id stands before the payload', () => {
    expect(framed(258, Buffer.from('x'))).toEqual(Buffer.from([0, 0, 0, 1, 2, 0x78]))
    expect(readFrame(framed(258, Buffer.from('x')))).toEqual({ mark: { id: 258 }, payload: Buffer.from('x') })
  })

  test('or a GUID, there or in a header', () => {
    const head = Buffer.concat([Buffer.from([1]), Buffer.from(GUID.replaceAll('-', ''), 'hex')])
    expect(readFrame(Buffer.concat([head, Buffer.from('x')]))).toEqual({
      mark: { guid: GUID },
      payload: Buffer.from('x'),
    })
    const indexed = Buffer.concat([head, Buffer.from([0])])
    expect(readHeaderFrame(indexed, Buffer.from('x'))).toEqual({ mark: { guid: GUID }, payload: Buffer.from('\0x') })
  })

  test('other bytes have none', () => {
    for (const bytes of ['', '{"a":1}', '\0\0']) expect(readFrame(Buffer.from(bytes))).toBeUndefined()
  })
})

test.each([
  ['AVRO', '{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}'],
  ['JSON', '{"type":"object","properties":{"a":{"type":"integer"}}}'],
  ['PROTOBUF', 'syntax = "proto3"; message R { int32 a = 1; }'],
] as const)('%s is found by its name, and its codec with it', async (type, text) => {
  const language = await schemaLanguage(type)
  const codec = await codecOf(language.parse(text, []))
  expect(JSON.parse(codec.decode(codec.encode('{"a":5}')))).toEqual({ a: 5 })
})

describe('references', () => {
  const stored: Record<string, { text: string; references: { name: string; subject: string; version: number }[] }> = {
    a: { text: 'A', references: [{ name: 'b', subject: 'b', version: 1 }] },
    b: { text: 'B', references: [{ name: 'c', subject: 'c', version: -1 }] },
    c: { text: 'C', references: [{ name: 'a', subject: 'a', version: 1 }] },
  }
  const find = (subject: string) => stored[subject]

  test('come with all that they need, deepest first, and circles end', () => {
    const found = resolveReferences([{ name: 'a', subject: 'a', version: 1 }], find)
    expect(found.map(({ text }) => text)).toEqual(['C', 'B', 'A'])
  })

  test('that are not there are named', () => {
    const lost = [{ name: 'x', subject: 'nowhere', version: 3 }]
    expect(() => resolveReferences(lost, find)).toThrow(InvalidSchema)
    expect(() => resolveReferences(lost, find)).toThrow('"nowhere" and version 3')
  })
})
