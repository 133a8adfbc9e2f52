import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, type SASLOptions } from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { scramRecord } from '../../src/cli/add-scram.ts'
import { hasProgram, missing } from '../support/available.ts'
import { Authority, pemSettings } from '../support/certificates.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { OneNode } from '../support/one-node.ts'
import { until } from '../support/wait.ts'

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule'
const SCRAM = 'org.apache.kafka.common.security.scram.ScramLoginModule'
const ROLES = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }
const SECRETS = ['node-secret', 'broker-secret', 'alice-secret']

/** Controllers by PLAIN, since they must know each other before there is any metadata; brokers by SCRAM. */
const BETWEEN_NODES = {
  'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
  'sasl.mechanism.controller.protocol': 'PLAIN',
  'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
  'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
  'listener.name.controller.plain.sasl.jaas.config': `${PLAIN} required username="node" password="node-secret" user_node="node-secret";`,
  'listener.name.plaintext.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.plaintext.scram-sha-512.sasl.jaas.config': `${SCRAM} required username="broker" password="broker-secret";`,
}

function user(name: string) {
  return scramRecord(`SCRAM-SHA-512=[name=${name},password=${name}-secret]`, (bytes) =>
    createHash('sha512').update(name).digest().subarray(0, bytes),
  )
}

/** kafkajs renews a session before each request from so long before its end on, but no session is renewed twice in a second. */
const SOON = { reauthenticationThreshold: 200 }

/** New each time: kafkajs writes into it. */
function alice(password = 'alice-secret'): SASLOptions {
  return { mechanism: 'scram-sha-512', username: 'alice', password }
}

/** Creates, writes, waits for all copies, and reads back how much there is. */
async function use(kafka: Kafka, topic: string): Promise<number> {
  const admin = kafka.admin()
  const producer = kafka.producer()
  await admin.connect()
  await producer.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 3, replicationFactor: 3 }] })
  const messages = Array.from({ length: 100 }, (_, i) => ({ value: Buffer.alloc(i * 10, i) }))
  await producer.send({ topic, acks: -1, messages })
  await until('all copies to be in sync', async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    return topics[0]?.partitions.every(({ isr }) => isr.length === 3) ?? false
  })
  await producer.send({ topic, acks: -1, messages })
  const offsets = await admin.fetchTopicOffsets(topic)
  await producer.disconnect()
  await admin.disconnect()
  return offsets.reduce((sum, { high }) => sum + Number(high), 0)
}

function checkLog(cluster: NodeCluster): void {
  const log = [1, 2, 3].flatMap((id) => cluster.node(id).log)
  expect(log.filter((line) => /login (?:failed|not renewed)/.test(line))).toEqual([])
  for (const secret of SECRETS) expect(log.join('\n')).not.toContain(secret)
}

describe('three nodes that log in to each other', () => {
  test('over SASL_PLAINTEXT: sessions are renewed under way, and whoever has a wrong password stays outside', async () => {
    const cluster = await NodeCluster.make({
      roles: ROLES,
      records: [user('broker'), user('alice')],
      debug: true,
      overrides: {
        ...BETWEEN_NODES,
        'listener.security.protocol.map': 'CONTROLLER:SASL_PLAINTEXT,PLAINTEXT:SASL_PLAINTEXT',
        'connections.max.reauth.ms': '1500',
      },
    })
    try {
      await cluster.start()
      const brokers = [`127.0.0.1:${cluster.node(1).brokerPort}`]
      expect(await use(new Kafka({ brokers, sasl: alice(), logLevel: 0, ...SOON }), 't')).toBe(200)
      const log = () => [1, 2, 3].flatMap((id) => cluster.node(id).log)
      const renewed = (principal: string) =>
        log().some((line) => line.includes('login renewed') && line.includes(principal))
      await until(
        'brokers and controllers to renew their sessions',
        () => renewed('"User:broker"') && renewed('"User:node"'),
      )
      expect(await use(new Kafka({ brokers, sasl: alice(), logLevel: 0, ...SOON }), 'u')).toBe(200)
      checkLog(cluster)
      const wrong = new Kafka({ brokers, sasl: alice('wrong'), logLevel: 0, retry: { retries: 0 } })
      await expect(wrong.admin().listTopics()).rejects.toThrow(/SASL SCRAM SHA512 authentication failed/)
    } finally {
      cluster.close()
    }
  })

  test.skipIf(missing('openssl', hasProgram('openssl')))('over SASL_SSL', async () => {
    using authority = new Authority()
    const cluster = await NodeCluster.make({
      roles: ROLES,
      records: [user('broker'), user('alice')],
      debug: true,
      overrides: {
        ...BETWEEN_NODES,
        'listener.security.protocol.map': 'CONTROLLER:SASL_SSL,PLAINTEXT:SASL_SSL',
        ...pemSettings(authority, authority.issue('node')),
      },
    })
    try {
      await cluster.start()
      const brokers = [`127.0.0.1:${cluster.node(2).brokerPort}`]
      expect(await use(new Kafka({ brokers, sasl: alice(), ssl: { ca: authority.pem }, logLevel: 0 }), 't')).toBe(200)
      checkLog(cluster)
    } finally {
      cluster.close()
    }
  })
})

test('users may stand in a JAAS file, those of one listener before those of all', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-jaas-'))
  const file = join(dir, 'jaas.conf')
  writeFileSync(
    file,
    `KafkaServer { ${PLAIN} required user_all="all-secret"; };
     clients.KafkaServer { ${PLAIN} required user_alice="alice-secret"; };`,
  )
  await using node = await OneNode.start({
    overrides: {
      listeners: 'PLAINTEXT://127.0.0.1:0,CLIENTS://127.0.0.1:0,OTHERS://127.0.0.1:0,CONTROLLER://127.0.0.1:0',
      'listener.security.protocol.map':
        'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT,OTHERS:SASL_PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN',
      'java.security.auth.login.config': file,
    },
  })
  rmSync(dir, { recursive: true })
  const topics = async (listener: string, username: string) => {
    const port = node.node.listeners.find(({ name }) => name === listener)?.port
    const sasl: SASLOptions = { mechanism: 'plain', username, password: `${username}-secret` }
    const kafka = new Kafka({ brokers: [`127.0.0.1:${port}`], sasl, logLevel: 0, retry: { retries: 1 } })
    const admin = kafka.admin()
    const found = await admin.listTopics().catch((error: Error) => error.message)
    await admin.disconnect()
    return found
  }
  expect(await topics('CLIENTS', 'alice')).toEqual([])
  expect(await topics('OTHERS', 'all')).toEqual([])
  expect(await topics('CLIENTS', 'all')).toContain('Invalid username or password')
  expect(await topics('OTHERS', 'alice')).toContain('Invalid username or password')
})

describe('a node that can not work as it is set up says what to write', () => {
  const base = {
    listeners: 'PLAINTEXT://127.0.0.1:0,CLIENTS://127.0.0.1:0,CONTROLLER://127.0.0.1:0',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENTS:SASL_PLAINTEXT',
  }
  const start = (more: Readonly<Record<string, string>>) => OneNode.start({ overrides: { ...base, ...more } })

  test.each([
    [
      {},
      /^Set sasl.enabled.mechanisms \(or listener.name.clients.sasl.enabled.mechanisms\) to some of PLAIN, .*GSSAPI/,
    ],
    [{ 'sasl.enabled.mechanisms': 'NONE' }, /^Set sasl.enabled.mechanisms .* NONE is not there/],
    [{ 'sasl.enabled.mechanisms': 'PLAIN' }, /^Set listener.name.clients.plain.sasl.jaas.config to /],
    [
      {
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.clients.plain.sasl.jaas.config': 'my.Module required secret="x";',
      },
      /my.Module is none of PLAIN\.$/,
    ],
    [
      {
        'sasl.enabled.mechanisms': 'PLAIN',
        'listener.name.clients.plain.sasl.jaas.config': `${PLAIN} required "hunter2`,
      },
      /^Correct listener.name.clients.plain.sasl.jaas.config: JAAS config has a quote that is not closed\.$/,
    ],
    [
      {
        'sasl.enabled.mechanisms': 'SCRAM-SHA-256',
        'listener.name.clients.scram-sha-256.sasl.server.callback.handler.class': 'my.Handler',
      },
      /^Take listener.name.clients.scram-sha-256.sasl.server.callback.handler.class out/,
    ],
    [
      { 'sasl.enabled.mechanisms': 'PLAIN', 'java.security.auth.login.config': '/none/such' },
      /\/none\/such is none \(ENOENT\)/,
    ],
    [
      {
        'sasl.enabled.mechanisms': 'SCRAM-SHA-256',
        'inter.broker.listener.name': 'CLIENTS',
        'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-256',
      },
      /^Set listener.name.clients.scram-sha-256.sasl.jaas.config to .* required username=/,
    ],
  ] as const)('%j', async (more, sentence) => {
    const failure = await start(more).then(
      () => 'started',
      (error: Error) => error.message,
    )
    expect(failure).toMatch(sentence)
    expect(failure).not.toContain('hunter2')
  })
})
