import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { NodeClock } from '../../src/io/node-clock.ts'
import { NodeDisk } from '../../src/io/node-disk.ts'
import { NodeRandom } from '../../src/io/node-random.ts'
import type { Disk } from '../../src/io/ports.ts'
import { EffectiveConfig } from '../../src/node/effective-config.ts'
import { SaslSetup } from '../../src/node/sasl.ts'
import { hasProgram, missing } from '../support/available.ts'
import { Authority } from '../support/certificates.ts'
import { TokenServer } from '../support/token-server.ts'

const PACKAGE = 'org.apache.kafka.common.security.oauthbearer'
const BASE = {
  'process.roles': 'broker,controller',
  'node.id': '1',
  'controller.quorum.voters': '1@localhost:9093',
  listeners: 'CLIENTS://localhost:9092,CONTROLLER://localhost:9093',
  'controller.listener.names': 'CONTROLLER',
  'inter.broker.listener.name': 'CLIENTS',
  'listener.security.protocol.map': 'CLIENTS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
  'sasl.enabled.mechanisms': 'OAUTHBEARER',
  'sasl.mechanism.inter.broker.protocol': 'OAUTHBEARER',
  'log.dirs': '/data',
}
const OWN = 'listener.name.clients.oauthbearer'
const SIGNED = { [`${OWN}.sasl.server.callback.handler.class`]: `${PACKAGE}.OAuthBearerValidatorCallbackHandler` }
const KEYS = { [`${OWN}.sasl.oauthbearer.jwks.endpoint.url`]: 'file:///keys.json' }
const ENDPOINT = { [`${OWN}.sasl.login.callback.handler.class`]: `${PACKAGE}.OAuthBearerLoginCallbackHandler` }
const TOKENS = { [`${OWN}.sasl.oauthbearer.token.endpoint.url`]: 'http://localhost:1/token' }
const jaas = (options: string) => ({
  [`${OWN}.sasl.jaas.config`]: `${PACKAGE}.OAuthBearerLoginModule required ${options};`,
})

function setUp(settings: Record<string, string>, disk: Disk = new MemoryDisk()): SaslSetup {
  const all = { ...BASE, ...jaas('unsecuredLoginStringClaim_sub="broker"'), ...settings }
  const config = new BrokerConfig({ file: new Map(Object.entries(all)) })
  const effective = new EffectiveConfig(config, () => undefined)
  const world = { clock: new NodeClock(), disk, random: new NodeRandom(), logger: silentLogger }
  return new SaslSetup({ config, effective, jaasFile: undefined, ...world })
}

const listen = (settings: Record<string, string>) => setUp(settings).listener('CLIENTS').mechanisms()
const login = (settings: Record<string, string>) => setUp(settings).login('CLIENTS', 'OAUTHBEARER', 'x')

describe('OAUTHBEARER is set up', () => {
  test('by the names that Kafka has and had', () => {
    expect(listen({})).toMatchObject([{ name: 'OAUTHBEARER' }])
    expect(listen({ ...SIGNED, ...KEYS })).toMatchObject([{ name: 'OAUTHBEARER' }])
    const older = `${PACKAGE}.secured.OAuthBearerValidatorCallbackHandler`
    expect(listen({ ...KEYS, 'listener.name.clients.sasl.server.callback.handler.class': older })).toHaveLength(1)
    expect(login({}).mechanism).toBe('OAUTHBEARER')
    expect(login({ ...ENDPOINT, ...TOKENS, ...jaas('clientId="a" clientSecret="b"') }).mechanism).toBe('OAUTHBEARER')
    const newer = { id: 'a', secret: 'b' }
    const named = Object.entries(newer).map(([key, value]) => [
      `${OWN}.sasl.oauthbearer.client.credentials.client.${key}`,
      value,
    ])
    expect(login({ ...ENDPOINT, ...TOKENS, ...Object.fromEntries(named) }).mechanism).toBe('OAUTHBEARER')
  })

  test.each([
    ['another class', { [`${OWN}.sasl.server.callback.handler.class`]: 'com.example.Mine' }, 'Java classes'],
    ['no keys', SIGNED, 'jwks.endpoint.url'],
    ['no URL', { ...SIGNED, [`${OWN}.sasl.oauthbearer.jwks.endpoint.url`]: 'keys' }, 'it is no URL'],
    ['another protocol', { ...SIGNED, [`${OWN}.sasl.oauthbearer.jwks.endpoint.url`]: 'ftp://x/y' }, 'only "http"'],
    [
      'a URL that is not allowed',
      { ...SIGNED, ...KEYS, 'org.apache.kafka.sasl.oauthbearer.allowed.urls': 'https://a, https://b' },
      'it is not in org.apache.kafka.sasl.oauthbearer.allowed.urls',
    ],
    [
      'another validator',
      { ...SIGNED, ...KEYS, 'sasl.oauthbearer.jwt.validator.class': 'com.example.Mine' },
      'Java classes',
    ],
    ['options that make no sense', jaas('unsecuredValidatorAllowableClockSkewMs="x"'), 'clock skew'],
  ])('and refused with a sentence: %s', (_, settings, sentence) => {
    expect(() => listen(settings)).toThrow(sentence)
  })

  test.each([
    ['another class', { [`${OWN}.sasl.login.callback.handler.class`]: 'com.example.Mine' }, 'Java classes'],
    ['no endpoint', ENDPOINT, 'token.endpoint.url'],
    ['no client', { ...ENDPOINT, ...TOKENS }, 'clientId'],
    ['no secret', { ...ENDPOINT, ...TOKENS, ...jaas('clientId="a"') }, 'clientSecret'],
    ['a name that is none', jaas('unsecuredLoginStringClaim_sub=" "'), 'No principal name'],
    ['an extension that is none', jaas('unsecuredLoginStringClaim_sub="a" unsecuredLoginExtension_auth="x"'), 'auth'],
    [
      'an assertion without a key',
      { ...ENDPOINT, ...TOKENS, [`${OWN}.sasl.oauthbearer.assertion.claim.iss`]: 'me' },
      'assertion.private.key.file',
    ],
    ['no login module', { [`${OWN}.sasl.jaas.config`]: 'a.B required;' }, 'OAuthBearerLoginModule'],
  ])('and its own login refused with a sentence: %s', (_, settings, sentence) => {
    expect(() => login(settings)).toThrow(sentence)
  })
})

describe.skipIf(missing('openssl', hasProgram('openssl')))('a token server over https', () => {
  test('is trusted where the login module says whom to trust, and else not', async () => {
    using authority = new Authority()
    const { keyPem, chainPem } = authority.issue('tokens')
    await using server = await TokenServer.startSecure({ key: keyPem, cert: chainPem })
    const urls = {
      [`${OWN}.sasl.oauthbearer.jwks.endpoint.url`]: server.keysUrl,
      [`${OWN}.sasl.oauthbearer.token.endpoint.url`]: server.tokenUrl,
      [`${OWN}.sasl.oauthbearer.expected.audience`]: 'kafka',
      'sasl.login.retry.backoff.max.ms': '1',
      'sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms': '1',
      'sasl.oauthbearer.jwks.endpoint.retry.backoff.ms': '1',
      'sasl.login.retry.backoff.ms': '1',
    }
    const client = 'clientId="alice" clientSecret="alice-secret"'
    const trust = `ssl.truststore.type="PEM" ssl.truststore.location="${authority.path}"`
    const trusting = setUp({ ...SIGNED, ...ENDPOINT, ...urls, ...jaas(`${client} ${trust}`) }, new NodeDisk())
    const doubting = setUp({ ...SIGNED, ...ENDPOINT, ...urls, ...jaas(client) }, new NodeDisk())
    try {
      const first = (await trusting.login('CLIENTS', 'OAUTHBEARER', 'x').start()).first()
      const judged = (setup: SaslSetup) => {
        const [mechanism] = setup.listener('CLIENTS').mechanisms()
        return mechanism?.start({ listenerName: 'CLIENTS', peerAddress: '::1' }).step(first, Date.now())
      }
      expect(await judged(trusting)).toMatchObject({ kind: 'done', principal: 'User:alice' })
      expect(await judged(doubting)).toMatchObject({ kind: 'challenge', refused: expect.stringContaining('no keys') })
      await expect(doubting.login('CLIENTS', 'OAUTHBEARER', 'x').start()).rejects.toThrow('certificate')
    } finally {
      trusting.close()
      doubting.close()
    }
    expect(() => listen({ ...SIGNED, ...urls, ...jaas('ssl.keystore.location="x"') })).toThrow('ssl.keystore.location')
  })
})
