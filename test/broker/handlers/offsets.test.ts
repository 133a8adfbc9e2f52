import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ErrorCode, KafkaError } from '../../../src/base/errors.ts'
import { ProducerIds } from '../../../src/broker/producer-ids.ts'
import { DeleteRecordsRequest, DeleteRecordsResponse } from '../../../src/protocol/messages/delete-records.ts'
import { DescribeLogDirsRequest, DescribeLogDirsResponse } from '../../../src/protocol/messages/describe-log-dirs.ts'
import {
  DescribeProducersRequest,
  DescribeProducersResponse,
} from '../../../src/protocol/messages/describe-producers.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from '../../../src/protocol/messages/init-producer-id.ts'
import { ListOffsetsRequest, ListOffsetsResponse } from '../../../src/protocol/messages/list-offsets.ts'
import {
  OffsetForLeaderEpochRequest,
  OffsetForLeaderEpochResponse,
} from '../../../src/protocol/messages/offset-for-leader-epoch.ts'
import { buildBatch } from '../../../src/record/builder.ts'
import { DataPlane, NODE_ID } from '../../support/data-plane.ts'
import { RawClient } from '../../support/raw-client.ts'

const ListOffsets = { key: 2, request: ListOffsetsRequest, response: ListOffsetsResponse }
const DeleteRecords = { key: 21, request: DeleteRecordsRequest, response: DeleteRecordsResponse }
const InitProducerId = { key: 22, request: InitProducerIdRequest, response: InitProducerIdResponse }
const EpochEnd = { key: 23, request: OffsetForLeaderEpochRequest, response: OffsetForLeaderEpochResponse }
const DescribeLogDirs = { key: 35, request: DescribeLogDirsRequest, response: DescribeLogDirsResponse }
const DescribeProducers = { key: 61, request: DescribeProducersRequest, response: DescribeProducersResponse }

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

async function append(
  topic: string,
  timestamps: readonly number[],
  changes: Partial<Parameters<typeof buildBatch>[0]> = {},
) {
  const records = timestamps.map((timestamp) => ({ timestamp, key: Buffer.from('k'), value: Buffer.from('v') }))
  const info = await plane.replicas.requireLeader(topic, 0).append(buildBatch({ records, ...changes }), 'client')
  await info.written
}

async function offsetAt(timestamp: number, version = 11, partition = {}) {
  const partitions = [{ partitionIndex: 0, timestamp, ...partition }]
  const answer = await client.call(ListOffsets, version, { replicaId: -1, topics: [{ name: 't', partitions }] })
  const { errorCode, offset, timestamp: found, leaderEpoch } = answer.topics[0]?.partitions[0] ?? {}
  return { errorCode, offset, timestamp: found, leaderEpoch }
}

describe('ListOffsets', () => {
  it('finds offsets by time and by the special times', async () => {
    const topicId = plane.createTopic('t')
    plane.elect(topicId, 0, NODE_ID)
    await append('t', [1000, 3000, 2000])
    await append('t', [1500])
    expect(await offsetAt(-1)).toEqual({ errorCode: 0, offset: 4, timestamp: -1, leaderEpoch: 1 })
    expect(await offsetAt(-2)).toEqual({ errorCode: 0, offset: 0, timestamp: -1, leaderEpoch: 1 })
    expect(await offsetAt(-3)).toEqual({ errorCode: 0, offset: 1, timestamp: 3000, leaderEpoch: 1 })
    expect(await offsetAt(-4)).toEqual({ errorCode: 0, offset: 0, timestamp: -1, leaderEpoch: 1 })
    expect(await offsetAt(-5)).toEqual({ errorCode: 0, offset: -1, timestamp: -1, leaderEpoch: -1 })
    expect(await offsetAt(-6)).toEqual({ errorCode: 0, offset: -1, timestamp: -1, leaderEpoch: -1 })
    expect(await offsetAt(0)).toMatchObject({ offset: 0, timestamp: 1000 })
    expect(await offsetAt(1001)).toMatchObject({ offset: 1, timestamp: 3000 })
    expect(await offsetAt(3001)).toEqual({ errorCode: 0, offset: -1, timestamp: -1, leaderEpoch: -1 })
  })

  it('refuses special times that a version does not know', async () => {
    plane.createTopic('t')
    for (const [timestamp, since] of [
      [-3, 7],
      [-4, 8],
      [-5, 9],
      [-6, 11],
    ] as const) {
      expect((await offsetAt(timestamp, since - 1)).errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION)
      expect((await offsetAt(timestamp, since)).errorCode).toBe(0)
    }
    expect((await offsetAt(-7)).errorCode).toBe(ErrorCode.UNSUPPORTED_VERSION)
  })

  it('checks partition and epoch', async () => {
    plane.createTopic('t')
    expect((await offsetAt(-1, 11, { partitionIndex: 4 })).errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    expect((await offsetAt(-1, 11, { currentLeaderEpoch: 5 })).errorCode).toBe(ErrorCode.UNKNOWN_LEADER_EPOCH)
    const twice = { partitionIndex: 0, timestamp: -1 }
    const answer = await client.call(ListOffsets, 5, {
      replicaId: -1,
      topics: [{ name: 't', partitions: [twice, twice] }],
    })
    expect(answer.topics[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.INVALID_REQUEST])
  })
})

describe('OffsetForLeaderEpoch', () => {
  it('says where an epoch ended', async () => {
    const topicId = plane.createTopic('t')
    await append('t', [1, 2])
    plane.elect(topicId, 0, NODE_ID)
    await append('t', [3])
    const endOf = async (leaderEpoch: number, partition = 0) => {
      const topics = [{ topic: 't', partitions: [{ partition, leaderEpoch }] }]
      const {
        errorCode,
        leaderEpoch: epoch,
        endOffset,
      } = (await client.call(EpochEnd, 4, { topics })).topics[0]?.partitions[0] ?? {}
      return [errorCode, epoch, endOffset]
    }
    expect(await endOf(0)).toEqual([0, 0, 2])
    expect(await endOf(1)).toEqual([0, 1, 3])
    expect(await endOf(2)).toEqual([0, -1, -1])
    expect(await endOf(0, 9)).toEqual([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1, -1])
  })
})

describe('DeleteRecords', () => {
  it('raises the log start up to the high watermark', async () => {
    plane.createTopic('t')
    plane.createTopic('c', 1, { cleanupDelete: false, cleanupCompact: true })
    plane.createTopic('__consumer_offsets')
    await append('t', [1, 2, 3])
    const before = async (offset: number, name = 't') => {
      const topics = [{ name, partitions: [{ partitionIndex: 0, offset }] }]
      const { errorCode, lowWatermark } =
        (await client.call(DeleteRecords, 2, { topics, timeoutMs: 100 })).topics[0]?.partitions[0] ?? {}
      return [errorCode, lowWatermark]
    }
    expect(await before(2)).toEqual([0, 2])
    expect(await before(1)).toEqual([0, 2])
    expect(await before(4)).toEqual([ErrorCode.OFFSET_OUT_OF_RANGE, -1])
    expect(await before(-2)).toEqual([ErrorCode.OFFSET_OUT_OF_RANGE, -1])
    expect(await before(-1)).toEqual([0, 3])
    expect(await before(0, 'c')).toEqual([ErrorCode.POLICY_VIOLATION, -1])
    expect(await before(0, 'none')).toEqual([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1])
    expect(await before(0, '__consumer_offsets')).toEqual([ErrorCode.INVALID_TOPIC_EXCEPTION, -1])
    expect((await offsetAt(-2)).offset).toBe(3)
  })
})

describe('DescribeLogDirs', () => {
  it('shows sizes of all logs, or of those asked for', async () => {
    plane.createTopic('t', 2)
    plane.createTopic('u')
    await append('t', [1, 2, 3])
    const all = await client.call(DescribeLogDirs, 5, { topics: null })
    const dir = all.results[0]
    expect(dir).toMatchObject({ errorCode: 0, logDir: '/data', isCordoned: false })
    expect(dir?.topics.map(({ name, partitions }) => [name, partitions.length]).sort()).toEqual([
      ['t', 2],
      ['u', 1],
    ])
    const some = await client.call(DescribeLogDirs, 4, { topics: [{ topic: 't', partitions: [0] }] })
    expect(some.results[0]?.topics).toEqual([
      {
        name: 't',
        partitions: [{ partitionIndex: 0, partitionSize: expect.any(Number), offsetLag: 0, isFutureKey: false }],
      },
    ])
    expect(some.results[0]?.topics[0]?.partitions[0]?.partitionSize).toBe(
      plane.replicas.require('t', 0).log.sizeInBytes,
    )
  })
})

describe('DescribeProducers', () => {
  it('shows who writes', async () => {
    plane.createTopic('t')
    await append('t', [1000, 1001], { producerId: 5, producerEpoch: 2, baseSequence: 0 })
    const answer = await client.call(DescribeProducers, 0, {
      topics: [
        { name: 't', partitionIndexes: [0, 1] },
        { name: 'none', partitionIndexes: [0] },
        { name: 'a/b', partitionIndexes: [0] },
      ],
    })
    const [t, none, bad] = answer.topics
    expect(t?.partitions[0]?.activeProducers).toEqual([
      {
        producerId: 5,
        producerEpoch: 2,
        lastSequence: 1,
        lastTimestamp: 1001,
        coordinatorEpoch: -1,
        currentTxnStartOffset: -1,
      },
    ])
    expect(t?.partitions[1]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    expect(none?.partitions[0]?.errorMessage).toBe('This server does not host this topic-partition.')
    expect(bad?.partitions[0]?.errorCode).toBe(ErrorCode.INVALID_TOPIC_EXCEPTION)
  })
})

describe('InitProducerId', () => {
  const init = async (changes = {}) => {
    const { errorCode, producerId, producerEpoch } = await client.call(InitProducerId, 5, {
      transactionalId: null,
      transactionTimeoutMs: 1000,
      ...changes,
    })
    return [errorCode, producerId, producerEpoch]
  }

  it('gives each producer its own id', async () => {
    const got = await Promise.all(
      Array.from({ length: 25 }, async () => (await RawClient.connect(plane.port)).close() ?? init()),
    )
    expect(got.map(([, id]) => id).sort((a, b) => (a as number) - (b as number))).toEqual([...Array(25).keys()])
    expect(new Set(got.map(([errorCode, , epoch]) => `${errorCode} ${epoch}`))).toEqual(new Set(['0 0']))
  })

  it('leaves transactional ids to their coordinator', async () => {
    expect(await init({ transactionalId: 'x' })).toEqual([ErrorCode.COORDINATOR_NOT_AVAILABLE, -1, -1])
    expect((await init({ producerId: 4 }))[0]).toBe(ErrorCode.INVALID_REQUEST)
  })

  it('asks again after the controller could not be reached', async () => {
    let calls = 0
    const ids = new ProducerIds(async () => {
      if (++calls === 1) throw new KafkaError('REQUEST_TIMED_OUT')
      return { first: calls * 100, count: 2 }
    })
    await expect(ids.next()).rejects.toThrow('REQUEST_TIMED_OUT')
    expect(await Promise.all([ids.next(), ids.next(), ids.next()])).toEqual([200, 201, 300])
  })
})
