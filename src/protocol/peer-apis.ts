import type { ApiKey } from './apis.ts'
import type { ClientApis } from './client-apis.ts'
import type { AddPartitionsToTxnRequest, AddPartitionsToTxnResponse } from './messages/add-partitions-to-txn.ts'
import type { AddRaftVoterRequest, AddRaftVoterResponse } from './messages/add-raft-voter.ts'
import type { AllocateProducerIdsRequest, AllocateProducerIdsResponse } from './messages/allocate-producer-ids.ts'
import type { AlterPartitionRequest, AlterPartitionResponse } from './messages/alter-partition.ts'
import type { ApiVersionsRequest, ApiVersionsResponse } from './messages/api-versions.ts'
import type { AssignReplicasToDirsRequest, AssignReplicasToDirsResponse } from './messages/assign-replicas-to-dirs.ts'
import type { BeginQuorumEpochRequest, BeginQuorumEpochResponse } from './messages/begin-quorum-epoch.ts'
import type { BrokerHeartbeatRequest, BrokerHeartbeatResponse } from './messages/broker-heartbeat.ts'
import type { BrokerRegistrationRequest, BrokerRegistrationResponse } from './messages/broker-registration.ts'
import type {
  ControllerRegistrationRequest,
  ControllerRegistrationResponse,
} from './messages/controller-registration.ts'
import type { CreateTopicsRequest, CreateTopicsResponse } from './messages/create-topics.ts'
import type {
  DeleteShareGroupStateRequest,
  DeleteShareGroupStateResponse,
} from './messages/delete-share-group-state.ts'
import type { DescribeQuorumRequest, DescribeQuorumResponse } from './messages/describe-quorum.ts'
import type { EndQuorumEpochRequest, EndQuorumEpochResponse } from './messages/end-quorum-epoch.ts'
import type { EnvelopeRequest, EnvelopeResponse } from './messages/envelope.ts'
import type { FetchRequest, FetchResponse } from './messages/fetch.ts'
import type { FetchSnapshotRequest, FetchSnapshotResponse } from './messages/fetch-snapshot.ts'
import type {
  InitializeShareGroupStateRequest,
  InitializeShareGroupStateResponse,
} from './messages/initialize-share-group-state.ts'
import type { ListOffsetsRequest, ListOffsetsResponse } from './messages/list-offsets.ts'
import type { MetadataRequest, MetadataResponse } from './messages/metadata.ts'
import type { OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse } from './messages/offset-for-leader-epoch.ts'
import type { ReadShareGroupStateRequest, ReadShareGroupStateResponse } from './messages/read-share-group-state.ts'
import type {
  ReadShareGroupStateSummaryRequest,
  ReadShareGroupStateSummaryResponse,
} from './messages/read-share-group-state-summary.ts'
import type { RemoveRaftVoterRequest, RemoveRaftVoterResponse } from './messages/remove-raft-voter.ts'
import type { UpdateRaftVoterRequest, UpdateRaftVoterResponse } from './messages/update-raft-voter.ts'
import type { VoteRequest, VoteResponse } from './messages/vote.ts'
import type { WriteShareGroupStateRequest, WriteShareGroupStateResponse } from './messages/write-share-group-state.ts'
import type { WriteTxnMarkersRequest, WriteTxnMarkersResponse } from './messages/write-txn-markers.ts'
import type { Infer, Input } from './schema.ts'

/** What is encoded and what comes back. */
export interface Pair<Request, Response> {
  readonly request: Input<Request>
  readonly response: Infer<Response>
}

/** The requests that nodes send to each other, and those of clients. */
export interface PeerApis extends ClientApis {
  [ApiKey.Fetch]: Pair<typeof FetchRequest, typeof FetchResponse>
  [ApiKey.ListOffsets]: Pair<typeof ListOffsetsRequest, typeof ListOffsetsResponse>
  [ApiKey.Metadata]: Pair<typeof MetadataRequest, typeof MetadataResponse>
  [ApiKey.ApiVersions]: Pair<typeof ApiVersionsRequest, typeof ApiVersionsResponse>
  [ApiKey.CreateTopics]: Pair<typeof CreateTopicsRequest, typeof CreateTopicsResponse>
  [ApiKey.OffsetForLeaderEpoch]: Pair<typeof OffsetForLeaderEpochRequest, typeof OffsetForLeaderEpochResponse>
  [ApiKey.AddPartitionsToTxn]: Pair<typeof AddPartitionsToTxnRequest, typeof AddPartitionsToTxnResponse>
  [ApiKey.WriteTxnMarkers]: Pair<typeof WriteTxnMarkersRequest, typeof WriteTxnMarkersResponse>
  [ApiKey.DeleteShareGroupState]: Pair<typeof DeleteShareGroupStateRequest, typeof DeleteShareGroupStateResponse>
  [ApiKey.InitializeShareGroupState]: Pair<
    typeof InitializeShareGroupStateRequest,
    typeof InitializeShareGroupStateResponse
  >
  [ApiKey.ReadShareGroupState]: Pair<typeof ReadShareGroupStateRequest, typeof ReadShareGroupStateResponse>
  [ApiKey.ReadShareGroupStateSummary]: Pair<
    typeof ReadShareGroupStateSummaryRequest,
    typeof ReadShareGroupStateSummaryResponse
  >
  [ApiKey.WriteShareGroupState]: Pair<typeof WriteShareGroupStateRequest, typeof WriteShareGroupStateResponse>
  [ApiKey.Vote]: Pair<typeof VoteRequest, typeof VoteResponse>
  [ApiKey.BeginQuorumEpoch]: Pair<typeof BeginQuorumEpochRequest, typeof BeginQuorumEpochResponse>
  [ApiKey.EndQuorumEpoch]: Pair<typeof EndQuorumEpochRequest, typeof EndQuorumEpochResponse>
  [ApiKey.DescribeQuorum]: Pair<typeof DescribeQuorumRequest, typeof DescribeQuorumResponse>
  [ApiKey.AlterPartition]: Pair<typeof AlterPartitionRequest, typeof AlterPartitionResponse>
  [ApiKey.Envelope]: Pair<typeof EnvelopeRequest, typeof EnvelopeResponse>
  [ApiKey.FetchSnapshot]: Pair<typeof FetchSnapshotRequest, typeof FetchSnapshotResponse>
  [ApiKey.BrokerRegistration]: Pair<typeof BrokerRegistrationRequest, typeof BrokerRegistrationResponse>
  [ApiKey.BrokerHeartbeat]: Pair<typeof BrokerHeartbeatRequest, typeof BrokerHeartbeatResponse>
  [ApiKey.AllocateProducerIds]: Pair<typeof AllocateProducerIdsRequest, typeof AllocateProducerIdsResponse>
  [ApiKey.ControllerRegistration]: Pair<typeof ControllerRegistrationRequest, typeof ControllerRegistrationResponse>
  [ApiKey.AssignReplicasToDirs]: Pair<typeof AssignReplicasToDirsRequest, typeof AssignReplicasToDirsResponse>
  [ApiKey.AddRaftVoter]: Pair<typeof AddRaftVoterRequest, typeof AddRaftVoterResponse>
  [ApiKey.RemoveRaftVoter]: Pair<typeof RemoveRaftVoterRequest, typeof RemoveRaftVoterResponse>
  [ApiKey.UpdateRaftVoter]: Pair<typeof UpdateRaftVoterRequest, typeof UpdateRaftVoterResponse>
}

export type PeerApi = keyof PeerApis
