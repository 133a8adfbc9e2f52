import { describe, expect, it } from 'vitest'
import { avroEncoder } from '../../src/registry/schemas/avro/encoder.ts'
import { AVRO } from '../../src/registry/schemas/avro/language.ts'
import { JSON_SCHEMA } from '../../src/registry/schemas/json/language.ts'
import { PROTOBUF } from '../../src/registry/schemas/protobuf/language.ts'
import { resolveReferences } from '../../src/registry/schemas/references.ts'
import { InvalidSchema } from '../../src/registry/schemas/schema-type.ts'

const MANY = 30_000
const each = <T>(make: (at: number) => T, count = MANY): T[] => Array.from({ length: count }, (_each, at) => make(at))
const avro = (schema: unknown, isNew = false) => AVRO.parse(JSON.stringify(schema), [], { isNew })
const levels = (make: (at: number, below: string) => unknown) => each((at) => make(at, `L${at - 1}`), 40)

/** Each of these would take minutes, or years, if its cost grew with the square of its size or worse. */
describe('a schema that is made to cost much', () => {
  it('has thousands of symbols, aliases or fields', () => {
    const symbols = each((at) => `S${at}`)
    expect(avro({ type: 'enum', name: 'E', symbols }).name).toBeUndefined()
    expect(() => avro({ type: 'enum', name: 'E', symbols: [...symbols, 'S7'] })).toThrow('Duplicate enum symbol: S7')
    expect(() => avro({ type: 'enum', name: 'E', symbols, default: 'X' })).toThrow('The Enum Default: X is not in')
    expect(avro({ type: 'record', name: 'E', fields: [], aliases: symbols }).canonical).toContain('"S29999"')
    const values = each((at) => `S${at} = ${at};`).join('')
    expect(PROTOBUF.parse(`syntax = "proto3"; enum E { ${values} }`, []).name).toBe('E')
  })

  it('has thousands of values of an enum, of which some are said twice', () => {
    for (const draft of ['http://json-schema.org/draft-04/schema#', 'http://json-schema.org/draft-07/schema#']) {
      const parse = (...values: unknown[]) => JSON_SCHEMA.parse(JSON.stringify({ $schema: draft, enum: values }), [])
      const values = each((at) => ({ a: at, b: [at] }), 10_000)
      expect(parse(...values).type).toBe('JSON')
      expect(parse(...values, { b: [7], a: 7 }).type).toBe('JSON')
    }
  })

  it('declares a type again and again that holds a large one', () => {
    const fields = each((at) => ({ name: `f${at}`, type: 'int' }), 5_000)
    const held = { type: 'record', name: 'W', fields: [{ name: 'x', type: 'Big' }] }
    const first = { name: 'b', type: { type: 'record', name: 'Big', fields } }
    const again = each((at) => ({ name: `g${at}`, type: held }), 5_000)
    expect(avro({ type: 'record', name: 'R', fields: [first, ...again] }).name).toBe('R')
    const other = { ...held, fields: [{ name: 'y', type: 'Big' }] }
    const differs = { type: 'record', name: 'R', fields: [first, ...again, { name: 'last', type: other }] }
    expect(() => avro(differs)).toThrow("Can't redefine: W")
  })

  it('has defaults that are made of defaults, twice on each level', () => {
    const tower = levels((at, below) => {
      const [type, value] = at === 0 ? ['int', 1] : [below, {}]
      const fields = ['x', 'y'].map((name) => ({ name, type, default: value }))
      return { type: 'record', name: `L${at}`, fields }
    })
    expect(() => avro(tower, true)).toThrow('The defaults are too complex to check')
    // Those that are stored already are taken as they are.
    expect(avro(tower).type).toBe('AVRO')
  })

  it('has thousands of fields or branches to compare', () => {
    const record = (prefix: string) => {
      const fields = each((at) => ({ name: `${prefix}${at}`, type: 'int', default: 1, aliases: [`z${at}`] }))
      return avro({ type: 'record', name: 'R', fields })
    }
    expect(record('a').backwardProblems(record('b'))).toEqual([])
    const union = (prefix: string) => avro(each((at) => ({ type: 'fixed', name: `${prefix}${at}`, size: 1 }), 2_000))
    expect(union('A').backwardProblems(union('B')).join()).toContain('too complex to compare')
  })

  it('has thousands of oneofs to compare, or names of thousands of parts', () => {
    const oneofs = (prefix: string) => {
      const body = each((at) => `oneof ${prefix}${at} { int32 f${at} = ${at + 20_000}; }`, 4_000).join('')
      return PROTOBUF.parse(`syntax = "proto3"; message E { ${body} }`, [])
    }
    expect(oneofs('a').backwardProblems(oneofs('b'))).toEqual([])
    expect(() => PROTOBUF.parse(`package ${'a.'.repeat(MANY)}a;`, [])).toThrow('a name of more than 1000 parts')
  })

  it('lets a value be one of several types at each level', () => {
    const names = ['A', 'B']
    const record = (name: string) => ({ type: 'record', name, fields: [{ name: 'u', type: ['null', ...names] }] })
    const schema = avro({ type: 'record', name: 'R', fields: names.map((name) => ({ name, type: record(name) })) })
    const value = each(() => '{"u":', 100).join('') + 'null'.concat('}'.repeat(100))
    expect(() => avroEncoder(schema)(`{"A":${value},"B":${value}}`)).toThrow(/too complex to write/)
  })

  it('is nested deeply', () => {
    const deep = (open: string, close: string, core: string) => open.repeat(MANY) + core + close.repeat(MANY)
    expect(() => AVRO.parse(deep('{"type":"array","items":', '}', '"int"'), [])).toThrow(InvalidSchema)
    expect(() => JSON_SCHEMA.parse(deep('{"not":', '}', '{}'), [])).toThrow(InvalidSchema)
    expect(() => PROTOBUF.parse(`syntax = "proto3"; ${deep('message A {', '}', '')}`, [])).toThrow(InvalidSchema)
    expect(() => PROTOBUF.parse(`message A { optional int32 a = 1 [b = ${'{c:'.repeat(MANY)}`, [])).toThrow(
      InvalidSchema,
    )
  })

  it('never ends its strings, blanks and comments', () => {
    const text = `"${'\\"'.repeat(MANY)}`
    for (const hostile of [text, `[${' '.repeat(MANY)}`, `[${text}`]) {
      expect(() => JSON_SCHEMA.parse(hostile, [])).toThrow(InvalidSchema)
    }
    for (const hostile of ['/*'.repeat(MANY), `option a = ${text}`, '//\n'.repeat(MANY)]) {
      expect(() => PROTOBUF.parse(hostile, [])).toThrow(InvalidSchema)
    }
  })

  it('is larger than a schema may be', () => {
    const large = ' '.repeat(5 * 1024 * 1024)
    for (const language of [AVRO, JSON_SCHEMA, PROTOBUF]) expect(() => language.parse(large, [])).toThrow(InvalidSchema)
  })

  it('refers to a thicket of others', () => {
    const refer = (name: string) => ({ name, subject: name, version: 1 })
    const chain = (subject: string) => ({ text: '', references: [refer(`${Number(subject) + 1}`)] })
    expect(() => resolveReferences([refer('0')], chain)).toThrow('References are nested deeper than 100')
    const wide = () => ({ text: '', references: [] })
    const references = each((at) => refer(String(at)), 2_000)
    expect(() => resolveReferences(references, wide)).toThrow('More than 1000 schemas are referred to')
    const large = () => ({ text: ' '.repeat(1024 * 1024), references: [] })
    expect(() => resolveReferences(references, large)).toThrow('larger than')
    // Two that refer to each other end.
    const circle = (subject: string) => ({ text: subject, references: [refer(subject === 'a' ? 'b' : 'a')] })
    expect(resolveReferences([refer('a')], circle).map(({ name }) => name)).toEqual(['b', 'a'])
  })
})
