import { create, createRegistry } from '@bufbuild/protobuf'
import { FieldSchema, file_google_protobuf_type } from '@bufbuild/protobuf/wkt'
import {
  AvroDeserializer,
  AvroSerializer,
  JsonDeserializer,
  JsonSerializer,
  ProtobufDeserializer,
  ProtobufSerializer,
  RestError,
  SchemaRegistryClient,
  SerdeType,
} from '@confluentinc/schemaregistry'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OneNode } from '../../support/one-node.ts'

const INNER = JSON.stringify({ type: 'record', name: 'Inner', namespace: 'n', fields: [{ name: 'x', type: 'int' }] })
const OUTER = JSON.stringify({
  type: 'record',
  name: 'Outer',
  fields: [
    { name: 'i', type: 'n.Inner' },
    { name: 's', type: 'string' },
  ],
})

describe('Confluent’s JavaScript client of a schema registry', () => {
  let one: OneNode
  let client: SchemaRegistryClient

  const fresh = () => new SchemaRegistryClient({ baseURLs: [`http://127.0.0.1:${one.node.registry[0]?.port}`] })

  beforeAll(async () => {
    one = await OneNode.start({ overrides: { 'odradek.schema.registry.listeners': 'http://127.0.0.1:0' } })
    client = fresh()
  })

  afterAll(async () => {
    one.session.close()
    await one.node.close()
  })

  it('serialises Avro with references', async () => {
    await client.register('js-inner', { schema: INNER, schemaType: 'AVRO' })
    const references = [{ name: 'n.Inner', subject: 'js-inner', version: 1 }]
    await client.register('avro-value', { schema: OUTER, schemaType: 'AVRO', references })
    const value = { i: { x: 7 }, s: 'é' }
    const serializer = new AvroSerializer(client, SerdeType.VALUE, { useLatestVersion: true })
    const bytes = await serializer.serialize('avro', value)
    const back = await new AvroDeserializer(fresh(), SerdeType.VALUE, {}).deserialize('avro', bytes)
    expect(JSON.parse(JSON.stringify(back))).toEqual(value)
  })

  it('serialises JSON with references', async () => {
    const inner = JSON.stringify({ $id: 'inner.json', type: 'object', properties: { x: { type: 'integer' } } })
    await client.register('js-json-inner', { schema: inner, schemaType: 'JSON' })
    const schema = JSON.stringify({ type: 'object', properties: { i: { $ref: 'inner.json' }, s: { type: 'string' } } })
    const references = [{ name: 'inner.json', subject: 'js-json-inner', version: 1 }]
    await client.register('json-value', { schema, schemaType: 'JSON', references })
    const serializer = new JsonSerializer(client, SerdeType.VALUE, { useLatestVersion: true, validate: true })
    const value = { i: { x: 1 }, s: 'b' }
    const bytes = await serializer.serialize('json', value)
    expect(await new JsonDeserializer(fresh(), SerdeType.VALUE, {}).deserialize('json', bytes)).toEqual(value)
    await expect(serializer.serialize('json', { i: { x: 'no' }, s: 'b' })).rejects.toThrow()
  })

  it('serialises Protobuf with what its file imports', async () => {
    const registry = createRegistry(file_google_protobuf_type)
    const serializer = new ProtobufSerializer(client, SerdeType.VALUE, { registry, autoRegisterSchemas: true })
    const value = create(FieldSchema, { name: 'n', number: 3 })
    const bytes = await serializer.serialize('protobuf', value)
    const back = await new ProtobufDeserializer(fresh(), SerdeType.VALUE, {}).deserialize('protobuf', bytes)
    expect(back).toMatchObject({ name: 'n', number: 3 })
    expect((await client.getLatestSchemaMetadata('protobuf-value')).references?.map(({ name }) => name)).toEqual([
      'google/protobuf/any.proto',
      'google/protobuf/source_context.proto',
    ])
  })

  it('administers subjects', async () => {
    const schema = { schema: INNER, schemaType: 'AVRO' }
    const made = await client.registerFullResponse('js-admin', schema)
    expect(await client.getId('js-admin', schema)).toBe(made.id)
    expect(await client.getVersion('js-admin', schema)).toBe(1)
    expect((await fresh().getBySubjectAndId('js-admin', made.id ?? 0)).schema).toBe(INNER)
    expect((await fresh().getByGuid(made.guid ?? '')).schema).toBe(INNER)
    expect(await client.getAllVersions('js-admin')).toEqual([1])
    expect(await client.getAllSubjects()).toContain('js-admin')
    expect(await client.updateCompatibility('js-admin', 'FULL' as never)).toBe('FULL')
    expect(await client.getCompatibility('js-admin')).toBe('FULL')
    const worse = { schema: '{"type":"record","name":"Inner","namespace":"n","fields":[{"name":"y","type":"int"}]}' }
    expect(await client.testSubjectCompatibility('js-admin', worse)).toBe(false)
    const refusal = await client.register('js-admin', worse).catch((error: unknown) => error)
    expect(refusal).toBeInstanceOf(RestError)
    expect(refusal).toMatchObject({ status: 409, errorCode: 40901 })
    expect(await client.deleteSubjectVersion('js-admin', 1)).toBe(1)
    expect(await client.deleteSubject('js-admin', true)).toEqual([1])
    expect(await client.getAllSubjects()).not.toContain('js-admin')
  })
})
