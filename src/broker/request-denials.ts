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
export function denialOf(request: unknown, context: RequestContext, denial: KafkaError): object | undefined {
  return ANSWERS.get(context.api.key)?.(request as never, { ...context, denial })
}

interface Denied {
  readonly apiVersion: number
  readonly denial: KafkaError
}

type DenialAnswer<Req> = (request: Req, denied: Denied) => object

/** The first versions in which a protocol that is not chosen is null, and a fetch is refused without naming partitions. */
const NULL_PROTOCOL_SINCE = 7
const WHOLE_FETCH_SINCE = 13

const ANSWERS: ReadonlyMap<number, DenialAnswer<never>> = new Map<number, DenialAnswer<never>>([
  [ApiKey.JoinGroup, joinGroup],
  [ApiKey.SyncGroup, (_, { denial }) => ({ errorCode: denial.code, assignment: Buffer.alloc(0) })],
  [ApiKey.LeaveGroup, (_, { denial }) => ({ errorCode: denial.code, members: [] })],
  [ApiKey.OffsetDelete, (_, { denial }) => ({ errorCode: denial.code, throttleTimeMs: 0, topics: [] })],
  [ApiKey.InitProducerId, (_, { denial }) => ({ ...code(denial), producerId: -1, producerEpoch: -1 })],
  [ApiKey.WriteTxnMarkers, writeTxnMarkers],
  [ApiKey.AlterReplicaLogDirs, alterReplicaLogDirs],
  [ApiKey.DescribeLogDirs, (_, { denial }) => ({ ...code(denial), results: [] })],
  [ApiKey.DescribeClientQuotas, (_, { denial }) => ({ ...code(denial), errorMessage: null, entries: null })],
  [ApiKey.DescribeUserScramCredentials, describeUserScramCredentials],
  [ApiKey.ListConfigResources, (_, { denial }) => ({ ...code(denial), configResources: [] })],
  [ApiKey.InitializeShareGroupState, shareState],
  [ApiKey.ReadShareGroupState, shareState],
  [ApiKey.WriteShareGroupState, shareState],
  [ApiKey.DeleteShareGroupState, shareState],
  [ApiKey.ReadShareGroupStateSummary, shareState],
  [ApiKey.Fetch, fetch],
  [ApiKey.DescribeQuorum, (_, { denial }) => ({ ...code(denial), errorMessage: GENERAL, topics: [], nodes: [] })],
  [ApiKey.ControllerRegistration, (_, { denial }) => told(denial)],
  [ApiKey.UnregisterBroker, (_, { denial }) => told(denial)],
  [ApiKey.UpdateFeatures, (_, { denial }) => ({ ...told(denial), results: [] })],
  [ApiKey.AddRaftVoter, (_, { denial }) => ({ ...code(denial), errorMessage: GENERAL })],
  [ApiKey.RemoveRaftVoter, (_, { denial }) => ({ ...code(denial), errorMessage: GENERAL })],
  [ApiKey.ElectLeaders, electLeaders],
  [ApiKey.ListPartitionReassignments, listPartitionReassignments],
  [ApiKey.AlterPartitionReassignments, alterPartitionReassignments],
  [ApiKey.AlterClientQuotas, alterClientQuotas],
  [ApiKey.AlterUserScramCredentials, alterUserScramCredentials],
])

const GENERAL = DENIALS.CLUSTER_AUTHORIZATION_FAILED

function code(denial: KafkaError) {
  return { throttleTimeMs: 0, errorCode: denial.code }
}

function told(denial: KafkaError) {
  return { throttleTimeMs: 0, errorCode: denial.code, errorMessage: denial.detail }
}

function joinGroup(_request: unknown, { apiVersion, denial }: Denied) {
  const protocolName = apiVersion >= NULL_PROTOCOL_SINCE ? null : ''
  return { errorCode: denial.code, protocolName, leader: '', memberId: '', members: [] }
}

/** Kafka names a user here whom nobody asked for. */
function describeUserScramCredentials(_request: unknown, { denial }: Denied) {
  const result = { user: '', errorCode: denial.code, errorMessage: null, credentialInfos: [] }
  return { ...code(denial), errorMessage: null, results: [result] }
}

function writeTxnMarkers({ markers }: WriteTxnMarkersRequestData, { denial }: Denied) {
  const { code: errorCode } = denial
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

function alterReplicaLogDirs({ dirs }: AlterReplicaLogDirsRequestData, { denial }: Denied) {
  const { code: errorCode } = denial
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

function shareState({ topics }: ShareStates, { denial }: Denied) {
  const { code: errorCode } = denial
  const errorMessage = GENERAL
  const nothing = { stateEpoch: 0, leaderEpoch: 0, startOffset: 0, stateBatches: [] }
  return {
    results: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map(({ partition }) => ({ ...nothing, partition, errorCode, errorMessage })),
    })),
  }
}

function fetch({ topics }: FetchRequestData, { apiVersion, denial }: Denied) {
  const { code: errorCode } = denial
  const named = apiVersion < WHOLE_FETCH_SINCE ? topics : []
  const nothing = { highWatermark: -1, abortedTransactions: [], records: [] }
  const responses = named.map(({ topic, topicId, partitions }) => ({
    topic,
    topicId,
    partitions: partitions.map(({ partition }) => ({ ...nothing, partitionIndex: partition, errorCode })),
  }))
  return { throttleTimeMs: 0, errorCode, sessionId: 0, responses }
}

function electLeaders({ topicPartitions }: ElectLeadersRequestData, { denial }: Denied) {
  const { code: errorCode, detail: errorMessage } = denial
  const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => ({ partitionId, errorCode, errorMessage })),
  }))
  return { throttleTimeMs: 0, errorCode, replicaElectionResults }
}

function listPartitionReassignments({ topics }: ListPartitionReassignmentsRequestData, { denial }: Denied) {
  const nothing = { replicas: [], addingReplicas: [], removingReplicas: [] }
  return {
    ...told(denial),
    topics: (topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({ ...nothing, partitionIndex })),
    })),
  }
}

function alterPartitionReassignments({ topics }: AlterPartitionReassignmentsRequestData, { denial }: Denied) {
  const { code: errorCode, detail: errorMessage } = denial
  return {
    ...told(denial),
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        return { partitionIndex, errorCode, errorMessage }
      }),
    })),
  }
}

function alterClientQuotas({ entries }: AlterClientQuotasRequestData, { denial }: Denied) {
  const { code: errorCode } = denial
  const denied = entries.map(({ entity }) => ({ errorCode, errorMessage: GENERAL, entity }))
  return { throttleTimeMs: 0, entries: denied }
}

function alterUserScramCredentials(
  { deletions, upsertions }: AlterUserScramCredentialsRequestData,
  { denial }: Denied,
) {
  const { code: errorCode, detail: errorMessage } = denial
  const users = new Set([...deletions, ...upsertions].map(({ name }) => name))
  const results = Array.from(users, (user) => ({ user, errorCode, errorMessage }))
  return { throttleTimeMs: 0, results }
}
