import type { VoteRequest } from './messages.ts'
import type { Raft } from './raft.ts'
import { electionDeadline, type Role } from './role.ts'
import { NOBODY } from './types.ts'
import { sameReplica } from './voters.ts'

/** Knows no leader of its epoch, or not where it is; has perhaps voted in it. Meanwhile it asks anybody who leads. */
export function unattached(raft: Raft, why?: 'start'): Role {
  const deadline = why === 'start' ? startDeadline(raft) : electionDeadline(raft)
  return {
    name: 'unattached',
    deadlineMs: () => Math.min(raft.isVoter ? deadline : Number.POSITIVE_INFINITY, raft.fetching.deadlineMs(undefined)),
    poll() {
      if (raft.isVoter && raft.nowMs >= deadline) raft.become('prospective')
      else raft.fetching.poll(undefined)
    },
    grants: (request) => grantsFreely(raft, request),
    reply: (request, reply) => raft.fetching.reply(request, reply),
  }
}

/** When a whole quorum starts there is nobody to wait for; where somebody leads, the pre-vote does no harm. */
export function startDeadline(raft: Raft): number {
  const { electionTimeoutMs, random } = raft.options
  return raft.nowMs + Math.ceil(electionTimeoutMs / 10) + random(Math.ceil(electionTimeoutMs / 5))
}

/** One vote an epoch, for a log that lacks nothing of this one. */
export function grantsFreely(raft: Raft, { candidate, logEnd, preVote }: VoteRequest): boolean {
  if (preVote) return raft.isUpToDate(logEnd)
  if (raft.voted !== null) return sameReplica(raft.voted, candidate)
  return raft.leaderId === NOBODY && raft.isUpToDate(logEnd)
}
