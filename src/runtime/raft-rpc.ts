import { METADATA_TOPIC_ID, ZERO_UUID } from '../base/ids.ts'
import { KRAFT_VERSION } from '../metadata/features.ts'
import { CLUSTER_METADATA_TOPIC } from '../metadata/topics/names.ts'
import { ApiKey } from '../protocol/apis.ts'
import type * as raft from '../raft/messages.ts'
import type { ReplicaKey } from '../raft/types.ts'
import type { PeerClient } from './peer-types.ts'
import * as replies from './raft-replies.ts'

/** What every request of this node to its quorum has in common. */
export interface RaftCaller {
  readonly clusterId: string
  /** The listener by which controllers reach each other: answers name the leader's address on the one that was asked. */
  readonly listenerName: string
}

const PARTITION = 0
/** KIP-996: older versions of Vote can't say that they only ask. */
const PRE_VOTE = 2
/** The software that ApiVersions names: Kafka checks its form only. */
const SOFTWARE = { clientSoftwareName: 'odradek', clientSoftwareVersion: '1' }

type Requests = { readonly [R in raft.RaftRequest as R['type']]: R }
type Call<R> = (request: R, link: Link) => Promise<raft.RaftReply>

/** How one request is made, whichever it is. */
interface Link {
  readonly client: PeerClient
  readonly timeoutMs: number
  readonly caller: RaftCaller
}

const CALLS: { readonly [T in keyof Requests]: Call<Requests[T]> } = {
  vote,
  'begin-epoch': beginEpoch,
  'end-epoch': endEpoch,
  fetch,
  'fetch-snapshot': fetchSnapshot,
  'add-voter': addVoter,
  'remove-voter': removeVoter,
  'update-voter': updateVoter,
  'api-versions': apiVersions,
}

/** Makes the RPC and gives its answer as the machine knows it. Rejects with `PeerError`. */
export function callRaft<T extends keyof Requests>(
  client: PeerClient,
  request: Requests[T] & { readonly type: T },
  timeoutMs: number,
  caller: RaftCaller,
): Promise<raft.RaftReply> {
  return CALLS[request.type](request, { client, timeoutMs, caller })
}

/** The metadata partition as most requests name it. */
function metadataPartition<P extends object>(fields: P) {
  const partitions = [{ partitionIndex: PARTITION, ...fields }]
  return [{ topicName: CLUSTER_METADATA_TOPIC, partitions }]
}

async function vote(request: raft.VoteRequest, { client, timeoutMs, caller }: Link) {
  const topics = metadataPartition({
    replicaEpoch: request.epoch,
    replicaId: request.candidate.id,
    replicaDirectoryId: request.candidate.directoryId,
    voterDirectoryId: request.voter?.directoryId ?? ZERO_UUID,
    lastOffsetEpoch: request.logEnd.epoch,
    lastOffset: request.logEnd.offset,
    preVote: request.preVote,
  })
  const body = {
    clusterId: caller.clusterId,
    voterId: request.voter?.id ?? -1,
    topics,
  }
  const api = ApiKey.Vote
  const response = await client.request(
    request.preVote ? { api, body, timeoutMs, minVersion: PRE_VOTE } : { api, body, timeoutMs },
  )
  return replies.voteReply(response, caller.listenerName)
}

async function beginEpoch(request: raft.BeginEpochRequest, { client, timeoutMs, caller }: Link) {
  const topics = metadataPartition({
    voterDirectoryId: request.voter?.directoryId ?? ZERO_UUID,
    leaderId: request.leaderId,
    leaderEpoch: request.epoch,
  })
  const body = {
    clusterId: caller.clusterId,
    voterId: request.voter?.id ?? -1,
    topics,
    leaderEndpoints: [...request.leaderEndpoints],
  }
  const response = await client.request({ api: ApiKey.BeginQuorumEpoch, body, timeoutMs })
  return replies.epochReply('begin-epoch', response, caller.listenerName)
}

async function endEpoch(request: raft.EndEpochRequest, { client, timeoutMs, caller }: Link) {
  const topics = metadataPartition({
    leaderId: request.leaderId,
    leaderEpoch: request.epoch,
    preferredSuccessors: request.successors.map(({ id }) => id),
    preferredCandidates: request.successors.map(({ id, directoryId }) => ({
      candidateId: id,
      candidateDirectoryId: directoryId,
    })),
  })
  const body = {
    clusterId: caller.clusterId,
    topics,
    leaderEndpoints: [...request.leaderEndpoints],
  }
  const response = await client.request({ api: ApiKey.EndQuorumEpoch, body, timeoutMs })
  return replies.epochReply('end-epoch', response, caller.listenerName)
}

async function fetch(request: raft.FetchRequest, { client, timeoutMs, caller }: Link) {
  const { replica } = request
  const partition = {
    partition: PARTITION,
    currentLeaderEpoch: request.epoch,
    fetchOffset: request.offset,
    lastFetchedEpoch: request.lastFetchedEpoch,
    partitionMaxBytes: 0,
    replicaDirectoryId: replica.directoryId,
    ...(request.highWatermark !== undefined && { highWatermark: request.highWatermark }),
  }
  const body = {
    clusterId: caller.clusterId,
    replicaId: replica.id,
    replicaState: { replicaId: replica.id, replicaEpoch: -1 },
    maxWaitMs: request.maxWaitMs,
    minBytes: 0,
    maxBytes: request.maxBytes,
    isolationLevel: 0,
    sessionId: 0,
    topics: [{ topic: CLUSTER_METADATA_TOPIC, topicId: METADATA_TOPIC_ID, partitions: [partition] }],
    forgottenTopicsData: [],
    rackId: '',
  }
  const response = await client.request({ api: ApiKey.Fetch, body, timeoutMs })
  return replies.fetchReply(response, caller.listenerName)
}

async function fetchSnapshot(request: raft.FetchSnapshotRequest, { client, timeoutMs, caller }: Link) {
  const partition = {
    partition: PARTITION,
    currentLeaderEpoch: request.epoch,
    snapshotId: request.snapshotId,
    position: request.position,
    replicaDirectoryId: request.replica.directoryId,
  }
  const body = {
    clusterId: caller.clusterId,
    replicaId: request.replica.id,
    maxBytes: request.maxBytes,
    topics: [{ name: CLUSTER_METADATA_TOPIC, partitions: [partition] }],
  }
  const response = await client.request({ api: ApiKey.FetchSnapshot, body, timeoutMs })
  return replies.fetchSnapshotReply(response, caller.listenerName)
}

/** What requests that change the voters say first. */
function voterFields({ caller }: Link, { id, directoryId }: ReplicaKey) {
  return { clusterId: caller.clusterId, voterId: id, voterDirectoryId: directoryId }
}

async function addVoter(request: raft.AddVoterRequest, link: Link) {
  const body = {
    ...voterFields(link, request.voter),
    timeoutMs: request.timeoutMs,
    listeners: [...request.endpoints],
    ackWhenCommitted: request.ackWhenCommitted,
  }
  const response = await link.client.request({ api: ApiKey.AddRaftVoter, body, timeoutMs: link.timeoutMs })
  return replies.voterReply('add-voter', response)
}

async function removeVoter(request: raft.RemoveVoterRequest, link: Link) {
  const body = voterFields(link, request.voter)
  const response = await link.client.request({ api: ApiKey.RemoveRaftVoter, body, timeoutMs: link.timeoutMs })
  return replies.voterReply('remove-voter', response)
}

async function updateVoter(request: raft.UpdateVoterRequest, link: Link) {
  const body = {
    ...voterFields(link, request.voter),
    currentLeaderEpoch: request.epoch,
    listeners: [...request.endpoints],
    kRaftVersionFeature: request.kRaftVersionFeature,
  }
  const response = await link.client.request({ api: ApiKey.UpdateRaftVoter, body, timeoutMs: link.timeoutMs })
  return replies.updateVoterReply(response, link.caller.listenerName)
}

async function apiVersions(
  _request: raft.ApiVersionsRequest,
  { client, timeoutMs }: Link,
): Promise<raft.ApiVersionsReply> {
  const response = await client.request({ api: ApiKey.ApiVersions, body: SOFTWARE, timeoutMs })
  const feature = response.supportedFeatures.find(({ name }) => name === KRAFT_VERSION)
  return {
    type: 'api-versions',
    error: replies.errorOf(response.errorCode),
    kraftVersion: feature && { minSupportedVersion: feature.minVersion, maxSupportedVersion: feature.maxVersion },
  }
}
