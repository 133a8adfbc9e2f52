import fc from 'fast-check'
import { RE2JS } from 're2js'
import { describe, expect, test, vi } from 'vitest'
import { maximumMatching } from '../../src/registry/compatibility/json/matching.ts'
import { JSON_SCHEMA } from '../../src/registry/schemas/json/language.ts'
import { InvalidSchema, OLD_READS_NEW } from '../../src/registry/schemas/schema-type.ts'

const schema = (text: unknown) => JSON_SCHEMA.parse(JSON.stringify(text), [])
const kinds = (before: unknown, after: unknown): string[] =>
  schema(after)
    .backwardProblems(schema(before))
    .map((line) => /errorType:"(\w+)"/.exec(line)?.[1] ?? line)
const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
const closed = { additionalProperties: false }
const [text, number, integer] = [{ type: 'string' }, { type: 'number' }, { type: 'integer' }]

describe('the text of a schema', () => {
  test('keeps order and numbers; normalised, names are sorted', () => {
    const parsed = JSON_SCHEMA.parse('{ "type": "object", "properties": { "2": {"maximum": 1.50}, "1": {} } }', [])
    expect(parsed.canonical).toBe('{"type":"object","properties":{"2":{"maximum":1.50},"1":{}}}')
    expect(parsed.normalized()).toBe('{"properties":{"1":{},"2":{"maximum":1.50}},"type":"object"}')
  })

  // As Java's BigDecimal.toString gave them.
  test.each([
    ['-0.0', '0.0'],
    ['1e5', '1E+5'],
    ['100.0', '100.0'],
    ['0.0001', '0.0001'],
    ['0.0000001', '1E-7'],
    ['123456789012345678901234567890.5', '123456789012345678901234567890.5'],
    ['1E400', '1E+400'],
    ['0e3', '0E+3'],
    ['0.00', '0.00'],
    ['12e-9', '1.2E-8'],
    ['-12.5e1', '-125'],
    ['-0', '0'],
  ])('writes the number %s as %s', (written, stored) => {
    expect(JSON_SCHEMA.parse(`{"multipleOf":${written}}`, []).canonical).toBe(`{"multipleOf":${stored}}`)
  })

  test.each([
    { examples: 'one' },
    { $comment: 1 },
    { definitions: { unused: { type: 'nosuch' }, none: null } },
    { maxLength: -1, multipleOf: -2 },
    { type: [] },
    { contentEncoding: {} },
    { $ref: 'http://json-schema.org/draft-07/schema#' },
    { $dynamicRef: '#nowhere' },
  ])('takes %j, as Confluent does', (part) => {
    expect(schema(part).canonical).toBe(JSON.stringify(part))
    expect(schema({ properties: { p: part } }).backwardProblems(schema({ properties: { p: part } }))).toEqual([])
  })

  test.each([
    { maxLength: 'x' },
    { properties: { a: { type: 'nosuch' } } },
    { $ref: '#/definitions/a', definitions: { a: { items: 1 } } },
    { writeOnly: 'yes' },
    { $schema: 'http://json-schema.org/draft-04/schema#', format: 1 },
    { $ref: 'http://json-schema.org/draft-07/schema#/definitions/nosuch' },
  ])('refuses %j', (part) => {
    expect(() => schema(part)).toThrow(InvalidSchema)
  })

  test.each(['4', '6', '7'])('follows draft %s', (draft) => {
    const name = `http://json-schema.org/draft-0${draft}/schema#`
    expect(schema({ $schema: name, type: 'string', maxLength: 3 }).type).toBe('JSON')
    expect(() => schema({ $schema: name, type: 'strin' })).toThrow(InvalidSchema)
  })

  test.each(['2019-09', '2020-12'])('follows draft %s', (draft) => {
    const $schema = `https://json-schema.org/draft/${draft}/schema`
    expect(schema({ $schema, $defs: { a: { $anchor: 'x' } }, $ref: '#x' }).type).toBe('JSON')
    expect(() => schema({ $schema, maxLength: 'long' })).toThrow(InvalidSchema)
  })

  test.each(['http://json-schema.org/draft-04/schema#', 'http://json-schema.org/draft-07/schema#'])(
    'takes lists without items and items said twice, as generators write them, in %s',
    ($schema) => {
      const lists = { required: [], enum: ['a', 'a'], properties: { p: { anyOf: [] }, q: { required: ['r', 'r'] } } }
      const loose = schema({ $schema, type: 'object', ...lists })
      expect(loose.backwardProblems(schema({ $schema, type: 'object', ...lists, enum: ['a'] }))).toEqual([])
    },
  )

  test('a name that needs no other is like one that is not named', () => {
    expect(schema({ dependencies: { a: [] } }).backwardProblems(schema({ type: 'object' }))).toEqual([])
    expect(schema({ dependencies: { a: ['b'] } }).backwardProblems(schema({ type: 'object' }))).toHaveLength(1)
  })

  test('references lead to what was registered and nowhere else', () => {
    const references = [{ name: 'other.json', text: '{"definitions":{"t":{"type":"string"}}}' }]
    const of = (ref: string) => JSON.stringify({ properties: { a: { $ref: ref } } })
    expect(JSON_SCHEMA.parse(of('other.json#/definitions/t'), references).type).toBe('JSON')
    expect(JSON_SCHEMA.parse(of('other.json#/$defs/t'), references).type).toBe('JSON')
    for (const ref of ['http://example.com/a.json', 'file:///etc/passwd', 'other.json#/definitions/u', '#/nowhere']) {
      expect(() => JSON_SCHEMA.parse(of(ref), references)).toThrow('Could not resolve reference')
    }
  })

  test('a part of a text under a name of JavaScript is a name', () => {
    const parsed = JSON_SCHEMA.parse('{"properties":{"__proto__":{"type":"string"},"constructor":{}}}', [])
    expect(parsed.canonical).toContain('__proto__')
    expect(parsed.backwardProblems(schema({ properties: {} }))).toHaveLength(1)
  })
})

describe('compatibility', () => {
  test.each([
    ['a type may become wider', integer, number, []],
    ['and not narrower', number, integer, ['TYPE_NARROWED']],
    ['another type is another', text, number, ['TYPE_CHANGED']],
    ['several types may become more', { type: ['string', 'null'] }, { type: ['string', 'null', 'integer'] }, []],
    ['and not fewer', { type: ['string', 'null'] }, { type: 'string' }, ['TYPE_CHANGED']],
    ['an enum may grow', { enum: ['a'] }, { enum: ['a', 'b'] }, []],
    ['and not shrink', { enum: ['a', 'b'] }, { enum: ['a'] }, ['ENUM_ARRAY_NARROWED']],
    ['a limit may be lifted', { ...text, maxLength: 3 }, { ...text, maxLength: 5 }, []],
    ['and not lowered', { ...text, maxLength: 3 }, { ...text, maxLength: 2 }, ['MAX_LENGTH_DECREASED']],
    ['multiples count exactly', { ...number, multipleOf: 0.3 }, { ...number, multipleOf: 0.1 }, []],
    ['a pattern is its own', { ...text, pattern: 'a' }, { ...text, pattern: 'b' }, ['PATTERN_CHANGED']],
    ['an open object may lose a property', object({ a: text }), object({}), []],
    ['and gain none', object({}), object({ a: text }), ['OPTIONAL_PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL']],
    ['a closed one may gain one', object({}, closed), object({ a: text }, closed), []],
    ['and lose none', object({ a: text }, closed), object({}, closed), ['PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL']],
    [
      'which must not be required',
      object({}, closed),
      object({ a: text }, { ...closed, required: ['a'] }),
      ['REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL'],
    ],
    [
      'what is required must have been',
      object({ a: text }),
      object({ a: text }, { required: ['a'] }),
      ['REQUIRED_ATTRIBUTE_ADDED'],
    ],
    [
      'a partly open one takes what fits it',
      object({}, { patternProperties: { '^a': text } }),
      object({ ab: text }, { patternProperties: { '^a': text } }),
      [],
    ],
    [
      'and not what does not',
      object({}, { additionalProperties: text }),
      object({ a: number }, { additionalProperties: text }),
      ['PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL', 'TYPE_CHANGED'],
    ],
    ['a sum may grow', { oneOf: [text] }, { oneOf: [number, text] }, []],
    ['and not shrink', { oneOf: [text, number] }, { oneOf: [text] }, ['SUM_TYPE_NARROWED']],
    ['a product may shrink', { allOf: [text, { maxLength: 2 }] }, { allOf: [text] }, []],
    [
      'all must find a partner',
      { oneOf: [text, number] },
      { oneOf: [integer, text] },
      ['COMBINED_TYPE_SUBSCHEMAS_CHANGED'],
    ],
    ['what must not match may become less', { not: number }, { not: integer }, []],
    ['and not more', { not: integer }, { not: number }, ['NOT_TYPE_EXTENDED']],
    ['items are compared', { type: 'array', items: integer }, { type: 'array', items: text }, ['TYPE_CHANGED']],
    ['anything may become a schema without words', text, {}, []],
  ])('%s', (_, before, after, expected) => {
    expect(kinds(before, after).sort()).toEqual([...expected].sort())
  })

  test('lines name the schemas by their parts in the check', () => {
    const [before, after] = [schema({ ...text, maxLength: 3 }), schema({ ...text, maxLength: 2 })]
    expect(after.backwardProblems(before)).toEqual([
      `{errorType:"MAX_LENGTH_DECREASED", description:"The value at path '#/maxLength' in the new schema is less than its value in the old schema'}`,
    ])
    expect(before.backwardProblems(after, OLD_READS_NEW)).toEqual([])
  })

  test('definitions that mention each other end, and what is wrong in them is found', () => {
    const tree = (value: object) => ({
      $ref: '#/definitions/node',
      definitions: {
        node: object({ value, children: { type: 'array', items: { $ref: '#/definitions/node' } } }, closed),
      },
    })
    expect(kinds(tree(integer), tree(number))).toEqual([])
    expect(kinds(tree(number), tree(integer))).toContain('TYPE_NARROWED')
  })

  test('a thicket of alternatives is compared in bounded time', () => {
    const names = Array.from({ length: 12 }, (_, at) => `t${at}`)
    const thicket = {
      oneOf: names.map((name) => ({ $ref: `#/definitions/${name}` })),
      definitions: Object.fromEntries(
        names.map((name, at) => [
          name,
          object({ kind: { const: at }, next: { oneOf: names.map((other) => ({ $ref: `#/definitions/${other}` })) } }),
        ]),
      ),
    }
    expect(kinds(thicket, thicket)).toEqual([])
  })
})

describe('patterns of properties', () => {
  const names = (count: number, prefix: string) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${prefix}${at}`, text]))
  const patterns = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`^x${at}$`, { type: 'number' }]))

  test('are compiled once in a comparison, however many names are held against them', () => {
    const compile = vi.spyOn(RE2JS, 'compile')
    const patternProperties = { ...patterns(20), '(?=lookahead)': text }
    const [before, after] = ['a', 'b'].map((prefix) =>
      schema({ type: 'object', properties: names(500, prefix), patternProperties, additionalProperties: false }),
    )
    compile.mockClear()
    expect(before && after?.backwardProblems(before).length).toBeGreaterThan(0)
    expect(compile).toHaveBeenCalledTimes(21)
    compile.mockRestore()
  })

  test('are held against so many names and no more', () => {
    const long = names(100, 'n'.repeat(10_000))
    const before = schema({ type: 'object', patternProperties: patterns(30), additionalProperties: false })
    const after = schema({ type: 'object', properties: long, patternProperties: patterns(30) })
    expect(after.backwardProblems(before)[0]).toMatch('too complex')
  })
})

test('a matching is as large as it can be', () => {
  const graph = fc.array(fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }), { minLength: 1, maxLength: 5 })
  const largest = (rows: readonly boolean[][], used: ReadonlySet<number>): number => {
    const [first, ...rest] = rows
    if (!first) return 0
    const taken = first.flatMap((fits, at) =>
      fits && !used.has(at) ? [1 + largest(rest, new Set([...used, at]))] : [],
    )
    return Math.max(largest(rest, used), ...taken)
  }
  fc.assert(
    fc.property(graph, (rows) => {
      const pairs = maximumMatching(rows.length, 5, (row, column) => rows[row]?.[column] ?? false)
      expect(new Set(pairs.map(([row]) => row)).size).toBe(pairs.length)
      expect(new Set(pairs.map(([, column]) => column)).size).toBe(pairs.length)
      expect(pairs.every(([row, column]) => rows[row]?.[column])).toBe(true)
      expect(pairs.length).toBe(largest(rows, new Set()))
    }),
    { numRuns: 50 },
  )
})
