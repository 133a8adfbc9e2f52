import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JsonLines } from '../../support/json-lines.ts'
import { OneNode } from '../../support/one-node.ts'
import { noSchemaRegistryClient, withSchemaRegistryClient } from '../../support/schemaregistry.ts'

describe.skipIf(noSchemaRegistryClient())('Confluent’s JavaScript client of a schema registry', () => {
  let one: OneNode
  let lines: JsonLines

  const call = async (op: string, fields: object = {}): Promise<unknown> => {
    const answer = await lines.call({ op, ...fields })
    if (answer.error !== undefined) throw new Error(`${op}: ${String(answer.error)}\n${lines.errors.slice(-3_000)}`)
    return answer.result
  }

  beforeAll(async () => {
    one = await OneNode.start({ overrides: { 'odradek.schema.registry.listeners': 'http://127.0.0.1:0' } })
    lines = new JsonLines(withSchemaRegistryClient(new URL('./registry.mjs', import.meta.url)))
    await call('connect', { url: `http://127.0.0.1:${one.node.registry[0]?.port}` })
  })

  afterAll(async () => {
    await lines?.close()
    one?.session.close()
    await one?.node.close()
  })

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
