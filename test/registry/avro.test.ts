import { describe, expect, test } from 'vitest'
import { avroReader } from '../../src/console/pages/messages/avro.ts'
import { avroEncoder } from '../../src/registry/schemas/avro/encoder.ts'
import { AVRO } from '../../src/registry/schemas/avro/language.ts'
import {
  InvalidSchema,
  OLD_READS_NEW,
  type ParsedSchema,
  UnwritableData,
} from '../../src/registry/schemas/schema-type.ts'

const schema = (text: unknown) => AVRO.parse(JSON.stringify(text), [], { isNew: true })
const record = (...fields: unknown[]) => schema({ type: 'record', name: 'R', namespace: 'n', fields })

describe('the text of a schema', () => {
  test('loses white space and keeps its order, its properties and its numbers', () => {
    const text = '{ "type": "record", "name": "a.R", "zeta": 1.0, "2": [ ], "1": {},\n "fields": [] }'
    expect(AVRO.parse(text, []).canonical).toBe(
      '{"type":"record","name":"R","namespace":"a","fields":[],"zeta":1.0,"2":[],"1":{}}',
    )
  })

  test('loses a default that no first branch of a union has, when normalised', () => {
    const field = (type: unknown, value: unknown) =>
      JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'f', type, default: value }] })
    const has = (type: unknown, value: unknown) => AVRO.parse(field(type, value), []).normalized().includes('default')
    expect(has(['null', 'int'], 42)).toBe(false)
    expect(has(['int', 'string'], 'purple')).toBe(false)
    expect(has(['null', 'int'], null)).toBe(true)
    expect(has(['int', 'null'], 42)).toBe(true)
    expect(has(['long', 'null'], 2 ** 40)).toBe(true)
    expect(has(['int', 'long'], 2 ** 40)).toBe(false)
    expect(has(['string', 'int'], 'a')).toBe(true)
  })

  test('is one for schemas that say the same, when normalised', () => {
    const one = AVRO.parse('{"type":"int","b":{"y":1,"x":2},"a":1,"logicalType":"date"}', [])
    const other = AVRO.parse('{"logicalType":"date","a":1,"type":"int","b":{"x":2,"y":1}}', [])
    expect(one.canonical).not.toBe(other.canonical)
    expect(one.normalized()).toBe(other.normalized())
    expect(one.equivalent(other)).toBe(true)
  })

  test('mentions what references declare, and writes it out when resolved', () => {
    const references = [{ name: 'n.Inner', text: '{"type":"record","name":"Inner","namespace":"n","fields":[]}' }]
    const text = '{"type":"record","name":"R","fields":[{"name":"i","type":"n.Inner"}]}'
    const parsed = AVRO.parse(text, references)
    expect(parsed.canonical).toBe(text)
    expect(parsed.formatted('resolved')).toContain('"name":"Inner"')
    expect(parsed.equivalent(AVRO.parse(parsed.formatted('resolved'), []))).toBe(true)
    expect(() => AVRO.parse(text, [])).toThrow(InvalidSchema)
  })

  test.each([
    ['no JSON', '{"type":'],
    ['an unknown type', '"nowhere"'],
    ['a default that does not fit', '{"type":"record","name":"R","fields":[{"name":"a","type":"int","default":"x"}]}'],
    ['a name that is none', '{"type":"record","name":"a b","fields":[]}'],
    ['nesting without end', `${'['.repeat(5000)}${']'.repeat(5000)}`],
  ])('is refused with %s', (_, text) => {
    expect(() => AVRO.parse(text, [], { isNew: true })).toThrow(InvalidSchema)
  })

  test('names that mean something to JavaScript mean nothing', () => {
    const parsed = AVRO.parse('{"type":"record","name":"__proto__","fields":[],"__proto__":{"polluted":true}}', [])
    expect(parsed.canonical).toContain('"__proto__":{"polluted":true}')
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false)
  })
})

describe('compatibility', () => {
  const a = { name: 'a', type: 'int' }

  test('a new field needs a default, in the direction that is asked', () => {
    const [before, after] = [record(a), record(a, { name: 'b', type: 'int' })]
    expect(after.backwardProblems(before)).toEqual([
      "{errorType:'READER_FIELD_MISSING_DEFAULT_VALUE', description:'The field 'b' at path '/fields/1' in the new schema has no default value and is missing in the old schema', additionalInfo:'b'}",
    ])
    expect(before.backwardProblems(after, OLD_READS_NEW)).toEqual([])
    expect(record(a, { name: 'b', type: 'int', default: 1 }).backwardProblems(before)).toEqual([])
  })

  test('says which type at which path', () => {
    const older = record({ name: 'a', type: ['null', 'string', 'long'] })
    expect(record({ name: 'a', type: ['null', 'int', 'string'] }).backwardProblems(older)[0]).toContain(
      "{errorType:'MISSING_UNION_BRANCH', description:'The new schema is missing a type inside a union field at path '/fields/0/type/2'",
    )
  })

  test('recursive types end', () => {
    const list = (type: string) => record({ name: 'v', type }, { name: 'next', type: ['null', 'n.R'] })
    expect(list('long').backwardProblems(list('int'))).toEqual([])
    expect(list('int').backwardProblems(list('long'))).toHaveLength(1)
  })

  test('types that are used over and over do not multiply their problems without bound', () => {
    const tower = (leaf: string) => {
      const levels = Array.from({ length: 30 }, (_, at) => ({
        type: 'record',
        name: `L${at}`,
        fields: ['x', 'y'].map((name) => ({ name, type: at === 0 ? leaf : `L${at - 1}` })),
      }))
      return schema(levels)
    }
    expect(tower('int').backwardProblems(tower('string')).length).toBeLessThan(1000)
  })
})

describe('values', () => {
  const all = record(
    { name: 's', type: 'string' },
    { name: 'b', type: 'bytes' },
    { name: 'l', type: 'long' },
    { name: 'd', type: 'double' },
    { name: 'u', type: ['null', 'string', 'int'], default: null },
    { name: 'm', type: { type: 'map', values: { type: 'array', items: 'boolean' } } },
    { name: 'e', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
    { name: 'f', type: { type: 'fixed', name: 'F', size: 2 } },
  )
  const value = `{"s":"é\\"","b":"\\u00ff","l":-9223372036854775808,"d":1.5,"u":{"int":7},"m":{"k":[true,false]},"e":"B","f":"ab"}`

  const readBack = (written: ParsedSchema, json: string) =>
    avroReader(written.canonical)(Uint8Array.from(avroEncoder(written)(json)))

  test('are written so that the console reads them', () => {
    expect(readBack(all, value)).toEqual({
      s: 'é"',
      b: Uint8Array.of(0xff),
      l: -9223372036854775808n,
      d: 1.5,
      u: 7,
      m: { k: [true, false] },
      e: 'B',
      f: Uint8Array.of(0x61, 0x62),
    })
  })

  test('bare values of unions and defaults are understood', () => {
    const optional = record({ name: 'u', type: ['null', 'string'], default: null })
    expect(readBack(optional, '{}')).toEqual({ u: null })
    expect(readBack(optional, '{"u":"x"}')).toEqual({ u: 'x' })
    expect([...avroEncoder(optional)('{"u":{"string":"x"}}')]).toEqual([2, 2, 0x78])
  })

  test('that do not fit are refused with the place', () => {
    const encode = avroEncoder(all)
    expect(() => encode('{"s":1}')).toThrow('/s is no string: 1')
    expect(() => encode('[]')).toThrow(UnwritableData)
  })
})
