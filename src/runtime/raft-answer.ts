import type { ErrorName } from '../base/errors.ts'
import type { LeaderHint, RaftReply, RaftRequest } from '../raft/messages.ts'

/** What a request to this member of the quorum gets. */
export interface RaftAnswer<T extends RaftReply = RaftReply> {
  readonly reply: T
  /** Record batches of a fetch, a piece of a snapshot. */
  readonly chunks: readonly Buffer[]
  /** Call when nobody reads the chunks any more. */
  release(): void
}

export type ReplyTo<R extends { readonly type: RaftRequest['type'] }> = Extract<RaftReply, { readonly type: R['type'] }>

/** This node as a member of its quorum. */
export interface RaftMember {
  /** Rejects with `KafkaError('BROKER_NOT_AVAILABLE')` while this node takes no part: it starts, stops or lacks its disk. */
  ask<R extends RaftRequest>(request: R): Promise<RaftAnswer<ReplyTo<R>>>
  /** What an answer that no machine gave says about the leader. */
  hint(error: ErrorName): LeaderHint
}
