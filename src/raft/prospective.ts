import { askForVotes, Ballot } from './ballot.ts'
import { NOBODY, type Raft } from './raft.ts'
import type { Role } from './role.ts'
import { grantsFreely } from './unattached.ts'

/** KIP-996: asks who would vote for it, and raises the epoch only where it can win. */
export function prospective(raft: Raft): Role {
  const ballot = new Ballot(raft.self.id)
  return {
    name: 'prospective',
    deadlineMs: raft.electionDeadline(),
    timedOut: () => raft.become('prospective'),
    entered() {
      raft.leaderId = NOBODY
      if (ballot.isWon(raft)) raft.become('candidate')
      else askForVotes(raft, true)
    },
    grants: grantsFreely,
    voteReply(_raft, reply) {
      if (!reply.preVote) return
      ballot.count(reply)
      if (ballot.isWon(raft)) raft.become('candidate')
      // Asking again at once would only be refused again.
      else if (ballot.isLost(raft)) raft.become('unattached')
    },
  }
}
