import type { LogEnd, ReplicaKey } from './types.ts'

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

export interface MessageEvent {
  readonly type: 'message'
  readonly message: RaftMessage
}
