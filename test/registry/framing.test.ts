import { describe, expect, test } from 'vitest'
import { encoderOf, framed } from '../../src/registry/schemas/encode.ts'
import { schemaLanguage } from '../../src/registry/schemas/languages.ts'
import { resolveReferences } from '../../src/registry/schemas/references.ts'
import { InvalidSchema } from '../../src/registry/schemas/schema-type.ts'

test('the id of its schema stands before a payload', () => {
  expect(framed(258, Buffer.from('x'))).toEqual(Buffer.from([0, 0, 0, 1, 2, 0x78]))
})

test.each([
  ['AVRO', '{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}', [10]],
  ['JSON', '{"type":"object","properties":{"a":{"type":"integer"}}}', [...Buffer.from('{"a":5}')]],
  ['PROTOBUF', 'syntax = "proto3"; message R { int32 a = 1; }', [0, 8, 5]],
] as const)('%s is found by its name, and its encoder with it', async (type, text, bytes) => {
  const language = await schemaLanguage(type)
  const encode = await encoderOf(language.parse(text, []))
  expect([...encode('{"a":5}')]).toEqual(bytes)
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
