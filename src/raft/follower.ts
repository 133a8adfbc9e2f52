import type { EndEpochRequest, RaftRequest } from './messages.ts'
import type { Raft } from './raft.ts'
import type { Role } from './role.ts'
import { SUPPORTED_KRAFT_VERSIONS } from './settings.ts'
import type { Target } from './types.ts'
import { keyOf, matchesReplica, sameEndpoints, sameReplica } from './voters.ts'

/** So much later than the voter before it does a voter begin when the leader is gone. */
const TURN_MS = 100
const BACKOFF_MS = 50

/** Knows the leader of its epoch and fetches from it. */
export function follower(raft: Raft): Role {
  const { fetchTimeoutMs } = raft.options
  const { fetching } = raft
  let deadline = raft.nowMs + fetchTimeoutMs
  let hasFetched = false
  let wasInstalling = fetching.isInstalling
  /** The leader is gone, as far as this node can tell: it would help another one. */
  let isLeaderGone = false
  const membership = new Membership(raft)
  const leader = () => raft.target(raft.leaderId, raft.leaderEndpoints)

  const heard = () => {
    hasFetched = true
    isLeaderGone = false
    raft.failedElections = 0
    deadline = raft.nowMs + fetchTimeoutMs
  }
  const leaderUnreachable = () => {
    if (!raft.isVoter || isLeaderGone) return
    isLeaderGone = true
    deadline = Math.min(deadline, raft.nowMs + turnMs(raft))
  }
  return {
    name: 'follower',
    deadlineMs() {
      const election = raft.isVoter && !fetching.isInstalling ? deadline : Number.POSITIVE_INFINITY
      return Math.min(election, fetching.deadlineMs(leader()), membership.deadlineMs(leader()))
    },
    poll() {
      // While it puts a snapshot in place it can't fetch.
      if (wasInstalling || fetching.isInstalling) deadline = raft.nowMs + fetchTimeoutMs
      wasInstalling = fetching.isInstalling
      if (raft.isVoter && raft.nowMs >= deadline) {
        raft.become('prospective')
        return
      }
      membership.poll(leader())
      fetching.poll(leader())
    },
    // While it hears from its leader nobody else needs its vote.
    grants: ({ preVote, logEnd }) => preVote && (!hasFetched || isLeaderGone) && raft.isUpToDate(logEnd),
    reply(request, reply) {
      if (request.request.type === 'fetch' || request.request.type === 'fetch-snapshot') {
        if (fetching.reply(request, reply)) heard()
      } else membership.reply(request.request, reply.error === 'NONE')
    },
    failed(request, reason) {
      if (reason === 'unreachable' && request.to.id === raft.leaderId) leaderUnreachable()
    },
    leaderEnded({ successors }: EndEpochRequest) {
      isLeaderGone = true
      const place = successors.findIndex((key) => matchesReplica(key, raft.self))
      deadline = raft.nowMs + successionMs(place, successors.length, raft.options.electionBackoffMaxMs)
    },
    leaderUnreachable,
  }
}

/** The most caught up begins at once, each one after it later, so that they don't take each other's votes. */
function successionMs(place: number, count: number, maxMs: number): number {
  if (place === 0) return 0
  if (place < 0) return maxMs
  const base = Math.floor(maxMs / 2 ** Math.min(count - 1, 30))
  return Math.min(maxMs, base * 2 ** (place - 1))
}

/** Nobody names an order when a leader dies: voters take turns by id. Who tried in vain waits longer. */
function turnMs(raft: Raft): number {
  const others = raft.voters.ids.filter((id) => id !== raft.leaderId).sort((a, b) => a - b)
  const { random, electionBackoffMaxMs } = raft.options
  const failed = raft.failedElections
  const backoff = failed === 0 ? 0 : Math.min(electionBackoffMaxMs, BACKOFF_MS * 2 ** Math.min(failed - 1, 20))
  return Math.max(0, others.indexOf(raft.self.id)) * TURN_MS + backoff + (backoff > 0 ? random(backoff) : 0)
}

/** KIP-853: a voter tells the leader where it is reached by now; a controller that may join by itself asks to. */
class Membership {
  readonly #raft: Raft
  #nextMs: number
  #hasUpdatedLeader = false

  constructor(raft: Raft) {
    this.#raft = raft
    this.#nextMs = raft.nowMs + raft.options.fetchTimeoutMs
  }

  deadlineMs(leader: Target | undefined): number {
    if (!leader || !this.#isEnabled) return Number.POSITIVE_INFINITY
    return Math.max(this.#nextMs, this.#raft.requests.backoffUntilMs(leader))
  }

  get #isEnabled(): boolean {
    const { canVote, endpoints, autoJoin } = this.#raft.options
    return canVote && endpoints.length > 0 && (this.#raft.isVoter || autoJoin)
  }

  poll(leader: Target | undefined): void {
    const raft = this.#raft
    if (!leader || raft.nowMs < this.deadlineMs(leader)) return
    this.#nextMs = raft.nowMs + raft.options.fetchTimeoutMs
    const request = this.#request()
    if (request) raft.request(leader, request, 'now')
  }

  reply(request: RaftRequest, isDone: boolean): void {
    if (request.type === 'update-voter' && isDone) this.#hasUpdatedLeader = true
  }

  #request(): RaftRequest | undefined {
    const { self, voters, epoch, options, isVoter } = this.#raft
    const { endpoints, requestTimeoutMs } = options
    const isDynamic = voters.source.kraftVersion > 0
    const known = voters.withId(self.id)
    if (isVoter) {
      // A leader of a fixed set keeps it in mind for the upgrade to a dynamic one.
      const isCurrent = isDynamic ? known !== undefined && isUpToDate(known, endpoints) : this.#hasUpdatedLeader
      if (isCurrent) return undefined
      return { type: 'update-voter', epoch, voter: self, endpoints, kRaftVersionFeature: SUPPORTED_KRAFT_VERSIONS }
    }
    if (!isDynamic) return undefined
    // Its disk is another one than that of the voter: that one is gone.
    if (known && !sameReplica(keyOf(known), self)) return { type: 'remove-voter', voter: keyOf(known) }
    return { type: 'add-voter', voter: self, endpoints, timeoutMs: requestTimeoutMs, ackWhenCommitted: false }
  }
}

function isUpToDate(known: Parameters<typeof keyOf>[0], endpoints: Parameters<typeof sameEndpoints>[0]): boolean {
  const { minSupportedVersion: min, maxSupportedVersion: max } = known.kRaftVersionFeature
  const { minSupportedVersion, maxSupportedVersion } = SUPPORTED_KRAFT_VERSIONS
  return sameEndpoints(known.endpoints, endpoints) && min === minSupportedVersion && max === maxSupportedVersion
}
