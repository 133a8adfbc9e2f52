import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasProgram, missing } from '../support/available.ts'
import { Authority, pemSettings } from '../support/certificates.ts'
import { command } from '../support/command.ts'
import { OneNode } from '../support/one-node.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
const STRANGER = 'ANOTHER_AUTHORITY'

describe.skipIf(missing('openssl', hasProgram('openssl')))('the command line over SASL_SSL', () => {
  let authority: Authority
  let stranger: Authority
  let one: OneNode

  beforeAll(async () => {
    authority = new Authority()
    stranger = new Authority('/CN=Somebody Else')
    const own = Object.entries(pemSettings(authority, authority.issue('node')))
    one = await OneNode.start({
      overrides: {
        listeners: 'SASL_SSL://127.0.0.1:0,PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0',
        'inter.broker.listener.name': 'PLAINTEXT',
        'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL',
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.sasl_ssl.plain.sasl.jaas.config': `${PLAIN} user_alice="a";`,
        'connection.failed.authentication.delay.ms': '1',
        ...Object.fromEntries(own.map(([name, value]) => [`listener.name.sasl_ssl.${name}`, value])),
      },
    })
  })

  afterAll(async () => {
    await one?.[Symbol.asyncDispose]()
    for (const each of [authority, stranger]) each?.[Symbol.dispose]()
  })

  /** What is said with a `client.properties` of the ordinary settings and these. */
  function told(args: readonly string[], settings: Readonly<Record<string, string>> = {}) {
    const properties = {
      'security.protocol': 'SASL_SSL',
      'sasl.mechanism': 'PLAIN',
      'sasl.jaas.config': `${PLAIN} username="alice" password="a";`,
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.location': authority.path,
      ...settings,
    }
    const text = Object.entries(properties).map(
      ([name, value]) => `${name}=${value.replace(STRANGER, stranger.path)}\n`,
    )
    const file = authority.file('client.properties', text.join(''))
    const port = one.node.listeners.find(({ name }) => name === 'SASL_SSL')?.port
    return command([...args, '-b', `127.0.0.1:${port}`, '-c', file, '--timeout', '20000'])
  }

  test('makes a topic and lists it', async () => {
    expect(await told(['topics', 'create', 't'])).toMatchObject({ code: 0, err: '' })
    const { code, out } = await told(['topics', 'list', '--json'])
    expect([code, JSON.parse(out)]).toEqual([0, [expect.objectContaining({ name: 't' })]])
  })

  test.each([
    ['a wrong password', { 'sasl.jaas.config': `${PLAIN} username="alice" password="b";` }, /[Aa]uthentication failed/],
    ['no trust in the certificate', { 'ssl.truststore.location': STRANGER }, /certificate/],
    ['no TLS', { 'security.protocol': 'SASL_PLAINTEXT' }, /security\.protocol/],
    ['no login', { 'security.protocol': 'SSL' }, /security\.protocol/],
    ['no such store', { 'ssl.truststore.location': '/nowhere.pem' }, /\/nowhere\.pem/],
  ])('says what is wrong with %s', async (_what, settings, sentence) => {
    const { code, out, err } = await told(['topics', 'list'], settings)
    expect(err).toMatch(sentence)
    expect(err.trim().split('\n')).toHaveLength(1)
    expect([code, out]).toEqual([1, ''])
  })
})
