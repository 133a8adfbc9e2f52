import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OneNode } from '../support/one-node.ts'
import { asker, record } from './rest-calls.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
const USERS = `${PLAIN} username="root" password="r" user_root="r" user_reader="a" user_writer="b:c";`
const A = { schema: record(['a', 'int']) }

const login = (user: string, password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
})

describe('the schema registry of a secured broker', () => {
  let one: OneNode
  let call: ReturnType<typeof asker>

  beforeAll(async () => {
    one = await OneNode.start({
      overrides: {
        listeners: 'SASL_PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0,PLAINTEXT://127.0.0.1:0',
        'inter.broker.listener.name': 'PLAINTEXT',
        'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT',
        'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
        'sasl.mechanism.inter.broker.protocol': 'PLAIN',
        'listener.name.sasl_plaintext.plain.sasl.jaas.config': USERS,
        'listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config':
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:root;User:ANONYMOUS',
        'connection.failed.authentication.delay.ms': '1',
        'odradek.schema.registry.listeners': 'http://127.0.0.1:0',
      },
    })
    call = asker(`http://127.0.0.1:${one.node.registry[0]?.port}`)
  })

  afterAll(async () => {
    one.session.close()
    await one.node.close()
  })

  it('lets nobody in who does not log in', async () => {
    const wrong = [
      {},
      login('root', 'x'),
      login('nobody', 'r'),
      login('', ''),
      { headers: { authorization: 'Bearer x' } },
    ]
    for (const asking of wrong) {
      const { status, body, headers } = await call('GET', '/subjects', undefined, asking)
      expect([status, body.error_code]).toEqual([401, 401])
      expect(headers.get('www-authenticate')).toBe('Basic realm="schema-registry"')
    }
    expect((await call('GET', '/', undefined)).status).toBe(200)
  })

  it('asks the ACLs of its topic', async () => {
    expect((await call('POST', '/subjects/s/versions', A, login('root', 'r'))).status).toBe(200)
    const denied = await call('GET', '/subjects', undefined, login('writer', 'b:c'))
    expect([denied.status, denied.body.error_code]).toEqual([403, 40301])
    const { port } = one.node.listeners.find(({ name }) => name === 'PLAINTEXT') ?? { port: 0 }
    const { Session } = await import('../clients/differential/session.ts')
    const root = new Session(port)
    const acl = (principal: string, operation: number) => ({
      resourceType: 2,
      resourceName: '_schemas',
      resourcePatternType: 3,
      principal,
      host: '*',
      operation,
      permissionType: 3,
    })
    const creations = [acl('User:reader', 3), acl('User:writer', 3), acl('User:writer', 4)]
    const { results } = await root.call('CreateAcls', 3, { creations })
    expect(results.map(({ errorCode }: { errorCode: number }) => errorCode)).toEqual([0, 0, 0])
    root.close()
    expect((await call('GET', '/subjects', undefined, login('reader', 'a'))).body).toEqual(['s'])
    const refused = await call('DELETE', '/subjects/s', undefined, login('reader', 'a'))
    expect([refused.status, refused.body.error_code]).toEqual([403, 40301])
    expect((await call('POST', '/compatibility/subjects/s/versions', A, login('reader', 'a'))).status).toBe(200)
    expect((await call('POST', '/subjects/t/versions', A, login('writer', 'b:c'))).status).toBe(200)
    expect((await call('GET', '/subjects', undefined, login('reader', 'a'))).body).toEqual(['s', 't'])
  })
})
