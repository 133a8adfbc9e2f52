import { ZERO_UUID } from '../base/ids.ts'
import type { Raft } from './raft.ts'
import { CHECK_QUORUM_FACTOR, OBSERVER_SESSION_TIMEOUT_MS } from './settings.ts'
import type { ReplicaKey, ReplicaStatus } from './types.ts'
import { keyOf, matchesReplica, sameReplica } from './voters.ts'

/** What a leader knows of one replica. */
export interface Progress {
  readonly key: ReplicaKey
  /** Durable there; undefined: it never fetched from this leader. */
  endOffset: number | undefined
  lastFetchMs: number
  lastCaughtUpMs: number
  /** The leader's log end at its last fetch. */
  leaderEndAtFetch: number
  /** It knows who leads. */
  hasAcknowledged: boolean
}

/** An observer of which nobody has heard for an hour is not caught up, whatever it was then. */
const CAUGHT_UP_WITHIN_MS = 3_600_000
const MAX_OBSERVERS = 10_000

/** How far everybody is, as their fetches tell, and whether a majority still fetches. */
export class Replicas {
  readonly #raft: Raft
  #voters: Progress[] = []
  #observers: Progress[] = []
  readonly #fetched = new Set<number>()
  #checkQuorumMs: number

  constructor(raft: Raft) {
    this.#raft = raft
    this.#checkQuorumMs = this.#nextCheck()
    this.votersChanged()
  }

  get voters(): readonly Progress[] {
    return this.#voters
  }

  /** Infinity: a voter without others hears from all of them. */
  get checkQuorumMs(): number {
    const { voters, isVoter } = this.#raft
    return voters.ids.length === 1 && isVoter ? Number.POSITIVE_INFINITY : this.#checkQuorumMs
  }

  #nextCheck(): number {
    return this.#raft.nowMs + Math.floor(this.#raft.options.fetchTimeoutMs * CHECK_QUORUM_FACTOR)
  }

  /** Who has become a voter keeps what is known of it, who is none any more goes on as observer. */
  votersChanged(): void {
    const [first, ...others] = this.#voters
    const wasAlone = others.length === 0 && first?.key.id === this.#raft.self.id
    // Nobody had to fetch while it was the only voter: who joins it has a whole term for that.
    if (wasAlone) this.#checkQuorumMs = this.#nextCheck()
    const before = [...this.#voters, ...this.#observers]
    const { self } = this.#raft
    this.#voters = this.#raft.voters.voters.map((voter) => {
      const key = keyOf(voter)
      const known = before.find((other) => matchesReplica(key, other.key) || matchesReplica(other.key, key))
      return known ? { ...known, key } : nothingKnown(key, matchesReplica(key, self))
    })
    this.#observers = before.filter(
      ({ key, lastFetchMs }) =>
        !this.#voterOf(key) && key.directoryId !== ZERO_UUID && lastFetchMs >= 0 && key.id !== self.id,
    )
    for (const id of this.#fetched) if (!this.#raft.voters.ids.includes(id)) this.#fetched.delete(id)
  }

  fetched(replica: ReplicaKey, offset: number): void {
    const { nowMs, logEnd } = this.#raft
    const progress = this.#progressOf(replica)
    if (offset >= logEnd.offset) progress.lastCaughtUpMs = Math.max(progress.lastCaughtUpMs, nowMs)
    else if (progress.leaderEndAtFetch > 0 && offset >= progress.leaderEndAtFetch) {
      progress.lastCaughtUpMs = Math.max(progress.lastCaughtUpMs, progress.lastFetchMs)
    }
    progress.leaderEndAtFetch = logEnd.offset
    progress.lastFetchMs = Math.max(progress.lastFetchMs, nowMs)
    progress.endOffset = offset
    progress.hasAcknowledged = true
    this.heardFrom(replica)
  }

  heardFrom(replica: ReplicaKey): void {
    if (!this.#voterOf(replica)) return
    this.#fetched.add(replica.id)
    const majority = Math.floor(this.#voters.length / 2) + 1 - (this.#raft.isVoter ? 1 : 0)
    if (this.#fetched.size < majority) return
    this.#fetched.clear()
    this.#checkQuorumMs = this.#nextCheck()
  }

  acknowledged(id: number): void {
    const voter = this.#voters.find(({ key }) => key.id === id)
    if (voter) voter.hasAcknowledged = true
  }

  #voterOf(replica: ReplicaKey): Progress | undefined {
    return this.#voters.find(({ key }) => matchesReplica(key, replica))
  }

  #progressOf(replica: ReplicaKey): Progress {
    const known = this.#voterOf(replica) ?? this.#observers.find(({ key }) => sameReplica(key, replica))
    if (known) return known
    this.#forgetSilent(this.#raft.nowMs)
    const progress = nothingKnown(replica, false)
    if (this.#observers.length < MAX_OBSERVERS) this.#observers.push(progress)
    return progress
  }

  #forgetSilent(nowMs: number): void {
    this.#observers = this.#observers.filter(({ lastFetchMs }) => nowMs - lastFetchMs < OBSERVER_SESSION_TIMEOUT_MS)
  }

  /** What a majority of the voters has; this node counts with what is durable here, and only while it votes. */
  majorityOffset(): number | undefined {
    const { self, syncedOffset, isVoter } = this.#raft
    const offsets = this.#voters.map(({ key, endOffset }) =>
      isVoter && key.id === self.id ? syncedOffset : (endOffset ?? -1),
    )
    const offset = offsets.sort((a, b) => b - a)[Math.floor(offsets.length / 2)]
    return offset === undefined || offset < 0 ? undefined : offset
  }

  isCaughtUp(replica: ReplicaKey): boolean {
    const known = this.#observers.find(({ key }) => sameReplica(key, replica))
    if (!known) return false
    return known.lastCaughtUpMs > 0 && known.lastFetchMs > this.#raft.nowMs - CAUGHT_UP_WITHIN_MS
  }

  /** Who should lead next: the most caught up first. */
  successors(): ReplicaKey[] {
    return this.#voters
      .filter(({ key }) => key.id !== this.#raft.self.id)
      .sort((a, b) => (b.endOffset ?? -1) - (a.endOffset ?? -1) || a.key.id - b.key.id)
      .map(({ key }) => key)
  }

  /** Times as they are shown: of the wall. */
  status(shownMs: number): { readonly voters: ReplicaStatus[]; readonly observers: ReplicaStatus[] } {
    const { self, logEnd, isVoter, nowMs, wallMs } = this.#raft
    this.#forgetSilent(nowMs)
    const shown = (atMs: number) => (atMs < 0 ? atMs : Math.round(atMs + wallMs - nowMs))
    const own = { logEndOffset: logEnd.offset, lastFetchMs: shownMs, lastCaughtUpMs: shownMs }
    const of = ({ key, endOffset, lastFetchMs, lastCaughtUpMs }: Progress): ReplicaStatus => {
      if (key.id === self.id) return { replica: key, ...own }
      const times = { lastFetchMs: shown(lastFetchMs), lastCaughtUpMs: shown(lastCaughtUpMs) }
      return { replica: key, logEndOffset: endOffset ?? -1, ...times }
    }
    const observers = this.#observers.map(of)
    return { voters: this.#voters.map(of), observers: isVoter ? observers : [{ replica: self, ...own }, ...observers] }
  }
}

function nothingKnown(key: ReplicaKey, hasAcknowledged: boolean): Progress {
  return { key, endOffset: undefined, lastFetchMs: -1, lastCaughtUpMs: -1, leaderEndAtFetch: -1, hasAcknowledged }
}
