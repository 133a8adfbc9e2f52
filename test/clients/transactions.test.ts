import { fileURLToPath } from 'node:url'
import kafkajs from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noTarget, startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { compiled, jars, LIGHT_JVM, noKafka } from '../support/kafka.ts'
import { run } from '../support/process.ts'
import { noPython, PYTHON } from '../support/python.ts'

const JAVA = [new URL('./java/Transactions.java', import.meta.url)]
const PYTHON_SCRIPT = fileURLToPath(new URL('./python/transactions.py', import.meta.url))

/** What the Java program says, on any broker that has transactions. */
const SEEN_BY_JAVA = [
  'open: [] of [c0, c1, c2]',
  'ended: [c0, c1, c2, d0] of [a0, a1, c0, c1, c2, d0]',
  'offsets hidden until the commit: true',
  'fenced: InvalidProducerEpochException',
  'timed out: InvalidTxnStateException',
  'in: [c0, c1, c2, d0, e0] of [a0, a1, c0, c1, c2, d0, e0, slow, zombie]',
  'out: [from c0, from c1, from c2, from d0]',
]

describe.skipIf(noTarget())(`transactions of ${TARGET}`, () => {
  let broker: TestBroker

  beforeAll(async () => {
    broker = await startBroker({
      properties: { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200' },
    })
  })
  afterAll(async () => {
    await broker?.[Symbol.asyncDispose]()
  })

  it.skipIf(noKafka())('are what the Java client expects', async () => {
    const classpath = compiled(JAVA, 'kafka')
    const args = [...LIGHT_JVM, '-cp', `${classpath}:${jars('kafka')}`, 'Transactions', `127.0.0.1:${broker.port}`, '1']
    const { out } = await run('java', args, { timeoutMs: 240_000 })
    expect(out.split('\n').filter((line) => /^[a-z ]+(:|$)/.test(line) && line !== '')).toEqual(SEEN_BY_JAVA)
  })

  it.skipIf(noPython())('are what librdkafka expects', async () => {
    const { out } = await run(PYTHON, [PYTHON_SCRIPT, `127.0.0.1:${broker.port}`], { timeoutMs: 240_000 })
    expect(out.trim().split('\n')).toEqual([
      "open: [] of ['c0']",
      "ended: ['c0', 'c1'] of ['c0', 'a0', 'c1']",
      'offset: 1',
      'fenced: _FENCED',
      "py: ['c0', 'c1', 'c2']",
      "pyout: ['from c0']",
    ])
  })

  it('are what kafkajs expects', async () => {
    const kafka = new kafkajs.Kafka({
      brokers: [`127.0.0.1:${broker.port}`],
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { initialRetryTime: 50, retries: 20 },
    })
    const admin = kafka.admin()
    await admin.connect()
    await admin.createTopics({ topics: [{ topic: 'js', numPartitions: 2 }] })
    const producer = kafka.producer({ transactionalId: 'js', idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    const outcomes = ['commit', 'abort', 'commit'] as const
    for (const [i, outcome] of outcomes.entries()) {
      const transaction = await producer.transaction()
      const messages = [0, 1].map((partition) => ({ partition, value: `${outcome} ${i}` }))
      await transaction.send({ topic: 'js', messages })
      const topics = [{ topic: 'js', partitions: [{ partition: 0, offset: String(i + 1) }] }]
      await transaction.sendOffsets({ consumerGroupId: 'jsgroup', topics })
      await transaction[outcome]()
    }
    const [committed] = await admin.fetchOffsets({ groupId: 'jsgroup', topics: ['js'] })
    expect(committed?.partitions.find(({ partition }) => partition === 0)?.offset).toBe('3')
    const values: string[] = []
    const consumer = kafka.consumer({ groupId: 'jsreader', readUncommitted: false })
    await consumer.connect()
    await consumer.subscribe({ topic: 'js', fromBeginning: true })
    await new Promise<void>((resolve) => {
      const eachMessage = async ({ message }: { message: { value: Buffer | null } }) => {
        values.push(String(message.value))
        if (values.length === 4) resolve()
      }
      void consumer.run({ eachMessage })
    })
    expect(values.sort()).toEqual(['commit 0', 'commit 0', 'commit 2', 'commit 2'])
    await Promise.all([consumer.disconnect(), producer.disconnect(), admin.disconnect()])
  })
})
