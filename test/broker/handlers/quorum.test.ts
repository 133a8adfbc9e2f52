import { describe, expect, it } from 'vitest'
import { ByteReader, ByteWriter } from '../../../src/base/bytes.ts'
import { ErrorCode, type ErrorName, KafkaError } from '../../../src/base/errors.ts'
import { METADATA_TOPIC_ID, type Uuid, ZERO_UUID } from '../../../src/base/ids.ts'
import { quorumHandlers } from '../../../src/broker/handlers/quorum/quorum-handlers.ts'
import { ApiKey, apiOf } from '../../../src/protocol/apis.ts'
import type { RaftReply, RaftRequest } from '../../../src/raft/messages.ts'
import type { RaftMember } from '../../../src/runtime/raft-answer.ts'

const CLUSTER = 'Z29sZGVuLWNsdXN0ZXItMQ'
const DIRECTORY = 'AAAAAAAAAAAAAAAAAAAAdA' as Uuid
const LEADER = {
  error: 'NONE',
  leaderId: 2,
  epoch: 7,
  leaderEndpoints: [
    { name: 'OTHER', host: 'elsewhere', port: 1 },
    { name: 'CONTROLLER', host: 'here', port: 9093 },
  ],
} as const

/** A member of a quorum that gives one answer and remembers what it was asked. */
class Oracle implements RaftMember {
  readonly asked: RaftRequest[] = []
  readonly #reply: RaftReply | KafkaError

  constructor(reply: RaftReply | KafkaError) {
    this.#reply = reply
  }

  ask(request: RaftRequest): Promise<never> {
    this.asked.push(request)
    if (this.#reply instanceof KafkaError) return Promise.reject(this.#reply)
    return Promise.resolve({ reply: this.#reply, chunks: [], release: () => {} } as never)
  }

  hint(error: ErrorName) {
    return { ...LEADER, error }
  }
}

/** Sends the request as bytes of the version, and reads the answer from bytes. */
async function ask(quorum: Oracle, key: number, version: number, body: object): Promise<Record<string, unknown>> {
  const metadata = {
    quorum: () => ({ leaderId: 2, leaderEpoch: 7, highWatermark: 0, logEndOffset: 0, kraftVersion: 1, voters: [] }),
    describeQuorum: () => undefined,
  }
  const handler = quorumHandlers({ clusterId: CLUSTER, quorum, metadata }).find(({ api }) => api.key === key)
  const api = apiOf(key)
  if (handler === undefined || api === undefined) throw new Error(`no handler of ${key}`)
  const writer = new ByteWriter()
  api.request.encode(writer, body, version)
  const request = api.request.decode(new ByteReader(Buffer.concat(writer.chunks())), version)
  const answer = await handler.handle(request, {
    api,
    apiVersion: version,
    correlationId: 1,
    clientId: null,
    connection: { listenerName: 'CONTROLLER' } as never,
  })
  const reply = new ByteWriter()
  api.response.encode(reply, answer, version)
  return api.response.decode(new ByteReader(Buffer.concat(reply.chunks())), version) as Record<string, unknown>
}

const vote = (clusterId: string | null, topicName = '__cluster_metadata') => ({
  clusterId,
  voterId: 1,
  topics: [
    {
      topicName,
      partitions: [
        {
          partitionIndex: 0,
          replicaEpoch: 7,
          replicaId: 3,
          replicaDirectoryId: DIRECTORY,
          voterDirectoryId: DIRECTORY,
          lastOffsetEpoch: 6,
          lastOffset: 100,
          preVote: true,
        },
      ],
    },
  ],
})

const fetch = (topicId: Uuid = METADATA_TOPIC_ID) => ({
  clusterId: CLUSTER,
  replicaId: 3,
  replicaState: { replicaId: 3, replicaEpoch: -1 },
  maxWaitMs: 500,
  minBytes: 0,
  maxBytes: 1000,
  isolationLevel: 0,
  sessionId: 0,
  topics: [
    {
      topic: '__cluster_metadata',
      topicId,
      partitions: [
        {
          partition: 0,
          currentLeaderEpoch: 7,
          fetchOffset: 100,
          lastFetchedEpoch: 6,
          partitionMaxBytes: 0,
          replicaDirectoryId: DIRECTORY,
        },
      ],
    },
  ],
  forgottenTopicsData: [],
  rackId: '',
})

describe('requests of a quorum', () => {
  const granted = { type: 'vote', ...LEADER, granted: true } as const

  it('of another cluster, or for another topic, are refused as a whole', async () => {
    const oracle = new Oracle(granted)
    expect(await ask(oracle, ApiKey.Vote, 2, vote('c3RyYW5nZS1jbHVzdGVyMQ'))).toMatchObject({
      errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID,
      topics: [],
    })
    expect(await ask(oracle, ApiKey.Vote, 2, vote(CLUSTER, 'other'))).toMatchObject({
      errorCode: ErrorCode.INVALID_REQUEST,
      topics: [],
    })
    expect(await ask(oracle, ApiKey.Fetch, 17, fetch('AAAAAAAAAAAAAAAAAAAAdA' as Uuid))).toMatchObject({
      errorCode: ErrorCode.INVALID_REQUEST,
      responses: [],
    })
    expect(oracle.asked).toEqual([])
    expect(await ask(oracle, ApiKey.Vote, 2, vote(null))).toMatchObject({ errorCode: 0 })
  })

  it('say where the leader is on the listener that was asked, from the version on that can', async () => {
    const oracle = new Oracle(granted)
    const partition = { partitionIndex: 0, errorCode: 0, leaderId: 2, leaderEpoch: 7, voteGranted: true }
    const topics = [{ topicName: '__cluster_metadata', partitions: [partition] }]
    expect(await ask(oracle, ApiKey.Vote, 2, vote(CLUSTER))).toEqual({
      errorCode: 0,
      topics,
      nodeEndpoints: [{ nodeId: 2, host: 'here', port: 9093 }],
    })
    expect(await ask(oracle, ApiKey.Vote, 0, vote(CLUSTER))).toEqual({ errorCode: 0, topics, nodeEndpoints: [] })
    expect(oracle.asked).toEqual([
      {
        type: 'vote',
        candidate: { id: 3, directoryId: DIRECTORY },
        voter: { id: 1, directoryId: DIRECTORY },
        epoch: 7,
        logEnd: { offset: 100, epoch: 6 },
        preVote: true,
      },
      {
        type: 'vote',
        candidate: { id: 3, directoryId: ZERO_UUID },
        voter: undefined,
        epoch: 7,
        logEnd: { offset: 100, epoch: 6 },
        preVote: false,
      },
    ])
  })

  it('find nobody while this node has no disk to write its log', async () => {
    const oracle = new Oracle(new KafkaError('BROKER_NOT_AVAILABLE'))
    const { BROKER_NOT_AVAILABLE } = ErrorCode
    expect(await ask(oracle, ApiKey.Vote, 2, vote(CLUSTER))).toMatchObject({ errorCode: BROKER_NOT_AVAILABLE })
    expect(await ask(oracle, ApiKey.Fetch, 17, fetch())).toMatchObject({ errorCode: BROKER_NOT_AVAILABLE })
  })

  it('fetch from the metadata log, diverging epochs and snapshot ids included', async () => {
    const place = { highWatermark: 90, logStartOffset: 10, read: undefined, records: Buffer.alloc(0) }
    const diverging = { epoch: 5, endOffset: 80 }
    const oracle = new Oracle({ type: 'fetch', ...LEADER, ...place, diverging, snapshotId: undefined })
    const answer = await ask(oracle, ApiKey.Fetch, 17, fetch())
    expect(answer.responses).toMatchObject([
      {
        topicId: METADATA_TOPIC_ID,
        partitions: [
          {
            errorCode: 0,
            highWatermark: 90,
            logStartOffset: 10,
            divergingEpoch: diverging,
            currentLeader: { leaderId: 2, leaderEpoch: 7 },
            snapshotId: { endOffset: -1, epoch: -1 },
          },
        ],
      },
    ])
    expect(answer.nodeEndpoints).toMatchObject([{ nodeId: 2, host: 'here', port: 9093 }])
    expect(oracle.asked).toMatchObject([
      { replica: { id: 3, directoryId: DIRECTORY }, epoch: 7, offset: 100, lastFetchedEpoch: 6, maxWaitMs: 500 },
    ])
    const snapshotId = { endOffset: 60, epoch: 4 }
    const snapshot = new Oracle({ type: 'fetch', ...LEADER, ...place, diverging: undefined, snapshotId })
    expect((await ask(snapshot, ApiKey.Fetch, 12, fetch())).responses).toMatchObject([{ partitions: [{ snapshotId }] }])
    expect(snapshot.asked).toMatchObject([{ replica: { id: 3, directoryId: ZERO_UUID }, highWatermark: undefined }])
  })

  it('change voters, with the words of the refusal', async () => {
    const oracle = new Oracle({ type: 'add-voter', error: 'DUPLICATE_VOTER', message: 'it is one' })
    const listeners = [{ name: 'CONTROLLER', host: 'here', port: 1 }]
    const add = { clusterId: CLUSTER, timeoutMs: 5, voterId: 4, voterDirectoryId: DIRECTORY, listeners }
    expect(await ask(oracle, ApiKey.AddRaftVoter, 1, add)).toMatchObject({
      errorCode: ErrorCode.DUPLICATE_VOTER,
      errorMessage: 'it is one',
    })
    expect(await ask(oracle, ApiKey.AddRaftVoter, 0, { ...add, clusterId: 'x' })).toMatchObject({
      errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID,
      errorMessage: `The given id "x" doesn't match the cluster id "${CLUSTER}"`,
    })
    const moved = new Oracle({ type: 'update-voter', ...LEADER, error: 'NOT_LEADER_OR_FOLLOWER' })
    const kRaftVersionFeature = { minSupportedVersion: 0, maxSupportedVersion: 1 }
    const update = { clusterId: CLUSTER, currentLeaderEpoch: 7, voterId: 4, voterDirectoryId: DIRECTORY }
    const body = { ...update, listeners, kRaftVersionFeature }
    expect(await ask(moved, ApiKey.UpdateRaftVoter, 0, body)).toMatchObject({
      errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
      currentLeader: { leaderId: 2, leaderEpoch: 7, host: 'here', port: 9093 },
    })
    expect(await ask(moved, ApiKey.UpdateRaftVoter, 0, { ...body, clusterId: 'x' })).toMatchObject({
      errorCode: ErrorCode.INCONSISTENT_CLUSTER_ID,
      currentLeader: { leaderId: 2, host: 'here' },
    })
  })

  it('say nothing where Kafka says nothing', async () => {
    const oracle = new Oracle({ type: 'remove-voter', error: 'NOT_LEADER_OR_FOLLOWER', message: null })
    const remove = { clusterId: CLUSTER, voterId: 4, voterDirectoryId: DIRECTORY }
    expect(await ask(oracle, ApiKey.RemoveRaftVoter, 0, remove)).toEqual({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
      errorMessage: '',
    })
  })

  it('describe the quorum only on its leader', async () => {
    const oracle = new Oracle(granted)
    const topics = (topicName: string) => [{ topicName, partitions: [{ partitionIndex: 0 }] }]
    const elsewhere = await ask(oracle, ApiKey.DescribeQuorum, 2, { topics: topics('__cluster_metadata') })
    expect(elsewhere.topics).toMatchObject([{ partitions: [{ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER }] }])
    const unknown = await ask(oracle, ApiKey.DescribeQuorum, 2, { topics: topics('other') })
    expect(unknown.topics).toMatchObject([{ partitions: [{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }] }])
  })
})
