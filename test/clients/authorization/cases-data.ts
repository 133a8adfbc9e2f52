import { batch } from '../differential/data.ts'
import { STRANGE_ID, ZERO_ID } from '../differential/step.ts'
import { type Case, type Known, NO_TRANSACTION, ofTopics, one } from './case.ts'

const transactional = () => batch(1, { isTransactional: true, producerId: 77, producerEpoch: 0, baseSequence: 0 })

const produce = (topics: readonly string[], records: Buffer, transactionalId: string | null = null) => ({
  transactionalId,
  acks: 1,
  timeoutMs: 5_000,
  topicData: topics.map((name) => ({ name, topicId: ZERO_ID, partitionData: [{ index: 0, records }] })),
})

const fetch = (topics: readonly string[], known: Known, replicaId = -1, more: object = {}) => ({
  replicaId,
  replicaState: { replicaId, replicaEpoch: -1 },
  maxWaitMs: 0,
  minBytes: 0,
  maxBytes: 100_000,
  isolationLevel: 0,
  sessionId: 0,
  sessionEpoch: -1,
  topics: topics.map((topic) => ({
    topic,
    topicId: known.idOf(topic),
    partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 10_000 }],
  })),
  forgottenTopicsData: [],
  rackId: '',
  ...more,
})

const metadata = (topics: readonly string[] | null, more: object = {}) => ({
  topics: topics?.map((name) => ({ name, topicId: ZERO_ID })) ?? null,
  allowAutoTopicCreation: false,
  includeClusterAuthorizedOperations: true,
  includeTopicAuthorizedOperations: true,
  ...more,
})

const SMALL = { responsePartitionLimit: 2000, cursor: null }

export const DATA: readonly Case[] = [
  ...ofTopics('Produce', 9, (topics) => produce(topics, batch(1))),
  one('Produce', 13, 'by ids', (known) => ({
    ...produce([], batch(1)),
    topicData: [known.own, known.hidden, known.absent].map((name) => ({
      name: '',
      topicId: known.idOf(name),
      partitionData: [{ index: 0, records: batch(1) }],
    })),
  })),
  one('Produce', 9, 'without an answer', (known) => ({ ...produce([known.own], batch(1)), acks: 0 })),
  one('Produce', 11, 'in its transaction', (known) => produce([known.own], transactional(), `${known.prefix}tx`)),
  one('Produce', 11, "in another's transaction", (known) => produce([known.own], transactional(), NO_TRANSACTION)),
  one('Produce', 11, 'in no transaction', (known) => produce([known.own], transactional())),
  ...ofTopics('Fetch', 12, (topics, known) => fetch(topics, known)),
  ...ofTopics('Fetch', 16, (topics, known) => fetch(topics, known)),
  one('Fetch', 12, 'in a session', (known) => fetch([known.own, known.hidden], known, -1, { sessionEpoch: 0 })),
  one('Fetch', 12, 'as a broker', (known) => fetch([known.own, known.hidden, known.absent], known, 5)),
  one('Fetch', 16, 'as a broker', (known) => fetch([known.own, known.hidden, known.absent], known, 5)),
  ...ofTopics('ListOffsets', 7, (topics) => ({
    replicaId: -1,
    isolationLevel: 0,
    topics: topics.map((name) => ({ name, partitions: [{ partitionIndex: 0, timestamp: -1 }] })),
  })),
  ...ofTopics('OffsetForLeaderEpoch', 4, (topics) => ({
    replicaId: -1,
    topics: topics.map((topic) => ({ topic, partitions: [{ partition: 0, currentLeaderEpoch: -1, leaderEpoch: 0 }] })),
  })),
  ...ofTopics('DescribeProducers', 0, (topics) => ({
    topics: topics.map((name) => ({ name, partitionIndexes: [0] })),
  })),
  ...ofTopics('Metadata', 12, (topics) => metadata(topics)),
  ...ofTopics('Metadata', 4, (topics) => metadata(topics)),
  one('Metadata', 9, 'of all, with the cluster', (known) => metadata([known.own, known.hidden, known.absent])),
  one('Metadata', 12, 'by ids', (known) => ({
    ...metadata([]),
    topics: [known.own, known.hidden, STRANGE_ID].map((name) => ({
      name: null,
      topicId: name === STRANGE_ID ? name : known.idOf(name),
    })),
  })),
  one('Metadata', 12, 'of everything', () => metadata(null, { includeTopicAuthorizedOperations: false })),
  one('Metadata', 0, 'of everything', () => metadata([])),
  ...ofTopics('DescribeTopicPartitions', 0, (topics) => ({ ...SMALL, topics: topics.map((name) => ({ name })) })),
  one('DescribeTopicPartitions', 0, 'two partitions at most', (known) => ({
    responsePartitionLimit: 2,
    cursor: null,
    topics: [known.own, known.hidden, known.absent].map((name) => ({ name })),
  })),
  one('DescribeTopicPartitions', 0, 'of everything', () => ({ ...SMALL, topics: [] })),
  one('DescribeCluster', 1, '', () => ({ includeClusterAuthorizedOperations: true, endpointType: 1 })),
  one('DescribeCluster', 2, 'with fenced brokers', () => ({
    includeClusterAuthorizedOperations: false,
    endpointType: 1,
    includeFencedBrokers: true,
  })),
]

/** These leave traces. */
export const DATA_CHANGES: readonly Case[] = [
  ...ofTopics('DeleteRecords', 2, (topics) => ({
    topics: topics.map((name) => ({ name, partitions: [{ partitionIndex: 0, offset: 0 }] })),
    timeoutMs: 5_000,
  })),
  ...(['fresh', 'absent'] as const).map((kind) =>
    one('Metadata', 12, `makes ${kind}`, (known) => metadata([known[kind]], { allowAutoTopicCreation: true }), {
      changes: true,
    }),
  ),
]
