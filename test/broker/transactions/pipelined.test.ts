import { afterAll, beforeAll, expect, test } from 'vitest'
import { ByteReader } from '../../../src/base/bytes.ts'
import { type Broker, startBroker } from '../../../src/index.ts'
import { requestHeaderVersion, responseHeaderVersion } from '../../../src/protocol/apis.ts'
import { RequestHeader, ResponseHeader } from '../../../src/protocol/messages/headers.ts'
import { batch } from '../../clients/differential/data.ts'
import { api, type Body, type Reply, Session } from '../../clients/differential/session.ts'
import { init, type Producer } from '../../clients/differential/transaction-states.ts'
import { Wire } from '../../support/wire.ts'

type Request = readonly ['Produce' | 'EndTxn' | 'TxnOffsetCommit' | 'AddOffsetsToTxn', number, Body]

const TOPIC = 'pipelined'
const PARTITIONS = 3

let broker: Broker
let session: Session

beforeAll(async () => {
  broker = await startBroker()
  session = new Session(broker.port)
  const topics = [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 1, assignments: [], configs: [] }]
  await session.call('CreateTopics', 7, { topics, timeoutMs: 20_000, validateOnly: false })
})
afterAll(async () => {
  session?.close()
  await broker?.[Symbol.asyncDispose]()
})

function framed([name, version, body]: Request, correlationId: number): Buffer {
  const entry = api(name)
  const header = { requestApiKey: entry.key, requestApiVersion: version, correlationId, clientId: 'wire' }
  const bytes = [
    RequestHeader.toBuffer(header, requestHeaderVersion(entry, version)),
    entry.request.toBuffer(body, version),
  ]
  const size = Buffer.alloc(4)
  size.writeInt32BE(bytes.reduce((sum, { length }) => sum + length, 0))
  return Buffer.concat([size, ...bytes])
}

/** All of them at once on one connection; Kafka handles them one after another. */
async function pipelined(requests: readonly Request[]): Promise<Reply[]> {
  const wire = await Wire.connect(broker.port)
  wire.write(Buffer.concat(requests.map(framed)))
  const replies: Reply[] = []
  for (const [name, version] of requests) {
    const answer = await wire.response()
    if (answer === undefined) throw new Error(`${name} was not answered`)
    const reader = new ByteReader(answer)
    ResponseHeader.decode(reader, responseHeaderVersion(api(name), version))
    replies.push(api(name).response.decode(reader, version))
  }
  wire.close()
  return replies
}

function produce(transactionalId: string, producer: Producer, index: number): Request {
  const records = batch(1, { ...producer, baseSequence: 0, isTransactional: true })
  const topicData = [{ name: TOPIC, partitionData: [{ index, records }] }]
  return ['Produce', 12, { transactionalId, acks: -1, timeoutMs: 10_000, topicData }]
}

function end(transactionalId: string, producer: Producer): Request {
  return ['EndTxn', 5, { transactionalId, ...producer, committed: true }]
}

test('the end of a transaction does not overtake the records that were sent before it', async () => {
  const producer = await init(session, 'records')
  const requests = [produce('records', producer, 0), produce('records', producer, 1), end('records', producer)]
  const [first, second, ended] = await pipelined(requests)
  const codes = [first, second].map(({ responses }) => responses[0].partitionResponses[0].errorCode)
  expect([...codes, ended.errorCode]).toEqual([0, 0, 0])
})

test('nor the offsets', async () => {
  const producer = await init(session, 'offsets')
  const partitions = [{ partitionIndex: 0, committedOffset: 7, committedLeaderEpoch: -1, committedMetadata: '' }]
  const topics = [{ name: TOPIC, partitions }]
  const member = { generationId: -1, memberId: '', groupInstanceId: null }
  const commit = { transactionalId: 'offsets', groupId: 'readers', ...producer, ...member, topics }
  await session.call('FindCoordinator', 3, { key: 'readers', keyType: 0 })
  await session.call('OffsetFetch', 5, { groupId: 'readers', topics: null })
  const [committed, ended] = await pipelined([['TxnOffsetCommit', 5, commit], end('offsets', producer)])
  expect([committed.topics[0].partitions[0].errorCode, ended.errorCode]).toEqual([0, 0])
})
