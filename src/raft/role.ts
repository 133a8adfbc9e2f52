import type { Raft } from './raft.ts'
import type { RoleName } from './types.ts'
import type { VoteReply, VoteRequest } from './types-before.ts'

/** What a role makes of events; what it leaves out does not concern it. */
export interface Role {
  readonly name: RoleName
  /** When `timedOut` is due; Infinity: never. */
  readonly deadlineMs: number
  timedOut(raft: Raft): void
  /** Right after the change of role. */
  entered?(raft: Raft): void
  /** Would it, or does it, vote for the candidate? The epoch is not older than its own. */
  grants(raft: Raft, request: VoteRequest): boolean
  voteReply?(raft: Raft, reply: VoteReply): void
  leaderEnded?(raft: Raft, successors: readonly number[]): void
  propose?(raft: Raft, values: readonly Uint8Array[]): void
  synced?(raft: Raft): void
}
