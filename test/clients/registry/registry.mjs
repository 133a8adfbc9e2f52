// Confluent's JavaScript client of schema registries: what it stores and gives back, and its serialisers.
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'

const client = createRequire(`${process.argv[2]}/`)
const registryClient = client('@confluentinc/schemaregistry')
const { AvroDeserializer, AvroSerializer, JsonDeserializer, JsonSerializer } = registryClient
const { ProtobufDeserializer, ProtobufSerializer, RestError, SchemaRegistryClient, SerdeType } = registryClient
const { create, createFileRegistry, createMutableRegistry } = client('@bufbuild/protobuf')
const wellKnown = client('@bufbuild/protobuf/wkt')
const { FileDescriptorProtoSchema, FileDescriptorSetSchema, file_google_protobuf_timestamp } = wellKnown
const { FieldDescriptorProto_Label: Label, FieldDescriptorProto_Type: Type } = wellKnown

const INNER = JSON.stringify({ type: 'record', name: 'Inner', namespace: 'n', fields: [{ name: 'x', type: 'int' }] })
const OUTER = JSON.stringify({
  type: 'record',
  name: 'Outer',
  fields: [
    { name: 'i', type: 'n.Inner' },
    { name: 's', type: 'string' },
  ],
})

let url = ''
const fresh = () => new SchemaRegistryClient({ baseURLs: [url] })
const refusal = (error) => (error instanceof RestError ? [error.status, error.errorCode] : String(error))

async function avro() {
  const registry = fresh()
  await registry.register('js-inner', { schema: INNER, schemaType: 'AVRO' })
  const references = [{ name: 'n.Inner', subject: 'js-inner', version: 1 }]
  await registry.register('avro-value', { schema: OUTER, schemaType: 'AVRO', references })
  const serializer = new AvroSerializer(registry, SerdeType.VALUE, { useLatestVersion: true })
  const bytes = await serializer.serialize('avro', { i: { x: 7 }, s: 'é' })
  return {
    bytes: bytes.subarray(5).toString('hex'),
    back: await new AvroDeserializer(fresh(), SerdeType.VALUE, {}).deserialize('avro', bytes),
  }
}

async function json() {
  const registry = fresh()
  const inner = JSON.stringify({ $id: 'inner.json', type: 'object', properties: { x: { type: 'integer' } } })
  await registry.register('js-json-inner', { schema: inner, schemaType: 'JSON' })
  const schema = JSON.stringify({ type: 'object', properties: { i: { $ref: 'inner.json' }, s: { type: 'string' } } })
  const references = [{ name: 'inner.json', subject: 'js-json-inner', version: 1 }]
  await registry.register('json-value', { schema, schemaType: 'JSON', references })
  const serializer = new JsonSerializer(registry, SerdeType.VALUE, { useLatestVersion: true, validate: true })
  const bytes = await serializer.serialize('json', { i: { x: 1 }, s: 'b' })
  const unfit = await serializer.serialize('json', { i: { x: 'no' }, s: 'b' }).then(
    () => 'taken',
    () => 'refused',
  )
  return { back: await new JsonDeserializer(fresh(), SerdeType.VALUE, {}).deserialize('json', bytes), unfit }
}

/** A file that imports one of a user's own and one of Protobuf's. */
function protobufFiles() {
  const message = { label: Label.OPTIONAL, type: Type.MESSAGE }
  const inner = {
    name: 'inner.proto',
    syntax: 'proto3',
    package: 'n',
    messageType: [{ name: 'Inner', field: [{ name: 'x', number: 1, label: Label.OPTIONAL, type: Type.INT32 }] }],
  }
  const outer = {
    name: 'outer.proto',
    syntax: 'proto3',
    package: 'n',
    dependency: ['inner.proto', 'google/protobuf/timestamp.proto'],
    messageType: [
      {
        name: 'Outer',
        field: [
          { ...message, name: 'i', number: 1, typeName: '.n.Inner' },
          { ...message, name: 'at', number: 2, typeName: '.google.protobuf.Timestamp' },
        ],
      },
    ],
  }
  const file = [create(FileDescriptorProtoSchema, inner), file_google_protobuf_timestamp.proto]
  return createFileRegistry(
    create(FileDescriptorSetSchema, { file: [...file, create(FileDescriptorProtoSchema, outer)] }),
  )
}

async function protobuf() {
  const registry = fresh()
  const files = protobufFiles()
  const outer = files.getMessage('n.Outer')
  const options = { registry: createMutableRegistry(files), autoRegisterSchemas: true }
  const serializer = new ProtobufSerializer(registry, SerdeType.VALUE, options)
  const bytes = await serializer.serialize('protobuf', create(outer, { i: { x: 7 }, at: { seconds: 5n } }))
  const { i, at } = await new ProtobufDeserializer(fresh(), SerdeType.VALUE, {}).deserialize('protobuf', bytes)
  const { references } = await registry.getLatestSchemaMetadata('protobuf-value')
  return { back: { x: i.x, seconds: Number(at.seconds) }, references }
}

async function administer() {
  const registry = fresh()
  const schema = { schema: INNER, schemaType: 'AVRO' }
  const made = await registry.registerFullResponse('js-admin', schema)
  const worse = { schema: INNER.replace('"x"', '"y"'), schemaType: 'AVRO' }
  return {
    sameId: (await registry.getId('js-admin', schema)) === made.id,
    version: await registry.getVersion('js-admin', schema),
    byId: (await fresh().getBySubjectAndId('js-admin', made.id)).schema === INNER,
    byGuid: (await fresh().getByGuid(made.guid)).schema === INNER,
    versions: await registry.getAllVersions('js-admin'),
    listed: (await registry.getAllSubjects()).includes('js-admin'),
    updated: await registry.updateCompatibility('js-admin', 'FULL'),
    level: await registry.getCompatibility('js-admin'),
    compatible: await registry.testSubjectCompatibility('js-admin', worse),
    refused: await registry.register('js-admin', worse).catch(refusal),
    deletedVersion: await registry.deleteSubjectVersion('js-admin', 1),
    deleted: await registry.deleteSubject('js-admin', true),
    left: (await registry.getAllSubjects()).includes('js-admin'),
  }
}

const COMMANDS = {
  connect: (command) => {
    url = command.url
  },
  avro,
  json,
  protobuf,
  administer,
}

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line)
  const answer = await Promise.resolve(command)
    .then(COMMANDS[command.op])
    .then(
      (result) => ({ result }),
      (error) => ({ error: String(error?.stack ?? error) }),
    )
  console.log(JSON.stringify({ id: command.id, ...answer }))
}
process.exit(0)
