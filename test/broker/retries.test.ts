import { describe, expect, it } from 'vitest'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../src/protocol/messages/create-topics.ts'
import { ProduceRequest, ProduceResponse } from '../../src/protocol/messages/produce.ts'
import { batch } from '../storage/support.ts'
import { startBroker, type TestBroker } from '../support/broker.ts'
import { RawClient } from '../support/raw-client.ts'
import { until } from '../support/wait.ts'

const CREATE_TOPICS = { key: 19, request: CreateTopicsRequest, response: CreateTopicsResponse }
const PRODUCE = { key: 0, request: ProduceRequest, response: ProduceResponse }
const PRODUCERS = [100, 200]
const PER_BATCH = 3

async function createTopic(client: RawClient): Promise<void> {
  const topic = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  const request = { topics: [topic], timeoutMs: 10_000, validateOnly: false }
  const { topics } = await client.call(CREATE_TOPICS, 7, request)
  expect(topics[0]?.errorCode).toBe(0)
}

/** The error and first offset that a batch gets: the one that comes as the `index`th of its producer. */
async function send(client: RawClient, producerId: number, index: number): Promise<readonly [number, number]> {
  const baseSequence = index * PER_BATCH
  const records = batch(PER_BATCH, 1000, { producerId, producerEpoch: 0, baseSequence, timestamp: Date.now() })
  const topicData = [{ name: 't', partitionData: [{ index: 0, records }] }]
  const { responses } = await client.call(PRODUCE, 9, { transactionalId: null, acks: -1, timeoutMs: 10_000, topicData })
  const answer = responses[0]?.partitionResponses[0]
  return [answer?.errorCode ?? -1, Number(answer?.baseOffset ?? -1)]
}

/** As soon as the partition is led again. */
async function connected(broker: TestBroker): Promise<RawClient> {
  const client = await RawClient.connect(broker.port)
  await until('the partition to be led', async () => (await send(client, 1, 0))[0] === 0)
  return client
}

describe('requests that are sent again after the broker', () => {
  it.each([
    ['stopped', (broker: TestBroker) => broker.stop()],
    ['was killed', (broker: TestBroker) => broker.kill()],
  ])('%s are appended once, and answered as they were', async (_, end) => {
    await using broker = await startBroker()
    const admin = await RawClient.connect(broker.port)
    await createTopic(admin)
    admin.close()
    const before = await connected(broker)
    const inFlight = PRODUCERS.flatMap((id) => [0, 1, 2, 3, 4].map((index) => [id, index] as const))
    inFlight.sort(([, a], [, b]) => a - b)
    const answers = await Promise.all(inFlight.map(([id, index]) => send(before, id, index)))
    expect(answers.map(([code]) => code)).toEqual(inFlight.map(() => 0))
    before.close()
    await end(broker)
    await broker.start()
    const after = await connected(broker)
    expect(await Promise.all(inFlight.map(([id, index]) => send(after, id, index)))).toEqual(answers)
    const next = PER_BATCH * (1 + inFlight.length)
    expect(await Promise.all(PRODUCERS.map((id) => send(after, id, 5)))).toEqual([
      [0, next],
      [0, next + PER_BATCH],
    ])
    after.close()
  })
})
