import type { ErrorName } from '../base/errors.ts'
import type { Endpoint, LogEnd, ReplicaKey, SnapshotId, Voter } from './types.ts'

/** The quorum's RPCs as far as the machine sees them: one topic, one partition; cluster ids are the handler's business. */
export type RaftRequest =
  | VoteRequest
  | BeginEpochRequest
  | EndEpochRequest
  | FetchRequest
  | FetchSnapshotRequest
  | AddVoterRequest
  | RemoveVoterRequest
  | UpdateVoterRequest
  | ApiVersionsRequest

/** `type` is that of the request. */
export type RaftReply =
  | VoteReply
  | BeginEpochReply
  | EndEpochReply
  | FetchReply
  | FetchSnapshotReply
  | AddVoterReply
  | RemoveVoterReply
  | UpdateVoterReply
  | ApiVersionsReply
  | UpgradeKraftVersionReply

export interface VoteRequest {
  readonly type: 'vote'
  readonly candidate: ReplicaKey
  /** Who is asked; undefined: an old version (0) that does not say. */
  readonly voter: ReplicaKey | undefined
  readonly epoch: number
  readonly logEnd: LogEnd
  /** KIP-996: would you vote for me? Changes nothing. */
  readonly preVote: boolean
}

/** What every answer says about the leader; on the wire CurrentLeader and NodeEndpoints. */
export interface LeaderHint {
  /** At the level of the partition; handlers use the top level only for errors of their own. */
  readonly error: ErrorName
  /** -1: not known. */
  readonly leaderId: number
  readonly epoch: number
  /** Empty: not known. The handler picks the one of the listener that was asked. */
  readonly leaderEndpoints: readonly Endpoint[]
}

export interface VoteReply extends LeaderHint {
  readonly type: 'vote'
  readonly granted: boolean
}

export interface BeginEpochRequest {
  readonly type: 'begin-epoch'
  readonly voter: ReplicaKey | undefined
  readonly leaderId: number
  readonly epoch: number
  readonly leaderEndpoints: readonly Endpoint[]
}

export interface BeginEpochReply extends LeaderHint {
  readonly type: 'begin-epoch'
}

export interface EndEpochRequest {
  readonly type: 'end-epoch'
  readonly leaderId: number
  readonly epoch: number
  /** The most caught up first; directory ids are ZERO_UUID in version 0. */
  readonly successors: readonly ReplicaKey[]
  readonly leaderEndpoints: readonly Endpoint[]
}

export interface EndEpochReply extends LeaderHint {
  readonly type: 'end-epoch'
}

export interface FetchRequest {
  readonly type: 'fetch'
  /** Id -1: a consumer of the metadata topic (a tool). */
  readonly replica: ReplicaKey
  /** -1: not said. */
  readonly epoch: number
  readonly offset: number
  /** -1: not said (consumers). */
  readonly lastFetchedEpoch: number
  /** What the replica knows (-1: nothing); undefined: it doesn't say (before version 18). */
  readonly highWatermark: number | undefined
  readonly maxWaitMs: number
  readonly maxBytes: number
}

export interface FetchReply extends LeaderHint {
  readonly type: 'fetch'
  /** -1: not known. */
  readonly highWatermark: number
  readonly logStartOffset: number
  /** Logs differ: everything of the follower behind the end of this epoch must go. */
  readonly diverging: { readonly epoch: number; readonly endOffset: number } | undefined
  /** What is asked for is not in the log any more: fetch this first. */
  readonly snapshotId: SnapshotId | undefined
  /** Leaving: what the driver must read into the records; undefined: none. */
  readonly read: LogRange | undefined
  /** Arriving: whole batches, perhaps none; empty where it leaves. */
  readonly records: Buffer
}

export interface LogRange {
  readonly fromOffset: number
  readonly upTo: number
  /** At least one batch goes, however large. */
  readonly maxBytes: number
}

export interface FetchSnapshotRequest {
  readonly type: 'fetch-snapshot'
  readonly replica: ReplicaKey
  readonly epoch: number
  readonly snapshotId: SnapshotId
  readonly position: number
  readonly maxBytes: number
}

export interface FetchSnapshotReply extends LeaderHint {
  readonly type: 'fetch-snapshot'
  readonly snapshotId: SnapshotId
  readonly size: number
  readonly position: number
  /** Leaving: how many bytes from `position` the driver must read; 0: none. */
  readonly length: number
  /** Arriving. */
  readonly bytes: Buffer
}

export interface AddVoterRequest {
  readonly type: 'add-voter'
  readonly voter: ReplicaKey
  readonly endpoints: readonly Endpoint[]
  readonly timeoutMs: number
  /** False: answered as soon as it is in the log. */
  readonly ackWhenCommitted: boolean
}

export interface AddVoterReply {
  readonly type: 'add-voter'
  readonly error: ErrorName
  readonly message: string | null
}

export interface RemoveVoterRequest {
  readonly type: 'remove-voter'
  readonly voter: ReplicaKey
}

export interface RemoveVoterReply {
  readonly type: 'remove-voter'
  readonly error: ErrorName
  readonly message: string | null
}

export interface UpdateVoterRequest {
  readonly type: 'update-voter'
  readonly epoch: number
  readonly voter: ReplicaKey
  readonly endpoints: readonly Endpoint[]
  readonly kRaftVersionFeature: Voter['kRaftVersionFeature']
}

export interface UpdateVoterReply extends LeaderHint {
  readonly type: 'update-voter'
}

/** Sent by a leader to a node that is to become a voter: what it supports of kraft.version. Never received. */
export interface ApiVersionsRequest {
  readonly type: 'api-versions'
}

export interface ApiVersionsReply {
  readonly type: 'api-versions'
  readonly error: ErrorName
  /** Undefined: it names no such feature. */
  readonly kraftVersion: Voter['kRaftVersionFeature'] | undefined
}

export interface UpgradeKraftVersionReply {
  readonly type: 'upgrade-kraft-version'
  readonly error: ErrorName
  readonly message: string | null
}
