import { Ballot } from './ballot.ts'
import type { Raft } from './raft.ts'
import { electionDeadline, type Role } from './role.ts'
import { NOBODY } from './types.ts'

const BACKOFF_MS = 50

/** Votes for itself in an epoch of its own and asks the others. */
export function candidate(raft: Raft): Role {
  const ballot = new Ballot(raft, false)
  let deadline = electionDeadline(raft)
  let isLost = false
  return {
    name: 'candidate',
    deadlineMs: () => Math.min(deadline, isLost ? deadline : ballot.deadlineMs()),
    poll() {
      if (ballot.isWon) {
        raft.grantedBy = ballot.granted
        raft.become('leader')
      } else if (raft.nowMs >= deadline || !raft.isVoter) raft.become('prospective')
      else if (ballot.isLost && !isLost) {
        isLost = true
        deadline = Math.min(deadline, raft.nowMs + backoffMs(raft))
      } else if (!isLost) ballot.ask()
    },
    entered() {
      raft.epoch++
      raft.leaderId = NOBODY
      raft.leaderEndpoints = []
      raft.voted = raft.self
    },
    // Its own vote is given; what somebody would get of it is another question.
    grants: ({ preVote, logEnd }) => preVote && raft.isUpToDate(logEnd),
    voteReply: (from, reply) => ballot.count(from, reply.granted),
    failed(request) {
      if (request.to.id !== undefined) ballot.unanswered(request.to.id)
    },
  }
}

/** Two that took each other's votes wait for different times, and longer each time. */
function backoffMs(raft: Raft): number {
  const { electionBackoffMaxMs, random } = raft.options
  const most = Math.min(electionBackoffMaxMs, BACKOFF_MS * 2 ** Math.min(raft.failedElections++, 20))
  return Math.ceil(most / 4) + random(Math.max(1, most))
}
