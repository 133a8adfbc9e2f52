import { until } from '../../support/wait.ts'
import { batch } from './data.ts'
import type { Body, Reply } from './session.ts'
import { everyVersion, STRANGE_ID, type Step, topicId, type Versions, ZERO_ID } from './step.ts'

/** Topics with their partitions, as a request lists them. */
type Listed = readonly (readonly [string, ...number[]])[]

const LISTS: Readonly<Record<string, Listed>> = {
  'nothing of a topic': [['listed']],
  'nothing of two topics': [['listed'], ['listed-too']],
  'a partition twice': [['listed', 0, 0]],
  'a topic twice': [
    ['listed', 0],
    ['listed', 0],
  ],
  'nothing of a topic, and something': [['listed'], ['listed', 0]],
  'something of a topic, and nothing': [['listed', 0], ['listed']],
  'nothing of an unknown topic': [['nowhere']],
  'an unknown partition twice': [['nowhere', 0, 0]],
  'an unknown topic twice': [
    ['nowhere', 0],
    ['nowhere', 0],
  ],
  'an unknown topic around a known one': [
    ['nowhere', 0],
    ['listed', 0],
    ['nowhere', 0],
  ],
  'nothing of a topic without a name': [['']],
}

/** Every list of partitions in the shape that this API has for them. */
function listing(
  api: Parameters<typeof everyVersion>[0],
  versions: Versions,
  body: (lists: Listed, version: number, idOf: (name: string) => string) => Body,
  without: readonly string[] = [],
  what = 'lists',
): Step[] {
  const cases = Object.entries(LISTS).filter(([title]) => !without.includes(title))
  return everyVersion(
    api,
    versions,
    Object.fromEntries(
      cases.map(([title, lists]) => [
        `${what}: ${title}`,
        (version, context) => body(lists, version, (name) => (name === '' ? ZERO_ID : topicId(context, name))),
      ]),
    ),
  )
}

const named = (lists: Listed) => lists.map(([name, ...partitions]) => ({ name, partitions }))
const indexed = (lists: Listed, more: object = {}) =>
  lists.map(([name, ...indexes]) => ({
    name,
    partitions: indexes.map((partitionIndex) => ({ partitionIndex, ...more })),
  }))

const made: Step = {
  title: 'CreateTopics: topics to be listed',
  async run({ session, topicIds }) {
    const topics = ['listed', 'listed-too'].map((name) => {
      return { name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
    })
    await session.call('CreateTopics', 7, { topics, timeoutMs: 20_000, validateOnly: false })
    const led = await until('the topics to be led', async () => {
      const wanted = topics.map(({ name }) => ({ name, topicId: ZERO_ID }))
      const found = await session.call('Metadata', 12, { topics: wanted, allowAutoTopicCreation: false })
      for (const { name, topicId: id } of found.topics) if (id !== ZERO_ID) topicIds.set(name, id)
      const topicData = topics.map(({ name }) => ({ name, partitionData: [{ index: 0, records: batch(1) }] }))
      const stored = await session.call('Produce', 9, { acks: 1, timeoutMs: 5_000, topicData })
      if (!stored.responses.every((one: Reply) => one.partitionResponses[0].errorCode === 0)) return undefined
      return { topics: found.topics.map(({ name, topicId: id }: Reply) => ({ name, topicId: id })) }
    })
    return [led]
  },
}

const transaction = { producerId: 1, producerEpoch: 0 }
/** Kafka never answers these. */
const UNANSWERED = ['a partition twice', 'a topic twice']
/** Kafka fails all of the request, as unexpected. */
const UNEXPECTED = [
  'nothing of a topic',
  'nothing of two topics',
  'nothing of a topic, and something',
  'something of a topic, and nothing',
]

export const listSteps: readonly Step[] = [
  made,
  ...listing('Produce', { min: 9, max: 13 }, (lists, version, idOf) => ({
    acks: 1,
    timeoutMs: 5_000,
    topicData: lists.map(([name, ...indexes]) => ({
      ...(version < 13 ? { name } : { topicId: idOf(name) }),
      partitionData: indexes.map((index) => ({ index, records: batch(1) })),
    })),
  })),
  ...everyVersion(
    'Produce',
    { min: 13, max: 13 },
    {
      'topics without an id, and strange ones': () => ({
        acks: 1,
        timeoutMs: 5_000,
        topicData: [ZERO_ID, STRANGE_ID].map((id) => {
          return { topicId: id, partitionData: [{ index: 0, records: batch(1) }] }
        }),
      }),
    },
  ),
  ...everyVersion(
    'Produce',
    { min: 9, max: 12 },
    {
      'lists: nothing that can be read': () => ({
        acks: 1,
        timeoutMs: 5_000,
        topicData: [
          { name: 'listed', partitionData: [0, 0].map((index) => ({ index, records: Buffer.alloc(70) })) },
          { name: 'listed-too', partitionData: [] },
        ],
      }),
    },
  ),
  ...listing('ListOffsets', { min: 6, max: 7 }, (lists) => ({
    replicaId: -1,
    isolationLevel: 0,
    topics: indexed(lists, { currentLeaderEpoch: -1, timestamp: -2 }),
  })),
  ...listing('DeleteRecords', { min: 1, max: 2 }, (lists) => ({
    timeoutMs: 5_000,
    topics: indexed(lists, { offset: 0 }),
  })),
  ...listing('OffsetCommit', { min: 8, max: 9 }, (lists) => ({
    groupId: 'lister',
    generationIdOrMemberEpoch: -1,
    memberId: '',
    topics: indexed(lists, { committedOffset: 1, committedMetadata: '' }),
  })),
  ...listing('OffsetDelete', { min: 0, max: 0 }, (lists) => ({ groupId: 'lister', topics: indexed(lists) })),
  ...listing('AddPartitionsToTxn', { min: 3, max: 4 }, (lists, version) =>
    version < 4
      ? {
          v3AndBelowTransactionalId: 'lister',
          v3AndBelowProducerId: transaction.producerId,
          v3AndBelowProducerEpoch: transaction.producerEpoch,
          v3AndBelowTopics: named(lists),
        }
      : { transactions: [{ transactionalId: 'lister', ...transaction, verifyOnly: false, topics: named(lists) }] },
  ),
  ...listing(
    'AddPartitionsToTxn',
    { min: 5, max: 5 },
    (lists) => ({
      transactions: [{ transactionalId: 'lister', ...transaction, verifyOnly: true, topics: named(lists) }],
    }),
    [],
    'lists to verify',
  ),
  ...listing('TxnOffsetCommit', { min: 3, max: 5 }, (lists) => ({
    transactionalId: 'lister',
    groupId: 'lister',
    ...transaction,
    generationId: -1,
    memberId: '',
    groupInstanceId: null,
    topics: indexed(lists, { committedOffset: 1, committedMetadata: '' }),
  })),
  ...listing(
    'WriteTxnMarkers',
    { min: 1, max: 1 },
    (lists) => ({
      markers: [
        { producerId: 2, producerEpoch: 0, transactionResult: true, coordinatorEpoch: 0, topics: [] },
        {
          ...transaction,
          transactionResult: true,
          coordinatorEpoch: 0,
          topics: lists.map(([name, ...partitionIndexes]) => ({ name, partitionIndexes })),
        },
      ],
    }),
    UNANSWERED,
  ),
  ...listing(
    'DescribeShareGroupOffsets',
    { min: 1, max: 1 },
    (lists) => ({
      groups: [
        {
          groupId: 'share-lister',
          topics: lists.map(([topicName, ...partitions]) => ({ topicName, partitions })),
        },
      ],
    }),
    UNEXPECTED,
  ),
  ...listing('AlterShareGroupOffsets', { min: 0, max: 0 }, (lists) => ({
    groupId: 'share-lister',
    topics: lists.map(([topicName, ...indexes]) => ({
      topicName,
      partitions: indexes.map((partitionIndex) => ({ partitionIndex, startOffset: 0 })),
    })),
  })),
  ...listing('DeleteShareGroupOffsets', { min: 0, max: 0 }, (lists) => ({
    groupId: 'share-lister',
    topics: lists.map(([topicName]) => ({ topicName })),
  })),
]
