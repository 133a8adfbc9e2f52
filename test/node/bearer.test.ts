import { randomBytes } from 'node:crypto'
import { Kafka } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { ApiKey } from '../../src/protocol/apis.ts'
import {
  CreateDelegationTokenRequest,
  CreateDelegationTokenResponse,
} from '../../src/protocol/messages/create-delegation-token.ts'
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/metadata.ts'
import { PlainClient } from '../../src/security/sasl/plain.ts'
import { ScramAccount, ScramClient } from '../../src/security/sasl/scram-client.ts'
import { SHA_256 } from '../../src/security/sasl/scram-formulas.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { loggedIn } from '../support/sasl-login.ts'
import { AUDIENCE, ISSUER, TokenServer } from '../support/token-server.ts'
import { until } from '../support/wait.ts'

const PACKAGE = 'org.apache.kafka.common.security.oauthbearer'
const BEARER = `${PACKAGE}.OAuthBearerLoginModule required`
const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required'
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
const ROLES = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }
const ALL_SASL = { 'listener.security.protocol.map': 'CONTROLLER:SASL_PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT' }
const BY_TOKEN = {
  ...ALL_SASL,
  'sasl.enabled.mechanisms': 'OAUTHBEARER',
  'sasl.mechanism.controller.protocol': 'OAUTHBEARER',
  'sasl.mechanism.inter.broker.protocol': 'OAUTHBEARER',
}

function ofBoth(settings: Readonly<Record<string, string>>): Record<string, string> {
  const pairs = Object.entries(settings)
  return Object.fromEntries(
    ['plaintext', 'controller'].flatMap((listener) =>
      pairs.map(([name, value]) => [`listener.name.${listener}.oauthbearer.${name}`, value]),
    ),
  )
}

/** Creates, writes and waits for all copies, so that every node has logged in to the others. */
async function use(cluster: NodeCluster, topic: string, token: () => Promise<string>): Promise<void> {
  const oauthBearerProvider = async () => ({ value: await token() })
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${cluster.node(1).brokerPort}`],
    sasl: { mechanism: 'oauthbearer', oauthBearerProvider },
    logLevel: 0,
  })
  const [admin, producer] = [kafka.admin(), kafka.producer()]
  await admin.connect()
  await producer.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 3 }] })
  await producer.send({ topic, acks: -1, messages: [{ value: 'one' }] })
  await until('all copies to be in sync', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.every(({ isr }) => isr.length === 3) ?? false
  })
  await producer.disconnect()
  await admin.disconnect()
}

const linesOf = (cluster: NodeCluster) => [1, 2, 3].flatMap((id) => cluster.node(id).log)

async function renewed(cluster: NodeCluster): Promise<void> {
  await until('the nodes to renew their sessions', () =>
    [1, 2, 3].every((id) =>
      cluster.node(id).log.some((line) => /login renewed/.test(line) && /User:broker/.test(line)),
    ),
  )
}

function checkLog(cluster: NodeCluster): void {
  const lines = linesOf(cluster)
  expect(lines.filter((line) => /login (?:failed|not renewed)/.test(line))).toEqual([])
  expect(lines.join('\n')).not.toMatch(/eyJ[\w-]+\.[\w-]+|-secret/)
}

describe('three nodes that log in to each other with tokens', () => {
  test('of their own making: sessions are renewed with new tokens before the old ones expire', async () => {
    const jaas = `${BEARER} unsecuredLoginStringClaim_sub="broker" unsecuredLoginLifetimeSeconds="3";`
    const overrides = { ...BY_TOKEN, ...ofBoth({ 'sasl.jaas.config': jaas }) }
    const cluster = await NodeCluster.make({ roles: ROLES, debug: true, overrides })
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = async () => `${part({ alg: 'none' })}.${part({ sub: 'alice', exp: Date.now() / 1000 + 3600 })}.`
    try {
      await cluster.start()
      await use(cluster, 't', token)
      await renewed(cluster)
      await use(cluster, 'u', token)
      checkLog(cluster)
    } finally {
      await cluster.close()
    }
  })

  test('of a token server, which is asked again when they run out', async () => {
    await using server = await TokenServer.start()
    server.lifetimeSeconds = 4
    const overrides = {
      ...BY_TOKEN,
      ...ofBoth({
        'sasl.jaas.config': `${BEARER} clientId="broker" clientSecret="broker-secret";`,
        'sasl.login.callback.handler.class': `${PACKAGE}.OAuthBearerLoginCallbackHandler`,
        'sasl.oauthbearer.token.endpoint.url': server.tokenUrl,
        'sasl.server.callback.handler.class': `${PACKAGE}.OAuthBearerValidatorCallbackHandler`,
        'sasl.oauthbearer.jwks.endpoint.url': server.keysUrl,
        'sasl.oauthbearer.expected.audience': AUDIENCE,
        'sasl.oauthbearer.expected.issuer': ISSUER,
      }),
    }
    const cluster = await NodeCluster.make({ roles: ROLES, debug: true, overrides })
    try {
      await cluster.start()
      await use(cluster, 't', () => server.token('alice', { lifetimeSeconds: 600 }))
      await renewed(cluster)
      checkLog(cluster)
      expect(server.countOf('/token')).toBeGreaterThan(3)
      // One set of keys for both listeners of a node.
      expect(server.countOf('/keys')).toBe(3)
    } finally {
      await cluster.close()
    }
  })
})

const CREATE = {
  key: ApiKey.CreateDelegationToken,
  request: CreateDelegationTokenRequest,
  response: CreateDelegationTokenResponse,
}
const METADATA = { key: ApiKey.Metadata, request: MetadataRequest, response: MetadataResponse }

test('a delegation token that one node gives is good at every other', async () => {
  const secrets = { 'delegation.token.secret.key': 'the-secret-key' }
  const accounts = 'username="node" password="node-secret" user_node="node-secret" user_alice="alice-secret"'
  const overrides = {
    ...ALL_SASL,
    ...secrets,
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'listener.name.controller.plain.sasl.jaas.config': `${PLAIN} ${accounts};`,
    'listener.name.plaintext.plain.sasl.jaas.config': `${PLAIN} ${accounts};`,
    'listener.name.controller.scram-sha-256.sasl.jaas.config': `${SCRAM};`,
    'listener.name.plaintext.scram-sha-256.sasl.jaas.config': `${SCRAM};`,
  }
  const cluster = await NodeCluster.make({ roles: ROLES, debug: true, overrides })
  try {
    await cluster.start()
    const wish = { ownerPrincipalType: null, ownerPrincipalName: null, renewers: [], maxLifetimeMs: -1 }
    const hmacs: string[] = []
    for (const id of [1, 2, 3]) {
      // Two of them pass the request on to the third.
      const alice = await loggedIn(cluster.node(id).brokerPort, 'PLAIN', new PlainClient('alice', 'alice-secret'))
      const created = await alice?.call(CREATE, 3, wish)
      expect(created).toMatchObject({ errorCode: 0, principalName: 'alice', tokenRequesterPrincipalName: 'alice' })
      alice?.socket.destroy()
      const [tokenId, hmac] = [created?.tokenId ?? '', created?.hmac.toString('base64') ?? '']
      hmacs.push(hmac)
      for (const other of [1, 2, 3]) {
        const { brokerPort } = cluster.node(other)
        const account = new ScramAccount(tokenId, hmac)
        const scram = () => new ScramClient({ mechanism: SHA_256, account, random: randomBytes(17), isToken: true })
        await until('the node to know the token', async () => {
          const byToken = await loggedIn(brokerPort, 'SCRAM-SHA-256', scram())
          if (byToken === undefined) return false
          const { brokers } = await byToken.call(METADATA, 9, { topics: [] })
          expect(brokers).toHaveLength(3)
          // DELEGATION_TOKEN_REQUEST_NOT_ALLOWED
          expect(await byToken.call(CREATE, 3, wish)).toMatchObject({ errorCode: 64, issueTimestampMs: -1 })
          byToken.socket.destroy()
          return true
        })
      }
    }
    const log = linesOf(cluster).join('\n')
    for (const secret of ['the-secret-key', '-secret', ...hmacs]) expect(log).not.toContain(secret)
  } finally {
    await cluster.close()
  }
})
