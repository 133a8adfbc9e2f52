import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodePart } from '../../../src/security/sasl/oauth/json-web-token.ts'
import { bearerMessage } from '../../../src/security/sasl/oauth/messages.ts'
import { noKafka } from '../../support/kafka.ts'
import { signingKey, TokenServer } from '../../support/token-server.ts'
import { type SaslBroker, startSaslBroker } from '../sasl/sasl-broker.ts'
import { exchange } from './exchange.ts'
import { allowing, signed, unsecured } from './set-up.ts'

const said = (token: string, authorizationId = '', extensions: Record<string, string> = {}) =>
  bearerMessage({ token, authorizationId, extensions: new Map(Object.entries(extensions)) })

type Messages = readonly (readonly [what: string, message: Buffer])[]

const SECONDS = Math.floor(Date.now() / 1000)
const none = (claims: object, header: object = { alg: 'none' }) =>
  `${encodePart({ ...header })}.${encodePart({ ...claims })}.`
const GOOD = { sub: 'alice', iat: SECONDS - 10, exp: SECONDS + 3600, scope: ['LOGIN', 'MORE'] }

const UNSECURED: Messages = [
  ['good', said(none(GOOD))],
  ['an id and extensions', said(none(GOOD), 'alice', { traceId: '12 3' })],
  ['another id', said(none(GOOD), 'bob')],
  ['no scope', said(none({ ...GOOD, scope: undefined }))],
  ['another scope', said(none({ ...GOOD, scope: 'OTHER' }))],
  ['expired', said(none({ ...GOOD, exp: SECONDS - 4 }))],
  ['of the future', said(none({ ...GOOD, iat: SECONDS + 60 }))],
  ['expires first', said(none({ ...GOOD, iat: SECONDS + 2, exp: SECONDS + 1 }))],
  ['no expiry', said(none({ ...GOOD, exp: undefined }))],
  ['nobody', said(none({ ...GOOD, sub: undefined }))],
  ['blank', said(none({ ...GOOD, sub: ' ' }))],
  ['a signature', said(`${none(GOOD)}c2ln`)],
  ['HS256', said(none(GOOD, { alg: 'HS256' }))],
  ['no JSON', said('YQ.YQ.')],
  ['two dots', said('YQ..')],
  ['not a token', said('x')],
  ['the extension auth', Buffer.from(`n,,\x01auth=Bearer ${none(GOOD)}\x01auth=x\x01\x01`)],
  ['no message', Buffer.from('hello')],
  ['nothing', Buffer.alloc(0)],
  ['%x01', Buffer.of(1)],
]

async function signedMessages(server: TokenServer): Promise<Messages> {
  const other = { ...(await signingKey('first')), id: 'first' }
  const good = await server.token('alice')
  const [head, , signature] = good.split('.')
  const forged = `${head}.${encodePart({ sub: 'admin', iat: SECONDS, exp: SECONDS + 3600 })}.${signature}`
  return [
    ['good', said(good)],
    ['an id', said(good, 'alice')],
    ['another id', said(good, 'bob')],
    ['expired', said(await server.token('alice', { lifetimeSeconds: -31 }))],
    ['within the skew', said(await server.token('alice', { lifetimeSeconds: -5, claims: { iat: SECONDS - 100 } }))],
    ['another issuer', said(await server.token('alice', { claims: { iss: 'https://elsewhere' } }))],
    ['another audience', said(await server.token('alice', { claims: { aud: 'others' } }))],
    ['several audiences', said(await server.token('alice', { claims: { aud: ['others', 'kafka'] } }))],
    ['no audience', said(await server.token('alice', { claims: { aud: undefined } }))],
    ['not yet', said(await server.token('alice', { claims: { nbf: SECONDS + 600 } }))],
    ['no issue time', said(await server.token('alice', { claims: { iat: undefined } }))],
    ['nobody', said(await server.token('alice', { claims: { sub: undefined } }))],
    ['a scope twice', said(await server.token('alice', { claims: { scope: ['a', 'a'] } }))],
    ['another key', said(await server.token('alice', { key: other }))],
    ['an unknown key', said(await server.token('alice', { key: await signingKey('unknown') }))],
    ['forged', said(forged)],
    ['unsigned', said(none(GOOD))],
    ['huge', said(`${head}.${'a'.repeat(300_000)}.${signature}`)],
  ]
}

describe.skipIf(noKafka())('logins with tokens, at Apache Kafka and here', () => {
  let server: TokenServer
  const brokers: SaslBroker[] = []
  const both = async (properties: Record<string, string>, jvmOptions: readonly string[]) => {
    const started = await Promise.all([
      startSaslBroker({ target: 'kafka', properties, jvmOptions }),
      startSaslBroker({ properties }),
    ])
    brokers.push(...started)
    return started
  }

  beforeAll(async () => {
    server = await TokenServer.start()
  })
  afterAll(async () => {
    await Promise.all(brokers.map((broker) => broker[Symbol.asyncDispose]()))
    await server[Symbol.asyncDispose]()
  })

  async function compare(messages: Messages, [kafka, ours]: SaslBroker[]): Promise<void> {
    const told = async (broker: SaslBroker | undefined) => {
      const outcomes: [string, unknown][] = []
      for (const [what, message] of messages) outcomes.push([what, await exchange(broker?.saslPort ?? 0, message)])
      return outcomes
    }
    const [expected, actual] = await Promise.all([told(kafka), told(ours)])
    expect(expected[0]?.[1]).toMatchObject([{ errorCode: 0, said: '' }])
    expect(actual).toEqual(expected)
    // What is secret of a token is its third part, or all of it where there is none.
    expect(ours?.broker.output).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
  }

  test('that nobody signed', async () => {
    const options = 'unsecuredValidatorRequiredScope="LOGIN" unsecuredValidatorAllowableClockSkewMs="3000"'
    await compare(UNSECURED, await both(unsecured(options), allowing()))
  })

  test('that a token server signed', async () => {
    await compare(await signedMessages(server), await both(signed(server), allowing(server.keysUrl)))
  })
})
