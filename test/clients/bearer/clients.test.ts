import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Consumer, Producer } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasProgram, missing } from '../../support/available.ts'
import { noTarget } from '../../support/broker.ts'
import { noKafka } from '../../support/kafka.ts'
import { run } from '../../support/process.ts'
import { noPython, PYTHON } from '../../support/python.ts'
import { TokenServer } from '../../support/token-server.ts'
import { Tools } from '../../support/tools.ts'
import { type SaslBroker, startSaslBroker } from '../sasl/sasl-broker.ts'
import { allowing, BEARER_MODULE, LOGIN_FROM_ENDPOINT, signed, unsecured } from './set-up.ts'

const noKcat = () => missing('kcat', hasProgram('kcat'))

/** Who is asked for in Java's configuration files, and how. */
function javaLogin(dir: string, name: string, options: string, more: readonly string[] = []): string {
  const file = join(dir, `${name}.properties`)
  const lines = [
    'security.protocol=SASL_PLAINTEXT',
    'sasl.mechanism=OAUTHBEARER',
    `sasl.jaas.config=${BEARER_MODULE} ${options};`,
    ...more,
  ]
  writeFileSync(file, `${lines.join('\n')}\n`)
  return file
}

async function kcat(bootstrap: string, settings: readonly string[], args: readonly string[], input = '') {
  const login = ['security.protocol=SASL_PLAINTEXT', 'sasl.mechanisms=OAUTHBEARER', ...settings]
  const options = login.flatMap((setting) => ['-X', setting])
  return run('kcat', ['-b', bootstrap, ...options, ...args], { input, timeoutMs: 120_000 })
}

describe.skipIf(noTarget())('clients log in with tokens', () => {
  let server: TokenServer
  const brokers: SaslBroker[] = []
  let dir = ''
  const at = (which: 'unsecured' | 'signed') => brokers[which === 'unsecured' ? 0 : 1]?.bootstrap ?? ''

  beforeAll(async () => {
    server = await TokenServer.start()
    dir = mkdtempSync(join(tmpdir(), 'odradek-bearer-'))
    const properties = [unsecured(), signed(server)]
    const jvmOptions = allowing(server.keysUrl)
    brokers.push(...(await Promise.all(properties.map((one) => startSaslBroker({ properties: one, jvmOptions })))))
  })
  afterAll(async () => {
    await Promise.all(brokers.map((broker) => broker[Symbol.asyncDispose]()))
    await server[Symbol.asyncDispose]()
    rmSync(dir, { recursive: true, force: true })
  })

  test.skipIf(noKafka())('Java, of its own making and from the token server', async () => {
    await using tools = new Tools(allowing(server.tokenUrl))
    const own = javaLogin(dir, 'own', 'unsecuredLoginStringClaim_sub="alice"')
    const create = (broker: string, file: string, topic: string) =>
      tools.run('kafka-topics', ['--bootstrap-server', broker, '--command-config', file, '--create', '--topic', topic])
    expect((await create(at('unsecured'), own, 'java')).out).toContain('Created topic java')
    const endpoint = [
      `sasl.login.callback.handler.class=${LOGIN_FROM_ENDPOINT}`,
      `sasl.oauthbearer.token.endpoint.url=${server.tokenUrl}`,
    ]
    const alice = javaLogin(dir, 'alice', 'clientId="alice" clientSecret="alice-secret"', endpoint)
    expect((await create(at('signed'), alice, 'java')).out).toContain('Created topic java')
    const refused = await create(at('signed'), own, 'java2')
    expect(refused.exit).toBe(1)
    expect(refused.out + refused.err).toContain('{"status":"invalid_token"}')
  })

  test.skipIf(noKcat())('librdkafka, of its own making', async () => {
    const settings = ['enable.sasl.oauthbearer.unsecure.jwt=true', 'sasl.oauthbearer.config=principal=kcat scope=a']
    expect(await kcat(at('unsecured'), settings, ['-P', '-t', 'kcat'], 'hello\n')).toMatchObject({ code: 0 })
    const read = await kcat(at('unsecured'), settings, ['-C', '-t', 'kcat', '-o', 'beginning', '-e', '-q'])
    expect(read.out).toBe('hello\n')
    const refused = await kcat(at('signed'), settings, ['-L', '-m', '10'])
    expect(refused.code).toBe(1)
    expect(refused.err).toContain('invalid_token')
  })

  test.skipIf(noPython())('librdkafka, from the token server', async () => {
    const script = fileURLToPath(new URL('../python/oidc.py', import.meta.url))
    const args = [script, at('signed'), 'oidc', server.tokenUrl, 'alice', 'alice-secret']
    expect(await run(PYTHON, args, { timeoutMs: 120_000 })).toMatchObject({ code: 0, out: 'from librdkafka\n' })
  })

  test('kafkajs', async () => {
    const oauthBearerProvider = async () => ({ value: await server.token('kafkajs') })
    const sasl = { mechanism: 'oauthbearer', oauthBearerProvider } as const
    const kafka = new kafkajs.Kafka({
      brokers: [at('signed')],
      sasl,
      ssl: false,
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 3 },
    })
    const producer = kafka.producer()
    await producer.connect()
    await producer.send({ topic: 'kafkajs', messages: [{ value: 'hello' }] })
    await producer.disconnect()
    const expired = async () => ({ value: await server.token('kafkajs', { lifetimeSeconds: -60 }) })
    const late = new kafkajs.Kafka({
      brokers: [at('signed')],
      sasl: { mechanism: 'oauthbearer', oauthBearerProvider: expired },
      ssl: false,
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 0 },
    })
    // It takes the refusal for an answer, as with Kafka, and finds out with the first request.
    const admin = late.admin()
    await expect(admin.connect().then(() => admin.listTopics())).rejects.toThrow()
    await admin.disconnect()
  })

  test('@platformatic/kafka', async () => {
    const token = await server.token('platformatic')
    const base = {
      clientId: 'platformatic',
      bootstrapBrokers: [at('signed')],
      sasl: { mechanism: 'OAUTHBEARER' as const, token },
    }
    const producer = new Producer(base)
    const message = { topic: 'platformatic', value: Buffer.from('hello') }
    await producer.send({ messages: [message], autocreateTopics: true, acks: -1 })
    await producer.close()
    const consumer = new Consumer({ ...base, groupId: 'platformatic' })
    const offsets = await consumer.listOffsets({ topics: ['platformatic'] })
    expect(offsets.get('platformatic')).toEqual([1n])
    await consumer.close()
  })

  test.skipIf(noPython())('kafka-python', async () => {
    const script = fileURLToPath(new URL('../python/bearer.py', import.meta.url))
    const token = await server.token('python')
    const result = await run(PYTHON, [script, at('signed'), 'python', token], { timeoutMs: 120_000 })
    expect(result).toMatchObject({ code: 0, out: 'from python\n' })
  })

  test('the logs know who failed and why, and nothing of tokens', () => {
    const [, broker] = brokers
    const output = broker?.broker.output ?? ''
    expect(output).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
    expect(output).not.toContain('alice-secret')
    if (broker?.broker.target === 'odradek') expect(output).toMatch(/"mechanism":"OAUTHBEARER","reason":"[^"]*expired"/)
  })
})
