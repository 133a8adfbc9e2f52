import type { DirectoryId } from '../base/ids.ts'
import type { VotersRecordData } from '../protocol/stored/control-records.ts'

/** A voter is its node and its disk: a node that lost its disk is another replica. */
export interface ReplicaKey {
  readonly id: number
  readonly directoryId: DirectoryId
}

export type Voters = VotersRecordData['voters']

/** Who votes, and how this node knows. */
export interface VoterSource {
  readonly voters: Voters
  /** 0: a fixed set from controller.quorum.voters; 1: records of the log, KIP-853. */
  readonly kraftVersion: 0 | 1
  /** The set comes from the checkpoint that `storage format` left: the first leader must write it into the log. */
  readonly fromBootstrap: boolean
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

export interface VoteRequest {
  readonly type: 'vote'
  readonly candidate: ReplicaKey
  readonly epoch: number
  readonly logEnd: LogEnd
  /** KIP-996: would you vote for me? Changes nothing. */
  readonly preVote: boolean
}

export interface VoteReply {
  readonly type: 'vote-reply'
  readonly voter: number
  readonly epoch: number
  readonly leaderId: number
  readonly granted: boolean
  readonly preVote: boolean
}

export interface BeginEpoch {
  readonly type: 'begin-epoch'
  readonly leaderId: number
  readonly epoch: number
}

export interface EndEpoch {
  readonly type: 'end-epoch'
  readonly leaderId: number
  readonly epoch: number
  /** The most caught up first. */
  readonly successors: readonly number[]
}

export type RaftMessage = VoteRequest | VoteReply | BeginEpoch | EndEpoch

export type RaftEvent =
  | { readonly type: 'start' }
  | { readonly type: 'tick' }
  | { readonly type: 'message'; readonly message: RaftMessage }
  /** Values of data records, to be one batch; only a leader is given this. */
  | { readonly type: 'propose'; readonly values: readonly Uint8Array[] }
  /** Everything below is on disk, fsynced. */
  | { readonly type: 'synced'; readonly endOffset: number }
  | { readonly type: 'resign' }

export interface RaftBatch {
  readonly baseOffset: number
  readonly lastOffset: number
  readonly epoch: number
  readonly bytes: Buffer
}

export interface Envelope {
  readonly to: number
  readonly message: RaftMessage
}

/** What the driver must do after `step`, in the order of the fields. */
export interface Ready {
  /** To be durable before anything below. */
  readonly hardState: HardState | undefined
  readonly truncateTo: number | undefined
  readonly append: readonly RaftBatch[]
  /** May leave at once. */
  readonly sendNow: readonly Envelope[]
  /** May leave when hardState and append are durable. */
  readonly sendAfterSync: readonly Envelope[]
  /** The high watermark; undefined: not known yet in this epoch. */
  readonly committed: number | undefined
  readonly role: RoleName
}

export interface RaftOptions {
  readonly self: ReplicaKey
  readonly voters: VoterSource
  readonly hardState: HardState | undefined
  readonly logEnd: LogEnd
  /** controller.quorum.election.timeout.ms */
  readonly electionTimeoutMs: number
  /** controller.quorum.fetch.timeout.ms */
  readonly fetchTimeoutMs: number
  /** A whole number in 0 … bound−1. */
  readonly random: (bound: number) => number
}
