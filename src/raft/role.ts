import type { EndEpochRequest, RaftReply, RaftRequest, VoteReply, VoteRequest } from './messages.ts'
import type { Raft } from './raft.ts'
import type { FailureReason, OutgoingRequest, RaftEvent, RoleName, Token } from './types.ts'

/** What a role makes of events; what it leaves out does not concern it. */
export interface Role {
  readonly name: RoleName
  /** When `poll` has something to do by itself; Infinity: never. */
  deadlineMs(): number
  /** Does what is due and asks what is to be asked; called after every event and at the deadline. */
  poll(): void
  /** Right after the change of role. */
  entered?(): void
  /** Right before the next role takes over; epoch and leader are already those of the next. */
  left?(): void
  /** Would it, or does it, vote for the candidate? The epoch is not older than its own. */
  grants(request: VoteRequest): boolean
  /** An answer of this epoch, and without error. */
  voteReply?(from: number, reply: VoteReply): void
  /** Any other answer of this epoch. */
  reply?(request: OutgoingRequest, reply: RaftReply): void
  failed?(request: OutgoingRequest, reason: FailureReason): void
  /** Requests that only a leader can answer; the others refuse. */
  serve?(token: Token, request: RaftRequest): void
  leaderEnded?(request: EndEpochRequest): void
  leaderUnreachable?(): void
  propose?(values: readonly Uint8Array[]): void
  resign?(): void
  upgradeKraftVersion?(event: RaftEvent & { readonly type: 'upgradeKraftVersion' }): void
}

/** What raft.ts explains. */
export const TRANSITIONS: { readonly [From in RoleName]: readonly RoleName[] } = {
  unattached: ['unattached', 'prospective', 'follower'],
  prospective: ['unattached', 'candidate', 'follower'],
  candidate: ['unattached', 'prospective', 'leader', 'follower'],
  leader: ['unattached', 'follower', 'resigned'],
  follower: ['unattached', 'prospective', 'follower'],
  resigned: ['unattached', 'follower'],
}

/** Between one and two timeouts, so that voters seldom begin at the same moment. */
export function electionDeadline({ nowMs, options }: Raft): number {
  const { electionTimeoutMs, random } = options
  return nowMs + electionTimeoutMs + random(Math.max(electionTimeoutMs, 1))
}
