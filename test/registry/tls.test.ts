import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Authority, type Issued, pemSettings } from '../support/certificates.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { record } from './rest-calls.ts'

const BROKERS = [1, 2]
const OWN = 'listener.name.schema_registry.'

describe('the schema registry over TLS', () => {
  let authority: Authority
  let cluster: NodeCluster
  let writer: Issued
  let reader: Issued

  beforeAll(async () => {
    authority = new Authority()
    writer = authority.issue('writer')
    reader = authority.issue('reader')
    const settings = Object.entries(pemSettings(authority, authority.issue('node')))
    cluster = await NodeCluster.make({
      roles: { 1: 'broker', 2: 'broker', 9: 'controller' },
      overrides: {
        'odradek.schema.registry.listeners': 'https://127.0.0.1:0',
        ...Object.fromEntries(settings.map(([name, value]) => [`${OWN}${name}`, value])),
        [`${OWN}ssl.client.auth`]: 'required',
        [`${OWN}ssl.principal.mapping.rules`]: 'RULE:^CN=([^,]*).*$/$1/',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS;User:node;User:writer',
      },
    })
    await cluster.start()
  })

  afterAll(() => {
    cluster?.close()
    authority?.[Symbol.dispose]()
  })

  const call = (id: number, who: Issued | undefined, method: string, path: string, body?: object) => {
    const port = cluster.node(id).running?.registry[0]?.port ?? 0
    const own = who && { key: who.keyPem, cert: who.chainPem }
    return new Promise<readonly [status: number | undefined, body: unknown]>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const options = { host: '127.0.0.1', port, method, path, headers, ca: authority.pem, agent: false, ...own }
      const asked = request(options, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve([response.statusCode, JSON.parse(Buffer.concat(chunks).toString())]))
        response.on('error', reject)
      })
      asked.on('error', reject)
      asked.end(body && JSON.stringify(body))
    })
  }

  it('takes whoever has a certificate of its authority for whom that names, by each broker', async () => {
    const ids = new Set<unknown>()
    // One of the two leads the topic, the other one passes on what it is asked.
    for (const id of BROKERS) {
      const made = await call(id, writer, 'POST', `/subjects/s${id}/versions`, { schema: record([`f${id}`, 'int']) })
      expect(made).toMatchObject([200, { version: 1 }])
      ids.add((made[1] as { readonly id: number }).id)
    }
    expect([...ids].sort()).toEqual([1, 2])
    for (const id of BROKERS) {
      expect(await call(id, writer, 'GET', '/subjects')).toEqual([200, ['s1', 's2']])
      const schema = { schema: record(['g', 'int']) }
      for (const [method, path, body] of [
        ['GET', '/subjects', undefined],
        ['POST', '/subjects/t/versions', schema],
      ] as const) {
        expect(await call(id, reader, method, path, body)).toMatchObject([403, { error_code: 40301 }])
      }
    }
  })

  it('lets in nobody without a certificate or with a stranger’s', async () => {
    const strangers = new Authority('/CN=Somebody Else')
    const [id = 1] = BROKERS
    for (const who of [undefined, strangers.issue('writer')]) {
      await expect(call(id, who, 'GET', '/subjects')).rejects.toThrow()
    }
    strangers[Symbol.dispose]()
    expect(await call(id, writer, 'GET', '/schemas/types')).toMatchObject([200, ['AVRO', 'JSON', 'PROTOBUF'].sort()])
  })
})
