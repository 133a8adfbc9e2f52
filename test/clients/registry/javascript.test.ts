import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noSchemaRegistryClient, withSchemaRegistryClient } from '../../support/schemaregistry.ts'
import { SerialiserProgram } from './serialiser-program.ts'

describe.skipIf(noSchemaRegistryClient())('Confluent’s JavaScript client of a schema registry', () => {
  let program: SerialiserProgram
  const call = (op: string, fields: object = {}) => program.call(op, fields)

  beforeAll(async () => {
    program = await SerialiserProgram.start(() => withSchemaRegistryClient(new URL('./registry.mjs', import.meta.url)))
  })
  afterAll(() => program?.[Symbol.asyncDispose]())

  it('serialises Avro with references', async () => {
    expect(await call('avro')).toEqual({ bytes: '0e04c3a9', back: { i: { x: 7 }, s: 'é' } })
  })

  it('serialises JSON with references', async () => {
    expect(await call('json')).toEqual({ back: { i: { x: 1 }, s: 'b' }, unfit: 'refused' })
  })

  it('serialises Protobuf with what its file imports', async () => {
    expect(await call('protobuf')).toEqual({
      back: { x: 7, seconds: 5 },
      references: [{ name: 'inner.proto', subject: 'inner.proto', version: 1 }],
    })
  })

  it('administers subjects', async () => {
    expect(await call('administer')).toEqual({
      sameId: true,
      version: 1,
      byId: true,
      byGuid: true,
      versions: [1],
      listed: true,
      updated: 'FULL',
      level: 'FULL',
      compatible: false,
      refused: [409, 40901],
      deletedVersion: 1,
      deleted: [1],
      left: false,
    })
  })
})
