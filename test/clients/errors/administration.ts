import { join } from 'node:path'
import type { Body } from '../differential/session.ts'
import { type Context, type Step, topicId, ZERO_ID } from '../differential/step.ts'
import { type Asked, asked, exchange } from './asking.ts'

const topic = (name: string, more: object = {}) => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [],
  configs: [],
  ...more,
})
const create = (topics: readonly object[], more: object = {}): Body => ({ topics, timeoutMs: 10_000, ...more })
const config = (name: string, value: string | null) => ({ name, value })
const partitions = (...topics: (readonly [string, number, (readonly (readonly number[])[])?])[]): Body => ({
  topics: topics.map(([name, count, assignments]) => ({
    name,
    count,
    assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null,
  })),
  timeoutMs: 10_000,
})

const topics: readonly Step[] = [
  ...asked('CreateTopics', 7, {
    'far too many partitions': create([topic('errors-many', { numPartitions: 100_001 })]),
    'too many partitions in one request': create([
      topic('errors-many-a', { numPartitions: 6_000 }),
      topic('errors-many-b', { numPartitions: 6_000 }),
    ]),
    'the same config twice': create([
      topic('errors-config', { configs: [config('retention.ms', '1'), config('retention.ms', '2')] }),
    ]),
    'a config without a name': create([topic('errors-config', { configs: [config('', '1')] })]),
    'the same partition twice': create([
      topic('errors-assigned', {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [1, 2].map(() => ({ partitionIndex: 0, brokerIds: [1] })),
      }),
    ]),
    'replicas in different numbers': create([
      topic('errors-assigned', {
        numPartitions: -1,
        replicationFactor: -1,
        assignments: [
          { partitionIndex: 0, brokerIds: [1] },
          { partitionIndex: 1, brokerIds: [1, 2] },
        ],
      }),
    ]),
    'an internal topic': create([topic('__consumer_offsets'), topic('__cluster_metadata')]),
    'a count of topics that one name spoils': create([topic('errors-good-one'), topic('a b')]),
  }),
  ...asked('DeleteTopics', 6, {
    'names and ids that are none': {
      topics: [
        { name: null, topicId: ZERO_ID },
        { name: null, topicId: 'AAAAAAAAAAAAAAAAAAAAZw' },
        { name: '', topicId: ZERO_ID },
        { name: 'a b', topicId: ZERO_ID },
        { name: 'nowhere', topicId: ZERO_ID },
      ],
      timeoutMs: 10_000,
    },
    'a name and its own id': (context) => ({
      topics: [
        { name: 'plain', topicId: topicId(context, 'plain') },
        { name: 'wide', topicId: ZERO_ID },
        { name: null, topicId: topicId(context, 'wide') },
      ],
      timeoutMs: 10_000,
    }),
    'the same id twice': (context) => ({
      topics: [1, 2].map(() => ({ name: null, topicId: topicId(context, 'wide') })),
      timeoutMs: 10_000,
    }),
    nothing: { topics: [], timeoutMs: 10_000 },
    'a topic that can not be': { topics: [{ name: '__cluster_metadata', topicId: ZERO_ID }], timeoutMs: 10_000 },
  }),
  ...asked('CreatePartitions', 3, {
    // Not far too many: Apache Kafka answers with an unexpected error and makes 10,000 of them all the same.
    'a negative count, none': partitions(['plain', -1], ['wide', 0]),
    'names that are none': partitions(['', 3], ['a b', 3]),
    'too many assignments': partitions(['plain', 2, [[1], [1]]]),
    'no replicas': partitions(['plain', 2, [[]]]),
    'replicas in another number': partitions(['plain', 2, [[1, 2]]]),
    'a negative broker': partitions(['plain', 2, [[-1]]]),
    'assignments and no more partitions': partitions(['plain', 1, [[1]]]),
    nothing: partitions(),
  }),
  ...asked('DescribeTopicPartitions', 0, {
    'no limit': { topics: [{ name: 'wide' }], responsePartitionLimit: 0 },
    'a negative limit': { topics: [{ name: 'wide' }], responsePartitionLimit: -1 },
    'the same twice': { topics: [{ name: 'wide' }, { name: 'wide' }] },
    'names that are none': { topics: [{ name: 'a/b' }, { name: 'nowhere' }] },
    'no name': { topics: [{ name: '' }, { name: 'plain' }] },
    'no name, from a cursor': {
      topics: [{ name: '' }, { name: 'a/b' }],
      cursor: { topicName: 'a/b', partitionIndex: 0 },
    },
    'a cursor at what is not asked': { topics: [{ name: 'plain' }], cursor: { topicName: 'wide', partitionIndex: 0 } },
    'a cursor past the end': { topics: [{ name: 'wide' }], cursor: { topicName: 'wide', partitionIndex: 9 } },
    'a cursor at no topic': { topics: [{ name: 'wide' }], cursor: { topicName: 'nowhere', partitionIndex: 0 } },
  }),
  ...asked('DeleteRecords', 2, {
    'offsets out of range, unknown partitions': {
      topics: [
        {
          name: 'read',
          partitions: [
            { partitionIndex: 0, offset: 1_000 },
            { partitionIndex: 9, offset: 0 },
            { partitionIndex: -1, offset: 0 },
          ],
        },
        { name: 'nowhere', partitions: [{ partitionIndex: 0, offset: 0 }] },
        { name: '__consumer_offsets', partitions: [{ partitionIndex: 0, offset: 0 }] },
      ],
      timeoutMs: 1_000,
    },
    'a negative offset': {
      topics: [{ name: 'read', partitions: [{ partitionIndex: 0, offset: -2 }] }],
      timeoutMs: 1_000,
    },
    'a topic that is only compacted': {
      topics: [{ name: 'compacted', partitions: [{ partitionIndex: 0, offset: 0 }] }],
      timeoutMs: 1_000,
    },
    'a partition twice': {
      topics: [
        {
          name: 'read',
          partitions: [
            { partitionIndex: 0, offset: 1 },
            { partitionIndex: 0, offset: 2 },
          ],
        },
      ],
      timeoutMs: 1_000,
    },
  }),
  ...asked('DescribeProducers', 0, {
    'unknown topics and partitions': {
      topics: [
        { name: 'nowhere', partitionIndexes: [0] },
        { name: 'a b', partitionIndexes: [0] },
        { name: 'plain', partitionIndexes: [9, -1] },
        { name: '', partitionIndexes: [0] },
      ],
    },
    nothing: { topics: [] },
  }),
]

const [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP] = [2, 4, 8, 16, 32]
const describing = (resourceType: number, resourceName: string): Body => ({
  resources: [{ resourceType, resourceName, configurationKeys: null }],
})
const changing = (
  resourceType: number,
  resourceName: string,
  ...configs: readonly (readonly [string, number, string | null])[]
): Body => ({
  resources: [
    {
      resourceType,
      resourceName,
      configs: configs.map(([name, configOperation, value]) => ({ name, configOperation, value })),
    },
  ],
})
const replacing = (
  resourceType: number,
  resourceName: string,
  ...configs: readonly (readonly [string, string | null])[]
): Body => ({
  resources: [{ resourceType, resourceName, configs: configs.map(([name, value]) => ({ name, value })) }],
})

const GROUP_CHANGES: Readonly<Record<string, readonly (readonly [string, number, string | null])[]>> = {
  'an unknown name': [['no.such.config', 0, '1']],
  'no number': [['consumer.session.timeout.ms', 0, 'soon']],
  null: [['consumer.session.timeout.ms', 0, null]],
  'too small': [['consumer.session.timeout.ms', 0, '1']],
  'too large': [['consumer.heartbeat.interval.ms', 0, '900000000']],
  'a heartbeat longer than the session': [
    ['consumer.session.timeout.ms', 0, '45000'],
    ['consumer.heartbeat.interval.ms', 0, '15000'],
  ],
  'an append to a number': [['consumer.session.timeout.ms', 2, '1']],
  // Not an unknown operation: Apache Kafka's controller steps down over it.
  'the same twice': [
    ['consumer.session.timeout.ms', 0, '45000'],
    ['consumer.session.timeout.ms', 0, '46000'],
  ],
  'a share isolation level that is none': [['share.isolation.level', 0, 'sometimes']],
  'a share reset that is none': [['share.auto.offset.reset', 0, 'whenever']],
  'a share reset by a bad duration': [['share.auto.offset.reset', 0, 'by_duration:soon']],
  'too many deliveries': [['share.delivery.count.limit', 0, '1000']],
  'too short a lock': [['share.record.lock.duration.ms', 0, '1']],
  'too many locks': [['share.partition.max.record.locks', 0, '1000000']],
  'a boolean that is none': [['share.renew.acknowledge.enable', 0, 'perhaps']],
}

const configs: readonly Step[] = [
  ...asked('IncrementalAlterConfigs', 1, {
    ...Object.fromEntries(
      Object.entries(GROUP_CHANGES).map(([title, changes]) => [
        `of a group, ${title}`,
        changing(GROUP, 'errors-configs', ...changes),
      ]),
    ),
    'of a group with a strange name': changing(GROUP, 'a b/c', ['consumer.session.timeout.ms', 0, '45000']),
    'of a topic without a name': changing(TOPIC, '', ['retention.ms', 0, '1']),
    'of a topic that can not be': changing(TOPIC, 'a b', ['retention.ms', 0, '1']),
    'of a topic, no name of a config': changing(TOPIC, 'wide', ['', 0, '1']),
    'of a topic, to the list that it is not': changing(TOPIC, 'wide', ['cleanup.policy', 2, 'nonsense']),
    'of a topic, both policies gone': changing(TOPIC, 'wide', ['cleanup.policy', 0, '']),
    'of a topic, lag larger than the largest': changing(
      TOPIC,
      'wide',
      ['min.compaction.lag.ms', 0, '100'],
      ['max.compaction.lag.ms', 0, '50'],
    ),
    'of a topic, remote storage without any': changing(TOPIC, 'wide', ['remote.storage.enable', 0, 'true']),
    'of a topic, local retention past the whole': changing(
      TOPIC,
      'wide',
      ['local.retention.ms', 0, '5000'],
      ['retention.ms', 0, '1000'],
    ),
    'of a topic, replicas that are no pairs': changing(TOPIC, 'wide', [
      'leader.replication.throttled.replicas',
      0,
      'x',
    ]),
    'of subscriptions, too long a name': changing(CLIENT_METRICS, 'x'.repeat(300), ['interval.ms', 0, '1000']),
    'of a type that is none': changing(0, 'x', ['a', 0, '1']),
    'of a broker that is no number': changing(BROKER, 'one', ['log.retention.ms', 0, '1000']),
    'of a broker twice': {
      resources: [1, 2].flatMap(() => changing(BROKER, '1', ['log.retention.ms', 0, '1000']).resources as object[]),
    },
    'of loggers of a node that is none': changing(BROKER_LOGGER, 'x', ['root', 0, 'INFO']),
    'of loggers of nobody': changing(BROKER_LOGGER, '', ['root', 0, 'INFO']),
    'of the minimum in sync of all brokers': changing(BROKER, '', ['min.insync.replicas', 0, '0']),
  }),
  ...asked('AlterConfigs', 2, {
    'of a type that is none': replacing(0, 'x', ['a', '1']),
    'of a group': replacing(GROUP, 'errors-configs', ['consumer.session.timeout.ms', '1']),
    'of a group without a name': replacing(GROUP, '', ['consumer.session.timeout.ms', '45000']),
    'of a subscription': replacing(CLIENT_METRICS, 'errors-sub', ['interval.ms', '1']),
    'of a subscription without a name': replacing(CLIENT_METRICS, '', ['interval.ms', '1000']),
    'of a topic without a name': replacing(TOPIC, '', ['retention.ms', '1']),
    'of a topic with a null': replacing(TOPIC, 'wide', ['retention.ms', null]),
    'of a topic with an unknown config': replacing(TOPIC, 'wide', ['no.such.config', '1']),
    'of a topic, the same twice': replacing(TOPIC, 'wide', ['retention.ms', '1'], ['retention.ms', '2']),
    'of a topic that is given twice': {
      resources: [1, 2].flatMap(() => replacing(TOPIC, 'wide', ['retention.ms', '1']).resources as object[]),
    },
    'of a broker that is no number': replacing(BROKER, 'one', ['log.retention.ms', '1']),
    'of all brokers, what none may change': replacing(BROKER, '', ['node.id', '4']),
  }),
  ...asked('DescribeConfigs', 4, {
    'of a type that is none': describing(0, 'x'),
    'of a negative type': describing(-1, 'x'),
    'of an unknown topic': describing(TOPIC, 'nowhere'),
    'of a topic without a name': describing(TOPIC, ''),
    'of a group without a name': describing(GROUP, ''),
    'of a group that nobody changed': describing(GROUP, 'errors-nobody'),
    'of a subscription without a name': describing(CLIENT_METRICS, ''),
    'of loggers of a node that is none': describing(BROKER_LOGGER, 'x'),
    'of loggers of nobody': describing(BROKER_LOGGER, ''),
    'of a broker that is another': describing(BROKER, '2'),
    'of the same twice': {
      resources: [1, 2].map(() => ({
        resourceType: TOPIC,
        resourceName: 'small',
        configurationKeys: ['retention.ms'],
      })),
    },
    nothing: { resources: [] },
  }),
  ...asked('ListConfigResources', 1, {
    'of types that are none': { resourceTypes: [0] },
    'of an unknown type': { resourceTypes: [99] },
    'of a type that can and one that can not': { resourceTypes: [2, 99] },
    'of a negative type': { resourceTypes: [-1] },
  }),
]

const moving = (...topics: readonly (readonly [string, number, readonly number[] | null])[]): Body => ({
  timeoutMs: 10_000,
  topics: topics.map(([name, partitionIndex, replicas]) => ({ name, partitions: [{ partitionIndex, replicas }] })),
})

const electing = (electionType: number, ...topics: readonly (readonly [string, ...number[]])[]): Body => ({
  electionType,
  topicPartitions: topics.map(([name, ...indexes]) => ({ topic: name, partitions: indexes })),
  timeoutMs: 10_000,
})

const leaders: readonly Step[] = [
  ...asked('ElectLeaders', 2, {
    'that lead already': electing(0, ['plain', 0]),
    'that lead already, unclean': electing(1, ['plain', 0]),
    'of unknown partitions': electing(0, ['plain', 9, -1], ['nowhere', 0], ['a b', 0], ['', 0]),
    'by an unknown type': electing(9, ['plain', 0]),
    'the same twice': electing(0, ['plain', 0, 0], ['plain', 0]),
    nothing: electing(0),
  }),
  ...asked('ElectLeaders', 0, { 'of unknown partitions': electing(0, ['plain', 0], ['nowhere', 0]) }),
  ...asked('AlterPartitionReassignments', 1, {
    'of unknown partitions': moving(['nowhere', 0, [1]], ['plain', 9, [1]], ['plain', -1, [1]], ['a b', 0, [1]]),
    'to replicas that are none': moving(['wide', 0, []], ['wide', 1, [9]], ['wide', 2, [-1]]),
    'to the same broker twice': moving(['wide', 0, [1, 1]]),
    'to where it is': moving(['wide', 0, [1]]),
    'called off that never began': moving(['wide', 0, null], ['nowhere', 0, null]),
    'of the same partition twice': {
      topics: [
        {
          name: 'wide',
          partitions: [
            { partitionIndex: 0, replicas: [1] },
            { partitionIndex: 0, replicas: null },
          ],
        },
      ],
    },
    'without more replicas': { ...moving(['wide', 0, [1, 9]]), allowReplicationFactorChange: false },
    nothing: moving(),
  }),
  ...asked('ListPartitionReassignments', 0, {
    'of unknown partitions': {
      topics: [
        { name: 'nowhere', partitionIndexes: [0] },
        { name: 'plain', partitionIndexes: [9] },
      ],
    },
    'of all': { topics: null },
    'of none': { topics: [] },
  }),
  ...asked('DescribeQuorum', 2, {
    'of another topic': { topics: [{ topicName: 'plain', partitions: [{ partitionIndex: 0 }] }] },
    'of another partition': { topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 1 }] }] },
    'of two partitions': {
      topics: [{ topicName: '__cluster_metadata', partitions: [{ partitionIndex: 0 }, { partitionIndex: 1 }] }],
    },
    nothing: { topics: [] },
  }),
  ...asked('DescribeQuorum', 0, {
    'of another topic': { topics: [{ topicName: 'plain', partitions: [{ partitionIndex: 0 }] }] },
  }),
  ...asked('UnregisterBroker', 0, { 'that is not there': { brokerId: 9 }, 'that can not be': { brokerId: -1 } }),
]

const raising = (feature: string, maxVersionLevel: number, upgradeType = 1, more: object = {}): Body => ({
  featureUpdates: [{ feature, maxVersionLevel, upgradeType }],
  timeoutMs: 10_000,
  ...more,
})

const features: readonly Step[] = [0, 1, 2].flatMap((version) =>
  asked('UpdateFeatures', version, {
    'an unknown feature': raising('no.such.version', 1),
    'no feature': raising('', 1),
    nothing: { featureUpdates: [], timeoutMs: 10_000 },
    'the same twice': {
      featureUpdates: [1, 2].map(() => ({ feature: 'transaction.version', maxVersionLevel: 2, upgradeType: 1 })),
      timeoutMs: 10_000,
    },
    'to the same': raising('transaction.version', 2),
    'far too high': raising('transaction.version', 99),
    negative: raising('transaction.version', -1),
    'down without being allowed': raising('transaction.version', 1),
    'down, only validated': raising('transaction.version', 1, 2, { validateOnly: true }),
    'up, called down': raising('transaction.version', 2, 2),
    'by an unknown way': raising('transaction.version', 1, 9),
    'by no way': raising('transaction.version', 1, 0),
    'away that is not there': raising('no.such.version', 0, 2),
    'the metadata to nothing': raising('metadata.version', 0, 2),
    'the metadata too low': raising('metadata.version', 3, 2),
    'the metadata too high': raising('metadata.version', 900),
    'the metadata down without being allowed': raising('metadata.version', 25),
    'the quorum': raising('kraft.version', 0, 2),
    'the quorum too high': raising('kraft.version', 7),
    'one good, one bad': {
      featureUpdates: [
        { feature: 'transaction.version', maxVersionLevel: 2, upgradeType: 1 },
        { feature: 'no.such.version', maxVersionLevel: 2, upgradeType: 1 },
      ],
      timeoutMs: 10_000,
    },
  }),
)

const toDirectory = (
  path: string | ((context: Context) => string),
  ...topics: readonly (readonly [string, ...number[]])[]
) => {
  const body: Asked = (context) => ({
    dirs: [
      {
        path: typeof path === 'string' ? path : path(context),
        topics: topics.map(([name, ...indexes]) => ({ name, partitions: indexes })),
      },
    ],
  })
  return body
}

const own = (context: Context) => join(context.dataDir)

const directories: readonly Step[] = [
  ...asked('AlterReplicaLogDirs', 2, {
    'unknown partitions': toDirectory(own, ['nowhere', 0], ['plain', 9], ['wide', -1]),
    'unknown partitions, to nowhere': toDirectory('/nowhere', ['nowhere', 0], ['plain', 9]),
    'a topic that can not be': toDirectory(own, ['a b', 0], ['', 0]),
    'where it is': toDirectory(own, ['plain', 0, 0]),
    'an empty path': toDirectory('', ['plain', 0]),
    nothing: { dirs: [] },
  }),
  ...asked('DescribeLogDirs', 4, {
    'unknown partitions, twice': {
      topics: [
        { topic: 'nowhere', partitions: [0] },
        { topic: 'plain', partitions: [9, -1] },
      ],
    },
  }),
]

const part = (entityType: string, entityName: string | null) => ({ entityType, entityName })
const quota = (entity: readonly object[], key: string, value: number, remove = false): Body => ({
  entries: [{ entity, ops: [{ key, value, remove }] }],
})
const filter = (strict: boolean, ...components: readonly (readonly [string, number, string | null])[]): Body => ({
  components: components.map(([entityType, matchType, match]) => ({ entityType, matchType, match })),
  strict,
})

const quotas: readonly Step[] = [
  ...asked('AlterClientQuotas', 1, {
    'less than nothing': quota([part('user', 'q')], 'producer_byte_rate', -5),
    'no number': quota([part('user', 'q')], 'producer_byte_rate', Number.NaN),
    'without end': quota([part('user', 'q')], 'consumer_byte_rate', Number.POSITIVE_INFINITY),
    'a fraction of a percent': quota([part('user', 'q')], 'request_percentage', 0.01),
    'no key': quota([part('user', 'q')], '', 5),
    'no kind': quota([part('', 'q')], 'producer_byte_rate', 5),
    'no address': quota([part('ip', '')], 'connection_creation_rate', 5),
    'an address with a mask': quota([part('ip', '10.0.0.0/8')], 'connection_creation_rate', 5),
    'half an address': quota([part('ip', '10.0')], 'connection_creation_rate', 5),
    'an address too large': quota([part('ip', '1.2.3.400')], 'connection_creation_rate', 5),
    'an address of the newer kind': quota([part('ip', '::1')], 'connection_creation_rate', 5),
    'an address in another form': quota([part('ip', '::ffff:10.1.1.1')], 'connection_creation_rate', 5),
    'an address and a client': quota([part('ip', '10.1.1.1'), part('client-id', 'c')], 'connection_creation_rate', 5),
    'two users': quota([part('user', 'a'), part('user', 'b')], 'producer_byte_rate', 5),
    'a limit of mutations below nothing': quota([part('user', 'q')], 'controller_mutation_rate', -1),
    nothing: { entries: [] },
    'no changes': { entries: [{ entity: [part('user', 'q')], ops: [] }] },
    'what is not there, taken away': quota([part('user', 'q')], 'nonsense', 0, true),
  }),
  ...asked('DescribeClientQuotas', 1, {
    'an address and a client': filter(false, ['ip', 0, '10.1.1.1'], ['client-id', 0, 'c']),
    'all addresses': filter(false, ['ip', 2, null]),
    'a match that is none': filter(true, ['user', -1, null]),
    'a name that is none': filter(true, ['user', 0, '']),
    'a kind twice': filter(true, ['client-id', 0, 'a'], ['client-id', 1, null]),
  }),
]

const hostNames = asked('AlterClientQuotas', 1, {
  'a host name': quota([part('ip', 'localhost')], 'connection_creation_rate', 5),
})

/** Sessions of share consumers are open when the feature goes. */
const lowered = exchange('UpdateFeatures: share groups go while there are some', async (talk) => {
  const groupId = 'errors-share'
  await talk.call('UpdateFeatures', 2, raising('share.version', 0, 1))
  await talk.call('UpdateFeatures', 2, raising('share.version', 0, 2))
  await talk.call('UpdateFeatures', 2, raising('share.version', 0, 3))
  await talk.call('ShareGroupHeartbeat', 1, { groupId, memberId: 'm', memberEpoch: 0, subscribedTopicNames: ['plain'] })
  await talk.call('ShareGroupDescribe', 1, { groupIds: [groupId] })
  await talk.call('DescribeShareGroupOffsets', 1, { groups: [{ groupId, topics: null }] })
  await talk.call('AlterShareGroupOffsets', 0, { groupId, topics: [] })
  await talk.call('DeleteShareGroupOffsets', 0, { groupId, topics: [] })
  await talk.call('ShareAcknowledge', 2, {
    groupId,
    memberId: 'AAAAAAAAAAAAAAAAAAAB9A',
    shareSessionEpoch: 1,
    topics: [],
  })
  await talk.call('ShareFetch', 2, {
    groupId,
    memberId: 'AAAAAAAAAAAAAAAAAAAB9A',
    shareSessionEpoch: 1,
    maxWaitMs: 0,
    minBytes: 0,
    maxRecords: 1,
    batchSize: 1,
    shareAcquireMode: 0,
    topics: [],
    forgottenTopicsData: [],
  })
})

export const administration: readonly Step[] = [
  ...topics,
  ...configs,
  ...leaders,
  ...features,
  ...directories,
  ...quotas,
]

export const atTheEnd: readonly Step[] = [...hostNames, lowered]
