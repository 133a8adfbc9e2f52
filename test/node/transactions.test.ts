import kafkajs, { type Kafka } from 'kafkajs'
import { afterEach, expect, test } from 'vitest'
import { NodeCluster } from '../support/node-cluster.ts'

let cluster: NodeCluster | undefined

afterEach(() => cluster?.close())

const ROLES = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }
const OVERRIDES = {
  'offsets.topic.num.partitions': '3',
  'transaction.state.log.num.partitions': '3',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '300',
}
const TOPICS = ['left', 'right'] as const

/** One record into both topics and an offset; whether the client was told that it counts. */
async function transfer(kafka: Kafka, id: string, value: string, commits: boolean): Promise<'committed' | 'unknown'> {
  const producer = kafka.producer({
    transactionalId: id,
    idempotent: true,
    maxInFlightRequests: 1,
    transactionTimeout: 5000,
  })
  try {
    await producer.connect()
    const transaction = await producer.transaction()
    for (const topic of TOPICS) await transaction.send({ topic, acks: -1, messages: [{ value }] })
    const topics = [{ topic: 'left', partitions: [{ partition: 0, offset: value }] }]
    await transaction.sendOffsets({ consumerGroupId: id, topics })
    if (!commits) await transaction.abort()
    else await transaction.commit()
    return commits ? 'committed' : 'unknown'
  } catch {
    return 'unknown'
  } finally {
    await producer.disconnect().catch(() => {})
  }
}

async function committed(kafka: Kafka, topic: string): Promise<string[]> {
  const admin = kafka.admin()
  await admin.connect()
  const end = Number((await admin.fetchTopicOffsets(topic))[0]?.high ?? 0)
  await admin.disconnect()
  const consumer = kafka.consumer({ groupId: `reader-${topic}`, readUncommitted: false })
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  const values: string[] = []
  await new Promise<void>((resolve) => {
    const eachBatch = async ({
      batch,
    }: {
      batch: { messages: { offset: string; value: Buffer | null }[]; lastOffset(): string }
    }) => {
      for (const { value } of batch.messages) values.push(String(value))
      if (Number(batch.lastOffset()) >= end - 1) resolve()
    }
    void consumer.run({ eachBatch })
  })
  await consumer.disconnect()
  return values
}

test('transactions over three nodes stay whole while each of them is killed in turn', async () => {
  cluster = await NodeCluster.make({ roles: ROLES, overrides: OVERRIDES })
  await cluster.start()
  const kafka = new kafkajs.Kafka({
    brokers: [...cluster.nodes.values()].map(({ brokerPort }) => `127.0.0.1:${brokerPort}`),
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 1000,
    requestTimeout: 5000,
    retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 30 },
  })
  const admin = kafka.admin()
  await admin.connect()
  const configEntries = [{ name: 'min.insync.replicas', value: '2' }]
  await admin.createTopics({ topics: TOPICS.map((topic) => ({ topic, replicationFactor: 3, configEntries })) })
  const sure: string[] = []
  let next = 1
  const some = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const value = String(next++)
      const outcome = await transfer(kafka, `id-${Number(value) % 3}`, value, Number(value) % 4 !== 0)
      if (outcome === 'committed') sure.push(value)
    }
  }
  await some(6)
  expect(sure).toEqual(['1', '2', '3', '5', '6'])
  for (const id of [1, 2, 3]) {
    const going = some(6)
    cluster.kill(id)
    await going
    await cluster.start(id)
  }
  await some(4)
  const [left, right] = [await committed(kafka, 'left'), await committed(kafka, 'right')]
  expect(left).toEqual(right)
  expect(left.filter((value) => Number(value) % 4 === 0)).toEqual([])
  expect(sure.filter((value) => !left.includes(value))).toEqual([])
  expect(new Set(left).size).toBe(left.length)
  for (const group of ['id-0', 'id-1', 'id-2']) {
    const [offsets] = await admin.fetchOffsets({ groupId: group, topics: ['left'] })
    const last = left.filter((value) => `id-${Number(value) % 3}` === group).at(-1)
    expect(offsets?.partitions[0]?.offset).toBe(last)
  }
  await admin.disconnect()
})
