import { describe, expect, it } from 'vitest'
import { ByteReader } from '../../src/base/bytes.ts'
import { ErrorCode, KafkaError } from '../../src/base/errors.ts'
import { type Access, OPEN_ACCESS } from '../../src/broker/access.ts'
import { FORWARDABLE } from '../../src/broker/forwarding.ts'
import type { Handler, RequestContext } from '../../src/broker/handler.ts'
import { trustingOwn } from '../../src/broker/own-access.ts'
import { checkedOnBroker, checkedOnController } from '../../src/broker/request-access.ts'
import { APIS, type Api, ApiKey, apiOf, type ListenerRole } from '../../src/protocol/apis.ts'
import type { ConnectionInfo } from '../../src/protocol/frame-handler.ts'
import { saysError } from '../../src/protocol/says-error.ts'
import { within } from '../../src/protocol/schema.ts'

const NO_ACCESS: Access = {
  isOn: true,
  may: () => false,
  mayOnAny: () => false,
  mayCluster: () => false,
  operations: () => 0,
}

const connection: ConnectionInfo = {
  id: 'c',
  listenerName: 'L',
  securityProtocol: 'PLAINTEXT',
  peerAddress: '127.0.0.1',
  peerPort: 1,
  localAddress: '127.0.0.1',
  localPort: 2,
  principal: 'User:stranger',
  tokenAuthenticated: false,
  clientSoftwareName: '',
  clientSoftwareVersion: '',
}

/** Whatever is asked reaches nothing. */
function unreachable(api: Api): Handler {
  return {
    api,
    handle: () => {
      throw new Error(`${api.name} was served`)
    },
  }
}

const apis = (keys: readonly number[]) => keys.flatMap((key) => apiOf(key) ?? [])

const OF_BROKERS = apis([
  ApiKey.JoinGroup,
  ApiKey.SyncGroup,
  ApiKey.Heartbeat,
  ApiKey.LeaveGroup,
  ApiKey.OffsetDelete,
  ApiKey.InitProducerId,
  ApiKey.EndTxn,
  ApiKey.AddOffsetsToTxn,
  ApiKey.WriteTxnMarkers,
  ApiKey.AlterReplicaLogDirs,
  ApiKey.DescribeLogDirs,
  ApiKey.DescribeClientQuotas,
  ApiKey.DescribeUserScramCredentials,
  ApiKey.ListConfigResources,
  ApiKey.InitializeShareGroupState,
  ApiKey.ReadShareGroupState,
  ApiKey.WriteShareGroupState,
  ApiKey.DeleteShareGroupState,
  ApiKey.ReadShareGroupStateSummary,
])

const OF_CONTROLLERS = apis([
  ApiKey.Fetch,
  ApiKey.FetchSnapshot,
  ApiKey.Vote,
  ApiKey.BeginQuorumEpoch,
  ApiKey.EndQuorumEpoch,
  ApiKey.UpdateRaftVoter,
  ApiKey.Envelope,
  ApiKey.AlterPartition,
  ApiKey.BrokerRegistration,
  ApiKey.BrokerHeartbeat,
  ApiKey.ControllerRegistration,
  ApiKey.AllocateProducerIds,
  ApiKey.AssignReplicasToDirs,
  ApiKey.DescribeQuorum,
  ApiKey.ListPartitionReassignments,
  ApiKey.ElectLeaders,
  ApiKey.AlterPartitionReassignments,
  ApiKey.UnregisterBroker,
  ApiKey.UpdateFeatures,
  ApiKey.AddRaftVoter,
  ApiKey.RemoveRaftVoter,
  ApiKey.AlterUserScramCredentials,
  ApiKey.AlterClientQuotas,
])

/** Has something of everything that these requests name. */
const REQUEST = {
  groupId: 'g',
  transactionalId: 't',
  enable2Pc: false,
  protocolType: 'consumer',
  protocolName: 'range',
  topicPartitions: [{ topic: 't', partitions: [0] }],
  topics: [
    {
      name: 't',
      topic: 't',
      topicId: 'AAAAAAAAAAAAAAAAAAAAZw',
      partitionIndexes: [0],
      partitions: [{ partition: 0, partitionIndex: 0 }],
    },
  ],
  markers: [{ producerId: 1, topics: [{ name: 't', partitionIndexes: [0] }] }],
  dirs: [{ path: '/d', topics: [{ name: 't', partitions: [0] }] }],
  entries: [{ entity: [{ entityType: 'user', entityName: 'u' }] }],
  deletions: [{ name: 'u', mechanism: 1 }],
  upsertions: [],
}

const CODES = [
  ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
  ErrorCode.GROUP_AUTHORIZATION_FAILED,
  ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
]

function versionsOf({ request: { versions } }: Api): number[] {
  return Array.from({ length: versions.max - versions.min + 1 }, (_, at) => versions.min + at)
}

/** The answer as it goes on the wire and comes from it; a code alone where nothing else is made of the refusal. */
function refusalOf(served: Handler, apiVersion: number): unknown {
  const { api } = served
  const context: RequestContext = { api, apiVersion, correlationId: 1, clientId: null, connection }
  const answer = () => {
    try {
      return served.handle(REQUEST, context)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      const field = api.response.fields.find(({ name }) => name === 'errorCode')
      expect(field !== undefined && within(apiVersion, field.versions)).toBe(true)
      return { errorCode: error.code }
    }
  }
  return api.response.decode(new ByteReader(api.response.toBuffer(answer(), apiVersion)), apiVersion)
}

describe('a request that its sender may not ask as a whole', () => {
  it.each([
    ['broker', OF_BROKERS, checkedOnBroker],
    ['controller', OF_CONTROLLERS, checkedOnController],
  ] as const)('reaches nothing of a %s, and its answer says why in every version', (_, all, checked) => {
    for (const served of checked(all.map(unreachable), NO_ACCESS)) {
      for (const version of versionsOf(served.api)) {
        const refusal = refusalOf(served, version)
        // Old answers have no place for it: they are empty.
        if (served.api.key === ApiKey.DescribeLogDirs && version < 3) expect(refusal).toMatchObject({ results: [] })
        else
          expect([served.api.name, version, CODES.some((code) => saysError(refusal, code))]).toEqual([
            served.api.name,
            version,
            true,
          ])
      }
    }
  })

  it('costs nothing where there is no authorizer', () => {
    const handlers = [...OF_BROKERS, ...OF_CONTROLLERS].map(unreachable)
    const same = [checkedOnBroker(handlers, OPEN_ACCESS), checkedOnController(handlers, OPEN_ACCESS)]
    for (const all of same) expect(all.every((served, at) => served === handlers[at])).toBe(true)
  })
})

describe('what a node asks of itself', () => {
  it("needs nobody's leave, and what it passes on does", () => {
    const api = apiOf(ApiKey.BrokerHeartbeat)
    if (api === undefined) throw new Error('no such API')
    const access = trustingOwn(NO_ACCESS, connection)
    expect(access.mayCluster({ api, connection }, 9)).toBe(true)
    expect(access.mayCluster({ api, connection: { ...connection } }, 9)).toBe(false)
    expect(trustingOwn(OPEN_ACCESS, connection)).toBe(OPEN_ACCESS)
  })
})

/** APIs of a listener whose requests get as far as their handlers, by somebody who may do nothing. */
function passing(role: ListenerRole): string[] {
  const all = APIS.filter(({ listeners }) => listeners.includes(role)).map(unreachable)
  const checked = role === 'broker' ? checkedOnBroker(all, NO_ACCESS) : checkedOnController(all, NO_ACCESS)
  return checked.filter((served, at) => served === all[at]).map(({ api }) => api.name)
}

const NEED_NO_LEAVE = ['ApiVersions', 'SaslHandshake', 'SaslAuthenticate']
const CLIENT_METRICS = ['GetTelemetrySubscriptions', 'PushTelemetry']
/** What they name is asked about piece by piece. */
const HANDLERS_ASK_ON_BROKERS = [
  'ConsumerGroupDescribe',
  'ConsumerGroupHeartbeat',
  'DeleteGroups',
  'DeleteRecords',
  'DescribeCluster',
  'DescribeConfigs',
  'DescribeDelegationToken',
  'DescribeAcls',
  'DescribeGroups',
  'DescribeProducers',
  'DescribeShareGroupOffsets',
  'AlterShareGroupOffsets',
  'DeleteShareGroupOffsets',
  'DescribeTopicPartitions',
  'DescribeTransactions',
  'Fetch',
  'FindCoordinator',
  'ListGroups',
  'ListOffsets',
  'ListTransactions',
  'Metadata',
  'OffsetFetch',
  'OffsetForLeaderEpoch',
  'Produce',
  'ShareAcknowledge',
  'ShareFetch',
  'ShareGroupDescribe',
  'ShareGroupHeartbeat',
  'StreamsGroupDescribe',
  'StreamsGroupHeartbeat',
]
const HANDLERS_ASK_ON_CONTROLLERS = [
  'AlterConfigs',
  'CreateAcls',
  'CreateDelegationToken',
  'CreatePartitions',
  'CreateTopics',
  'DeleteAcls',
  'DeleteTopics',
  'DescribeAcls',
  'DescribeCluster',
  'DescribeConfigs',
  'ExpireDelegationToken',
  'IncrementalAlterConfigs',
  'RenewDelegationToken',
]

/** Kafka names them among a controller's, and has no answer. */
const NO_ANSWER_ON_CONTROLLERS = ['DescribeDelegationToken', 'DescribeUserScramCredentials']

describe('an API that is new', () => {
  it('is one that somebody thought about', () => {
    const passedOn = APIS.filter(({ key }) => FORWARDABLE.has(key)).map(({ name }) => name)
    const asked = new Set([...NEED_NO_LEAVE, ...CLIENT_METRICS, ...HANDLERS_ASK_ON_BROKERS, ...passedOn])
    expect(passing('broker').filter((name) => !asked.has(name))).toEqual([])
    const byController = new Set([...NEED_NO_LEAVE, ...HANDLERS_ASK_ON_CONTROLLERS, ...NO_ANSWER_ON_CONTROLLERS])
    expect(passing('controller').filter((name) => !byController.has(name))).toEqual([])
  })
})
