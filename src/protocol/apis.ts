import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from './messages/add-offsets-to-txn.ts'
import { AddPartitionsToTxnRequest, AddPartitionsToTxnResponse } from './messages/add-partitions-to-txn.ts'
import { AddRaftVoterRequest, AddRaftVoterResponse } from './messages/add-raft-voter.ts'
import { AllocateProducerIdsRequest, AllocateProducerIdsResponse } from './messages/allocate-producer-ids.ts'
import { AlterClientQuotasRequest, AlterClientQuotasResponse } from './messages/alter-client-quotas.ts'
import { AlterConfigsRequest, AlterConfigsResponse } from './messages/alter-configs.ts'
import { AlterPartitionRequest, AlterPartitionResponse } from './messages/alter-partition.ts'
import {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from './messages/alter-partition-reassignments.ts'
import { AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse } from './messages/alter-replica-log-dirs.ts'
import { AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse } from './messages/alter-share-group-offsets.ts'
import {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from './messages/alter-user-scram-credentials.ts'
import { ApiVersionsRequest, ApiVersionsResponse } from './messages/api-versions.ts'
import { AssignReplicasToDirsRequest, AssignReplicasToDirsResponse } from './messages/assign-replicas-to-dirs.ts'
import { BeginQuorumEpochRequest, BeginQuorumEpochResponse } from './messages/begin-quorum-epoch.ts'
import { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from './messages/broker-heartbeat.ts'
import { BrokerRegistrationRequest, BrokerRegistrationResponse } from './messages/broker-registration.ts'
import { ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse } from './messages/consumer-group-describe.ts'
import { ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse } from './messages/consumer-group-heartbeat.ts'
import { ControllerRegistrationRequest, ControllerRegistrationResponse } from './messages/controller-registration.ts'
import { CreateAclsRequest, CreateAclsResponse } from './messages/create-acls.ts'
import { CreateDelegationTokenRequest, CreateDelegationTokenResponse } from './messages/create-delegation-token.ts'
import { CreatePartitionsRequest, CreatePartitionsResponse } from './messages/create-partitions.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from './messages/create-topics.ts'
import { DeleteAclsRequest, DeleteAclsResponse } from './messages/delete-acls.ts'
import { DeleteGroupsRequest, DeleteGroupsResponse } from './messages/delete-groups.ts'
import { DeleteRecordsRequest, DeleteRecordsResponse } from './messages/delete-records.ts'
import {
  DeleteShareGroupOffsetsRequest,
  DeleteShareGroupOffsetsResponse,
} from './messages/delete-share-group-offsets.ts'
import { DeleteShareGroupStateRequest, DeleteShareGroupStateResponse } from './messages/delete-share-group-state.ts'
import { DeleteTopicsRequest, DeleteTopicsResponse } from './messages/delete-topics.ts'
import { DescribeAclsRequest, DescribeAclsResponse } from './messages/describe-acls.ts'
import { DescribeClientQuotasRequest, DescribeClientQuotasResponse } from './messages/describe-client-quotas.ts'
import { DescribeClusterRequest, DescribeClusterResponse } from './messages/describe-cluster.ts'
import { DescribeConfigsRequest, DescribeConfigsResponse } from './messages/describe-configs.ts'
import {
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponse,
} from './messages/describe-delegation-token.ts'
import { DescribeGroupsRequest, DescribeGroupsResponse } from './messages/describe-groups.ts'
import { DescribeLogDirsRequest, DescribeLogDirsResponse } from './messages/describe-log-dirs.ts'
import { DescribeProducersRequest, DescribeProducersResponse } from './messages/describe-producers.ts'
import { DescribeQuorumRequest, DescribeQuorumResponse } from './messages/describe-quorum.ts'
import {
  DescribeShareGroupOffsetsRequest,
  DescribeShareGroupOffsetsResponse,
} from './messages/describe-share-group-offsets.ts'
import {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from './messages/describe-topic-partitions.ts'
import { DescribeTransactionsRequest, DescribeTransactionsResponse } from './messages/describe-transactions.ts'
import {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
} from './messages/describe-user-scram-credentials.ts'
import { ElectLeadersRequest, ElectLeadersResponse } from './messages/elect-leaders.ts'
import { EndQuorumEpochRequest, EndQuorumEpochResponse } from './messages/end-quorum-epoch.ts'
import { EndTxnRequest, EndTxnResponse } from './messages/end-txn.ts'
import { EnvelopeRequest, EnvelopeResponse } from './messages/envelope.ts'
import { ExpireDelegationTokenRequest, ExpireDelegationTokenResponse } from './messages/expire-delegation-token.ts'
import { FetchRequest, FetchResponse } from './messages/fetch.ts'
import { FetchSnapshotRequest, FetchSnapshotResponse } from './messages/fetch-snapshot.ts'
import { FindCoordinatorRequest, FindCoordinatorResponse } from './messages/find-coordinator.ts'
import {
  GetTelemetrySubscriptionsRequest,
  GetTelemetrySubscriptionsResponse,
} from './messages/get-telemetry-subscriptions.ts'
import { HeartbeatRequest, HeartbeatResponse } from './messages/heartbeat.ts'
import {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from './messages/incremental-alter-configs.ts'
import { InitProducerIdRequest, InitProducerIdResponse } from './messages/init-producer-id.ts'
import {
  InitializeShareGroupStateRequest,
  InitializeShareGroupStateResponse,
} from './messages/initialize-share-group-state.ts'
import { JoinGroupRequest, JoinGroupResponse } from './messages/join-group.ts'
import { LeaveGroupRequest, LeaveGroupResponse } from './messages/leave-group.ts'
import { ListConfigResourcesRequest, ListConfigResourcesResponse } from './messages/list-config-resources.ts'
import { ListGroupsRequest, ListGroupsResponse } from './messages/list-groups.ts'
import { ListOffsetsRequest, ListOffsetsResponse } from './messages/list-offsets.ts'
import {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from './messages/list-partition-reassignments.ts'
import { ListTransactionsRequest, ListTransactionsResponse } from './messages/list-transactions.ts'
import { MetadataRequest, MetadataResponse } from './messages/metadata.ts'
import { OffsetCommitRequest, OffsetCommitResponse } from './messages/offset-commit.ts'
import { OffsetDeleteRequest, OffsetDeleteResponse } from './messages/offset-delete.ts'
import { OffsetFetchRequest, OffsetFetchResponse } from './messages/offset-fetch.ts'
import { OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse } from './messages/offset-for-leader-epoch.ts'
import { ProduceRequest, ProduceResponse } from './messages/produce.ts'
import { PushTelemetryRequest, PushTelemetryResponse } from './messages/push-telemetry.ts'
import { ReadShareGroupStateRequest, ReadShareGroupStateResponse } from './messages/read-share-group-state.ts'
import {
  ReadShareGroupStateSummaryRequest,
  ReadShareGroupStateSummaryResponse,
} from './messages/read-share-group-state-summary.ts'
import { RemoveRaftVoterRequest, RemoveRaftVoterResponse } from './messages/remove-raft-voter.ts'
import { RenewDelegationTokenRequest, RenewDelegationTokenResponse } from './messages/renew-delegation-token.ts'
import { SaslAuthenticateRequest, SaslAuthenticateResponse } from './messages/sasl-authenticate.ts'
import { SaslHandshakeRequest, SaslHandshakeResponse } from './messages/sasl-handshake.ts'
import { ShareAcknowledgeRequest, ShareAcknowledgeResponse } from './messages/share-acknowledge.ts'
import { ShareFetchRequest, ShareFetchResponse } from './messages/share-fetch.ts'
import { ShareGroupDescribeRequest, ShareGroupDescribeResponse } from './messages/share-group-describe.ts'
import { ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse } from './messages/share-group-heartbeat.ts'
import { StreamsGroupDescribeRequest, StreamsGroupDescribeResponse } from './messages/streams-group-describe.ts'
import { StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse } from './messages/streams-group-heartbeat.ts'
import { SyncGroupRequest, SyncGroupResponse } from './messages/sync-group.ts'
import { TxnOffsetCommitRequest, TxnOffsetCommitResponse } from './messages/txn-offset-commit.ts'
import { UnregisterBrokerRequest, UnregisterBrokerResponse } from './messages/unregister-broker.ts'
import { UpdateFeaturesRequest, UpdateFeaturesResponse } from './messages/update-features.ts'
import { UpdateRaftVoterRequest, UpdateRaftVoterResponse } from './messages/update-raft-voter.ts'
import { VoteRequest, VoteResponse } from './messages/vote.ts'
import { WriteShareGroupStateRequest, WriteShareGroupStateResponse } from './messages/write-share-group-state.ts'
import { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from './messages/write-txn-markers.ts'
import type { Infer, Input, Message, Range } from './schema.ts'

export type ListenerRole = 'broker' | 'controller'

export interface Api {
  readonly key: number
  readonly name: string
  readonly request: Message<unknown, unknown>
  readonly response: Message<unknown, unknown>
  /** On which kinds of listener Kafka serves it. */
  readonly listeners: readonly ListenerRole[]
  /** The newest version is not served unless `unstable.api.versions.enable`. */
  readonly latestVersionUnstable: boolean
}

export const ApiKey = {
  Produce: 0,
  Fetch: 1,
  ListOffsets: 2,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  FindCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  LeaveGroup: 13,
  SyncGroup: 14,
  DescribeGroups: 15,
  ListGroups: 16,
  SaslHandshake: 17,
  ApiVersions: 18,
  CreateTopics: 19,
  DeleteTopics: 20,
  DeleteRecords: 21,
  InitProducerId: 22,
  OffsetForLeaderEpoch: 23,
  AddPartitionsToTxn: 24,
  AddOffsetsToTxn: 25,
  EndTxn: 26,
  WriteTxnMarkers: 27,
  TxnOffsetCommit: 28,
  DescribeAcls: 29,
  CreateAcls: 30,
  DeleteAcls: 31,
  DescribeConfigs: 32,
  AlterConfigs: 33,
  AlterReplicaLogDirs: 34,
  DescribeLogDirs: 35,
  SaslAuthenticate: 36,
  CreatePartitions: 37,
  CreateDelegationToken: 38,
  RenewDelegationToken: 39,
  ExpireDelegationToken: 40,
  DescribeDelegationToken: 41,
  DeleteGroups: 42,
  ElectLeaders: 43,
  IncrementalAlterConfigs: 44,
  AlterPartitionReassignments: 45,
  ListPartitionReassignments: 46,
  OffsetDelete: 47,
  DescribeClientQuotas: 48,
  AlterClientQuotas: 49,
  DescribeUserScramCredentials: 50,
  AlterUserScramCredentials: 51,
  Vote: 52,
  BeginQuorumEpoch: 53,
  EndQuorumEpoch: 54,
  DescribeQuorum: 55,
  AlterPartition: 56,
  UpdateFeatures: 57,
  Envelope: 58,
  FetchSnapshot: 59,
  DescribeCluster: 60,
  DescribeProducers: 61,
  BrokerRegistration: 62,
  BrokerHeartbeat: 63,
  UnregisterBroker: 64,
  DescribeTransactions: 65,
  ListTransactions: 66,
  AllocateProducerIds: 67,
  ConsumerGroupHeartbeat: 68,
  ConsumerGroupDescribe: 69,
  ControllerRegistration: 70,
  GetTelemetrySubscriptions: 71,
  PushTelemetry: 72,
  AssignReplicasToDirs: 73,
  ListConfigResources: 74,
  DescribeTopicPartitions: 75,
  ShareGroupHeartbeat: 76,
  ShareGroupDescribe: 77,
  ShareFetch: 78,
  ShareAcknowledge: 79,
  AddRaftVoter: 80,
  RemoveRaftVoter: 81,
  UpdateRaftVoter: 82,
  InitializeShareGroupState: 83,
  ReadShareGroupState: 84,
  WriteShareGroupState: 85,
  DeleteShareGroupState: 86,
  ReadShareGroupStateSummary: 87,
  StreamsGroupHeartbeat: 88,
  StreamsGroupDescribe: 89,
  DescribeShareGroupOffsets: 90,
  AlterShareGroupOffsets: 91,
  DeleteShareGroupOffsets: 92,
} as const
export type ApiName = keyof typeof ApiKey

/** An entry that also says, to the compiler alone, which messages are its. */
interface TypedApi<Key extends number, Request, Response> extends Api {
  readonly key: Key
  readonly [messages]?: { readonly request: Input<Request>; readonly response: Infer<Response> }
}

declare const messages: unique symbol

function api<Key extends number, Request, Response>(
  key: Key,
  name: ApiName,
  request: Request,
  response: Response,
  listeners: readonly ListenerRole[],
  latestVersionUnstable = false,
): TypedApi<Key, Request, Response> {
  return {
    key,
    name,
    request: request as Message<unknown, unknown>,
    response: response as Message<unknown, unknown>,
    listeners,
    latestVersionUnstable,
  }
}

const BROKER = ['broker'] as const
const CONTROLLER = ['controller'] as const
const BOTH = ['broker', 'controller'] as const

const TABLE = [
  api(0, 'Produce', ProduceRequest, ProduceResponse, BROKER),
  api(1, 'Fetch', FetchRequest, FetchResponse, BOTH),
  api(2, 'ListOffsets', ListOffsetsRequest, ListOffsetsResponse, BROKER),
  api(3, 'Metadata', MetadataRequest, MetadataResponse, BROKER),
  api(8, 'OffsetCommit', OffsetCommitRequest, OffsetCommitResponse, BROKER),
  api(9, 'OffsetFetch', OffsetFetchRequest, OffsetFetchResponse, BROKER),
  api(10, 'FindCoordinator', FindCoordinatorRequest, FindCoordinatorResponse, BROKER),
  api(11, 'JoinGroup', JoinGroupRequest, JoinGroupResponse, BROKER),
  api(12, 'Heartbeat', HeartbeatRequest, HeartbeatResponse, BROKER),
  api(13, 'LeaveGroup', LeaveGroupRequest, LeaveGroupResponse, BROKER),
  api(14, 'SyncGroup', SyncGroupRequest, SyncGroupResponse, BROKER),
  api(15, 'DescribeGroups', DescribeGroupsRequest, DescribeGroupsResponse, BROKER),
  api(16, 'ListGroups', ListGroupsRequest, ListGroupsResponse, BROKER),
  api(17, 'SaslHandshake', SaslHandshakeRequest, SaslHandshakeResponse, BOTH),
  api(18, 'ApiVersions', ApiVersionsRequest, ApiVersionsResponse, BOTH),
  api(19, 'CreateTopics', CreateTopicsRequest, CreateTopicsResponse, BOTH),
  api(20, 'DeleteTopics', DeleteTopicsRequest, DeleteTopicsResponse, BOTH),
  api(21, 'DeleteRecords', DeleteRecordsRequest, DeleteRecordsResponse, BROKER),
  api(22, 'InitProducerId', InitProducerIdRequest, InitProducerIdResponse, BROKER, true),
  api(23, 'OffsetForLeaderEpoch', OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, BROKER),
  api(24, 'AddPartitionsToTxn', AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, BROKER),
  api(25, 'AddOffsetsToTxn', AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, BROKER),
  api(26, 'EndTxn', EndTxnRequest, EndTxnResponse, BROKER),
  api(27, 'WriteTxnMarkers', WriteTxnMarkersRequest, WriteTxnMarkersResponse, BROKER),
  api(28, 'TxnOffsetCommit', TxnOffsetCommitRequest, TxnOffsetCommitResponse, BROKER),
  api(29, 'DescribeAcls', DescribeAclsRequest, DescribeAclsResponse, BOTH),
  api(30, 'CreateAcls', CreateAclsRequest, CreateAclsResponse, BOTH),
  api(31, 'DeleteAcls', DeleteAclsRequest, DeleteAclsResponse, BOTH),
  api(32, 'DescribeConfigs', DescribeConfigsRequest, DescribeConfigsResponse, BOTH),
  api(33, 'AlterConfigs', AlterConfigsRequest, AlterConfigsResponse, BOTH),
  api(34, 'AlterReplicaLogDirs', AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse, BROKER),
  api(35, 'DescribeLogDirs', DescribeLogDirsRequest, DescribeLogDirsResponse, BROKER),
  api(36, 'SaslAuthenticate', SaslAuthenticateRequest, SaslAuthenticateResponse, BOTH),
  api(37, 'CreatePartitions', CreatePartitionsRequest, CreatePartitionsResponse, BOTH),
  api(38, 'CreateDelegationToken', CreateDelegationTokenRequest, CreateDelegationTokenResponse, BOTH),
  api(39, 'RenewDelegationToken', RenewDelegationTokenRequest, RenewDelegationTokenResponse, BOTH),
  api(40, 'ExpireDelegationToken', ExpireDelegationTokenRequest, ExpireDelegationTokenResponse, BOTH),
  api(41, 'DescribeDelegationToken', DescribeDelegationTokenRequest, DescribeDelegationTokenResponse, BOTH),
  api(42, 'DeleteGroups', DeleteGroupsRequest, DeleteGroupsResponse, BROKER),
  api(43, 'ElectLeaders', ElectLeadersRequest, ElectLeadersResponse, BOTH),
  api(44, 'IncrementalAlterConfigs', IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, BOTH),
  api(45, 'AlterPartitionReassignments', AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse, BOTH),
  api(46, 'ListPartitionReassignments', ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse, BOTH),
  api(47, 'OffsetDelete', OffsetDeleteRequest, OffsetDeleteResponse, BROKER),
  api(48, 'DescribeClientQuotas', DescribeClientQuotasRequest, DescribeClientQuotasResponse, BROKER),
  api(49, 'AlterClientQuotas', AlterClientQuotasRequest, AlterClientQuotasResponse, BOTH),
  api(
    50,
    'DescribeUserScramCredentials',
    DescribeUserScramCredentialsRequest,
    DescribeUserScramCredentialsResponse,
    BOTH,
  ),
  api(51, 'AlterUserScramCredentials', AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse, BOTH),
  api(52, 'Vote', VoteRequest, VoteResponse, CONTROLLER),
  api(53, 'BeginQuorumEpoch', BeginQuorumEpochRequest, BeginQuorumEpochResponse, CONTROLLER),
  api(54, 'EndQuorumEpoch', EndQuorumEpochRequest, EndQuorumEpochResponse, CONTROLLER),
  api(55, 'DescribeQuorum', DescribeQuorumRequest, DescribeQuorumResponse, BOTH),
  api(56, 'AlterPartition', AlterPartitionRequest, AlterPartitionResponse, CONTROLLER),
  api(57, 'UpdateFeatures', UpdateFeaturesRequest, UpdateFeaturesResponse, BOTH),
  api(58, 'Envelope', EnvelopeRequest, EnvelopeResponse, CONTROLLER),
  api(59, 'FetchSnapshot', FetchSnapshotRequest, FetchSnapshotResponse, CONTROLLER),
  api(60, 'DescribeCluster', DescribeClusterRequest, DescribeClusterResponse, BOTH),
  api(61, 'DescribeProducers', DescribeProducersRequest, DescribeProducersResponse, BROKER),
  api(62, 'BrokerRegistration', BrokerRegistrationRequest, BrokerRegistrationResponse, CONTROLLER),
  api(63, 'BrokerHeartbeat', BrokerHeartbeatRequest, BrokerHeartbeatResponse, CONTROLLER),
  api(64, 'UnregisterBroker', UnregisterBrokerRequest, UnregisterBrokerResponse, BOTH),
  api(65, 'DescribeTransactions', DescribeTransactionsRequest, DescribeTransactionsResponse, BROKER),
  api(66, 'ListTransactions', ListTransactionsRequest, ListTransactionsResponse, BROKER),
  api(67, 'AllocateProducerIds', AllocateProducerIdsRequest, AllocateProducerIdsResponse, CONTROLLER),
  api(68, 'ConsumerGroupHeartbeat', ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse, BROKER),
  api(69, 'ConsumerGroupDescribe', ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, BROKER),
  api(70, 'ControllerRegistration', ControllerRegistrationRequest, ControllerRegistrationResponse, CONTROLLER),
  api(71, 'GetTelemetrySubscriptions', GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse, BROKER),
  api(72, 'PushTelemetry', PushTelemetryRequest, PushTelemetryResponse, BROKER),
  api(73, 'AssignReplicasToDirs', AssignReplicasToDirsRequest, AssignReplicasToDirsResponse, CONTROLLER),
  api(74, 'ListConfigResources', ListConfigResourcesRequest, ListConfigResourcesResponse, BROKER),
  api(75, 'DescribeTopicPartitions', DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, BROKER),
  api(76, 'ShareGroupHeartbeat', ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse, BROKER),
  api(77, 'ShareGroupDescribe', ShareGroupDescribeRequest, ShareGroupDescribeResponse, BROKER),
  api(78, 'ShareFetch', ShareFetchRequest, ShareFetchResponse, BROKER),
  api(79, 'ShareAcknowledge', ShareAcknowledgeRequest, ShareAcknowledgeResponse, BROKER),
  api(80, 'AddRaftVoter', AddRaftVoterRequest, AddRaftVoterResponse, BOTH),
  api(81, 'RemoveRaftVoter', RemoveRaftVoterRequest, RemoveRaftVoterResponse, BOTH),
  api(82, 'UpdateRaftVoter', UpdateRaftVoterRequest, UpdateRaftVoterResponse, CONTROLLER),
  api(83, 'InitializeShareGroupState', InitializeShareGroupStateRequest, InitializeShareGroupStateResponse, BROKER),
  api(84, 'ReadShareGroupState', ReadShareGroupStateRequest, ReadShareGroupStateResponse, BROKER),
  api(85, 'WriteShareGroupState', WriteShareGroupStateRequest, WriteShareGroupStateResponse, BROKER),
  api(86, 'DeleteShareGroupState', DeleteShareGroupStateRequest, DeleteShareGroupStateResponse, BROKER),
  api(87, 'ReadShareGroupStateSummary', ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse, BROKER),
  api(88, 'StreamsGroupHeartbeat', StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse, BROKER),
  api(89, 'StreamsGroupDescribe', StreamsGroupDescribeRequest, StreamsGroupDescribeResponse, BROKER),
  api(90, 'DescribeShareGroupOffsets', DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse, BROKER),
  api(91, 'AlterShareGroupOffsets', AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse, BROKER),
  api(92, 'DeleteShareGroupOffsets', DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse, BROKER),
] as const

export const APIS: readonly Api[] = TABLE

/** By `ApiKey`: the request that is encoded and the response that comes back. */
export type Calls = {
  readonly [Entry in (typeof TABLE)[number] as Entry['key']]: Exclude<Entry[typeof messages], undefined>
}
export type CallKey = keyof Calls

const byKey = new Map(APIS.map((entry) => [entry.key, entry]))

export function apiOf(key: number): Api | undefined {
  return byKey.get(key)
}

export function requestHeaderVersion(entry: Api, version: number): number {
  return entry.request.isFlexible(version) ? 2 : 1
}

/** ApiVersions answers always have header 0, so that a client that knows nothing yet can read them (KIP-511). */
export function responseHeaderVersion(entry: Api, version: number): number {
  return entry.key !== ApiKey.ApiVersions && entry.response.isFlexible(version) ? 1 : 0
}

/** Kafka serves a version that is still unstable only when told to. */
export function servedVersions(entry: Api): Range {
  const { min, max } = entry.request.versions
  return { min, max: entry.latestVersionUnstable ? max - 1 : max }
}
