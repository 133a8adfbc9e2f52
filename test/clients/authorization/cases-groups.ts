import { STRANGE_ID } from '../differential/step.ts'
import { type Case, type Known, NO_GROUP, NO_TRANSACTION, ofTopics, one } from './case.ts'

/** Of its own group, and of one that is none of its business. */
function ofGroups(title: string, make: (groupId: (known: Known) => string, whose: string) => readonly Case[]): Case[] {
  const own = make((known) => `${known.prefix}${title}`, 'own')
  return [...own, ...make(() => NO_GROUP, 'other')]
}

const commit = (topics: readonly string[], known: Known) => ({
  groupId: `${known.prefix}simple`,
  generationIdOrMemberEpoch: -1,
  memberId: '',
  groupInstanceId: null,
  topics: topics.map((name) => ({
    name,
    topicId: known.idOf(name),
    partitions: [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }],
  })),
})

const offsets = (topics: readonly string[] | null, known: Known, groupId = `${known.prefix}simple`) => ({
  groupId,
  requireStable: false,
  topics: topics?.map((name) => ({ name, partitionIndexes: [0] })) ?? null,
  groups: [
    {
      groupId,
      memberId: null,
      memberEpoch: -1,
      topics: topics?.map((name) => ({ name, topicId: known.idOf(name), partitionIndexes: [0] })) ?? null,
    },
  ],
})

const MEMBER = 'nobody-knows-this-member'

const classic = ofGroups('classic', (groupId, whose) => [
  one('JoinGroup', 9, `of ${whose}`, (known) => ({
    groupId: groupId(known),
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: MEMBER,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
    reason: null,
  })),
  one('JoinGroup', 4, `of ${whose}`, (known) => ({
    groupId: groupId(known),
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 10_000,
    memberId: MEMBER,
    protocolType: 'consumer',
    protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
  })),
  one('SyncGroup', 5, `of ${whose}`, (known) => ({
    groupId: groupId(known),
    generationId: 1,
    memberId: MEMBER,
    groupInstanceId: null,
    protocolType: 'consumer',
    protocolName: 'range',
    assignments: [],
  })),
  one('SyncGroup', 5, `of ${whose} without a protocol`, (known) => ({
    groupId: groupId(known),
    generationId: 1,
    memberId: MEMBER,
    groupInstanceId: null,
    protocolType: null,
    protocolName: null,
    assignments: [],
  })),
  one('Heartbeat', 4, `of ${whose}`, (known) => ({
    groupId: groupId(known),
    generationId: 1,
    memberId: MEMBER,
    groupInstanceId: null,
  })),
  one('LeaveGroup', 5, `of ${whose}`, (known) => ({
    groupId: groupId(known),
    members: [{ memberId: MEMBER, groupInstanceId: null, reason: null }],
  })),
  one('LeaveGroup', 1, `of ${whose}`, (known) => ({ groupId: groupId(known), memberId: MEMBER })),
  one('OffsetFetch', 9, `of ${whose}, everything`, (known) => offsets(null, known, groupId(known))),
])

const all = (known: Known) => [NO_GROUP, ...['simple', 'cg', 'sg', 'st'].map((name) => `${known.prefix}${name}`)]

const consumer = (subscribed: readonly string[], known: Known, groupId: string) => ({
  groupId,
  memberId: 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa',
  memberEpoch: 7,
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: 10_000,
  subscribedTopicNames: [...subscribed],
  subscribedTopicRegex: null,
  serverAssignor: null,
  topicPartitions: [],
  known: known.user,
})

const topology = (sourceTopics: readonly string[], changelogs: readonly string[]) => ({
  epoch: 0,
  subtopologies: [
    {
      subtopologyId: '0',
      sourceTopics: [...sourceTopics],
      sourceTopicRegex: [],
      stateChangelogTopics: changelogs.map((name) => ({ name, partitions: 0, replicationFactor: 0, topicConfigs: [] })),
      repartitionSinkTopics: [],
      repartitionSourceTopics: [],
      copartitionGroups: [],
    },
  ],
})

export const streams = (
  sourceTopics: readonly string[],
  groupId: string,
  memberEpoch = 7,
  changelogs: readonly string[] = [],
) => ({
  groupId,
  memberId: 'bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb',
  memberEpoch,
  endpointInformationEpoch: 0,
  instanceId: null,
  rackId: null,
  rebalanceTimeoutMs: 10_000,
  topology: topology(sourceTopics, changelogs),
  activeTasks: memberEpoch === 0 ? [] : null,
  standbyTasks: memberEpoch === 0 ? [] : null,
  warmupTasks: memberEpoch === 0 ? [] : null,
  processId: 'process',
  userEndpoint: null,
  clientTags: [],
  taskOffsets: null,
  taskEndOffsets: null,
  shutdownApplication: false,
})

const shareTopics = (known: Known, topics: readonly string[]) =>
  topics.map((name) => ({
    topicId: known.idOf(name),
    partitions: [{ partitionIndex: 0, partitionMaxBytes: 0, acknowledgementBatches: [] }],
  }))

const share = (known: Known, groupId: string, topics: readonly string[], more: object = {}) => ({
  groupId,
  memberId: 'member',
  shareSessionEpoch: 0,
  // What is asked for first has to be loaded.
  maxWaitMs: 300,
  minBytes: 0,
  maxBytes: 10_000,
  maxRecords: 10,
  batchSize: 10,
  topics: shareTopics(known, topics),
  forgottenTopicsData: [],
  ...more,
})

const statesOf = (known: Known, more: object = {}) => ({
  groupId: `${known.prefix}sg`,
  topics: [{ topicId: known.idOf(known.own), partitions: [{ partition: 0, ...more }] }],
})

const newProtocols = ofGroups('cg', (groupId, whose) => [
  one('ConsumerGroupHeartbeat', 1, `of ${whose} group`, (known) => consumer([known.own], known, groupId(known))),
  one('ConsumerGroupHeartbeat', 1, `of ${whose} group, to nothing`, (known) => consumer([], known, groupId(known))),
  one('ShareGroupHeartbeat', 1, `of ${whose} group`, (known) => ({
    groupId: groupId(known),
    memberId: 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa',
    memberEpoch: 7,
    rackId: null,
    subscribedTopicNames: [known.own],
  })),
  one('StreamsGroupHeartbeat', 0, `of ${whose} group`, (known) => streams([known.own], groupId(known))),
  one('ShareFetch', 1, `of ${whose} group`, (known) => share(known, groupId(known), [])),
  one('ShareAcknowledge', 1, `of ${whose} group`, (known) =>
    share(known, groupId(known), [], { shareSessionEpoch: 1 }),
  ),
])

export const GROUPS: readonly Case[] = [
  ...['simple', 'tx'].flatMap((name, keyType) => [
    one('FindCoordinator', 3, `of its own ${name}`, (known) => ({ key: `${known.prefix}${name}`, keyType })),
    one('FindCoordinator', 3, `of another's ${name}`, () => ({ key: NO_GROUP, keyType })),
    one('FindCoordinator', 6, `of ${name}`, (known) => ({
      keyType,
      coordinatorKeys: [`${known.prefix}${name}`, NO_GROUP],
    })),
  ]),
  one('FindCoordinator', 6, 'of share states', (known) => ({
    keyType: 2,
    coordinatorKeys: [`${known.prefix}sg:${known.idOf(known.own)}:0`],
  })),
  ...classic,
  ...ofTopics('OffsetCommit', 8, (topics, known) => commit(topics, known)),
  ...ofTopics('OffsetCommit', 10, (topics, known) => commit(topics, known)),
  one('OffsetCommit', 8, 'of another group', (known) => ({ ...commit([known.own], known), groupId: NO_GROUP })),
  ...ofTopics('OffsetFetch', 7, (topics, known) => offsets(topics, known)),
  ...ofTopics('OffsetFetch', 9, (topics, known) => offsets(topics, known)),
  ...ofTopics('OffsetFetch', 10, (topics, known) => offsets(topics, known)),
  one('OffsetFetch', 7, 'of everything', (known) => offsets(null, known)),
  one('OffsetFetch', 10, 'of everything', (known) => offsets(null, known)),
  ...ofTopics('OffsetDelete', 0, (topics, known) => ({
    groupId: `${known.prefix}none`,
    topics: topics.map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })),
  })),
  one('OffsetDelete', 0, 'of another group', (known) => ({
    groupId: NO_GROUP,
    topics: [{ name: known.own, partitions: [{ partitionIndex: 0 }] }],
  })),
  one('DescribeGroups', 6, '', (known) => ({ groups: all(known), includeAuthorizedOperations: true })),
  one('DescribeGroups', 5, '', (known) => ({ groups: all(known), includeAuthorizedOperations: true })),
  one('ListGroups', 5, '', () => ({ statesFilter: [], typesFilter: [] })),
  one('ConsumerGroupDescribe', 1, '', (known) => ({ groupIds: all(known), includeAuthorizedOperations: true })),
  one('ShareGroupDescribe', 1, '', (known) => ({ groupIds: all(known), includeAuthorizedOperations: true })),
  one('StreamsGroupDescribe', 0, '', (known) => ({ groupIds: all(known), includeAuthorizedOperations: true })),
  ...newProtocols,
  ...ofTopics('ConsumerGroupHeartbeat', 1, (topics, known) => consumer(topics, known, `${known.prefix}cg`)),
  ...ofTopics('ShareGroupHeartbeat', 1, (topics, known) => ({
    groupId: `${known.prefix}sg`,
    memberId: 'aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa',
    memberEpoch: 7,
    rackId: null,
    subscribedTopicNames: [...topics],
  })),
  ...ofTopics('StreamsGroupHeartbeat', 0, (topics, known) => streams(topics, `${known.prefix}st`)),
  ...ofTopics('ShareFetch', 1, (topics, known) =>
    share(
      known,
      `${known.prefix}sg`,
      topics.filter((name) => known.idOf(name) !== STRANGE_ID),
    ),
  ),
  ...ofTopics('ShareAcknowledge', 1, (topics, known) =>
    share(
      known,
      `${known.prefix}sg`,
      topics.filter((name) => known.idOf(name) !== STRANGE_ID),
      { shareSessionEpoch: 1 },
    ),
  ),
  ...ofTopics('DescribeShareGroupOffsets', 1, (topics, known) => ({
    groups: [{ groupId: `${known.prefix}sg`, topics: topics.map((topicName) => ({ topicName, partitions: [0] })) }],
  })),
  one('DescribeShareGroupOffsets', 1, 'of everything', (known) => ({
    groups: [`${known.prefix}sg`, NO_GROUP].map((groupId) => ({ groupId, topics: null })),
  })),
  ...ofTopics('AlterShareGroupOffsets', 0, (topics, known) => ({
    groupId: `${known.prefix}new`,
    topics: topics.map((topicName) => ({ topicName, partitions: [{ partitionIndex: 0, startOffset: 0 }] })),
  })),
  one('AlterShareGroupOffsets', 0, 'of another group', () => ({ groupId: NO_GROUP, topics: [] })),
  ...ofTopics('DeleteShareGroupOffsets', 0, (topics, known) => ({
    groupId: `${known.prefix}none`,
    topics: topics.map((topicName) => ({ topicName })),
  })),
  one('DeleteShareGroupOffsets', 0, 'of another group', () => ({ groupId: NO_GROUP, topics: [] })),
  one('InitializeShareGroupState', 0, '', (known) => statesOf(known, { stateEpoch: -5, startOffset: 0 })),
  one('ReadShareGroupState', 0, '', (known) => statesOf(known, { leaderEpoch: 0 })),
  one('WriteShareGroupState', 0, '', (known) =>
    statesOf(known, { stateEpoch: -5, leaderEpoch: 0, startOffset: 0, stateBatches: [] }),
  ),
  one('ReadShareGroupStateSummary', 0, '', (known) => statesOf(known, { leaderEpoch: 0 })),
  one('DeleteShareGroupState', 0, '', (known) => ({ ...statesOf(known), groupId: `${known.prefix}never` })),
]

const producer = { producerId: 4_000, producerEpoch: 0 }

const transactionCases = (id: (known: Known) => string, whose: string): Case[] => [
  one('AddPartitionsToTxn', 3, `of ${whose}`, (known) => ({
    v3AndBelowTransactionalId: id(known),
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: [known.own, known.hidden, known.absent].map((name) => ({ name, partitions: [0] })),
  })),
  one('AddPartitionsToTxn', 3, `of ${whose}, own topic`, (known) => ({
    v3AndBelowTransactionalId: id(known),
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: [{ name: known.own, partitions: [0] }],
  })),
  one('AddOffsetsToTxn', 4, `of ${whose}`, (known) => ({
    ...producer,
    transactionalId: id(known),
    groupId: `${known.prefix}simple`,
  })),
  one('AddOffsetsToTxn', 4, `of ${whose}, another group`, (known) => ({
    ...producer,
    transactionalId: id(known),
    groupId: NO_GROUP,
  })),
  one('EndTxn', 4, `of ${whose}`, (known) => ({ ...producer, transactionalId: id(known), committed: true })),
  one('EndTxn', 5, `of ${whose}`, (known) => ({ ...producer, transactionalId: id(known), committed: true })),
  one('TxnOffsetCommit', 4, `of ${whose}`, (known) => ({
    ...producer,
    transactionalId: id(known),
    groupId: `${known.prefix}simple`,
    generationId: -1,
    memberId: '',
    groupInstanceId: null,
    topics: [known.own, known.hidden, known.absent].map((name) => ({
      name,
      partitions: [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }],
    })),
  })),
  one('TxnOffsetCommit', 4, `of ${whose}, another group`, (known) => ({
    ...producer,
    transactionalId: id(known),
    groupId: NO_GROUP,
    generationId: -1,
    memberId: '',
    groupInstanceId: null,
    topics: [
      {
        name: known.own,
        partitions: [{ partitionIndex: 0, committedOffset: 1, committedLeaderEpoch: -1, committedMetadata: '' }],
      },
    ],
  })),
]

export const TRANSACTIONS: readonly Case[] = [
  one('InitProducerId', 4, 'idempotent', () => ({
    transactionalId: null,
    transactionTimeoutMs: 1_000,
    producerId: -1,
    producerEpoch: -1,
  })),
  ...[(known: Known) => `${known.prefix}tx`, () => NO_TRANSACTION].map((id, at) =>
    one('InitProducerId', 4, at === 0 ? 'own' : 'other', (known) => ({
      transactionalId: id(known),
      // Too long: nobody is given one.
      transactionTimeoutMs: 2_000_000_000,
      producerId: -1,
      producerEpoch: -1,
    })),
  ),
  ...transactionCases((known) => `${known.prefix}tx`, 'own'),
  ...transactionCases(() => NO_TRANSACTION, 'other'),
  one('AddPartitionsToTxn', 5, 'as a broker', (known) => ({
    transactions: [
      {
        ...producer,
        transactionalId: `${known.prefix}tx`,
        verifyOnly: true,
        topics: [{ name: known.own, partitions: [0] }],
      },
    ],
  })),
  one('WriteTxnMarkers', 1, '', (known) => ({
    markers: [
      {
        ...producer,
        transactionResult: false,
        coordinatorEpoch: 0,
        topics: [{ name: known.absent, partitionIndexes: [0, 1] }],
      },
    ],
  })),
  one('DescribeTransactions', 0, '', (known) => ({
    transactionalIds: [`${known.prefix}open`, `${known.prefix}none`, NO_TRANSACTION],
  })),
  one('ListTransactions', 1, '', () => ({ stateFilters: [], producerIdFilters: [], durationFilter: -1 })),
]

export const GROUP_CHANGES: readonly Case[] = [
  one(
    'StreamsGroupHeartbeat',
    0,
    'that needs a topic',
    (known) => streams([known.own], `${known.prefix}needy`, 0, [known.fresh]),
    { changes: true },
  ),
  one('StreamsGroupHeartbeat', 0, 'that needs a topic which it may not see', (known) =>
    streams([known.own], `${known.prefix}needier`, 0, [known.hidden]),
  ),
  one('DeleteGroups', 2, '', (known) => ({ groupsNames: [`${known.prefix}none`, NO_GROUP] })),
]
