import type { Raft } from './raft.ts'
import type { Role } from './role.ts'

/** Knows the leader of its epoch. */
export function follower(raft: Raft): Role {
  const mayElect = raft.voters.has(raft.self)
  return {
    name: 'follower',
    deadlineMs: mayElect ? raft.nowMs + raft.options.fetchTimeoutMs : Number.POSITIVE_INFINITY,
    timedOut: () => raft.become('prospective'),
    // While it hears from its leader nobody else needs its vote.
    grants: () => false,
    leaderEnded() {
      if (mayElect) raft.become('prospective')
    },
  }
}
