import { appendFileSync, readFileSync } from 'node:fs'
import { Consumer, MessagesStreamModes, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasProgram, missing } from '../support/available.ts'
import { noTarget, prepareBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { Authority, type Issued, STORE_PASSWORD } from '../support/certificates.ts'
import { noKafka } from '../support/kafka.ts'
import { freePort } from '../support/ports.ts'
import { run } from '../support/process.ts'
import { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'

const noStores = missing('openssl', hasProgram('openssl')) || missing('keytool', hasProgram('keytool'))

/** Two listeners: one that asks for certificates, and one whose clients are anonymous. Alice may do everything, bob nothing. */
describe.skipIf(noStores || noTarget())('clients over TLS', () => {
  const authority = new Authority()
  const alice = authority.issue('alice', { subject: '/O=Example/OU=Users/CN=Alice' })
  const bob = authority.issue('bob', { subject: '/O=Example/OU=Users/CN=Bob' })
  const tools = new Tools()
  let broker: TestBroker
  let mutual = ''
  let open = ''

  beforeAll(async () => {
    broker = await prepareBroker()
    const [ssl, anonymous] = [await freePort(), await freePort()]
    mutual = `127.0.0.1:${ssl}`
    open = `127.0.0.1:${anonymous}`
    const { port, controllerPort } = broker
    const settings = {
      listeners: `PLAINTEXT://127.0.0.1:${port},SSL://${mutual},OPEN://${open},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SSL://${mutual},OPEN://${open}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:SSL,SSL:SSL,OPEN:SSL',
      'inter.broker.listener.name': 'SSL',
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': authority.pkcs12(authority.issue('node', { keyType: 'rsa' })),
      'ssl.keystore.password': STORE_PASSWORD,
      'ssl.truststore.type': 'JKS',
      'ssl.truststore.location': authority.trustStore('JKS'),
      'ssl.truststore.password': STORE_PASSWORD,
      'ssl.client.auth': 'required',
      'listener.name.open.ssl.client.auth': 'none',
      'ssl.principal.mapping.rules': 'RULE:^CN=([^,]*),OU=Users.*$/$1/L,DEFAULT',
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:alice;User:CN=node;User:ANONYMOUS',
    }
    const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
    appendFileSync(broker.propertiesFile, lines.join(''))
    await broker.start()
    await tools.ok('kafka-topics', ['--bootstrap-server', broker.bootstrap, '--create', '--topic', 't'])
  })
  afterAll(async () => {
    await tools[Symbol.asyncDispose]()
    await broker?.[Symbol.asyncDispose]()
    authority[Symbol.dispose]()
  })

  const pemOf = (who: Issued) => ({ ca: authority.pem, key: who.keyPem, cert: who.chainPem })

  it('kafkajs: with a certificate, with another one, and where none is asked for', async () => {
    const clientOf = (address: string, ssl: object) =>
      new Kafka({ brokers: [address], ssl, logLevel: logLevel.NOTHING })
    const kafka = clientOf(mutual, pemOf(alice))
    const producer = kafka.producer()
    await producer.connect()
    const values = Array.from({ length: 50 }, (_, i) => Buffer.alloc(i * 700, i))
    await producer.send({ topic: 't', messages: values.map((value) => ({ value })) })
    await producer.disconnect()
    const consumer = kafka.consumer({ groupId: 'kafkajs' })
    await consumer.connect()
    await consumer.subscribe({ topic: 't', fromBeginning: true })
    const got: number[] = []
    await consumer.run({ eachMessage: async ({ message }) => void got.push(message.value?.length ?? -1) })
    await until('all records', () => got.length >= values.length)
    expect(got.slice(0, values.length)).toEqual(values.map(({ length }) => length))
    await consumer.disconnect()

    const stranger = clientOf(mutual, pemOf(bob)).producer()
    await stranger.connect()
    await expect(stranger.send({ topic: 't', messages: [{ value: 'x' }] })).rejects.toThrow(/[Nn]ot authorized/)
    await stranger.disconnect()
    const anonymous = clientOf(open, { ca: authority.pem }).admin()
    await anonymous.connect()
    expect(await anonymous.listTopics()).toContain('t')
    await anonymous.disconnect()
  })

  it('@platformatic/kafka', async () => {
    const base = { clientId: 'p', bootstrapBrokers: [mutual], tls: pemOf(alice) }
    const producer = new Producer({ ...base, serializers: stringSerializers })
    await producer.send({ messages: [{ topic: 't', key: 'k', value: 'from platformatic' }] })
    await producer.close()
    const consumer = new Consumer({ ...base, groupId: 'platformatic', deserializers: stringDeserializers })
    const stream = await consumer.consume({ topics: ['t'], mode: MessagesStreamModes.EARLIEST })
    for await (const { value } of stream) if (value === 'from platformatic') break
    await consumer.close(true)
  })

  it.skipIf(missing('kcat', hasProgram('kcat')))('librdkafka', async () => {
    const kcat = async (who: Issued, args: readonly string[], input = '') => {
      const files = [`ssl.key.location=${who.key}`, `ssl.certificate.location=${who.certificate}`]
      const all = ['security.protocol=ssl', `ssl.ca.location=${authority.path}`, ...files].flatMap((x) => ['-X', x])
      return run('kcat', ['-b', mutual, ...all, ...args], { input, timeoutMs: 60_000 })
    }
    const lines = Array.from({ length: 5_000 }, (_, i) => `line ${i} ${'x'.repeat(i % 700)}`)
    expect((await kcat(alice, ['-P', '-t', 'kcat'], `${lines.join('\n')}\n`)).code).toBe(0)
    const read = await kcat(alice, ['-C', '-t', 'kcat', '-o', 'beginning', '-e', '-q'])
    expect(read.out.trimEnd().split('\n')).toEqual(lines)
    const denied = await kcat(bob, ['-C', '-t', 'kcat', '-o', 'beginning', '-e', '-q'])
    expect(denied.code).not.toBe(0)
    expect(denied.err).toMatch(/authorization failed|Unknown topic/i)
  })

  it.skipIf(noKafka())('Java: its own stores and inline PEM', async () => {
    const file = (name: string, settings: Record<string, string>) =>
      authority.file(
        name,
        Object.entries({ 'security.protocol': 'SSL', ...settings })
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      )
    const trust = { 'ssl.truststore.location': authority.trustStore(), 'ssl.truststore.password': STORE_PASSWORD }
    const stores = file('stores.properties', {
      ...trust,
      'ssl.keystore.location': authority.pkcs12(alice),
      'ssl.keystore.password': STORE_PASSWORD,
    })
    const oneLine = (pem: string) => pem.replaceAll('\n', '\\n')
    const inline = file('inline.properties', {
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.key': oneLine(alice.keyPem),
      'ssl.keystore.certificate.chain': oneLine(alice.chainPem),
      'ssl.truststore.type': 'PEM',
      'ssl.truststore.certificates': oneLine(authority.pem),
      'ssl.enabled.protocols': 'TLSv1.2',
    })
    const lines = ['one', 'two', 'three']
    const to = ['--bootstrap-server', mutual, '--topic', 'java']
    const stdin = `${lines.join('\n')}\n`
    await tools.ok('kafka-console-producer', [...to, '--command-config', stores], { stdin })
    const once = ['--from-beginning', '--max-messages', '3', '--timeout-ms', '30000']
    const out = await tools.ok('kafka-console-consumer', [...to, ...once, '--command-config', inline])
    expect(out.trim().split('\n')).toEqual(lines)
    const described = await tools.ok('kafka-configs', [
      ...['--bootstrap-server', mutual, '--command-config', stores],
      ...['--describe', '--entity-type', 'brokers', '--entity-name', '1', '--all'],
    ])
    expect(described).toContain('ssl.keystore.location=')
    expect(described).not.toContain(STORE_PASSWORD)
  })

  it('nothing secret is in what the broker says', () => {
    if (TARGET === 'odradek') expect(broker.output).not.toContain(STORE_PASSWORD)
    expect(readFileSync(broker.propertiesFile, 'utf8')).toContain(STORE_PASSWORD)
  })
})
