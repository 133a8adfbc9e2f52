import { buildBatch, type NewBatch } from '../../../src/record/builder.ts'
import { STEP_TIME } from './normal.ts'
import { type Context, everyVersion, STRANGE_ID, type Step, topicId } from './step.ts'

export function batch(count: number, more: Partial<NewBatch> = {}): Buffer {
  const records = Array.from({ length: count }, (_, i) => ({
    timestamp: STEP_TIME + i,
    key: Buffer.from(`key ${i}`),
    value: Buffer.from(`value ${i}`),
  }))
  return buildBatch({ records, ...more })
}

const LAST_FIELD = { crc: 17, magic: 16, count: 57 } as const

/** A good batch with one byte changed. */
function damaged(field: keyof typeof LAST_FIELD, value: number): Buffer {
  const bytes = Buffer.from(batch(2))
  bytes[LAST_FIELD[field]] = value
  return bytes
}

function produce(context: Context, topic: string, records: Buffer | null, more: object = {}, index = 0) {
  return {
    transactionalId: null,
    acks: -1,
    timeoutMs: 10_000,
    topicData: [{ name: topic, topicId: topicId(context, topic), partitionData: [{ index, records }] }],
    ...more,
  }
}

const PRODUCE = { min: 3, max: 13 }
export const produceSteps: Step[] = everyVersion('Produce', PRODUCE, {
  'three records': (_, c) => produce(c, 'plain', batch(3)),
  'acknowledged by the leader': (_, c) => produce(c, 'plain', batch(1), { acks: 1 }),
  'an unknown number of acks': (_, c) => produce(c, 'plain', batch(1), { acks: 2 }),
  'to an unknown topic': (_, c) => produce(c, 'nowhere', batch(1)),
  'to an unknown partition': (_, c) => produce(c, 'plain', batch(1), {}, 9),
  'to a negative partition': (_, c) => produce(c, 'plain', batch(1), {}, -1),
  'no bytes': (_, c) => produce(c, 'plain', Buffer.alloc(0)),
  'a wrong checksum': (_, c) => produce(c, 'plain', damaged('crc', 1)),
  'an unknown magic': (_, c) => produce(c, 'plain', damaged('magic', 9)),
  'two batches for one partition': (_, c) => produce(c, 'plain', Buffer.concat([batch(1), batch(1)])),
  'a torn batch': (_, c) => produce(c, 'plain', batch(3).subarray(0, 80)),
  'more than max.message.bytes': (_, c) => produce(c, 'small', batch(200)),
  'no key where the topic is compacted': (_, c) =>
    produce(c, 'compacted', buildBatch({ records: [{ timestamp: STEP_TIME, key: null, value: Buffer.from('v') }] })),
  'with a key where the topic is compacted': (_, c) => produce(c, 'compacted', batch(1)),
  'a control batch': (_, c) =>
    produce(c, 'plain', batch(1, { isControl: true, producerId: 5, producerEpoch: 0, baseSequence: -1 })),
  'where the broker sets the time': (_, c) => produce(c, 'appended', batch(2)),
  'too old and too new': (_, c) => {
    const at = (timestamp: number) => buildBatch({ records: [{ timestamp, key: null, value: Buffer.from('v') }] })
    const body = produce(c, 'bounded', at(1_000))
    return body
  },
  'compressed where the topic is not': (_, c) => produce(c, 'plain', batch(20, { compression: 'gzip' })),
  zstd: (_, c) => produce(c, 'plain', batch(20, { compression: 'zstd' })),
  'a transactional id with a plain batch': (_, c) => produce(c, 'plain', batch(1), { transactionalId: 'tx' }),
  'to several topics': (_, c) => ({
    transactionalId: null,
    acks: -1,
    timeoutMs: 10_000,
    topicData: ['plain', 'wide', 'nowhere'].map((name) => ({
      name,
      topicId: topicId(c, name),
      partitionData: [
        { index: 0, records: batch(1) },
        { index: 8, records: batch(1) },
      ],
    })),
  }),
  'the same partition twice in a topic': (_, c) => ({
    transactionalId: null,
    acks: -1,
    timeoutMs: 10_000,
    topicData: [
      {
        name: 'plain',
        topicId: topicId(c, 'plain'),
        partitionData: [
          { index: 0, records: batch(1) },
          { index: 0, records: batch(2) },
        ],
      },
    ],
  }),
  'the same topic twice': (_, c) => ({
    transactionalId: null,
    acks: -1,
    timeoutMs: 10_000,
    topicData: [3, 2].map((count) => ({
      name: 'plain',
      topicId: topicId(c, 'plain'),
      partitionData: [{ index: 0, records: batch(count) }],
    })),
  }),
  'numbered from zero': (v, c) =>
    produce(c, 'numbered', batch(3, { producerId: 9_000 + v, producerEpoch: 0, baseSequence: 0 })),
  'numbered, the same again': (v, c) =>
    produce(c, 'numbered', batch(3, { producerId: 9_000 + v, producerEpoch: 0, baseSequence: 0 })),
  'numbered, with a gap': (v, c) =>
    produce(c, 'numbered', batch(3, { producerId: 9_000 + v, producerEpoch: 0, baseSequence: 9 })),
  'numbered, the next': (v, c) =>
    produce(c, 'numbered', batch(3, { producerId: 9_000 + v, producerEpoch: 0, baseSequence: 3 })),
  'numbered, a new epoch from zero': (v, c) =>
    produce(c, 'numbered', batch(1, { producerId: 9_000 + v, producerEpoch: 2, baseSequence: 0 })),
  'numbered, a new epoch from the middle': (v, c) =>
    produce(c, 'numbered', batch(1, { producerId: 9_000 + v, producerEpoch: 3, baseSequence: 4 })),
  'numbered, an old epoch': (v, c) =>
    produce(c, 'numbered', batch(1, { producerId: 9_000 + v, producerEpoch: 1, baseSequence: 0 })),
  'an unknown producer from the middle': (v, c) =>
    produce(c, 'numbered', batch(1, { producerId: 9_500 + v, producerEpoch: 0, baseSequence: 4 })),
})

function fetch(context: Context, topic: string, fetchOffset: number, more: object = {}, partition: object = {}) {
  return {
    maxWaitMs: 0,
    minBytes: 1,
    maxBytes: 50_000,
    topics: [
      {
        topic,
        topicId: topicId(context, topic),
        partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 50_000, currentLeaderEpoch: -1, ...partition }],
      },
    ],
    ...more,
  }
}

export const fetchSteps: Step[] = everyVersion(
  'Fetch',
  { min: 4, max: 18 },
  {
    'from the beginning': (_, c) => fetch(c, 'read', 0),
    'in the middle of a batch': (_, c) => fetch(c, 'read', 4),
    'at the end': (_, c) => fetch(c, 'read', 12),
    'behind the end': (_, c) => fetch(c, 'read', 1_000),
    'before the beginning': (_, c) => fetch(c, 'read', -5),
    'one byte gives one batch': (_, c) => fetch(c, 'read', 0, { maxBytes: 1 }, { partitionMaxBytes: 1 }),
    'a few bytes': (_, c) => fetch(c, 'read', 0, {}, { partitionMaxBytes: 150 }),
    'no bytes': (_, c) => fetch(c, 'read', 0, {}, { partitionMaxBytes: 0 }),
    'read committed': (_, c) => fetch(c, 'read', 0, { isolationLevel: 1 }),
    'an unknown isolation level': (_, c) => fetch(c, 'read', 0, { isolationLevel: 7 }),
    'a negative wait': (_, c) => fetch(c, 'read', 12, { maxWaitMs: -5 }),
    'less than no bytes': (_, c) => fetch(c, 'read', 0, { maxBytes: -1 }, { partitionMaxBytes: -1 }),
    'an unknown topic': (_, c) => fetch(c, 'nowhere', 0),
    'a zero or strange id': (v, c) =>
      v < 13
        ? undefined
        : {
            ...fetch(c, 'read', 0),
            topics: [
              {
                topic: 'read',
                topicId: STRANGE_ID,
                partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }],
              },
            ],
          },
    'an unknown partition': (_, c) => fetch(c, 'read', 0, {}, { partition: 7 }),
    'an old leader epoch': (_, c) => fetch(c, 'read', 0, {}, { currentLeaderEpoch: 0 }),
    'a leader epoch to come': (_, c) => fetch(c, 'read', 0, {}, { currentLeaderEpoch: 5 }),
    'an epoch that diverged': (v, c) => (v < 12 ? undefined : fetch(c, 'read', 2, {}, { lastFetchedEpoch: 3 })),
    'a session that is not there': (_, c) => fetch(c, 'read', 0, { sessionId: 12_345, sessionEpoch: 1 }),
    'an impossible session epoch': (_, c) => fetch(c, 'read', 0, { sessionId: 0, sessionEpoch: 3 }),
    'several partitions, a small answer': (_, c) => ({
      ...fetch(c, 'read', 0, { maxBytes: 120 }),
      topics: ['read', 'numbered'].map((name) => ({
        topic: name,
        topicId: topicId(c, name),
        partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 400 }],
      })),
    }),
    'after records were deleted': (_, c) => fetch(c, 'cut', 0),
    'a follower that does not exist': (_, c) =>
      fetch(c, 'read', 0, { replicaId: 5, replicaState: { replicaId: 5, replicaEpoch: 1 } }),
  },
)

fetchSteps.push({
  title: 'Fetch: a session over several requests',
  async run(context) {
    const replies: unknown[] = []
    for (const version of [7, 11, 12, 13, 16, 18]) {
      const call = async (body: object) => {
        const reply = await context.session.call('Fetch', version, body as Record<string, unknown>)
        replies.push({ version, reply })
        return reply
      }
      const first = await call(fetch(context, 'read', 0, { sessionId: 0, sessionEpoch: 0 }))
      const sessionId = first.sessionId
      await call({ ...fetch(context, 'read', 12, { sessionId, sessionEpoch: 1 }) })
      await call({ ...fetch(context, 'read', 12, { sessionId, sessionEpoch: 2 }), topics: [] })
      await call({ ...fetch(context, 'wide', 0, { sessionId, sessionEpoch: 3 }) })
      const forgotten = [{ topic: 'read', topicId: topicId(context, 'read'), partitions: [0] }]
      await call({
        ...fetch(context, 'read', 0, { sessionId, sessionEpoch: 4 }),
        topics: [],
        forgottenTopicsData: forgotten,
      })
      await call({ ...fetch(context, 'read', 0, { sessionId, sessionEpoch: 4 }), topics: [] })
      await call({ ...fetch(context, 'read', 0, { sessionId, sessionEpoch: -1 }) })
      await call({ ...fetch(context, 'read', 0, { sessionId, sessionEpoch: 5 }), topics: [] })
    }
    return replies
  },
})

const times = (name: string, ...timestamps: number[]) =>
  timestamps.map((timestamp) => ({ name, partitions: [{ partitionIndex: 0, timestamp }] }))
const listOffsets = (topic: string, timestamp: number, more: object = {}) => ({
  replicaId: -1,
  isolationLevel: 0,
  timeoutMs: 5_000,
  topics: [{ name: topic, partitions: [{ partitionIndex: 0, timestamp, ...more }] }],
})

export const offsetSteps: Step[] = [
  ...everyVersion(
    'ListOffsets',
    { min: 1, max: 11 },
    {
      latest: () => listOffsets('read', -1),
      earliest: () => listOffsets('read', -2),
      'of the largest time': () => listOffsets('read', -3),
      'earliest local': () => listOffsets('read', -4),
      'latest tiered': () => listOffsets('read', -5),
      'earliest pending upload': () => listOffsets('read', -6),
      'an unknown special time': () => listOffsets('read', -9),
      'at a time': () => listOffsets('read', STEP_TIME + 2),
      'before all': () => listOffsets('read', 0),
      'after all': () => listOffsets('read', STEP_TIME + 1_000),
      'read committed': () => ({ ...listOffsets('read', -1), isolationLevel: 1 }),
      'an unknown isolation level': () => ({ ...listOffsets('read', -1), isolationLevel: 7 }),
      'earliest after a deletion': () => listOffsets('cut', -2),
      'at a time after a deletion': () => listOffsets('cut', STEP_TIME),
      'of an empty partition': () => listOffsets('empty', STEP_TIME),
      'the largest time of an empty partition': () => listOffsets('empty', -3),
      'an unknown topic': () => listOffsets('nowhere', -1),
      'a leader epoch to come': () => listOffsets('read', -1, { currentLeaderEpoch: 7 }),
      'the same partition twice': () => ({ ...listOffsets('read', -1), topics: times('read', -1, -2) }),
      'as a follower': () => ({ ...listOffsets('read', -1), replicaId: 5 }),
      'as a debugger': () => ({ ...listOffsets('read', -1), replicaId: -2 }),
    },
  ),
  ...everyVersion(
    'OffsetForLeaderEpoch',
    { min: 2, max: 4 },
    {
      'of the epochs there are': () => ({
        replicaId: -1,
        topics: [{ topic: 'read', partitions: [0, 1, -1].map((leaderEpoch) => ({ partition: 0, leaderEpoch })) }],
      }),
      'of unknown partitions': () => ({
        replicaId: -1,
        topics: [
          { topic: 'read', partitions: [{ partition: 8, leaderEpoch: 0 }] },
          { topic: 'nowhere', partitions: [{ partition: 0, leaderEpoch: 0 }] },
        ],
      }),
      'with leader epochs of its own': () => ({
        replicaId: -1,
        topics: [
          { topic: 'read', partitions: [0, 4].map((e) => ({ partition: 0, currentLeaderEpoch: e, leaderEpoch: 0 })) },
        ],
      }),
    },
  ),
  ...everyVersion(
    'DescribeProducers',
    { min: 0, max: 0 },
    {
      'of some partitions': () => ({
        topics: [
          { name: 'numbered', partitionIndexes: [0, 4] },
          { name: 'read', partitionIndexes: [0] },
          { name: 'nowhere', partitionIndexes: [0] },
        ],
      }),
    },
  ),
  ...everyVersion(
    'InitProducerId',
    { min: 0, max: 5 },
    {
      'for idempotence': () => ({ transactionalId: null, transactionTimeoutMs: 60_000 }),
      'with an empty transactional id': () => ({ transactionalId: '', transactionTimeoutMs: 60_000 }),
      'with a producer id of before': (v) =>
        v < 3 ? undefined : { transactionalId: null, transactionTimeoutMs: 60_000, producerId: 77, producerEpoch: 3 },
      'with half a producer id': (v) =>
        v < 3 ? undefined : { transactionalId: null, transactionTimeoutMs: 60_000, producerId: 77, producerEpoch: -1 },
    },
  ),
]

const deleteTo = (name: string, offset: number, partitionIndex = 0) => ({
  topics: [{ name, partitions: [{ partitionIndex, offset }] }],
  timeoutMs: 5_000,
})
export const deleteSteps: Step[] = everyVersion(
  'DeleteRecords',
  { min: 0, max: 2 },
  {
    'a few': (v) => deleteTo('cut', v + 1),
    'fewer than before': () => deleteTo('cut', 0),
    'too many': () => deleteTo('cut', 1_000),
    negative: () => deleteTo('cut', -2),
    'twice to different offsets': () => ({
      timeoutMs: 10_000,
      topics: [
        {
          name: 'cut',
          partitions: [4, 2].map((offset) => ({ partitionIndex: 0, offset })),
        },
      ],
    }),
    'of an unknown partition': () => deleteTo('cut', 1, 6),
    'of an unknown topic': () => deleteTo('nowhere', 1),
    'where the topic is compacted': () => deleteTo('compacted', 1),
    'to the high watermark': (v) => (v < 2 ? undefined : deleteTo('emptied', -1)),
  },
)
