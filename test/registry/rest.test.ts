import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OneRegistry } from '../support/one-registry.ts'
import { type Asking, asker, record } from './rest-calls.ts'

const V1 = 'application/vnd.schemaregistry.v1+json'
const A = record(['a', 'int'])
const AB = record(['a', 'int'], ['b', 'int', 0])
const BROKEN = record(['a', 'int'], ['c', 'int'])

describe('the REST interface of the schema registry', () => {
  let served: OneRegistry
  let call: ReturnType<typeof asker>

  beforeAll(async () => {
    served = await OneRegistry.start()
    call = asker(served.url)
  })

  afterAll(() => served[Symbol.asyncDispose]())

  const refused = async (status: number, code: number, ...given: Parameters<typeof call>) => {
    const { status: got, body } = await call(...given)
    expect([got, body?.error_code, typeof body?.message], given.slice(0, 2).join(' ')).toEqual([status, code, 'string'])
    return body.message as string
  }

  it('reads nothing and makes no topic before somebody writes', async () => {
    expect((await call('GET', '/subjects')).body).toEqual([])
    expect((await call('GET', '/')).body).toEqual({})
    expect((await call('GET', '/schemas/types')).body).toEqual(expect.arrayContaining(['AVRO', 'JSON', 'PROTOBUF']))
    const { topics } = await served.one.call('Metadata', 12, { topics: null, allowAutoTopicCreation: false })
    expect(topics.map(({ name }: { name: string }) => name)).not.toContain('_schemas')
  })

  it('gives ids once for a schema and versions by subject', async () => {
    const first = await call('POST', '/subjects/ids-1/versions', { schema: A })
    expect(first.status).toBe(200)
    expect(first.type).toBe(V1)
    expect(first.body).toMatchObject({ version: 1, schemaType: 'AVRO', schema: A })
    const { id } = first.body
    expect((await call('POST', '/subjects/ids-1/versions', { schema: ` ${A}` })).body).toMatchObject({ id, version: 1 })
    expect((await call('POST', '/subjects/ids-2/versions', { schema: A })).body).toMatchObject({ id, version: 1 })
    const second = await call('POST', '/subjects/ids-1/versions', { schema: AB })
    expect(second.body).toMatchObject({ id: id + 1, version: 2 })
    expect((await call('GET', '/subjects/ids-1/versions')).body).toEqual([1, 2])
    for (const version of ['2', 'latest', '-1', 'LATEST']) {
      const { body } = await call('GET', `/subjects/ids-1/versions/${version}`)
      expect(body).toMatchObject({ subject: 'ids-1', version: 2, id: id + 1, schema: AB })
    }
    expect((await call('GET', `/subjects/ids-1/versions/1/schema`)).body).toEqual(JSON.parse(A))
    expect((await call('GET', `/schemas/ids/${id}`)).body).toMatchObject({ schema: A })
    expect((await call('GET', `/schemas/ids/${id}?fetchMaxId=true`)).body.maxId).toBeGreaterThan(id)
    expect((await call('GET', `/schemas/ids/${id}/schema`)).body).toEqual(JSON.parse(A))
    expect((await call('GET', `/schemas/ids/${id}/subjects`)).body).toEqual(['ids-1', 'ids-2'])
    expect((await call('GET', `/schemas/ids/${id}/versions`)).body).toEqual([
      { subject: 'ids-1', version: 1 },
      { subject: 'ids-2', version: 1 },
    ])
    const { guid } = first.body
    expect((await call('GET', `/schemas/guids/${guid}`)).body).toMatchObject({ guid, schema: A })
    expect((await call('GET', `/schemas/guids/${guid}/ids`)).body).toEqual([{ context: '.', id }])
    expect((await call('POST', '/subjects/ids-1', { schema: A })).body).toMatchObject({ id, version: 1 })
  })

  it('says what it does not find', async () => {
    await call('POST', '/subjects/missing-1/versions', { schema: A })
    expect(await refused(404, 40401, 'GET', '/subjects/nobody/versions')).toBe("Subject 'nobody' not found.")
    expect(await refused(404, 40401, 'GET', '/subjects/nobody/versions/1')).toBe("Subject 'nobody' not found.")
    expect(await refused(404, 40402, 'GET', '/subjects/missing-1/versions/9')).toBe('Version 9 not found.')
    expect(await refused(404, 40403, 'GET', '/schemas/ids/99999')).toBe('Schema 99999 not found')
    expect(await refused(404, 40403, 'GET', '/schemas/ids/99999/subjects')).toBe('Schema not found')
    await refused(404, 40403, 'GET', '/schemas/guids/00000000-0000-0000-0000-000000000000')
    expect(await refused(404, 40403, 'POST', '/subjects/missing-1', { schema: AB })).toBe('Schema not found')
    await refused(404, 40401, 'POST', '/subjects/nobody', { schema: AB })
    await refused(404, 40408, 'GET', '/config/missing-1')
    await refused(404, 40409, 'GET', '/mode/missing-1')
    await refused(404, 404, 'GET', '/schemas/ids/one')
    await refused(404, 404, 'GET', '/nowhere')
  })

  it.each([
    ['BACKWARD', AB, BROKEN],
    ['BACKWARD_TRANSITIVE', AB, BROKEN],
    ['FORWARD', BROKEN, record(['d', 'int'])],
    ['FORWARD_TRANSITIVE', BROKEN, record(['d', 'int'])],
    ['FULL', AB, BROKEN],
    ['FULL_TRANSITIVE', AB, BROKEN],
    ['NONE', BROKEN, undefined],
  ])('keeps versions compatible: %s', async (level, fits, doesNot) => {
    const subject = `levels-${level}`
    await call('POST', `/subjects/${subject}/versions`, { schema: A })
    expect((await call('PUT', `/config/${subject}`, { compatibility: level.toLowerCase() })).body).toEqual({
      compatibility: level,
    })
    expect((await call('GET', `/config/${subject}`)).body).toEqual({ compatibilityLevel: level })
    const path = `/compatibility/subjects/${subject}/versions`
    expect((await call('POST', `${path}/latest`, { schema: fits })).body).toEqual({ is_compatible: true })
    if (doesNot !== undefined) {
      expect((await call('POST', path, { schema: doesNot })).body).toEqual({ is_compatible: false })
      const { body } = await call('POST', `${path}/1?verbose=true`, { schema: doesNot })
      expect(body).toMatchObject({ is_compatible: false })
      expect(body.messages).toContain(`{validateFields: 'false', compatibility: '${level}'}`)
      expect(body.messages).toContain('{oldSchemaVersion: 1}')
      const message = await refused(409, 40901, 'POST', `/subjects/${subject}/versions`, { schema: doesNot })
      expect(message).toContain(`incompatible with an earlier schema for subject "${subject}", details: [`)
    }
    expect((await call('POST', `/subjects/${subject}/versions`, { schema: fits })).body.version).toBe(2)
    expect((await call('DELETE', `/config/${subject}`)).body).toEqual({ compatibilityLevel: level })
    await refused(404, 40401, 'DELETE', `/config/${subject}`)
  })

  it('compares with one version or with all', async () => {
    const versions = [record(['a', 'int', 0]), record(['b', 'int', 0]), record(['a', 'string', ''])]
    for (const [level, last] of [
      ['BACKWARD', 200],
      ['BACKWARD_TRANSITIVE', 409],
    ] as const) {
      await call('PUT', `/config/all-${level}`, { compatibility: level })
      const statuses = []
      for (const schema of versions) {
        statuses.push((await call('POST', `/subjects/all-${level}/versions`, { schema })).status)
      }
      expect(statuses).toEqual([200, 200, last])
    }
  })

  it('deletes softly, then for good', async () => {
    const path = '/subjects/deleted-1'
    const { id } = (await call('POST', `${path}/versions`, { schema: record(['deleted', 'int']) })).body
    await call('POST', `${path}/versions`, { schema: record(['deleted', 'int'], ['b', 'int', 0]) })
    await refused(404, 40407, 'DELETE', `${path}/versions/1?permanent=true`)
    await refused(404, 40405, 'DELETE', `${path}?permanent=true`)
    expect((await call('DELETE', `${path}/versions/1`)).body).toBe(1)
    await refused(404, 40406, 'DELETE', `${path}/versions/1`)
    expect((await call('GET', `${path}/versions`)).body).toEqual([2])
    expect((await call('GET', `${path}/versions?deleted=true`)).body).toEqual([1, 2])
    expect((await call('GET', `${path}/versions?deletedOnly=true`)).body).toEqual([1])
    expect((await call('GET', `${path}/versions?deletedAsNegative=true`)).body).toEqual([-1, 2])
    await refused(404, 40402, 'GET', `${path}/versions/1`)
    expect((await call('GET', `${path}/versions/1?deleted=true`)).body).toMatchObject({ id, deleted: true })
    // Records that were written with it are read for ever.
    expect((await call('GET', `/schemas/ids/${id}`)).status).toBe(200)
    expect((await call('DELETE', path)).body).toEqual([2])
    expect(await refused(404, 40404, 'DELETE', path)).toBe(
      "Subject 'deleted-1' was soft deleted.Set permanent=true to delete permanently",
    )
    expect((await call('GET', '/subjects')).body).not.toContain('deleted-1')
    expect((await call('GET', '/subjects?deleted=true')).body).toContain('deleted-1')
    expect((await call('GET', '/subjects?deletedOnly=true&subjectPrefix=deleted-')).body).toEqual(['deleted-1'])
    // The same schema again: a new version, the same id.
    const again = await call('POST', `${path}/versions`, { schema: record(['deleted', 'int']) })
    expect(again.body).toMatchObject({ id, version: 3 })
    await call('DELETE', path)
    expect((await call('DELETE', `${path}?permanent=true`)).body).toEqual([2, 3])
    await refused(404, 40401, 'DELETE', path)
    await refused(404, 40403, 'GET', `/schemas/ids/${id}`)
  })

  it('resolves references and keeps what is referred to', async () => {
    const inner = JSON.stringify({ type: 'record', name: 'Inner', namespace: 'n', fields: [] })
    await call('POST', '/subjects/inner/versions', { schema: inner })
    const outer = JSON.stringify({ type: 'record', name: 'Outer', fields: [{ name: 'i', type: 'n.Inner' }] })
    await refused(422, 42201, 'POST', '/subjects/outer/versions', { schema: outer })
    const references = [{ name: 'n.Inner', subject: 'inner', version: -1 }]
    const { body } = await call('POST', '/subjects/outer/versions', { schema: outer, references })
    expect(body.references).toEqual([{ name: 'n.Inner', subject: 'inner', version: 1 }])
    expect((await call('GET', '/subjects/inner/versions/1/referencedby')).body).toEqual([body.id])
    expect(await refused(422, 42206, 'DELETE', '/subjects/inner/versions/1')).toContain('One or more references exist')
    await refused(422, 42206, 'DELETE', '/subjects/inner')
    await refused(422, 42201, 'POST', '/subjects/outer-2/versions', {
      schema: outer,
      references: [{ name: 'n.Inner', subject: 'inner', version: 7 }],
    })
    const resolved = await call('GET', `/schemas/ids/${body.id}?format=resolved`)
    expect(JSON.parse(resolved.body.schema).fields[0].type).toMatchObject({ name: 'Inner', fields: [] })
  })

  it('has contexts with ids of their own', async () => {
    const schema = record(['context', 'int'])
    const made = await call('POST', '/subjects/:.c1:s/versions', { schema })
    expect(made.body).toMatchObject({ id: 1, version: 1 })
    expect((await call('POST', '/contexts/.c1/subjects/t/versions', { schema })).body).toMatchObject({ id: 1 })
    expect((await call('POST', '/contexts/c2/subjects/s/versions', { schema })).body).toMatchObject({ id: 1 })
    expect((await call('GET', '/contexts')).body).toEqual(['.', '.c1', '.c2'])
    expect((await call('GET', '/subjects?subjectPrefix=:.c1:')).body).toEqual([':.c1:s', ':.c1:t'])
    expect((await call('GET', '/contexts/.c1/subjects')).body).toEqual([':.c1:s', ':.c1:t'])
    expect((await call('GET', '/subjects?subjectPrefix=:*:s')).body).toEqual([':.c1:s', ':.c2:s'])
    expect((await call('GET', '/contexts/.c1/schemas/ids/1')).body).toMatchObject({ subject: ':.c1:s' })
    expect((await call('GET', '/schemas/ids/1?subject=:.c2:')).body).toMatchObject({ subject: ':.c2:s' })
    expect((await call('PUT', '/contexts/.c1/config', { compatibility: 'FULL' })).status).toBe(200)
    expect((await call('GET', '/config/:.c1:s?defaultToGlobal=true')).body).toEqual({ compatibilityLevel: 'FULL' })
    expect((await call('GET', '/config')).body).toEqual({ compatibilityLevel: 'BACKWARD' })
    await refused(422, 42211, 'DELETE', '/contexts/.c2')
    await call('DELETE', '/subjects/:.c2:s')
    await call('DELETE', '/subjects/:.c2:s?permanent=true')
    expect((await call('DELETE', '/contexts/.c2')).status).toBe(204)
    expect((await call('GET', '/contexts')).body).toEqual(['.', '.c1'])
  })

  it('may be read only, or take ids from elsewhere', async () => {
    expect((await call('GET', '/mode')).body).toEqual({ mode: 'READWRITE' })
    expect((await call('PUT', '/mode/modes', { mode: 'READONLY' })).body).toEqual({ mode: 'READONLY' })
    expect(await refused(422, 42205, 'POST', '/subjects/modes/versions', { schema: A })).toContain('read-only mode')
    await refused(422, 42205, 'PUT', '/config/modes', { compatibility: 'NONE' })
    expect((await call('PUT', '/mode/modes', { mode: 'import' })).status).toBe(200)
    const schema = record(['imported', 'int'])
    const made = await call('POST', '/subjects/modes/versions', { schema, id: 4000, version: 7 })
    expect(made.body).toMatchObject({ id: 4000, version: 7 })
    await refused(422, 42205, 'POST', '/subjects/modes/versions', { schema: A })
    const other = { schema: record(['other', 'int']), id: 4000, version: 8 }
    expect(await refused(422, 42205, 'POST', '/subjects/modes/versions', other)).toContain('Overwrite new schema')
    await refused(422, 42204, 'PUT', '/mode/modes', { mode: 'SIDEWAYS' })
    await refused(422, 42205, 'PUT', '/mode', { mode: 'IMPORT' })
    expect((await call('DELETE', '/mode/modes')).body).toEqual({ mode: 'IMPORT' })
    await refused(422, 42205, 'POST', '/subjects/modes/versions', { schema: A, id: 5 })
    const next = await call('POST', '/subjects/modes-next/versions', { schema: record(['next', 'int']) })
    expect(next.body.id).toBe(4001)
  })

  it('keeps metadata and rules', async () => {
    const ruleSet = {
      domainRules: [
        { name: 'encrypt', kind: 'TRANSFORM', mode: 'WRITEREAD', type: 'ENCRYPT', tags: ['PII'], params: { k: 'v' } },
      ],
    }
    const metadata = { properties: { owner: 'b', application: 'a' }, tags: { 'R.a': ['PII'] } }
    const { body } = await call('POST', '/subjects/rules/versions', { schema: A, metadata, ruleSet })
    expect(body.metadata).toEqual(metadata)
    expect(body.ruleSet.domainRules[0]).toEqual({ ...ruleSet.domainRules[0], disabled: false })
    const found = await call('GET', '/subjects/rules/metadata?key=owner&value=b')
    expect(found.body).toMatchObject({ id: body.id, version: 1 })
    await refused(404, 40403, 'GET', '/subjects/rules/metadata?key=owner&value=c')
    // What a newer version leaves out stays.
    expect((await call('POST', '/subjects/rules/versions', { schema: AB })).body.metadata).toEqual(metadata)
    await refused(422, 42210, 'POST', '/subjects/rules/versions', {
      schema: A,
      ruleSet: { domainRules: [{ name: '1' }] },
    })
    const defaults = { defaultMetadata: { properties: { from: 'config' } }, compatibilityGroup: 'group' }
    await call('PUT', '/config/rules-2', defaults)
    expect((await call('GET', '/config/rules-2')).body).toEqual({ compatibilityLevel: 'BACKWARD', ...defaults })
    const made = await call('POST', '/subjects/rules-2/versions', { schema: A })
    expect(made.body.metadata).toEqual({ properties: { from: 'config' } })
  })

  it('has second names for subjects', async () => {
    await call('POST', '/subjects/real/versions', { schema: A })
    await call('PUT', '/config/second', { alias: 'real' })
    expect((await call('GET', '/subjects/second/versions/1')).body).toMatchObject({ subject: 'real' })
    const list = async (query: string) => (await call('GET', `/schemas?${query}`)).body
    // Names are found by their beginning, whatever the subject that they stand for is called.
    for (const prefix of ['second', '']) {
      expect(await list(`subjectPrefix=${prefix}&aliases=true`)).toContainEqual(
        expect.objectContaining({ subject: 'real', version: 1, aliases: ['second'] }),
      )
    }
    expect(await list('subjectPrefix=second')).toEqual([])
    expect(await list('subjectPrefix=real&aliases=true')).toEqual([
      expect.not.objectContaining({ aliases: ['second'] }),
    ])
  })

  it('lists in pages', async () => {
    for (const name of ['p1', 'p2', 'p3']) await call('POST', `/subjects/page-${name}/versions`, { schema: A })
    const page = (more: string) => call('GET', `/subjects?subjectPrefix=page-&${more}`)
    expect((await page('offset=1&limit=1')).body).toEqual(['page-p2'])
    expect((await page('limit=2')).body).toEqual(['page-p1', 'page-p2'])
    expect((await page('offset=9')).body).toEqual([])
    await refused(404, 404, 'GET', '/subjects?limit=many')
    await call('POST', '/subjects/page-p1/versions', { schema: AB })
    const { body } = await call('GET', '/schemas?subjectPrefix=page-&latestOnly=true')
    expect(body.map(({ subject, version }: { subject: string; version: number }) => [subject, version])).toEqual([
      ['page-p1', 2],
      ['page-p2', 1],
      ['page-p3', 1],
    ])
  })

  it('normalises where it is asked to', async () => {
    const loose = '{"type":"record","fields":[{"type":{"type":"int"},"name":"a"}],"name":"Norm","namespace":"x"}'
    const { body } = await call('POST', '/subjects/norm/versions?normalize=true', { schema: loose })
    const strict = '{"type":"record","name":"Norm","namespace":"x","fields":[{"name":"a","type":"int"}]}'
    expect((await call('POST', '/subjects/norm?normalize=true', { schema: strict })).body).toMatchObject({
      id: body.id,
    })
    expect((await call('POST', '/subjects/norm/versions?normalize=true', { schema: strict })).body.version).toBe(1)
  })

  it('says who it is', async () => {
    const { body } = await call('GET', '/v1/metadata/id')
    expect(body.scope.clusters['kafka-cluster']).toBe(served.one.node.clusterId)
    expect((await call('GET', '/v1/metadata/version')).body.version).toMatch(/^\d/)
    expect((await call('GET', '/v1/metadata/deployment')).body).toEqual({ attributes: [] })
  })

  describe('bad input', () => {
    const json = (raw: Asking['raw'], headers: Record<string, string> = {}) => ({ raw, headers })
    const path = '/subjects/bad/versions'

    it.each<[string, number, number, ...Parameters<ReturnType<typeof asker>>]>([
      ['half a JSON', 400, 400, 'POST', path, undefined, json('{"schema":')],
      ['no JSON', 400, 400, 'POST', path, undefined, json('schema')],
      ['no UTF-8', 400, 400, 'POST', path, undefined, json(new Uint8Array([0x22, 0xff, 0x22]))],
      ['null', 422, 422, 'POST', path, undefined, json('null')],
      ['nothing', 422, 422, 'POST', path, undefined, json('')],
      ['a list', 400, 400, 'POST', path, []],
      ['a schema of the wrong kind', 400, 400, 'POST', path, { schema: { type: 'int' } }],
      ['references of the wrong kind', 400, 400, 'POST', path, { schema: A, references: 'x' }],
      ['a deep one', 400, 400, 'POST', path, undefined, json('['.repeat(100_000))],
      ['no schema', 422, 42201, 'POST', path, {}],
      ['an empty one', 422, 42201, 'POST', path, { schema: '  ' }],
      ['an unknown language', 422, 42201, 'POST', path, { schema: A, schemaType: 'XML' }],
      ['a schema that is none', 422, 42201, 'POST', path, { schema: '{"type":"nope"}' }],
      ['a JSON schema that is none', 422, 42201, 'POST', path, { schema: '{"type":7}', schemaType: 'JSON' }],
      ['a proto file that is none', 422, 42201, 'POST', path, { schema: 'message {', schemaType: 'PROTOBUF' }],
      ['a version that skips some', 422, 42201, 'POST', path, { schema: A, version: 9 }],
      ['a version that is none', 422, 42202, 'GET', '/subjects/bad/versions/zero'],
      ['version 0', 422, 42202, 'GET', '/subjects/bad/versions/0'],
      ['a huge version', 422, 42202, 'GET', '/subjects/bad/versions/99999999999'],
      ['a control character', 422, 42208, 'POST', '/subjects/a%00b/versions', { schema: A }],
      ['a reserved name', 422, 42208, 'POST', '/subjects/__GLOBAL/versions', { schema: A }],
      ['a level that is none', 422, 42203, 'PUT', '/config', { compatibility: 'SIDEWAYS' }],
      ['an unknown setting', 422, 422, 'PUT', '/config', { compatibilty: 'NONE' }],
      ['a bad escape', 400, 400, 'GET', '/subjects/%zz/versions'],
      ['another type', 415, 415, 'POST', path, undefined, json('{}', { 'content-type': 'text/plain' })],
      ['another method', 405, 405, 'PUT', '/subjects'],
      ['another page', 403, 403, 'POST', path, { schema: A }, { headers: { origin: 'http://evil.example' } }],
      ['another site', 403, 403, 'GET', '/subjects', undefined, { headers: { 'sec-fetch-site': 'cross-site' } }],
    ])('is refused: %s', async (_what, status, code, ...given) => {
      await refused(status, code, ...given)
      expect((await call('GET', '/subjects?subjectPrefix=bad')).body).toEqual([])
    })

    it('is refused: too large', async () => {
      await refused(413, 413, 'POST', path, { schema: `"${'x'.repeat(9_000_000)}"` })
      // As large as no record of the topic may be.
      const schema = JSON.stringify({ type: 'fixed', name: 'F', size: 1, doc: 'x'.repeat(1_100_000) })
      await refused(422, 42209, 'POST', path, { schema })
      expect((await call('GET', '/subjects?subjectPrefix=bad')).body).toEqual([])
    })

    it('is refused: what nobody could read', async () => {
      await refused(406, 406, 'GET', '/subjects', undefined, { headers: { accept: 'text/html' } })
      const { type } = await call('GET', '/subjects', undefined, { headers: { accept: 'application/json' } })
      expect(type).toBe('application/json')
      for (const accept of ['text/html, */*;q=0.1', 'text/html, image/gif, *; q=.2', '*', '*/does_not_matter']) {
        expect((await call('GET', '/subjects', undefined, { headers: { accept } })).type).toBe(V1)
      }
    })

    it('is refused: a name that only leads here', async () => {
      const status = await new Promise((resolve, reject) => {
        const headers = { host: 'rebound.example:8081', origin: 'http://rebound.example:8081' }
        request({ host: '127.0.0.1', port: served.port, path: '/subjects', headers }, ({ statusCode }) =>
          resolve(statusCode),
        )
          .on('error', reject)
          .end()
      })
      expect(status).toBe(403)
    })
  })
})
