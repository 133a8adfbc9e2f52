import { encodePrincipal } from '../../../src/broker/principal.ts'
import { type ApiName, requestHeaderVersion } from '../../../src/protocol/apis.ts'
import { RequestHeader } from '../../../src/protocol/messages/headers.ts'
import { api } from '../differential/session.ts'
import { STRANGE_ID, ZERO_ID } from '../differential/step.ts'
import { type Case, type Known, ofTopics, one } from './case.ts'

const [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP] = [2, 4, 8, 16, 32]
const STRANGER = 'User:stranger'

const topicsToMake = (names: readonly string[], validateOnly: boolean) => ({
  topics: names.map((name) => ({ name, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] })),
  timeoutMs: 10_000,
  validateOnly,
})

const resources = (known: Known) => [
  ...[known.own, known.hidden, known.absent].map((resourceName) => ({ resourceType: TOPIC, resourceName })),
  { resourceType: BROKER, resourceName: '1' },
  { resourceType: BROKER, resourceName: '' },
  { resourceType: CLIENT_METRICS, resourceName: 'metrics' },
  { resourceType: GROUP, resourceName: `${known.prefix}simple` },
  { resourceType: GROUP, resourceName: 'somebody-elses-group' },
]

const SETTINGS: Readonly<Record<number, readonly [string, string]>> = {
  [TOPIC]: ['retention.ms', '5000'],
  [BROKER]: ['log.retention.ms', '5000'],
  [CLIENT_METRICS]: ['interval.ms', '5000'],
  [GROUP]: ['consumer.session.timeout.ms', '50000'],
}

const altered = (known: Known) => ({
  validateOnly: true,
  resources: resources(known).map(({ resourceType, resourceName }) => {
    const [name, value] = SETTINGS[resourceType] ?? ['', '']
    return { resourceType, resourceName, configs: [{ name, configOperation: 0, value }] }
  }),
})

const logger = (level: string) => ({
  validateOnly: true,
  resources: [
    {
      resourceType: BROKER_LOGGER,
      resourceName: '1',
      configs: [{ name: 'kafka.server.KafkaApis', configOperation: 0, value: level }],
    },
  ],
})

const voter = { voterId: 77, voterDirectoryId: STRANGE_ID }

/** What a broker passes on to the controller, and a controller's listener takes itself. */
const shared = (more: { readonly onController?: boolean } = {}): Case[] => [
  one(
    'DescribeConfigs',
    4,
    '',
    (known) => ({
      resources: resources(known).map((one) => ({
        ...one,
        configurationKeys: [SETTINGS[one.resourceType]?.[0] ?? ''],
      })),
      includeSynonyms: false,
      includeDocumentation: false,
    }),
    more,
  ),
  one('IncrementalAlterConfigs', 1, '', altered, more),
  one('AlterConfigs', 2, '', altered, more),
  one(
    'CreateTopics',
    7,
    'on trial',
    (known) => topicsToMake([known.own, known.hidden, known.absent, known.fresh], true),
    more,
  ),
  one('CreateTopics', 4, 'on trial', (known) => topicsToMake([known.fresh, known.absent], true), more),
  one('CreateTopics', 7, 'twice', (known) => topicsToMake([known.hidden, known.hidden, known.own], true), more),
  one(
    'CreatePartitions',
    3,
    '',
    (known) => ({
      topics: [known.own, known.hidden, known.absent].map((name) => ({ name, count: 3, assignments: null })),
      timeoutMs: 10_000,
      validateOnly: true,
    }),
    more,
  ),
  one('CreateAcls', 3, '', () => ({ creations: [] }), more),
  one(
    'DescribeAcls',
    3,
    '',
    () => ({
      resourceTypeFilter: 1,
      resourceNameFilter: null,
      patternTypeFilter: 1,
      principalFilter: STRANGER,
      hostFilter: null,
      operation: 1,
      permissionType: 1,
    }),
    more,
  ),
  one(
    'DeleteAcls',
    3,
    '',
    () => ({
      filters: [
        {
          resourceTypeFilter: 1,
          resourceNameFilter: null,
          patternTypeFilter: 1,
          principalFilter: STRANGER,
          hostFilter: null,
          operation: 1,
          permissionType: 1,
        },
      ],
    }),
    more,
  ),
  one(
    'ElectLeaders',
    2,
    '',
    (known) => ({
      electionType: 0,
      topicPartitions: [known.own, known.hidden, known.absent].map((topic) => ({ topic, partitions: [0] })),
      timeoutMs: 10_000,
    }),
    more,
  ),
  one(
    'ElectLeaders',
    0,
    '',
    (known) => ({
      topicPartitions: [{ topic: known.absent, partitions: [0] }],
      timeoutMs: 10_000,
    }),
    more,
  ),
  one(
    'AlterPartitionReassignments',
    0,
    '',
    (known) => ({
      timeoutMs: 10_000,
      topics: [known.own, known.absent].map((name) => ({ name, partitions: [{ partitionIndex: 0, replicas: null }] })),
    }),
    more,
  ),
  one(
    'ListPartitionReassignments',
    0,
    '',
    (known) => ({
      timeoutMs: 10_000,
      topics: [known.own, known.absent].map((name) => ({ name, partitionIndexes: [0] })),
    }),
    more,
  ),
  one('ListPartitionReassignments', 0, 'of everything', () => ({ timeoutMs: 10_000, topics: null }), more),
  one(
    'AlterClientQuotas',
    1,
    '',
    () => ({
      validateOnly: true,
      entries: [
        {
          entity: [{ entityType: 'user', entityName: 'x' }],
          ops: [{ key: 'producer_byte_rate', value: 1, remove: false }],
        },
      ],
    }),
    more,
  ),
  one(
    'AlterUserScramCredentials',
    0,
    '',
    () => ({ deletions: [{ name: 'nobody', mechanism: 1 }], upsertions: [] }),
    more,
  ),
  one(
    'DescribeQuorum',
    2,
    '',
    () => ({ topics: [{ topicName: 'strange', partitions: [{ partitionIndex: 0 }] }] }),
    more,
  ),
  ...[2, 1].map((version) =>
    one(
      'UpdateFeatures',
      version,
      '',
      () => ({
        timeoutMs: 10_000,
        featureUpdates: [{ feature: 'strange', maxVersionLevel: 1, upgradeType: 1 }],
        validateOnly: true,
      }),
      more,
    ),
  ),
  one('UnregisterBroker', 0, '', () => ({ brokerId: 77 }), more),
  one('AddRaftVoter', 0, '', () => ({ ...voter, clusterId: 'strange', timeoutMs: 1_000, listeners: [] }), more),
  one('RemoveRaftVoter', 0, '', () => ({ ...voter, clusterId: 'strange' }), more),
  one(
    'CreateDelegationToken',
    3,
    '',
    () => ({
      ownerPrincipalType: null,
      ownerPrincipalName: null,
      renewers: [],
      maxLifetimeMs: 1_000,
    }),
    more,
  ),
  one(
    'CreateDelegationToken',
    3,
    'for another',
    () => ({
      ownerPrincipalType: 'User',
      ownerPrincipalName: 'stranger',
      renewers: [],
      maxLifetimeMs: 1_000,
    }),
    more,
  ),
  one('RenewDelegationToken', 2, '', () => ({ hmac: Buffer.from('x'), renewPeriodMs: 1_000 }), more),
  one('ExpireDelegationToken', 2, '', () => ({ hmac: Buffer.from('x'), expiryTimePeriodMs: 1_000 }), more),
]

const ids = (known: Known) => [known.own, known.hidden].map((name) => ({ name: null, topicId: known.idOf(name) }))

export const ADMIN: readonly Case[] = [
  ...shared(),
  one('IncrementalAlterConfigs', 1, 'of a logger', () => logger('INFO')),
  one('DescribeConfigs', 4, 'of a logger', () => ({
    resources: [{ resourceType: BROKER_LOGGER, resourceName: '7', configurationKeys: null }],
  })),
  one('DescribeDelegationToken', 3, '', () => ({ owners: null })),
  one('AlterReplicaLogDirs', 2, '', (known) => ({
    dirs: [
      {
        path: '/nowhere',
        topics: [known.own, known.hidden, known.absent].map((name) => ({ name, partitions: [0] })),
      },
    ],
  })),
  ...[1, 4].map((version) =>
    one('DescribeLogDirs', version, '', (known) => ({ topics: [{ topic: known.hidden, partitions: [0] }] })),
  ),
  one('DescribeClientQuotas', 1, '', () => ({ components: [], strict: false })),
  one('DescribeUserScramCredentials', 0, '', () => ({ users: [{ name: 'stranger' }] })),
  one('ListConfigResources', 1, '', () => ({ resourceTypes: [CLIENT_METRICS] })),
  one('ListConfigResources', 0, '', () => ({})),
]

export const ADMIN_CHANGES: readonly Case[] = [
  ...(['fresh', 'absent'] as const).map((kind) =>
    one('CreateTopics', 7, `makes ${kind}`, (known) => topicsToMake([known[kind]], false), { changes: true }),
  ),
  one('DeleteTopics', 6, 'that are not there', (known) => ({
    topics: [
      { name: `never-${known.user}`, topicId: ZERO_ID },
      { name: null, topicId: STRANGE_ID },
      { name: null, topicId: ZERO_ID },
      { name: known.hidden, topicId: known.idOf(known.hidden) },
    ],
    timeoutMs: 10_000,
  })),
  one('DeleteTopics', 6, 'twice', (known) => ({
    topics: [...ids(known), ...ids(known), { name: known.hidden, topicId: ZERO_ID }],
    timeoutMs: 10_000,
  })),
  one('DeleteTopics', 6, 'by ids', (known) => ({ topics: ids(known), timeoutMs: 10_000 }), { changes: true }),
  ...ofTopics(
    'DeleteTopics',
    6,
    (names) => ({ topics: names.map((name) => ({ name, topicId: ZERO_ID })), timeoutMs: 10_000 }),
    { changes: true },
  ),
]

/** As a broker passes it on. */
function request(name: ApiName, version: number, body: object): Buffer {
  const entry = api(name)
  const header = { requestApiKey: entry.key, requestApiVersion: version, correlationId: 5, clientId: 'client' }
  return Buffer.concat([
    RequestHeader.toBuffer(header, requestHeaderVersion(entry, version)),
    entry.request.toBuffer(body, version),
  ])
}

const enveloped = (requestData: Buffer, user = 'nobody') => ({
  requestData,
  requestPrincipal: encodePrincipal({ principal: `User:${user}`, tokenAuthenticated: false }),
  clientHostAddress: Buffer.from([127, 0, 0, 1]),
})

const topicOf = (known: Known) => request('CreateTopics', 7, topicsToMake([known.hidden, known.own], true))

/** Of members of another cluster, or of brokers that there are not: nothing is disturbed where it may be asked. */
const FOREIGN = { clusterId: 'strange' }

export const CONTROLLER: readonly Case[] = [
  ...shared({ onController: true }).map((one) => ({ ...one, title: `${one.title} to the controller` })),
  ...[
    one('Vote', 1, '', () => ({ ...FOREIGN, voterId: 1, topics: [] })),
    one('BeginQuorumEpoch', 1, '', () => ({ ...FOREIGN, voterId: 1, topics: [], leaderEndpoints: [] })),
    one('EndQuorumEpoch', 1, '', () => ({ ...FOREIGN, topics: [], leaderEndpoints: [] })),
    ...[12, 17].map((version) =>
      one('Fetch', version, '', (known) => ({
        ...FOREIGN,
        replicaId: -1,
        replicaState: { replicaId: -1, replicaEpoch: -1 },
        maxWaitMs: 0,
        minBytes: 0,
        maxBytes: 100,
        isolationLevel: 0,
        sessionId: 0,
        sessionEpoch: -1,
        topics: [
          {
            topic: known.own,
            topicId: known.idOf(known.own),
            partitions: [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 100 }],
          },
        ],
        forgottenTopicsData: [],
        rackId: '',
      })),
    ),
    one('FetchSnapshot', 1, '', () => ({ ...FOREIGN, replicaId: -1, maxBytes: 100, topics: [] })),
    one('UpdateRaftVoter', 0, '', () => ({
      ...FOREIGN,
      currentLeaderEpoch: 0,
      ...voter,
      listeners: [],
      kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
    })),
    one('AlterPartition', 3, '', () => ({ brokerId: 77, brokerEpoch: 1, topics: [] })),
    one('BrokerRegistration', 4, '', () => ({
      ...FOREIGN,
      brokerId: 77,
      incarnationId: STRANGE_ID,
      listeners: [],
      features: [],
      rack: null,
      isMigratingZkBroker: false,
      logDirs: [],
      previousBrokerEpoch: -1,
    })),
    one('BrokerHeartbeat', 1, '', () => ({
      brokerId: 77,
      brokerEpoch: 1,
      currentMetadataOffset: 1,
      wantFence: false,
      wantShutDown: false,
      offlineLogDirs: [],
    })),
    one('AllocateProducerIds', 0, '', () => ({ brokerId: 77, brokerEpoch: 1 })),
    one('AssignReplicasToDirs', 0, '', () => ({ brokerId: 77, brokerEpoch: 1, directories: [] })),
    one('DescribeCluster', 1, '', () => ({ includeClusterAuthorizedOperations: true, endpointType: 2 })),
    one('Envelope', 0, 'of bytes', () => enveloped(Buffer.alloc(2))),
    one('Envelope', 0, 'of nobody', (known) => ({ ...enveloped(topicOf(known)), requestPrincipal: Buffer.from('x') })),
    one('Envelope', 0, 'from nowhere', (known) => ({
      ...enveloped(topicOf(known)),
      clientHostAddress: Buffer.alloc(3),
    })),
    one('Envelope', 0, 'of what is not passed on', () => enveloped(request('Metadata', 12, { topics: [] }))),
    ...['nobody', 'topic-create', 'cluster-create', 'cluster-alter', 'cluster-cluster-action'].flatMap((user) => [
      one('Envelope', 0, `of a topic that ${user} wants`, (known) => enveloped(topicOf(known), user), {
        carries: { api: 'CreateTopics', version: 7 },
      }),
      one(
        'Envelope',
        0,
        `of a broker that ${user} wants gone`,
        () => enveloped(request('UnregisterBroker', 0, { brokerId: 77 }), user),
        { carries: { api: 'UnregisterBroker', version: 0 } },
      ),
    ]),
  ].map((one) => ({ ...one, onController: true, title: `${one.title} to the controller` })),
]
