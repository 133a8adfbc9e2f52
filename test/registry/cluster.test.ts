import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ApiKey } from '../../src/protocol/apis.ts'
import { FetchRequest, FetchResponse } from '../../src/protocol/messages/fetch.ts'
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/metadata.ts'
import { batches } from '../../src/record/iterate.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { until } from '../support/wait.ts'
import { asker, record } from './rest-calls.ts'

const METADATA = { key: ApiKey.Metadata, request: MetadataRequest, response: MetadataResponse }
const FETCH = { key: ApiKey.Fetch, request: FetchRequest, response: FetchResponse }
const BROKERS = [1, 2, 3]

describe('the schema registry of three brokers', () => {
  let cluster: NodeCluster

  const registry = (id: number) => asker(`http://127.0.0.1:${cluster.node(id).running?.registry[0]?.port}`)

  const leader = async (id: number): Promise<number> => {
    const client = await cluster.client(id)
    try {
      const topics = [{ name: '_schemas' }]
      const { topics: told } = await client.call(METADATA, 4, { topics, allowAutoTopicCreation: false })
      return told[0]?.partitions[0]?.leaderId ?? -1
    } finally {
      client.close()
    }
  }

  const records = async (id: number): Promise<[key: unknown, value: unknown][]> => {
    const client = await cluster.client(await leader(id))
    try {
      const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1e6 }]
      const body = { maxWaitMs: 0, minBytes: 0, isolationLevel: 0, topics: [{ topic: '_schemas', partitions }] }
      const { responses } = await client.call(FETCH, 11, { ...body, forgottenTopicsData: [], rackId: '', sessionId: 0 })
      const bytes = responses[0]?.partitions[0]?.records ?? Buffer.alloc(0)
      return [...batches(bytes)].flatMap((batch) =>
        [...batch.records()].map(({ key, value }): [unknown, unknown] => [
          JSON.parse(String(key)),
          value && JSON.parse(value.toString()),
        ]),
      )
    } finally {
      client.close()
    }
  }

  beforeAll(async () => {
    cluster = await NodeCluster.make({
      roles: { 1: 'broker', 2: 'broker', 3: 'broker', 9: 'controller' },
      overrides: { 'odradek.schema.registry.listeners': 'http://127.0.0.1:0', 'broker.session.timeout.ms': '6000' },
    })
    await cluster.start()
  })

  afterAll(() => cluster.close())

  it('is one whichever broker is asked', async () => {
    const ids = new Map<string, number>()
    for (let round = 0; round < 6; round++) {
      const id = BROKERS[round % 3] ?? 1
      const name = `f${round % 2}`
      const { status, body } = await registry(id)('POST', `/subjects/s${round}/versions`, {
        schema: record([name, 'int']),
      })
      expect([status, body.id]).toEqual([200, ids.get(name) ?? body.id])
      ids.set(name, body.id)
      // Whoever wrote by a broker reads by it, and no other one denies it.
      for (const other of [id, ...BROKERS]) {
        expect((await registry(other)('GET', `/schemas/ids/${body.id}?subject=s${round}`)).status).toBe(200)
      }
    }
    expect([...ids.values()].sort()).toEqual([1, 2])
  })

  it('gives no id twice to those who write by all of them at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 15 }, (_each, at) =>
        registry(BROKERS[at % 3] ?? 1)('POST', `/subjects/many-${at}/versions`, { schema: record([`m${at}`, 'int']) }),
      ),
    )
    expect(made.map(({ status }) => status)).toEqual(made.map(() => 200))
    expect(new Set(made.map(({ body }) => body.id)).size).toBe(made.length)
  })

  it('passes refusals, settings and deletions on', async () => {
    const schema = record(['a', 'int'])
    const led = await leader(1)
    const [follower = 1] = BROKERS.filter((id) => id !== led)
    const call = registry(follower)
    expect((await call('PUT', '/config/passed', { compatibility: 'FULL' })).body).toEqual({ compatibility: 'FULL' })
    expect((await call('GET', '/config/passed')).body).toEqual({ compatibilityLevel: 'FULL' })
    await call('POST', '/subjects/passed/versions', { schema })
    const refused = await call('POST', '/subjects/passed/versions', { schema: record(['b', 'int']) })
    expect([refused.status, refused.body.error_code]).toEqual([409, 40901])
    expect((await call('PUT', '/mode/passed', { mode: 'READONLY' })).body).toEqual({ mode: 'READONLY' })
    expect((await call('DELETE', '/mode/passed')).body).toEqual({ mode: 'READONLY' })
    expect((await call('DELETE', '/subjects/passed/versions/latest')).body).toBe(1)
    expect((await call('DELETE', '/subjects/passed?permanent=true')).body).toEqual([1])
    expect((await call('GET', '/subjects/passed/versions?deleted=true')).status).toBe(404)
    // What another broker passes on goes no further.
    const forwarded = { headers: { 'x-forward': 'true' } }
    const stopped = await call('POST', '/subjects/never/versions', { schema }, forwarded)
    expect([stopped.status, stopped.body.error_code]).toEqual([500, 50004])
  })

  it('writes what Confluent’s registry reads', async () => {
    const { body } = await registry(1)('POST', '/subjects/:.c:form/versions', { schema: '"string"' })
    const written = await records(1)
    expect(written).toContainEqual([
      { keytype: 'CONTEXT', tenant: 'default', context: '.c', magic: 0 },
      { tenant: 'default', context: '.c' },
    ])
    expect(written).toContainEqual([
      { keytype: 'SCHEMA', subject: ':.c:form', version: 1, magic: 1 },
      { subject: ':.c:form', version: 1, id: body.id, schemaType: 'AVRO', schema: '"string"', deleted: false },
    ])
    expect(written).toContainEqual([
      { keytype: 'CONFIG', subject: 'passed', magic: 0 },
      { subject: 'passed', compatibilityLevel: 'FULL' },
    ])
  })

  it('goes on when the broker that writes is killed, and gives no id again', async () => {
    await cluster.whole(1)
    const led = await leader(1)
    const [first = 1, second = 2] = BROKERS.filter((id) => id !== led)
    const before = await registry(first)('POST', '/subjects/before/versions', { schema: record(['before', 'int']) })
    cluster.kill(led)
    await until('another leader', async () => ((await leader(first)) === led ? undefined : true))
    const after = await registry(first)('POST', '/subjects/after/versions', { schema: record(['after', 'int']) })
    expect([after.status, after.body.id]).toEqual([200, before.body.id + 1])
    const again = await registry(second)('POST', '/subjects/again/versions', { schema: record(['before', 'int']) })
    expect(again.body.id).toBe(before.body.id)
    const subjects = (await registry(second)('GET', '/subjects')).body
    expect(subjects).toEqual(expect.arrayContaining(['after', 'again', 'before', 'many-0', 's0']))
  })

  it('reads its topic again after a restart', async () => {
    const alive = BROKERS.filter((id) => cluster.node(id).running !== undefined)
    const [first = 1] = alive
    const subjects = (await registry(first)('GET', '/subjects?deleted=true')).body
    const dead = BROKERS.filter((id) => !alive.includes(id))
    await cluster.start(...dead)
    await cluster.stop(first)
    await cluster.start(first)
    for (const id of BROKERS) expect((await registry(id)('GET', '/subjects?deleted=true')).body).toEqual(subjects)
  })
})
