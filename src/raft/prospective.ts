import { Ballot } from './ballot.ts'
import type { Raft } from './raft.ts'
import { electionDeadline, type Role } from './role.ts'
import { grantsFreely } from './unattached.ts'

/** KIP-996: asks who would vote for it, and raises the epoch only where it can win. What it knows of a leader it keeps. */
export function prospective(raft: Raft): Role {
  const ballot = new Ballot(raft, true)
  const deadline = electionDeadline(raft)
  const giveUp = () => {
    raft.failedElections++
    raft.follow(raft.epoch, raft.leaderId, raft.leaderEndpoints)
  }
  return {
    name: 'prospective',
    deadlineMs: () => Math.min(deadline, ballot.deadlineMs()),
    poll() {
      if (!raft.isVoter || ballot.isLost || raft.nowMs >= deadline) giveUp()
      else if (ballot.isWon) raft.become('candidate')
      else ballot.ask()
    },
    grants: (request) => grantsFreely(raft, request),
    voteReply: (from, reply) => ballot.count(from, reply.granted),
    failed(request, reason) {
      // Somebody is too old to be asked beforehand: the election has to do without.
      if (reason === 'unsupported' && request.request.type === 'vote') raft.become('candidate')
      else if (request.to.id !== undefined) ballot.unanswered(request.to.id)
    },
  }
}
