import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AVRO } from '../../src/registry/schemas/avro/language.ts'
import { JSON_SCHEMA } from '../../src/registry/schemas/json/language.ts'
import { PROTOBUF } from '../../src/registry/schemas/protobuf/language.ts'
import { InvalidSchema, type ParsedSchema } from '../../src/registry/schemas/schema-type.ts'
import type { EntityType, SchemaTags } from '../../src/registry/schemas/tags.ts'
import { OneRegistry } from '../support/one-registry.ts'
import { asker } from './rest-calls.ts'

const [FIELD, RECORD] = ['sr_field', 'sr_record'] as const
const of = (entityType: EntityType, entityPath: string, ...tags: string[]): SchemaTags => {
  return { schemaEntity: { entityPath, entityType }, tags }
}
const add = (parsed: ParsedSchema, ...tags: SchemaTags[]): string => parsed.withTags({ add: tags, remove: [] })
const shown = (parsed: ParsedSchema): string[] =>
  parsed.tagged().map(({ schemaEntity, tags }) => `${schemaEntity.entityPath} ${tags.join(',')}`)
const avro = (schema: object) => AVRO.parse(JSON.stringify(schema), [])
const json = (schema: object) => JSON_SCHEMA.parse(JSON.stringify(schema), [])

// Paths, places and refusals as Confluent's classes gave them.
describe('tags in a text', () => {
  const nested = { type: 'record', name: 'S', fields: [{ name: 'c', type: 'int' }] }
  const of3 = avro({
    type: 'record',
    name: 'R',
    namespace: 'n',
    fields: [
      { name: 'a', type: 'string', 'confluent:tags': ['PII', 'X'] },
      { name: 'b', type: ['null', { type: 'array', items: { ...nested, 'confluent:tags': ['S'] } }] },
      { name: 'again', type: { type: 'map', values: 'R' } },
    ],
  })

  test('of Avro are of records and fields by their full names', () => {
    expect(shown(of3)).toEqual(['n.R.a PII,X', 'n.S S'])
    const changed = AVRO.parse(
      of3.withTags({ add: [of(FIELD, 'n.S.c', 'C')], remove: [of(FIELD, '.n.R.a', 'PII')] }),
      [],
    )
    expect(shown(changed)).toEqual(['n.R.a X', 'n.S S', 'n.S.c C'])
    expect(add(of3, of(RECORD, 'S', 'NEW'))).toContain('"confluent:tags":["S","NEW"]')
    expect(of3.withTags({ add: [], remove: [of(RECORD, 'n.S', 'S')] })).not.toContain('"S"]')
    for (const path of ['n.R.z', 'm.R.a', 'n.Q.a']) {
      expect(() => add(of3, of(FIELD, path, 'T'))).toThrow(`No matching path '${path}' found in the schema`)
    }
  })

  test('of Protobuf are in the options of messages and fields, and paths have no package', () => {
    const file = PROTOBUF.parse(
      `syntax = "proto3"; package p; import "confluent/meta.proto";
      message M { option (confluent.message_meta) = { doc: "d", tags: ["A", "B"] };
        string a = 1 [(confluent.field_meta).tags = "PII"]; oneof o { string x = 2; } message N { int32 c = 1; } }`,
      [],
    )
    expect(shown(file)).toEqual(['M A,B', 'M.a PII'])
    const tags = [of(RECORD, 'M', 'NEW'), of(FIELD, 'M.a', 'T'), of(FIELD, 'M.o.x', 'X'), of(FIELD, '.M.N.c', 'C')]
    const text = file.withTags({ add: tags, remove: [of(RECORD, 'M', 'A')] })
    expect(shown(PROTOBUF.parse(text, []))).toEqual(['M B,NEW', 'M.x X', 'M.a PII,T', 'M.N.c C'])
    expect(text).toContain('doc: "d"')
    expect(file.withTags({ add: [], remove: [of(FIELD, 'M.a', 'PII')] })).toContain('string a = 1;')
    for (const path of ['p.M.a', 'M.q', 'M.N.o.c']) expect(() => add(file, of(FIELD, path, 'T'))).toThrow(InvalidSchema)
  })

  test('of JSON Schema are of objects and properties by what leads to them', () => {
    const tag = (name: string, more: object = { type: 'string' }) => ({ ...more, 'confluent:tags': [name] })
    const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more })
    const either = [
      { ...object({ s: tag('S') }), title: 'zz' },
      { type: 'null' },
      tag('AA', { ...object({}), title: 'aa' }),
      { type: 'array', items: tag('ITEM', object({})) },
    ]
    const schema = json(
      tag('TOP', {
        ...object({
          a: tag('A'),
          'x.y': { type: 'string' },
          o: tag('O', object({ p: tag('P') })),
          u: { oneOf: either },
          n: { type: ['null', 'object'], properties: { v: tag('V') } },
          r: tag('R', { $ref: '#/definitions/D' }),
          t: { not: tag('NOT', object({})) },
        }),
        definitions: { D: tag('DEF', object({ h: tag('H') })) },
      }),
    )
    expect(shown(schema)).toEqual([
      'object TOP',
      'object.a A',
      'object.o O',
      'object.o.object.p P',
      'object.u.oneof.0.array.object ITEM',
      'object.u.oneof.2.object AA',
      'object.u.oneof.3.object.s S',
      'object.n.anyof.1.object.v V',
      'object.r R',
      'object.t.not.object NOT',
      'object.definitions.D.object DEF',
      'object.definitions.D.object.h H',
    ])
    for (const { schemaEntity } of schema.tagged()) {
      const text = add(schema, { schemaEntity, tags: ['NEW'] })
      expect(shown(JSON_SCHEMA.parse(text, [])).filter((line) => line.endsWith('NEW'))).toHaveLength(1)
    }
    expect(add(schema, of(FIELD, 'object.x.y', 'DOT'))).toContain('"x.y":{"type":"string","confluent:tags":["DOT"]}')
    expect(() => add(schema, of(FIELD, 'object.z', 'T'))).toThrow("No matching path 'object.z'")
  })

  test('of a JSON Schema that is several things at once count its parts', () => {
    const property = (name: string) => ({ [name]: { type: 'string', 'confluent:tags': [name.toUpperCase()] } })
    const schema = json({
      oneOf: [{ type: 'object', properties: property('a') }],
      properties: property('b'),
      if: {},
      // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's
      then: { type: 'object', 'confluent:tags': ['THEN'], properties: property('f') },
    })
    expect(shown(schema)).toEqual([
      'allof.0.oneof.0.object.a A',
      'allof.1.conditional.then.object THEN',
      'allof.1.conditional.then.object.f F',
      'allof.2.object.b B',
    ])
  })
})

describe('tags over REST', () => {
  let served: OneRegistry
  let call: ReturnType<typeof asker>

  beforeAll(async () => {
    served = await OneRegistry.start()
    call = asker(served.url)
  })

  afterAll(() => served[Symbol.asyncDispose]())

  const record = (...names: string[]): string =>
    JSON.stringify({
      type: 'record',
      name: 'R',
      fields: names.map((name) => ({ name, type: ['null', 'int'], default: null })),
    })
  const tagged = (...tags: SchemaTags[]) => ({ schemaTags: tags })

  test('come with a registration, are found, and go over to the next version', async () => {
    const versions = '/subjects/tags-1/versions'
    const first = await call('POST', versions, { schema: record('a'), schemaTagsToAdd: [of(FIELD, 'R.a', 'PII')] })
    expect(first.body).toMatchObject({ version: 1, metadata: { properties: { 'confluent:version': '1' } } })
    expect(first.body.schema).toContain('"confluent:tags":["PII"]')
    const found = tagged(of(FIELD, 'R.a', 'PII'))
    expect((await call('GET', `${versions}/1?findTags=PII`)).body).toMatchObject(found)
    expect((await call('GET', `${versions}/1?findTags=X&findTags=*`)).body).toMatchObject(found)
    expect((await call('GET', `/schemas/ids/${first.body.id}?findTags=PII`)).body).toMatchObject(found)
    for (const query of ['', '?findTags=X']) {
      expect((await call('GET', `${versions}/1${query}`)).body).not.toHaveProperty('schemaTags')
    }
    const second = { schema: record('a', 'b'), propagateSchemaTags: true }
    expect((await call('POST', versions, second)).body.schema).toContain('"PII"')
    const lost = await call('POST', versions, { schema: record('b'), propagateSchemaTags: true })
    expect([lost.status, lost.body.error_code]).toEqual([422, 42201])
  })

  test('make a new version of an old one', async () => {
    const versions = '/subjects/tags-2/versions'
    const rule = (name: string) => ({ name, kind: 'TRANSFORM', mode: 'WRITEREAD', type: 'ENCRYPT', disabled: false })
    await call('POST', versions, { schema: record('a'), ruleSet: { domainRules: [rule('one'), rule('two')] } })
    const tags = { tagsToAdd: [of(FIELD, 'R.a', 'PII'), of(RECORD, 'R', 'TOP')] }
    const made = await call('POST', `${versions}/latest/tags`, { ...tags, newVersion: 2, rulesToRemove: ['two'] })
    expect(made.status).toBe(200)
    expect(made.body).toMatchObject({ version: 2, metadata: { properties: { 'confluent:version': '2' } } })
    expect(made.body.ruleSet).toEqual({ domainRules: [rule('one')] })
    expect((await call('GET', `${versions}/2?findTags=*`)).body).toMatchObject(
      tagged(of(RECORD, 'R', 'TOP'), of(FIELD, 'R.a', 'PII')),
    )
    const third = await call('POST', `${versions}/2/tags`, { tagsToRemove: [of(RECORD, 'R', 'TOP')] })
    expect(third.body).toMatchObject({ version: 3, ruleSet: { domainRules: [rule('one')] } })
    expect((await call('GET', `${versions}/3?findTags=*`)).body).toMatchObject(tagged(of(FIELD, 'R.a', 'PII')))
  })

  test.each([
    ['a path that leads nowhere', 'tags-3', 1, { tagsToAdd: [of(FIELD, 'R.z', 'T')] }, 42201],
    ['a subject that nobody has', 'nobody', 1, {}, 40401],
    ['a version that it has not', 'tags-3', 9, {}, 40402],
    ['rules said twice', 'tags-3', 1, { ruleSet: { domainRules: [] }, rulesToRemove: ['x'] }, 42210],
    ['an entity of no kind', 'tags-3', 1, { tagsToAdd: [{ schemaEntity: { entityPath: 'R', entityType: 'x' } }] }, 400],
  ] as const)('are refused for %s', async (_, subject, version, body, code) => {
    await call('POST', '/subjects/tags-3/versions', { schema: record('a') })
    const answer = await call('POST', `/subjects/${subject}/versions/${version}/tags`, body)
    expect(answer.body).toMatchObject({ error_code: code, message: expect.any(String) })
    expect((await call('GET', '/subjects/tags-3/versions')).body).toEqual([1])
  })
})
