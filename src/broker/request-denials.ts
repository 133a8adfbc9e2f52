import type { KafkaError } from '../base/errors.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { AlterClientQuotasRequestData } from '../protocol/messages/alter-client-quotas.ts'
import type { AlterPartitionReassignmentsRequestData } from '../protocol/messages/alter-partition-reassignments.ts'
import type { AlterReplicaLogDirsRequestData } from '../protocol/messages/alter-replica-log-dirs.ts'
import type { AlterUserScramCredentialsRequestData } from '../protocol/messages/alter-user-scram-credentials.ts'
import type { ElectLeadersRequestData } from '../protocol/messages/elect-leaders.ts'
import type { FetchRequestData } from '../protocol/messages/fetch.ts'
import type { ListPartitionReassignmentsRequestData } from '../protocol/messages/list-partition-reassignments.ts'
import type { WriteTxnMarkersRequestData } from '../protocol/messages/write-txn-markers.ts'
import { DENIALS } from './authorization.ts'
import type { RequestContext } from './handler.ts'

/**
 * The answers that say of all of a request that its sender may not ask it, where they are more than a code in front.
 * undefined: they are not, or the API's handler has one for any error.
 */
export function denialOf(request: unknown, context: RequestContext, { code }: KafkaError): object | undefined {
  return ANSWERS.get(context.api.key)?.(request as never, code, context)
}

type DenialAnswer<Req> = (request: Req, errorCode: number, context: RequestContext) => object | undefined

/** The first versions in which a protocol that is not chosen is null, and a fetch is refused without naming partitions. */
const NULL_PROTOCOL_SINCE = 7
const WHOLE_FETCH_SINCE = 13

/** Kafka shows the whole request here, as a Java object. */
const NOT_AUTHORIZED = 'The request is not authorized.'

const ANSWERS: ReadonlyMap<number, DenialAnswer<never>> = new Map<number, DenialAnswer<never>>([
  [ApiKey.JoinGroup, joinGroup],
  [ApiKey.SyncGroup, (_, errorCode) => ({ errorCode, assignment: Buffer.alloc(0) })],
  [ApiKey.LeaveGroup, (_, errorCode) => ({ errorCode, members: [] })],
  [ApiKey.OffsetDelete, (_, errorCode) => ({ errorCode, throttleTimeMs: 0, topics: [] })],
  [ApiKey.InitProducerId, (_, errorCode) => ({ throttleTimeMs: 0, errorCode, producerId: -1, producerEpoch: -1 })],
  [ApiKey.WriteTxnMarkers, writeTxnMarkers],
  [ApiKey.AlterReplicaLogDirs, alterReplicaLogDirs],
  [ApiKey.DescribeLogDirs, (_, errorCode) => ({ throttleTimeMs: 0, errorCode, results: [] })],
  [
    ApiKey.DescribeClientQuotas,
    (_, errorCode) => ({ throttleTimeMs: 0, errorCode, errorMessage: null, entries: null }),
  ],
  [
    ApiKey.DescribeUserScramCredentials,
    (_, errorCode) => ({ throttleTimeMs: 0, errorCode, errorMessage: null, results: [] }),
  ],
  [ApiKey.ListConfigResources, (_, errorCode) => ({ throttleTimeMs: 0, errorCode, configResources: [] })],
  [ApiKey.InitializeShareGroupState, shareState],
  [ApiKey.ReadShareGroupState, shareState],
  [ApiKey.WriteShareGroupState, shareState],
  [ApiKey.DeleteShareGroupState, shareState],
  [ApiKey.ReadShareGroupStateSummary, shareState],
  [ApiKey.Fetch, fetch],
  [
    ApiKey.DescribeQuorum,
    (_, errorCode) => ({ errorCode, errorMessage: DENIALS.CLUSTER_AUTHORIZATION_FAILED, topics: [], nodes: [] }),
  ],
  [ApiKey.ControllerRegistration, withSentence],
  [ApiKey.UnregisterBroker, withSentence],
  [ApiKey.UpdateFeatures, (_, errorCode) => ({ ...withSentence(_, errorCode), results: [] })],
  [ApiKey.AddRaftVoter, withSentence],
  [ApiKey.RemoveRaftVoter, withSentence],
  [ApiKey.ElectLeaders, electLeaders],
  [ApiKey.ListPartitionReassignments, listPartitionReassignments],
  [ApiKey.AlterPartitionReassignments, alterPartitionReassignments],
  [ApiKey.AlterClientQuotas, alterClientQuotas],
  [ApiKey.AlterUserScramCredentials, alterUserScramCredentials],
])

function withSentence(_request: unknown, errorCode: number) {
  return { throttleTimeMs: 0, errorCode, errorMessage: NOT_AUTHORIZED }
}

function joinGroup(_request: unknown, errorCode: number, { apiVersion }: RequestContext) {
  const protocolName = apiVersion >= NULL_PROTOCOL_SINCE ? null : ''
  return { errorCode, protocolName, leader: '', memberId: '', members: [] }
}

function writeTxnMarkers({ markers }: WriteTxnMarkersRequestData, errorCode: number) {
  return {
    markers: markers.map(({ producerId, topics }) => ({
      producerId,
      topics: topics.map(({ name, partitionIndexes }) => ({
        name,
        partitions: partitionIndexes.map((partitionIndex) => ({ partitionIndex, errorCode })),
      })),
    })),
  }
}

function alterReplicaLogDirs({ dirs }: AlterReplicaLogDirsRequestData, errorCode: number) {
  const byTopic = new Map<string, Set<number>>()
  for (const { name, partitions } of dirs.flatMap(({ topics }) => topics)) {
    byTopic.set(name, new Set([...(byTopic.get(name) ?? []), ...partitions]))
  }
  const results = Array.from(byTopic, ([topicName, partitions]) => ({
    topicName,
    partitions: Array.from(partitions, (partitionIndex) => ({ partitionIndex, errorCode })),
  }))
  return { throttleTimeMs: 0, results }
}

interface ShareStates {
  readonly topics: readonly {
    readonly topicId: string
    readonly partitions: readonly { readonly partition: number }[]
  }[]
}

function shareState({ topics }: ShareStates, errorCode: number) {
  const errorMessage = DENIALS.CLUSTER_AUTHORIZATION_FAILED
  const nothing = { stateEpoch: 0, leaderEpoch: 0, startOffset: 0, stateBatches: [] }
  return {
    results: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partition }) => ({ ...nothing, partition, errorCode, errorMessage })),
    })),
  }
}

function fetch({ topics }: FetchRequestData, errorCode: number, { apiVersion }: RequestContext) {
  const named = apiVersion < WHOLE_FETCH_SINCE ? topics : []
  const nothing = { highWatermark: -1, abortedTransactions: [], records: [] }
  const responses = named.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => ({ ...nothing, partitionIndex: partition, errorCode })),
  }))
  return { throttleTimeMs: 0, errorCode, sessionId: 0, responses }
}

function electLeaders({ topicPartitions }: ElectLeadersRequestData, errorCode: number) {
  const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage: NOT_AUTHORIZED })),
  }))
  return { throttleTimeMs: 0, errorCode, replicaElectionResults }
}

function listPartitionReassignments({ topics }: ListPartitionReassignmentsRequestData, errorCode: number) {
  const nothing = { replicas: [], addingReplicas: [], removingReplicas: [] }
  return {
    ...withSentence(topics, errorCode),
    topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({ ...nothing, partitionIndex })),
    })),
  }
}

function alterPartitionReassignments({ topics }: AlterPartitionReassignmentsRequestData, errorCode: number) {
  return {
    ...withSentence(topics, errorCode),
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        return { partitionIndex, errorCode, errorMessage: NOT_AUTHORIZED }
      }),
    })),
  }
}

function alterClientQuotas({ entries }: AlterClientQuotasRequestData, errorCode: number) {
  const denied = entries.map(({ entity }) => ({ errorCode, errorMessage: NOT_AUTHORIZED, entity }))
  return { throttleTimeMs: 0, entries: denied }
}

function alterUserScramCredentials({ deletions, upsertions }: AlterUserScramCredentialsRequestData, errorCode: number) {
  const users = new Set([...deletions, ...upsertions].map(({ name }) => name))
  const results = Array.from(users, (user) => ({ user, errorCode, errorMessage: NOT_AUTHORIZED }))
  return { throttleTimeMs: 0, results }
}
