import type { Raft } from './raft.ts'

/** The votes of one election, real or asked for beforehand. */
export class Ballot {
  readonly #raft: Raft
  readonly #preVote: boolean
  readonly #granted = new Set<number>()
  readonly #refused = new Set<number>()
  /** Could not be asked the last time. */
  readonly #silent = new Set<number>()

  constructor(raft: Raft, preVote: boolean) {
    this.#raft = raft
    this.#preVote = preVote
    this.#granted.add(raft.self.id)
  }

  count(voter: number, granted: boolean): void {
    ;(granted ? this.#granted : this.#refused).add(voter)
    this.#silent.delete(voter)
  }

  unanswered(voter: number): void {
    this.#silent.add(voter)
  }

  get isWon(): boolean {
    return this.#raft.voters.isMajority(this.#granted)
  }

  /** Somebody refused, and the others that answer at all are too few. */
  get isLost(): boolean {
    return this.#refused.size > 0 && this.#raft.voters.isLost(new Set([...this.#refused, ...this.#silent]))
  }

  get granted(): readonly number[] {
    return [...this.#granted].sort((a, b) => a - b)
  }

  /** Asks everybody who has not answered yet and is not being asked. */
  ask(): void {
    const raft = this.#raft
    for (const voter of raft.otherVoters()) {
      const to = this.#open(voter.id)
      if (!to || !raft.requests.isReady(to, raft.nowMs)) continue
      const { self: candidate, epoch, logEnd } = raft
      // A real vote is the candidate's for itself first: that must be durable before anybody hears of it.
      const when = this.#preVote ? 'now' : 'afterSync'
      raft.request(to, { type: 'vote', candidate, voter, epoch, logEnd, preVote: this.#preVote }, when)
    }
  }

  /** When somebody may be asked again. */
  deadlineMs(): number {
    let deadline = Number.POSITIVE_INFINITY
    for (const { id } of this.#raft.otherVoters()) {
      const to = this.#open(id)
      if (to) deadline = Math.min(deadline, this.#raft.requests.backoffUntilMs(to))
    }
    return deadline
  }

  #open(id: number) {
    if (this.#granted.has(id) || this.#refused.has(id)) return undefined
    const to = this.#raft.voterTarget(id)
    return to && !this.#raft.requests.isInFlightTo(to, 'vote') ? to : undefined
  }
}
