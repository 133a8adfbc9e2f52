import { until } from '../../support/wait.ts'
import type { Reply } from './session.ts'
import { everyVersion, STRANGE_ID, type Step, topicId, ZERO_ID } from './step.ts'

const topic = (name: string, more: object = {}) => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...more,
})
const create = (topics: readonly object[], more: object = {}) => ({
  topics,
  timeoutMs: 10_000,
  validateOnly: false,
  ...more,
})
const config = (name: string, value: string | null) => ({ name, value })
const named = (...names: string[]) => names.map((name) => ({ name, topicId: ZERO_ID }))

export const createTopics: Step[] = everyVersion(
  'CreateTopics',
  { min: 2, max: 7 },
  {
    'a good one': (v) => create([topic(`good-${v}`, { numPartitions: 3 })]),
    'one that exists': (v) => create([topic(`good-${v}`)]),
    'only validated': (v) => create([topic(`validated-${v}`), topic(`good-${v}`)], { validateOnly: true }),
    'names that are not allowed': () =>
      create([topic(''), topic('.'), topic('..'), topic('a b'), topic('é'), topic('a/b'), topic('x'.repeat(250))]),
    'names that collide': (v) => create([topic(`coll.ide-${v}`)]),
    'the other of the names that collide': (v) => create([topic(`coll_ide-${v}`)]),
    'twice in one request': (v) => create([topic(`twice-${v}`), topic(`twice-${v}`), topic(`once-${v}`)]),
    'counts that are not allowed': (v) =>
      create([
        topic(`zero-${v}`, { numPartitions: 0 }),
        topic(`minus-${v}`, { numPartitions: -2 }),
        topic(`factor-zero-${v}`, { replicationFactor: 0 }),
        topic(`factor-minus-${v}`, { replicationFactor: -2 }),
        topic(`factor-two-${v}`, { replicationFactor: 2 }),
      ]),
    'counts left to the broker': (v) => create([topic(`defaults-${v}`, { numPartitions: -1, replicationFactor: -1 })]),
    'with configs': (v) =>
      create([
        topic(`configs-${v}`, {
          configs: [config('retention.ms', '1000'), config('cleanup.policy', 'compact,delete')],
        }),
      ]),
    'with bad configs': (v) =>
      create([
        topic(`unknown-config-${v}`, { configs: [config('no.such.config', '1')] }),
        topic(`bad-number-${v}`, { configs: [config('retention.ms', 'soon')] }),
        topic(`bad-policy-${v}`, { configs: [config('cleanup.policy', 'shred')] }),
        topic(`out-of-range-${v}`, { configs: [config('segment.bytes', '3')] }),
        topic(`null-config-${v}`, { configs: [config('retention.ms', null)] }),
        topic(`min-isr-${v}`, { configs: [config('min.insync.replicas', '0')] }),
      ]),
    'with assignments': (v) => {
      const assigned = (partitions: readonly (readonly [number, readonly number[]])[], more: object = {}) => ({
        numPartitions: -1,
        replicationFactor: -1,
        assignments: partitions.map(([partitionIndex, brokerIds]) => ({ partitionIndex, brokerIds })),
        ...more,
      })
      return create([
        topic(
          `assigned-${v}`,
          assigned([
            [0, [1]],
            [1, [1]],
          ]),
        ),
        topic(`unknown-broker-${v}`, assigned([[0, [9]]])),
        topic(`same-broker-${v}`, assigned([[0, [1, 1]]])),
        topic(`no-broker-${v}`, assigned([[0, []]])),
        topic(`gap-${v}`, assigned([[1, [1]]])),
        topic(`both-${v}`, assigned([[0, [1]]], { numPartitions: 1 })),
        topic(`both-factor-${v}`, assigned([[0, [1]]], { replicationFactor: 1 })),
        topic(`negative-${v}`, assigned([[-1, [1]]])),
      ])
    },
    nothing: () => create([]),
  },
)

export const deleteTopics: Step[] = everyVersion(
  'DeleteTopics',
  { min: 1, max: 6 },
  {
    'one that exists and one that does not': (v) => ({
      topicNames: [`good-${v}`, 'nowhere'],
      topics: named(`good-${v}`, 'nowhere'),
      timeoutMs: 10_000,
    }),
    'twice in one request': (v) => ({
      topicNames: [`once-${v}`, `once-${v}`],
      topics: named(`once-${v}`, `once-${v}`),
      timeoutMs: 10_000,
    }),
    'by id': (v, context) =>
      v < 6
        ? undefined
        : {
            topics: [
              { name: null, topicId: STRANGE_ID },
              { name: null, topicId: ZERO_ID },
              { name: 'plain', topicId: topicId(context, 'plain') },
            ],
            timeoutMs: 10_000,
          },
  },
)

export const createPartitions: Step[] = everyVersion(
  'CreatePartitions',
  { min: 0, max: 3 },
  {
    'more, fewer, the same, of an unknown topic': (v) => ({
      topics: [
        { name: `defaults-${v + 2}`, count: 3, assignments: null },
        { name: 'wide', count: 3, assignments: null },
        { name: 'plain', count: 1, assignments: null },
        { name: 'nowhere', count: 3, assignments: null },
      ],
      timeoutMs: 10_000,
      validateOnly: false,
    }),
    'with assignments': (v) => ({
      topics: [
        { name: `configs-${v + 2}`, count: 2, assignments: [{ brokerIds: [1] }] },
        { name: `assigned-${v + 2}`, count: 4, assignments: [{ brokerIds: [1] }] },
        { name: 'plain', count: 2, assignments: [{ brokerIds: [9] }] },
        { name: 'wide', count: 7, assignments: [{ brokerIds: [1, 1] }] },
      ],
      timeoutMs: 10_000,
      validateOnly: false,
    }),
    'only validated': () => ({
      topics: [{ name: 'plain', count: 5, assignments: null }],
      timeoutMs: 10_000,
      validateOnly: true,
    }),
    'twice in one request': () => ({
      topics: [
        { name: 'plain', count: 5, assignments: null },
        { name: 'plain', count: 6, assignments: null },
      ],
      timeoutMs: 10_000,
      validateOnly: true,
    }),
  },
)

/** What a controller has committed its broker may tell a little later. */
const partitionsTold: Step = {
  title: 'Metadata: partitions that were made',
  async run({ session }) {
    await until('the partitions', async () => {
      const { topics } = await session.call('Metadata', 9, { topics: null, allowAutoTopicCreation: false })
      const has = (name: string, count: number) =>
        topics.some((topic: Reply) => topic.name === name && topic.partitions.length === count)
      return [2, 3, 4, 5].every((version) => has(`defaults-${version}`, 3) && has(`configs-${version}`, 2))
    })
    return []
  },
}

export const metadata: Step[] = [
  partitionsTold,
  ...everyVersion(
    'Metadata',
    { min: 0, max: 13 },
    {
      'known, unknown and impossible names': (v) => ({
        topics: named('plain', 'wide', ...(v >= 4 ? ['nowhere'] : []), 'a b'),
        allowAutoTopicCreation: false,
        includeClusterAuthorizedOperations: true,
        includeTopicAuthorizedOperations: true,
      }),
      'no topics': (v) => (v === 0 ? undefined : { topics: [], allowAutoTopicCreation: false }),
      'all topics': (v) => ({ topics: v === 0 ? [] : null, allowAutoTopicCreation: false }),
      'by id': (v, context) =>
        v < 12
          ? undefined
          : {
              topics: [
                { name: null, topicId: topicId(context, 'plain') },
                { name: null, topicId: STRANGE_ID },
              ],
              allowAutoTopicCreation: false,
            },
      'an id where only names are allowed': (v, context) =>
        v < 10 || v > 11 ? undefined : { topics: [{ name: 'plain', topicId: topicId(context, 'plain') }] },
      'creating by asking': (v) => ({ topics: named(`auto-${v}`), allowAutoTopicCreation: true }),
    },
  ),
  ...everyVersion(
    'DescribeTopicPartitions',
    { min: 0, max: 0 },
    {
      'known and unknown': () => ({ topics: [{ name: 'plain' }, { name: 'wide' }, { name: 'nowhere' }] }),
      'page by page': () => ({ topics: [{ name: 'plain' }, { name: 'wide' }], responsePartitionLimit: 2 }),
      'from a cursor': () => ({
        topics: [],
        cursor: { topicName: 'wide', partitionIndex: 1 },
        responsePartitionLimit: 2,
      }),
      'a bad cursor': () => ({ topics: [{ name: 'plain' }], cursor: { topicName: 'plain', partitionIndex: -1 } }),
      'an impossible name': () => ({ topics: [{ name: 'a b' }] }),
    },
  ),
  ...everyVersion(
    'DescribeCluster',
    { min: 0, max: 2 },
    {
      brokers: () => ({ includeClusterAuthorizedOperations: true, endpointType: 1 }),
      'controllers, asked at a broker': () => ({ includeClusterAuthorizedOperations: false, endpointType: 2 }),
      'something else': () => ({ includeClusterAuthorizedOperations: false, endpointType: 3 }),
      'fenced ones too': () => ({ includeClusterAuthorizedOperations: false, includeFencedBrokers: true }),
    },
  ),
  ...everyVersion(
    'DescribeLogDirs',
    { min: 1, max: 5 },
    {
      'of some partitions': () => ({
        topics: [
          { topic: 'plain', partitions: [0, 7] },
          { topic: 'nowhere', partitions: [0] },
        ],
      }),
      'of none': () => ({ topics: [] }),
    },
  ),
]
