import type { Raft } from './raft.ts'
import type { Role } from './role.ts'
import type { VoteRequest } from './types-before.ts'

/** Knows no leader of its epoch; has perhaps voted in it. */
export function unattached(raft: Raft): Role {
  return {
    name: 'unattached',
    deadlineMs: raft.voters.has(raft.self) ? raft.electionDeadline() : Number.POSITIVE_INFINITY,
    timedOut: () => raft.become('prospective'),
    grants: grantsFreely,
  }
}

/** One vote an epoch, for a log that lacks nothing of this one. */
export function grantsFreely(raft: Raft, { candidate, logEnd, preVote }: VoteRequest): boolean {
  if (preVote || raft.voted === null) return raft.isUpToDate(logEnd)
  return raft.voted.id === candidate.id && raft.voted.directoryId === candidate.directoryId
}
