import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OneRegistry } from '../support/one-registry.ts'
import { asker, record } from './rest-calls.ts'

const A = record(['a', 'int'])
const AB = record(['a', 'int'], ['b', 'int', 0])
const RULE = { name: 'foo', mode: 'READ', type: 'IGNORE' }

describe('what stands around a schema', () => {
  let served: OneRegistry
  let call: ReturnType<typeof asker>

  beforeAll(async () => {
    served = await OneRegistry.start()
    call = asker(served.url)
  })

  afterAll(() => served[Symbol.asyncDispose]())

  it('tells an empty set of rules from none', async () => {
    await call('POST', '/subjects/empty/versions', { schema: A, ruleSet: {} })
    expect((await call('POST', '/subjects/empty', { schema: A })).body.version).toBe(1)
    const ruled = await call('POST', '/subjects/empty/versions', { ruleSet: { domainRules: [RULE] } })
    expect(ruled.body.version).toBe(2)
    expect((await call('POST', '/subjects/empty', { schema: A })).body.version).toBe(2)
    expect((await call('POST', '/subjects/empty', { schema: A, ruleSet: {} })).body.version).toBe(1)
  })

  it('is looked up without what the settings added', async () => {
    const settings = { defaultMetadata: { properties: { from: 'config' } }, overrideRuleSet: { domainRules: [RULE] } }
    await call('PUT', '/config/added', settings)
    const first = await call('POST', '/subjects/added/versions', { schema: A })
    await call('POST', '/subjects/added/versions', { schema: AB, metadata: { properties: { own: 'x' } } })
    expect(first.body).toMatchObject({ version: 1, metadata: settings.defaultMetadata })
    expect((await call('POST', '/subjects/added', { schema: A, metadata: {} })).body).toMatchObject({ version: 1 })
  })

  it('keeps names of fields free', async () => {
    await call('PUT', '/config/free', { validateFields: true })
    const reserving = (names: string, schema: string) => ({
      schema,
      metadata: { properties: { 'confluent:reserved': names } },
    })
    const register = async (body: object) => (await call('POST', '/subjects/free/versions', body)).body
    expect((await register(reserving(' b, a ,', A))).message).toContain('conflicts with the reserved field a.')
    expect((await register(reserving('b,c', A))).version).toBe(1)
    expect((await register(reserving('c', A))).message).toContain('has reserved field b removed from its metadata')
    expect((await register({ schema: AB })).message).toContain('conflicts with the reserved field b.')
    const proto = 'syntax = "proto3"; message M { int32 p = 1; }'
    const json = '{"type":"object","properties":{"p":{"type":"string"}}}'
    for (const [schemaType, schema] of [
      ['PROTOBUF', proto],
      ['JSON', json],
    ] as const) {
      await call('PUT', `/config/free-${schemaType}`, { validateFields: true })
      const { body } = await call('POST', `/subjects/free-${schemaType}/versions`, {
        schemaType,
        ...reserving('p', schema),
      })
      expect(body.error_code).toBe(40901)
    }
    await call('PUT', '/config/free', { validateFields: false })
    expect((await register(reserving('a', A))).version).toBe(2)
  })

  it('may refer to nothing that was deleted, where it is new', async () => {
    const outer = '{"type":"record","name":"Outer","fields":[{"name":"r","type":"R"}]}'
    const referring = { schema: outer, references: [{ name: 'R', subject: 'inner', version: 1 }] }
    await call('POST', '/subjects/inner/versions', { schema: A })
    expect((await call('POST', '/subjects/outer/versions', referring)).body.version).toBe(1)
    await call('DELETE', '/subjects/outer')
    await call('DELETE', '/subjects/inner')
    expect((await call('GET', '/subjects/outer/versions/1?deleted=true&format=resolved')).body.schema).toContain('"a"')
    expect((await call('POST', '/subjects/other/versions', referring)).body.error_code).toBe(42201)
    // Another context has no such reference at all, which is no reason to refuse.
    await call('POST', '/subjects/:.elsewhere:other/versions', { schema: A })
    expect((await call('POST', '/subjects/other', referring)).body.error_code).toBe(40401)
  })

  it('lets names pass where new schemas are not checked', async () => {
    const schema = '{"type":"record","name":"R","namespace":"a-bad.space","fields":[{"name":"x-y","type":"int"}]}'
    expect((await call('POST', '/subjects/names/versions', { schema })).body.error_code).toBe(42201)
    await call('PUT', '/config/names', { validateNewSchemas: false })
    expect((await call('POST', '/subjects/names/versions', { schema })).body).toMatchObject({ version: 1, schema })
  })

  it('says of each stored schema whether it was deleted', async () => {
    const { id } = (await call('POST', '/subjects/gone/versions', { schema: record(['gone', 'int']) })).body
    expect((await call('GET', `/schemas/ids/${id}`)).body.deleted).toBe(false)
    expect((await call('GET', '/subjects/gone/versions/1')).body.deleted).toBe(false)
    await call('DELETE', '/subjects/gone')
    expect((await call('GET', '/subjects/gone/versions/1?deleted=true')).body.deleted).toBe(true)
  })
})
