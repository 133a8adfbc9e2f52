import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ErrorCode } from '../../../src/base/errors.ts'
import { FetchRequest, FetchResponse } from '../../../src/protocol/messages/fetch.ts'
import { ProduceRequest, ProduceResponse } from '../../../src/protocol/messages/produce.ts'
import type { Input } from '../../../src/protocol/schema.ts'
import { buildBatch } from '../../../src/record/builder.ts'
import { batches } from '../../../src/record/iterate.ts'
import { DataPlane, NODE_ID } from '../../support/data-plane.ts'
import { RawClient } from '../../support/raw-client.ts'

const Produce = { key: 0, request: ProduceRequest, response: ProduceResponse }
const Fetch = { key: 1, request: FetchRequest, response: FetchResponse }
type FetchInput = Input<typeof FetchRequest>
type Topics = FetchInput['topics']

let plane: DataPlane
let client: RawClient
beforeEach(async () => {
  plane = await DataPlane.start()
  client = await RawClient.connect(plane.port)
})
afterEach(async () => {
  client.close()
  await plane.stop()
})

function batchOf(count: number, size = 10): Buffer {
  const value = Buffer.alloc(size, 'v')
  return buildBatch({ records: Array.from({ length: count }, () => ({ timestamp: 1000, key: null, value })) })
}

function append(topic: string, partition: number, records: Buffer): Promise<void> {
  const info = plane.replicas.requireLeader(topic, partition).append(records, 'client')
  return info instanceof Promise ? info.then(({ written }) => written) : info.written
}

function fetch(topics: Topics, changes: Partial<FetchInput> = {}, version = 12) {
  return client.call(Fetch, version, {
    replicaId: -1,
    maxWaitMs: 0,
    minBytes: 1,
    isolationLevel: 0,
    topics,
    forgottenTopicsData: [],
    ...changes,
  })
}

function from(topic: string, partition: number, fetchOffset: number, partitionMaxBytes = 1_000_000): Topics[number] {
  return { topic, partitions: [{ partition, fetchOffset, partitionMaxBytes }] }
}

type Answer = Awaited<ReturnType<typeof fetch>>
const part = (answer: Answer, topic = 0) => answer.responses[topic]?.partitions[0]
function offsets(records: Buffer | null | undefined): number[] {
  return [...batches(records ?? Buffer.alloc(0))].flatMap((batch) => [...batch.records()].map(({ offset }) => offset))
}

describe('Fetch', () => {
  it('gives the whole batch that holds the offset', async () => {
    plane.createTopic('t')
    await append('t', 0, batchOf(3))
    await append('t', 0, batchOf(3))
    expect(offsets(part(await fetch([from('t', 0, 4)]))?.records)).toEqual([3, 4, 5])
    expect(offsets(part(await fetch([from('t', 0, 2)]))?.records)).toEqual([0, 1, 2, 3, 4, 5])
    expect(part(await fetch([from('t', 0, 6)]))).toMatchObject({ errorCode: 0, highWatermark: 6, lastStableOffset: 6 })
    for (const offset of [7, -1]) {
      expect(part(await fetch([from('t', 0, offset)]))).toMatchObject({
        errorCode: ErrorCode.OFFSET_OUT_OF_RANGE,
        highWatermark: -1,
        logStartOffset: -1,
      })
    }
  })

  it('gives at least one batch, of the first partition that has one, whatever the maximum', async () => {
    plane.createTopic('t', 3)
    for (const p of [1, 2]) for (let i = 0; i < 2; i++) await append('t', p, batchOf(1, 1000))
    const answer = await fetch([from('t', 0, 0, 10), from('t', 1, 0, 10), from('t', 2, 0, 10)])
    expect(answer.responses[0]?.partitions.map(({ records }) => offsets(records))).toEqual([[], [0], []])
    const limited = await fetch([from('t', 1, 0), from('t', 2, 0)], { maxBytes: 2500 })
    expect(limited.responses[0]?.partitions.map(({ records }) => offsets(records))).toEqual([[0, 1], []])
  })

  it('says which topics and ids are unknown', async () => {
    const topicId = plane.createTopic('t')
    const byName = await fetch([from('t', 0, 0), from('t', 5, 0), from('none', 0, 0)])
    expect(byName.responses.map(({ topic, partitions }) => [topic, partitions.map((p) => p.errorCode)])).toEqual([
      ['t', [0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]],
      ['none', [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]],
    ])
    const unknown = plane.newId()
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }]
    const byId = await fetch(
      [
        { topicId, partitions },
        { topicId: unknown, partitions },
      ],
      {},
      13,
    )
    expect(byId.responses.map((topic) => [topic.topicId, topic.partitions[0]?.errorCode])).toEqual([
      [topicId, 0],
      [unknown, ErrorCode.UNKNOWN_TOPIC_ID],
    ])
  })

  it('waits until enough bytes are committed', async () => {
    plane.createTopic('t', 2)
    const batch = batchOf(1, 1000)
    const topics = [from('t', 0, 0), from('t', 1, 0)]
    const waiting = fetch(topics, { maxWaitMs: 60_000, minBytes: 2 * batch.length })
    const other = await RawClient.connect(plane.port)
    const produce = (index: number) =>
      other.call(Produce, 9, {
        acks: 1,
        timeoutMs: 1000,
        topicData: [{ name: 't', partitionData: [{ index, records: batchOf(1, 1000) }] }],
      })
    let answered = false
    void waiting.then(() => {
      answered = true
    })
    await produce(0)
    await new Promise((resolve) => setImmediate(resolve))
    expect(answered).toBe(false)
    await produce(1)
    const answer = await waiting
    expect(answer.responses[0]?.partitions.map(({ records }) => offsets(records))).toEqual([[0], [0]])
    other.close()
  })

  it('answers with nothing when the time is over, and at once where something is wrong', async () => {
    plane.createTopic('t')
    expect(part(await fetch([from('t', 0, 0)], { maxWaitMs: 5 }))).toMatchObject({ errorCode: 0, highWatermark: 0 })
    const answer = await fetch([from('t', 0, 0), from('t', 0, 9)], { maxWaitMs: 60_000 })
    expect(part(answer)?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE)
  })

  it('wakes thousands of waiters by one append', async () => {
    plane.createTopic('t')
    const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.connect(plane.port)))
    const body = FetchRequest.toBuffer(
      {
        replicaId: -1,
        maxWaitMs: 60_000,
        minBytes: 1,
        isolationLevel: 0,
        topics: [from('t', 0, 0)],
        forgottenTopicsData: [],
      },
      11,
    )
    for (const each of clients) for (let i = 0; i < 30; i++) each.send(1, 11, body)
    // Behind all the fetches on its own connection: they are all waiting when this is answered.
    const replica = plane.replicas.requireLeader('t', 0)
    while (plane.shared.inFlight.used < 600 * body.length) await new Promise((resolve) => setImmediate(resolve))
    expect(plane.shared.unsent.used).toBe(0)
    const info = replica.append(batchOf(1), 'client')
    expect(info).not.toBeInstanceOf(Promise)
    for (const each of clients) for (let i = 0; i < 30; i++) expect(await each.frame()).toBeDefined()
    for (const each of clients) each.close()
  })

  it('checks the leader epoch, and tells who leads', async () => {
    const topicId = plane.createTopic('t')
    plane.elect(topicId, 0, NODE_ID)
    const withEpoch = (currentLeaderEpoch: number, version = 12) =>
      fetch(
        [
          {
            topic: 't',
            topicId,
            partitions: [{ partition: 0, currentLeaderEpoch, fetchOffset: 0, partitionMaxBytes: 10 }],
          },
        ],
        {},
        version,
      )
    expect(part(await withEpoch(1))?.errorCode).toBe(0)
    expect(part(await withEpoch(0))?.errorCode).toBe(ErrorCode.FENCED_LEADER_EPOCH)
    expect(part(await withEpoch(2))?.errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH)
    const told = await withEpoch(0, 16)
    expect(part(told)?.currentLeader).toEqual({ leaderId: NODE_ID, leaderEpoch: 1 })
    expect(told.nodeEndpoints).toEqual([{ nodeId: NODE_ID, host: 'host-1', port: plane.port, rack: null }])
  })

  it('leaves it to the leader where this broker only follows', async () => {
    plane.register(2, 9)
    plane.createTopic('t', 1, {}, 2)
    expect(part(await fetch([from('t', 0, 0)], {}, 10))?.errorCode).toBe(ErrorCode.NOT_LEADER_OR_FOLLOWER)
  })

  it('ends a wait when the topic is deleted', async () => {
    const topicId = plane.createTopic('t')
    const waiting = fetch([from('t', 0, 0)], { maxWaitMs: 60_000 })
    while (plane.shared.inFlight.used === 0) await new Promise((resolve) => setImmediate(resolve))
    plane.deleteTopic(topicId)
    expect(part(await waiting)?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  })

  it('does not wait on for a client that is gone', async () => {
    plane.createTopic('t')
    const other = await RawClient.connect(plane.port)
    const body = { replicaId: -1, maxWaitMs: 0x7fff_ffff, minBytes: 1, isolationLevel: 0, forgottenTopicsData: [] }
    other.send(1, 11, FetchRequest.toBuffer({ ...body, topics: [from('t', 0, 0)] }, 11))
    while (plane.shared.inFlight.used === 0) await new Promise((resolve) => setImmediate(resolve))
    other.socket.resetAndDestroy()
    while (plane.listener.connectionCount > 1) await new Promise((resolve) => setImmediate(resolve))
    expect(plane.shared.inFlight.used).toBe(0)
  })

  it('serves sessions', async () => {
    const topicId = plane.createTopic('t', 2)
    const partitions = [0, 1].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1_000_000 }))
    const opened = await fetch([{ topicId, partitions }], { sessionId: 0, sessionEpoch: 0 }, 13)
    expect(opened.sessionId).toBeGreaterThan(0)
    expect(opened.responses[0]?.partitions).toHaveLength(2)
    const { sessionId } = opened
    await append('t', 1, batchOf(1))
    const news = await fetch([], { sessionId, sessionEpoch: 1 }, 13)
    expect(news.responses[0]?.partitions.map(({ partitionIndex }) => partitionIndex)).toEqual([1])
    const moved = { topicId, partitions: [{ partition: 1, fetchOffset: 1, partitionMaxBytes: 1_000_000 }] }
    expect((await fetch([moved], { sessionId, sessionEpoch: 2 }, 13)).responses).toEqual([])
    expect(await fetch([], { sessionId, sessionEpoch: 9 }, 13)).toMatchObject({
      errorCode: ErrorCode.INVALID_FETCH_SESSION_EPOCH,
      responses: [],
    })
    expect((await fetch([], { sessionId, sessionEpoch: 3 }, 12)).errorCode).toBe(ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR)
    plane.deleteTopic(topicId)
    plane.createTopic('t', 2)
    const after = await fetch([], { sessionId, sessionEpoch: 3 }, 13)
    expect(after.responses[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.INCONSISTENT_TOPIC_ID,
      ErrorCode.INCONSISTENT_TOPIC_ID,
    ])
    const none = await fetch([], { sessionId: sessionId === 77 ? 78 : 77, sessionEpoch: 1 }, 13)
    expect(none.errorCode).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
  })

  it('finds where a fetcher went another way', async () => {
    const topicId = plane.createTopic('t')
    await append('t', 0, batchOf(5))
    plane.elect(topicId, 0, NODE_ID)
    await append('t', 0, batchOf(5))
    const at = (lastFetchedEpoch: number, fetchOffset: number) =>
      fetch([{ topic: 't', partitions: [{ partition: 0, lastFetchedEpoch, fetchOffset, partitionMaxBytes: 100 }] }])
    expect(part(await at(0, 7))).toMatchObject({ errorCode: 0, divergingEpoch: { epoch: 0, endOffset: 5 } })
    expect(part(await at(0, 5))?.divergingEpoch).toEqual({ epoch: -1, endOffset: -1 })
    expect(offsets(part(await at(0, 5))?.records)).toEqual([5, 6, 7, 8, 9])
  })

  it('tells read_committed readers of no aborted transaction where there is none', async () => {
    plane.createTopic('t')
    await append('t', 0, batchOf(1))
    expect(part(await fetch([from('t', 0, 0)], { isolationLevel: 1 }))?.abortedTransactions).toEqual([])
    expect(part(await fetch([from('t', 0, 0)]))?.abortedTransactions).toBeNull()
  })

  it('refuses zstd topics to clients before v10', async () => {
    plane.createTopic('t', 1, { compressionType: 'zstd' })
    expect(part(await fetch([from('t', 0, 0)], {}, 9))?.errorCode).toBe(ErrorCode.UNSUPPORTED_COMPRESSION_TYPE)
    expect(part(await fetch([from('t', 0, 0)], {}, 10))?.errorCode).toBe(0)
  })
})
