import { afterAll, beforeAll, expect, test } from 'vitest'
import { ErrorCode } from '../../../src/base/errors.ts'
import { type Broker, startBroker } from '../../../src/index.ts'
import { batch } from '../../clients/differential/data.ts'
import { type Request, Session } from '../../clients/differential/session.ts'
import { init, type Producer } from '../../clients/differential/transaction-states.ts'

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
  const [first, second, ended] = await session.pipelined(requests)
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
  const [committed, ended] = await session.pipelined([['TxnOffsetCommit', 5, commit], end('offsets', producer)])
  expect([committed.topics[0].partitions[0].errorCode, ended.errorCode]).toEqual([0, 0])
})

test('nor does what was sent after the end get into the transaction', async () => {
  const producer = await init(session, 'late')
  const requests = [produce('late', producer, 0), end('late', producer), produce('late', producer, 1)]
  const [first, ended, late] = await session.pipelined(requests)
  const codes = [first, late].map(({ responses }) => responses[0].partitionResponses[0].errorCode)
  expect([ended.errorCode, ...codes]).toEqual([0, 0, ErrorCode.INVALID_PRODUCER_EPOCH])
})

test('a client that begins anew does not overtake the records that it sent before', async () => {
  const producer = await init(session, 'anew')
  const anew: Request = ['InitProducerId', 5, { transactionalId: 'anew', transactionTimeoutMs: 60_000 }]
  const [written, begun] = await session.pipelined([produce('anew', producer, 0), anew])
  const [{ errorCode }] = written.responses[0].partitionResponses
  expect([errorCode, begun.errorCode]).toEqual([0, ErrorCode.CONCURRENT_TRANSACTIONS])
})
