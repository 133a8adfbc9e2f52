import { askForVotes, Ballot } from './ballot.ts'
import { NOBODY, type Raft } from './raft.ts'
import type { Role } from './role.ts'

/** Votes for itself in an epoch of its own and asks the others. */
export function candidate(raft: Raft): Role {
  const ballot = new Ballot(raft.self.id)
  const win = () => {
    raft.grantedBy = ballot.granted
    raft.become('leader')
  }
  return {
    name: 'candidate',
    deadlineMs: raft.electionDeadline(),
    timedOut: () => raft.become('prospective'),
    entered() {
      raft.epoch++
      raft.leaderId = NOBODY
      raft.voted = raft.self
      if (ballot.isWon(raft)) win()
      else askForVotes(raft, false)
    },
    // Its own vote is given; what somebody would get of it is another question.
    grants: (_raft, { preVote, logEnd }) => preVote && raft.isUpToDate(logEnd),
    voteReply(_raft, reply) {
      if (reply.preVote) return
      ballot.count(reply)
      if (ballot.isWon(raft)) win()
      else if (ballot.isLost(raft)) raft.become('prospective')
    },
  }
}
