import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { Kafka, type SASLOptions } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasProgram, missing } from '../support/available.ts'
import { noTarget, TARGET } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { run } from '../support/process.ts'
import { noPython, PYTHON } from '../support/python.ts'
import { Tools } from '../support/tools.ts'
import { type SaslBroker, startSaslBroker } from './sasl/sasl-broker.ts'
import { PASSWORD, USER } from './sasl/sequences.ts'

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
type Mechanism = (typeof MECHANISMS)[number]

/** Each client by each mechanism that it has: who knows the password writes and reads, who does not is told why. */
describe.skipIf(noTarget())('clients log in', () => {
  let broker: SaslBroker
  let topics = 0
  beforeAll(async () => {
    broker = await startSaslBroker()
  }, 60_000)
  afterAll(() => broker?.[Symbol.asyncDispose]())

  const newTopic = () => `t${++topics}`

  function kafkajs(mechanism: Mechanism, password: string): Kafka {
    const sasl = { mechanism: mechanism.toLowerCase(), username: USER, password } as SASLOptions
    return new Kafka({ brokers: [broker.bootstrap], sasl, logLevel: 0, retry: { retries: 8 } })
  }

  test.each(MECHANISMS)(
    'kafkajs by %s',
    async (mechanism) => {
      const topic = newTopic()
      const kafka = kafkajs(mechanism, PASSWORD)
      const producer = kafka.producer()
      await producer.connect()
      await producer.send({ topic, messages: [{ value: 'from kafkajs' }] })
      await producer.disconnect()
      const consumer = kafka.consumer({ groupId: topic })
      await consumer.connect()
      await consumer.subscribe({ topic, fromBeginning: true })
      const first = new Promise((resolve) => {
        void consumer.run({ eachMessage: async ({ message }) => resolve(message.value?.toString()) })
      })
      expect(await first).toBe('from kafkajs')
      await consumer.disconnect()
      const wrong = kafkajs(mechanism, 'wrong').admin()
      await expect(wrong.connect()).rejects.toThrow(/authentication failed/)
      await wrong.disconnect()
    },
    60_000,
  )

  test.each(MECHANISMS)(
    '@platformatic/kafka by %s',
    async (mechanism) => {
      const topic = newTopic()
      const login = (password: string) => ({
        clientId: 'platformatic',
        bootstrapBrokers: [broker.bootstrap],
        sasl: { mechanism, username: USER, password },
        retries: 3,
      })
      const producer = new Producer({ ...login(PASSWORD), autocreateTopics: true, serializers: stringSerializers })
      await producer.send({ messages: [{ topic, key: 'k', value: 'from platformatic' }] })
      await producer.close()
      const consumer = new Consumer({ ...login(PASSWORD), groupId: topic, deserializers: stringDeserializers })
      const stream = await consumer.consume({ topics: [topic], mode: 'earliest' })
      for await (const { value } of stream) {
        expect(value).toBe('from platformatic')
        break
      }
      await consumer.close(true)
      const wrong = new Producer({ ...login('wrong'), serializers: stringSerializers })
      const failure = await wrong.send({ messages: [{ topic, value: 'x' }] }).catch((error: Error) => error)
      expect(failure).toBeInstanceOf(Error)
      await wrong.close(true).catch(() => {})
    },
    60_000,
  )

  test.skipIf(noPython()).each(MECHANISMS)(
    'kafka-python by %s',
    async (mechanism) => {
      const topic = newTopic()
      const script = fileURLToPath(new URL('python/sasl.py', import.meta.url))
      const args = [script, broker.bootstrap, mechanism, USER, PASSWORD, topic]
      expect(JSON.parse((await run(PYTHON, args, { timeoutMs: 60_000 })).out)).toBe('from python')
    },
    90_000,
  )

  /** librdkafka sends a nonce that RFC 5802 does not allow before 2.6.1: Kafka since 3.7.2 refuses it, and so does this broker. */
  test.skipIf(missing('kcat', hasProgram('kcat')))(
    'librdkafka by PLAIN',
    async () => {
      const topic = newTopic()
      const kcat = (password: string, args: readonly string[], input = '') => {
        const settings = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanisms': 'PLAIN', 'sasl.username': USER }
        const all = Object.entries({ ...settings, 'sasl.password': password, 'message.timeout.ms': '5000' })
        const login = all.flatMap(([key, value]) => ['-X', `${key}=${value}`])
        return run('kcat', ['-b', broker.bootstrap, ...login, ...args], { input, timeoutMs: 30_000 })
      }
      expect((await kcat(PASSWORD, ['-P', '-t', topic], 'from kcat\n')).code).toBe(0)
      const read = await kcat(PASSWORD, ['-C', '-t', topic, '-o', 'beginning', '-e', '-q'])
      expect(read.out).toBe('from kcat\n')
      const wrong = await kcat('wrong', ['-L', '-m', '3'])
      expect(wrong.code).not.toBe(0)
      expect(wrong.err).toContain('SASL authentication error: Authentication failed: Invalid username or password')
    },
    60_000,
  )

  test.skipIf(noKafka())(
    'Java by each mechanism, and users by kafka-configs',
    async () => {
      await using tools = new Tools()
      const at = (mechanism: Mechanism, user: string, password: string): string[] => {
        const file = join(broker.broker.dir, `${mechanism}-${user}-${password}.properties`)
        const module = mechanism === 'PLAIN' ? 'plain.PlainLoginModule' : 'scram.ScramLoginModule'
        const login = `org.apache.kafka.common.security.${module} required username="${user}" password="${password}";`
        const lines = { 'security.protocol': 'SASL_PLAINTEXT', 'sasl.mechanism': mechanism, 'sasl.jaas.config': login }
        writeFileSync(
          file,
          Object.entries(lines)
            .map(([key, value]) => `${key}=${value}\n`)
            .join(''),
        )
        return ['--bootstrap-server', broker.bootstrap, '--command-config', file]
      }
      for (const mechanism of MECHANISMS) {
        const topic = newTopic()
        await tools.ok('kafka-topics', [...at(mechanism, USER, PASSWORD), '--create', '--topic', topic])
        const input = { stdin: 'from java\n' }
        const produced = await tools.run(
          'kafka-console-producer',
          [...at(mechanism, USER, PASSWORD), '--topic', topic],
          input,
        )
        expect(produced.exit).toBe(0)
        const consume = ['--topic', topic, '--from-beginning', '--max-messages', '1']
        const consumed = await tools.ok('kafka-console-consumer', [...at(mechanism, USER, PASSWORD), ...consume])
        expect(consumed).toContain('from java')
        const wrong = await tools.run('kafka-topics', [...at(mechanism, USER, 'wrong'), '--list'])
        expect(wrong.exit).not.toBe(0)
        expect(wrong.out + wrong.err).toContain('SaslAuthenticationException: Authentication failed')
      }
      const admin = at('PLAIN', USER, PASSWORD)
      const users = ['--entity-type', 'users', '--entity-name', 'dora']
      const add = (config: string) =>
        tools.run('kafka-configs', [...admin, '--alter', ...users, '--add-config', config])
      expect((await add('SCRAM-SHA-256=[iterations=8192,password=dora-secret]')).out).toContain('Completed updating')
      expect((await add('SCRAM-SHA-512=[password=dora-secret]')).out).toContain('Completed updating')
      const few = await add('SCRAM-SHA-512=[iterations=20000,password=x]')
      expect(few.out + few.err).toContain('Too many iterations')
      const described = await tools.ok('kafka-configs', [...admin, '--describe', ...users])
      expect(described).toContain('SCRAM-SHA-256=iterations=8192, SCRAM-SHA-512=iterations=4096')
      await tools.ok('kafka-topics', [...at('SCRAM-SHA-256', 'dora', 'dora-secret'), '--list'])
      await tools.ok('kafka-configs', [...admin, '--alter', ...users, '--delete-config', 'SCRAM-SHA-256'])
      const gone = await tools.run('kafka-topics', [...at('SCRAM-SHA-256', 'dora', 'dora-secret'), '--list'])
      expect(gone.exit).not.toBe(0)
      await tools.ok('kafka-topics', [...at('SCRAM-SHA-512', 'dora', 'dora-secret'), '--list'])
    },
    180_000,
  )

  test('nobody finds a secret in what the broker wrote', () => {
    const { output } = broker.broker
    for (const secret of [PASSWORD, 'admin-secret', 'dora-secret']) expect(output).not.toContain(secret)
    if (TARGET === 'odradek')
      expect(output).toMatch(/"mechanism":"PLAIN","user":"alice","reason":"[^"]*","msg":"login failed"/)
  })
})
