import type { ApiKey } from './apis.ts'
import type { AlterClientQuotasRequest, AlterClientQuotasResponse } from './messages/alter-client-quotas.ts'
import type {
  AlterPartitionReassignmentsRequest,
  AlterPartitionReassignmentsResponse,
} from './messages/alter-partition-reassignments.ts'
import type { AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse } from './messages/alter-replica-log-dirs.ts'
import type {
  AlterShareGroupOffsetsRequest,
  AlterShareGroupOffsetsResponse,
} from './messages/alter-share-group-offsets.ts'
import type {
  AlterUserScramCredentialsRequest,
  AlterUserScramCredentialsResponse,
} from './messages/alter-user-scram-credentials.ts'
import type { ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse } from './messages/consumer-group-describe.ts'
import type { CreateAclsRequest, CreateAclsResponse } from './messages/create-acls.ts'
import type { CreateDelegationTokenRequest, CreateDelegationTokenResponse } from './messages/create-delegation-token.ts'
import type { CreatePartitionsRequest, CreatePartitionsResponse } from './messages/create-partitions.ts'
import type { DeleteAclsRequest, DeleteAclsResponse } from './messages/delete-acls.ts'
import type { DeleteGroupsRequest, DeleteGroupsResponse } from './messages/delete-groups.ts'
import type { DeleteRecordsRequest, DeleteRecordsResponse } from './messages/delete-records.ts'
import type {
  DeleteShareGroupOffsetsRequest,
  DeleteShareGroupOffsetsResponse,
} from './messages/delete-share-group-offsets.ts'
import type { DeleteTopicsRequest, DeleteTopicsResponse } from './messages/delete-topics.ts'
import type { DescribeAclsRequest, DescribeAclsResponse } from './messages/describe-acls.ts'
import type { DescribeClientQuotasRequest, DescribeClientQuotasResponse } from './messages/describe-client-quotas.ts'
import type { DescribeClusterRequest, DescribeClusterResponse } from './messages/describe-cluster.ts'
import type { DescribeConfigsRequest, DescribeConfigsResponse } from './messages/describe-configs.ts'
import type {
  DescribeDelegationTokenRequest,
  DescribeDelegationTokenResponse,
} from './messages/describe-delegation-token.ts'
import type { DescribeGroupsRequest, DescribeGroupsResponse } from './messages/describe-groups.ts'
import type { DescribeLogDirsRequest, DescribeLogDirsResponse } from './messages/describe-log-dirs.ts'
import type { DescribeProducersRequest, DescribeProducersResponse } from './messages/describe-producers.ts'
import type {
  DescribeShareGroupOffsetsRequest,
  DescribeShareGroupOffsetsResponse,
} from './messages/describe-share-group-offsets.ts'
import type {
  DescribeTopicPartitionsRequest,
  DescribeTopicPartitionsResponse,
} from './messages/describe-topic-partitions.ts'
import type { DescribeTransactionsRequest, DescribeTransactionsResponse } from './messages/describe-transactions.ts'
import type {
  DescribeUserScramCredentialsRequest,
  DescribeUserScramCredentialsResponse,
} from './messages/describe-user-scram-credentials.ts'
import type { ElectLeadersRequest, ElectLeadersResponse } from './messages/elect-leaders.ts'
import type { ExpireDelegationTokenRequest, ExpireDelegationTokenResponse } from './messages/expire-delegation-token.ts'
import type { FindCoordinatorRequest, FindCoordinatorResponse } from './messages/find-coordinator.ts'
import type { HeartbeatRequest, HeartbeatResponse } from './messages/heartbeat.ts'
import type {
  IncrementalAlterConfigsRequest,
  IncrementalAlterConfigsResponse,
} from './messages/incremental-alter-configs.ts'
import type { InitProducerIdRequest, InitProducerIdResponse } from './messages/init-producer-id.ts'
import type { JoinGroupRequest, JoinGroupResponse } from './messages/join-group.ts'
import type { LeaveGroupRequest, LeaveGroupResponse } from './messages/leave-group.ts'
import type { ListConfigResourcesRequest, ListConfigResourcesResponse } from './messages/list-config-resources.ts'
import type { ListGroupsRequest, ListGroupsResponse } from './messages/list-groups.ts'
import type {
  ListPartitionReassignmentsRequest,
  ListPartitionReassignmentsResponse,
} from './messages/list-partition-reassignments.ts'
import type { ListTransactionsRequest, ListTransactionsResponse } from './messages/list-transactions.ts'
import type { OffsetCommitRequest, OffsetCommitResponse } from './messages/offset-commit.ts'
import type { OffsetDeleteRequest, OffsetDeleteResponse } from './messages/offset-delete.ts'
import type { OffsetFetchRequest, OffsetFetchResponse } from './messages/offset-fetch.ts'
import type { ProduceRequest, ProduceResponse } from './messages/produce.ts'
import type { RenewDelegationTokenRequest, RenewDelegationTokenResponse } from './messages/renew-delegation-token.ts'
import type { ShareGroupDescribeRequest, ShareGroupDescribeResponse } from './messages/share-group-describe.ts'
import type { StreamsGroupDescribeRequest, StreamsGroupDescribeResponse } from './messages/streams-group-describe.ts'
import type { SyncGroupRequest, SyncGroupResponse } from './messages/sync-group.ts'
import type { UnregisterBrokerRequest, UnregisterBrokerResponse } from './messages/unregister-broker.ts'
import type { UpdateFeaturesRequest, UpdateFeaturesResponse } from './messages/update-features.ts'
import type { Pair } from './peer-apis.ts'

/** The requests that clients send, and what comes back; those that nodes send to each other too are in peer-apis.ts. */
export interface ClientApis {
  [ApiKey.Produce]: Pair<typeof ProduceRequest, typeof ProduceResponse>
  [ApiKey.OffsetCommit]: Pair<typeof OffsetCommitRequest, typeof OffsetCommitResponse>
  [ApiKey.OffsetFetch]: Pair<typeof OffsetFetchRequest, typeof OffsetFetchResponse>
  [ApiKey.FindCoordinator]: Pair<typeof FindCoordinatorRequest, typeof FindCoordinatorResponse>
  [ApiKey.JoinGroup]: Pair<typeof JoinGroupRequest, typeof JoinGroupResponse>
  [ApiKey.Heartbeat]: Pair<typeof HeartbeatRequest, typeof HeartbeatResponse>
  [ApiKey.LeaveGroup]: Pair<typeof LeaveGroupRequest, typeof LeaveGroupResponse>
  [ApiKey.SyncGroup]: Pair<typeof SyncGroupRequest, typeof SyncGroupResponse>
  [ApiKey.DescribeGroups]: Pair<typeof DescribeGroupsRequest, typeof DescribeGroupsResponse>
  [ApiKey.ListGroups]: Pair<typeof ListGroupsRequest, typeof ListGroupsResponse>
  [ApiKey.DeleteTopics]: Pair<typeof DeleteTopicsRequest, typeof DeleteTopicsResponse>
  [ApiKey.DeleteRecords]: Pair<typeof DeleteRecordsRequest, typeof DeleteRecordsResponse>
  [ApiKey.InitProducerId]: Pair<typeof InitProducerIdRequest, typeof InitProducerIdResponse>
  [ApiKey.DescribeAcls]: Pair<typeof DescribeAclsRequest, typeof DescribeAclsResponse>
  [ApiKey.CreateAcls]: Pair<typeof CreateAclsRequest, typeof CreateAclsResponse>
  [ApiKey.DeleteAcls]: Pair<typeof DeleteAclsRequest, typeof DeleteAclsResponse>
  [ApiKey.DescribeConfigs]: Pair<typeof DescribeConfigsRequest, typeof DescribeConfigsResponse>
  [ApiKey.AlterReplicaLogDirs]: Pair<typeof AlterReplicaLogDirsRequest, typeof AlterReplicaLogDirsResponse>
  [ApiKey.DescribeLogDirs]: Pair<typeof DescribeLogDirsRequest, typeof DescribeLogDirsResponse>
  [ApiKey.CreatePartitions]: Pair<typeof CreatePartitionsRequest, typeof CreatePartitionsResponse>
  [ApiKey.CreateDelegationToken]: Pair<typeof CreateDelegationTokenRequest, typeof CreateDelegationTokenResponse>
  [ApiKey.RenewDelegationToken]: Pair<typeof RenewDelegationTokenRequest, typeof RenewDelegationTokenResponse>
  [ApiKey.ExpireDelegationToken]: Pair<typeof ExpireDelegationTokenRequest, typeof ExpireDelegationTokenResponse>
  [ApiKey.DescribeDelegationToken]: Pair<typeof DescribeDelegationTokenRequest, typeof DescribeDelegationTokenResponse>
  [ApiKey.DeleteGroups]: Pair<typeof DeleteGroupsRequest, typeof DeleteGroupsResponse>
  [ApiKey.ElectLeaders]: Pair<typeof ElectLeadersRequest, typeof ElectLeadersResponse>
  [ApiKey.IncrementalAlterConfigs]: Pair<typeof IncrementalAlterConfigsRequest, typeof IncrementalAlterConfigsResponse>
  [ApiKey.AlterPartitionReassignments]: Pair<
    typeof AlterPartitionReassignmentsRequest,
    typeof AlterPartitionReassignmentsResponse
  >
  [ApiKey.ListPartitionReassignments]: Pair<
    typeof ListPartitionReassignmentsRequest,
    typeof ListPartitionReassignmentsResponse
  >
  [ApiKey.OffsetDelete]: Pair<typeof OffsetDeleteRequest, typeof OffsetDeleteResponse>
  [ApiKey.DescribeClientQuotas]: Pair<typeof DescribeClientQuotasRequest, typeof DescribeClientQuotasResponse>
  [ApiKey.AlterClientQuotas]: Pair<typeof AlterClientQuotasRequest, typeof AlterClientQuotasResponse>
  [ApiKey.DescribeUserScramCredentials]: Pair<
    typeof DescribeUserScramCredentialsRequest,
    typeof DescribeUserScramCredentialsResponse
  >
  [ApiKey.AlterUserScramCredentials]: Pair<
    typeof AlterUserScramCredentialsRequest,
    typeof AlterUserScramCredentialsResponse
  >
  [ApiKey.UpdateFeatures]: Pair<typeof UpdateFeaturesRequest, typeof UpdateFeaturesResponse>
  [ApiKey.DescribeCluster]: Pair<typeof DescribeClusterRequest, typeof DescribeClusterResponse>
  [ApiKey.DescribeProducers]: Pair<typeof DescribeProducersRequest, typeof DescribeProducersResponse>
  [ApiKey.UnregisterBroker]: Pair<typeof UnregisterBrokerRequest, typeof UnregisterBrokerResponse>
  [ApiKey.DescribeTransactions]: Pair<typeof DescribeTransactionsRequest, typeof DescribeTransactionsResponse>
  [ApiKey.ListTransactions]: Pair<typeof ListTransactionsRequest, typeof ListTransactionsResponse>
  [ApiKey.ConsumerGroupDescribe]: Pair<typeof ConsumerGroupDescribeRequest, typeof ConsumerGroupDescribeResponse>
  [ApiKey.ListConfigResources]: Pair<typeof ListConfigResourcesRequest, typeof ListConfigResourcesResponse>
  [ApiKey.DescribeTopicPartitions]: Pair<typeof DescribeTopicPartitionsRequest, typeof DescribeTopicPartitionsResponse>
  [ApiKey.ShareGroupDescribe]: Pair<typeof ShareGroupDescribeRequest, typeof ShareGroupDescribeResponse>
  [ApiKey.StreamsGroupDescribe]: Pair<typeof StreamsGroupDescribeRequest, typeof StreamsGroupDescribeResponse>
  [ApiKey.DescribeShareGroupOffsets]: Pair<
    typeof DescribeShareGroupOffsetsRequest,
    typeof DescribeShareGroupOffsetsResponse
  >
  [ApiKey.AlterShareGroupOffsets]: Pair<typeof AlterShareGroupOffsetsRequest, typeof AlterShareGroupOffsetsResponse>
  [ApiKey.DeleteShareGroupOffsets]: Pair<typeof DeleteShareGroupOffsetsRequest, typeof DeleteShareGroupOffsetsResponse>
}
