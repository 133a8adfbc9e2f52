import type { Raft } from './raft.ts'
import type { VoteReply } from './types-before.ts'

/** The votes of one election, real or asked for beforehand. */
export class Ballot {
  readonly #granted = new Set<number>()
  readonly #refused = new Set<number>()

  constructor(self: number) {
    this.#granted.add(self)
  }

  count(reply: VoteReply): void {
    ;(reply.granted ? this.#granted : this.#refused).add(reply.voter)
  }

  isWon(raft: Raft): boolean {
    return raft.voters.isMajority(this.#granted)
  }

  isLost(raft: Raft): boolean {
    return raft.voters.isLost(this.#refused)
  }

  get granted(): readonly number[] {
    return [...this.#granted].sort((a, b) => a - b)
  }
}

export function askForVotes(raft: Raft, preVote: boolean): void {
  const { self: candidate, epoch, logEnd } = raft
  for (const to of raft.others()) {
    const request = { type: 'vote', candidate, epoch, logEnd, preVote } as const
    // A real vote is the candidate's for itself first: that must be durable before anybody hears of it.
    if (preVote) raft.sendNow(to, request)
    else raft.sendAfterSync(to, request)
  }
}
