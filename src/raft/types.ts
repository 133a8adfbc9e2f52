import type { ErrorName } from '../base/errors.ts'
import type { DirectoryId } from '../base/ids.ts'
import type { VotersRecordData } from '../protocol/stored/control-records.ts'
import type { RaftReply, RaftRequest } from './messages.ts'

/** In the place of a leader's id. */
export const NOBODY = -1

/** A voter is its node and its disk: a node that lost its disk is another replica. ZERO_UUID: not known. */
export interface ReplicaKey {
  readonly id: number
  readonly directoryId: DirectoryId
}

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** A controller listener of a node. */
export interface Endpoint extends HostPort {
  readonly name: string
}

export type Voters = VotersRecordData['voters']
export type Voter = Voters[number]

/** Who votes, and how this node knows. */
export interface VoterSource {
  readonly voters: Voters
  /** 0: a fixed set from controller.quorum.voters; 1: records of the log, KIP-853. */
  readonly kraftVersion: 0 | 1
  /** The set comes from the checkpoint that `storage format` left: the first leader must write it into the log. */
  readonly fromBootstrap: boolean
}

/** A control record about the quorum and where it stands; what a snapshot says stands at its last offset. */
export interface QuorumRecord {
  readonly offset: number
  readonly kraftVersion?: number | undefined
  readonly voters?: Voters | undefined
}

/** What survives a crash besides the log: the file `quorum-state`. */
export interface HardState {
  readonly epoch: number
  readonly leaderId: number
  readonly voted: ReplicaKey | null
}

export type RoleName = 'unattached' | 'prospective' | 'candidate' | 'leader' | 'follower' | 'resigned'

/** The end of a log as elections compare it. */
export interface LogEnd {
  readonly offset: number
  /** Of the last record; 0 where there is none. */
  readonly epoch: number
}

/** The first offset that an epoch wrote. */
export interface EpochStart {
  readonly epoch: number
  readonly startOffset: number
}

/** A snapshot stands for everything below `endOffset`; `epoch` is that of the record before it. */
export interface SnapshotId {
  readonly endOffset: number
  readonly epoch: number
}

/** What the machine looks up about the log's files. Epochs and the end it follows itself: here they would lag behind. */
export interface LogView {
  readonly startOffset: number
  /** Of the complete ones; the bootstrap checkpoint (end 0) is none. */
  readonly earliestSnapshot: SnapshotId | undefined
  readonly latestSnapshot: SnapshotId | undefined
  /** Bytes of a complete snapshot; undefined: there is none with that id. */
  snapshotSize(id: SnapshotId): number | undefined
}

/** Names an incoming request to the driver, which made it up; its reply carries it back. */
export type Token = number

/** Where a request goes; an address of controller.quorum.bootstrap.servers has no id. */
export interface Target extends HostPort {
  readonly id: number | undefined
}

/** The driver makes the RPC and steps in `reply` or, after `timeoutMs` at the latest, `requestFailed`, with the same id. */
export interface OutgoingRequest {
  readonly kind: 'request'
  readonly id: number
  readonly to: Target
  readonly request: RaftRequest
  readonly timeoutMs: number
}

export interface OutgoingReply {
  readonly kind: 'reply'
  readonly token: Token
  readonly reply: RaftReply
}

export type Envelope = OutgoingRequest | OutgoingReply

/** `unsupported`: the other side has no version of the API that can carry the request. */
export type FailureReason = 'unreachable' | 'disconnected' | 'timeout' | 'unsupported'

export type RaftEvent =
  | { readonly type: 'start' }
  | { readonly type: 'tick' }
  /** Somebody asks; exactly one reply with the token follows, perhaps much later. */
  | { readonly type: 'request'; readonly token: Token; readonly request: RaftRequest }
  | { readonly type: 'reply'; readonly id: number; readonly reply: RaftReply }
  | { readonly type: 'requestFailed'; readonly id: number; readonly reason: FailureReason }
  /**
   * The connection to the leader broke and a new one was refused: a follower that votes begins its pre-vote at once. Harmless
   * where the leader lives, because the others still hear from it and grant nothing.
   */
  | { readonly type: 'leaderUnreachable'; readonly leaderId: number }
  /** Values of data records, to be one batch; only a leader is given this. */
  | { readonly type: 'propose'; readonly values: readonly Uint8Array[] }
  /** Everything below is on disk, fsynced. `truncations`: of the newest `Ready` that the fsync covers; a log that was cut since is another. */
  | { readonly type: 'synced'; readonly endOffset: number; readonly truncations?: number }
  /**
   * The snapshot of `Ready.snapshotChunks` is complete on disk, renamed, and the log is empty and starts at its end. `records` are its
   * control records.
   */
  | { readonly type: 'snapshotInstalled'; readonly id: SnapshotId; readonly records: Omit<QuorumRecord, 'offset'> }
  /** The downloaded snapshot can't be read: it is asked for again from its start. */
  | { readonly type: 'snapshotRefused'; readonly id: SnapshotId }
  /** This node gives up leading, for instance because it stops or its controller failed; nothing to a node that doesn't lead. */
  | { readonly type: 'resign' }
  /** UpdateFeatures of kraft.version (0 → 1): answered like a request of the same type. */
  | {
      readonly type: 'upgradeKraftVersion'
      readonly token: Token
      readonly version: number
      readonly validateOnly: boolean
    }

/** What goes into the log as it is: one batch of this leader, or whole batches that came from a leader. */
export interface RaftBatch {
  readonly origin: 'leader' | 'follower'
  readonly baseOffset: number
  readonly lastOffset: number
  /** Of the last record. */
  readonly epoch: number
  readonly bytes: Buffer
}

/** A piece of a snapshot that is being downloaded; position 0 begins a new file, whatever was there. */
export interface SnapshotChunk {
  readonly id: SnapshotId
  readonly position: number
  readonly bytes: Buffer
  /** With this one the file is complete: install it, then step `snapshotInstalled`. */
  readonly isLast: boolean
}

/** Of whom this node knows to lead its epoch. */
export interface LeaderView {
  /** -1: nobody known. */
  readonly id: number
  readonly epoch: number
  /** Its controller listeners; empty: not known. */
  readonly endpoints: readonly Endpoint[]
}

/** What the driver must do after `step`, in the order of the fields. */
export interface Ready {
  /** To be durable before anything below but `sendNow`. */
  readonly hardState: HardState | undefined
  /** Cut the log: this is its end now. Before `append`. */
  readonly truncateTo: number | undefined
  readonly append: readonly RaftBatch[]
  /** How often the log was cut or begun anew so far; comes back with `synced`. */
  readonly truncations: number
  readonly snapshotChunks: readonly SnapshotChunk[]
  /**
   * May leave at once; a reply that tells to read the log, once the appends of this and earlier calls were handed to it (not their
   * fsync).
   */
  readonly sendNow: readonly Envelope[]
  /** May leave when hardState, truncateTo and append of this call and earlier ones are durable. */
  readonly sendAfterSync: readonly Envelope[]
  /** The high watermark as far as this node knows; undefined: not known yet. Never falls. */
  readonly committed: number | undefined
  readonly role: RoleName
  readonly leader: LeaderView
}

export interface RaftOptions {
  readonly self: ReplicaKey
  /** From the configuration (0) or the bootstrap checkpoint; what `quorumRecords` say comes after it. */
  readonly voters: VoterSource
  /** What the newest snapshot and the log after it say, committed or not, in order. */
  readonly quorumRecords?: readonly QuorumRecord[]
  readonly hardState: HardState | undefined
  readonly logEnd: LogEnd
  /** Of the log; default: that of its end. */
  readonly epochs?: readonly EpochStart[]
  readonly log?: LogView
  /** False: a broker, or a controller that only looks on, as long as the voter set does not name it. Default true. */
  readonly canVote?: boolean
  /** This node's controller listeners, as others reach them. */
  readonly endpoints?: readonly Endpoint[]
  /** The listener by which controllers reach each other: the first of controller.listener.names. */
  readonly listenerName?: string
  /** controller.quorum.bootstrap.servers, or the addresses of a fixed voter set. */
  readonly bootstrapServers?: readonly HostPort[]
  /** controller.quorum.auto.join.enable */
  readonly autoJoin?: boolean
  /** controller.quorum.election.timeout.ms */
  readonly electionTimeoutMs: number
  /** controller.quorum.election.backoff.max.ms */
  readonly electionBackoffMaxMs?: number
  /** controller.quorum.fetch.timeout.ms */
  readonly fetchTimeoutMs: number
  /** controller.quorum.request.timeout.ms */
  readonly requestTimeoutMs?: number
  /** controller.quorum.retry.backoff.ms */
  readonly retryBackoffMs?: number
  /** controller.quorum.fetch.max.bytes, controller.quorum.fetch.snapshot.max.bytes */
  readonly fetchMaxBytes?: number
  readonly snapshotMaxBytes?: number
  /** A whole number in 0 … bound−1. */
  readonly random: (bound: number) => number
}

export interface ReplicaStatus {
  readonly replica: ReplicaKey
  readonly logEndOffset: number
  /** -1: never; of the leader itself: now. */
  readonly lastFetchMs: number
  readonly lastCaughtUpMs: number
}

/** DescribeQuorum, as only the leader can tell. */
export interface QuorumDescription {
  readonly leaderId: number
  readonly epoch: number
  /** -1: not known yet in this epoch. */
  readonly highWatermark: number
  readonly voters: readonly ReplicaStatus[]
  readonly observers: readonly ReplicaStatus[]
}

export type RaftError = ErrorName
