import { leaderOnlyError } from './answers.ts'
import { controlRaftBatch, kraftVersionRecord, leaderChangeRecord, votersRecord } from './control-batches.ts'
import { dataBatch } from './data-batch.ts'
import { LeaderFetches } from './leader-fetches.ts'
import { LeaderVoters } from './leader-voters.ts'
import type { RaftReply, RaftRequest } from './messages.ts'
import type { Raft } from './raft.ts'
import { Replicas } from './replicas.ts'
import type { Role } from './role.ts'
import { SUPPORTED_KRAFT_VERSIONS } from './settings.ts'
import type {
  FailureReason,
  OutgoingRequest,
  QuorumDescription,
  QuorumRecord,
  RaftBatch,
  RaftEvent,
  Target,
  Token,
  Voters,
} from './types.ts'
import { sameEndpoints } from './voters.ts'

/** Appends; its epoch begins with a control batch, and nothing is committed before that is. */
export class Leader implements Role {
  readonly name = 'leader'
  readonly epochStart: number
  readonly replicas: Replicas
  /** Of this epoch: what a majority has, once that includes the beginning of the epoch. */
  highWatermark: number | undefined
  readonly #raft: Raft
  readonly #fetches: LeaderFetches
  readonly #voters: LeaderVoters
  #beginMs: number
  #isLeaving = false

  constructor(raft: Raft) {
    this.#raft = raft
    this.epochStart = raft.logEnd.offset
    this.replicas = new Replicas(raft)
    this.#fetches = new LeaderFetches(raft, this.replicas, () => this.highWatermark)
    this.#voters = new LeaderVoters(raft, this)
    this.#beginMs = raft.nowMs + this.#beginPeriodMs
  }

  get #beginPeriodMs(): number {
    return Math.max(1, Math.floor(this.#raft.options.fetchTimeoutMs / 2))
  }

  entered(): void {
    const raft = this.#raft
    raft.leaderId = raft.self.id
    raft.leaderEndpoints = []
    raft.voted = null
    raft.failedElections = 0
    const { voters } = raft
    const records = [leaderChangeRecord(raft.self.id, voters.ids, raft.grantedBy)]
    const current = this.#votersWithSelf(voters.voters)
    const isToWrite = voters.source.kraftVersion > 0 && (voters.source.fromBootstrap || current !== voters.voters)
    if (isToWrite) records.push(kraftVersionRecord(voters.source.kraftVersion), votersRecord(current))
    const batch = controlRaftBatch(raft.logEnd.offset, raft.epoch, raft.wallMs, records)
    const [, versionAt, votersAt] = records.map((_, i) => batch.baseOffset + i)
    const said: QuorumRecord[] = []
    if (versionAt !== undefined) said.push({ offset: versionAt, kraftVersion: voters.source.kraftVersion })
    if (votersAt !== undefined) said.push({ offset: votersAt, voters: current })
    this.append(batch, said)
  }

  /** The same array where the set says already how this node is reached. */
  #votersWithSelf(voters: Voters): Voters {
    const { self, options } = this.#raft
    const known = this.#raft.voters.withId(self.id)
    const { minSupportedVersion: min, maxSupportedVersion: max } = SUPPORTED_KRAFT_VERSIONS
    if (!known || options.endpoints.length === 0) return voters
    const { minSupportedVersion, maxSupportedVersion } = known.kRaftVersionFeature
    const isCurrent = sameEndpoints(known.endpoints, options.endpoints)
    if (isCurrent && minSupportedVersion === min && maxSupportedVersion === max) return voters
    const own = { ...known, endpoints: [...options.endpoints], kRaftVersionFeature: SUPPORTED_KRAFT_VERSIONS }
    return voters.map((voter) => (voter === known ? own : voter))
  }

  append(batch: RaftBatch, said: readonly QuorumRecord[] = []): void {
    const raft = this.#raft
    raft.append(batch, [{ start: batch.baseOffset, end: batch.lastOffset + 1, epoch: batch.epoch }])
    if (said.length === 0) return
    raft.history.add(said)
    this.replicas.votersChanged()
  }

  propose(values: readonly Uint8Array[]): void {
    const { logEnd, epoch, wallMs } = this.#raft
    this.append(dataBatch(logEnd.offset, epoch, wallMs, values))
  }

  deadlineMs(): number {
    const { requests } = this.#raft
    const begins = this.#unaware().map((to) => requests.backoffUntilMs(to))
    const beginAgain = this.replicas.voters.length > 1 ? this.#beginMs : Number.POSITIVE_INFINITY
    return Math.min(
      this.replicas.checkQuorumMs,
      this.#fetches.deadlineMs,
      this.#voters.deadlineMs,
      beginAgain,
      ...begins,
    )
  }

  poll(): void {
    const raft = this.#raft
    this.#commit()
    if (this.#isLeaving || raft.nowMs >= this.replicas.checkQuorumMs) {
      this.resign()
      return
    }
    this.#voters.poll()
    this.#fetches.poll()
    this.#begin()
  }

  #commit(): void {
    const offset = this.replicas.majorityOffset()
    if (offset === undefined || offset <= this.epochStart || offset <= (this.highWatermark ?? -1)) return
    this.highWatermark = Math.min(offset, this.#raft.logEnd.offset)
    this.#raft.committed(this.highWatermark)
    this.#voters.committed(this.highWatermark)
  }

  /** Voters that were not heard of yet, and not asked at the moment. */
  #unaware(): Target[] {
    const raft = this.#raft
    return this.replicas.voters.flatMap(({ key, hasAcknowledged }) => {
      if (hasAcknowledged || key.id === raft.self.id) return []
      const to = raft.voterTarget(key.id)
      return to && !raft.requests.isInFlightTo(to, 'begin-epoch') ? [to] : []
    })
  }

  /** Until each voter acknowledged, and again to those that seem to have lost this leader. */
  #begin(): void {
    const raft = this.#raft
    for (const to of this.#unaware()) if (raft.requests.isReady(to, raft.nowMs)) this.#sendBegin(to)
    if (raft.nowMs < this.#beginMs) return
    this.#beginMs = raft.nowMs + this.#beginPeriodMs
    for (const { key, lastFetchMs, hasAcknowledged } of this.replicas.voters) {
      if (key.id === raft.self.id || !hasAcknowledged || raft.nowMs - lastFetchMs < this.#beginPeriodMs) continue
      const to = raft.voterTarget(key.id)
      if (to && !raft.requests.isInFlightTo(to, 'begin-epoch')) this.#sendBegin(to)
    }
  }

  #sendBegin(to: Target): void {
    const { self, epoch, options, voters } = this.#raft
    const voter = voters.keys.find(({ id }) => id === to.id)
    const request = {
      type: 'begin-epoch',
      voter,
      leaderId: self.id,
      epoch,
      leaderEndpoints: options.endpoints,
    } as const
    this.#raft.request(to, request, 'afterSync')
  }

  grants(): boolean {
    return false
  }

  serve(token: Token, request: RaftRequest): void {
    if (request.type === 'fetch') this.#fetches.fetch(token, request)
    else if (request.type === 'fetch-snapshot') this.#fetches.snapshot(token, request)
    else if (request.type === 'update-voter' && leaderOnlyError(this.#raft, request.epoch) !== 'NONE') {
      const error = leaderOnlyError(this.#raft, request.epoch)
      this.#raft.reply(token, { type: 'update-voter', ...this.#raft.hint(error) })
    } else this.#voters.serve(token, request)
  }

  upgradeKraftVersion(event: RaftEvent & { readonly type: 'upgradeKraftVersion' }): void {
    this.#voters.upgrade(event)
  }

  reply(request: OutgoingRequest, reply: RaftReply): void {
    if (reply.type === 'begin-epoch' && reply.error === 'NONE' && request.to.id !== undefined) {
      this.replicas.acknowledged(request.to.id)
    }
    if (reply.type === 'api-versions') this.#voters.versions(request.id, reply)
  }

  failed(request: OutgoingRequest, reason: FailureReason): void {
    if (request.request.type === 'api-versions') this.#voters.versionsFailed(request.id, reason)
  }

  /** It is not a voter any more, by its own committed decision: somebody else must lead. */
  leave(): void {
    this.#isLeaving = true
  }

  resign(): void {
    this.#raft.become('resigned', this.replicas.successors())
  }

  left(): void {
    this.#fetches.refuseAll()
    this.#voters.refuseAll()
  }

  describe(wallMs: number): QuorumDescription {
    const { self, epoch } = this.#raft
    return { leaderId: self.id, epoch, highWatermark: this.highWatermark ?? -1, ...this.replicas.status(wallMs) }
  }
}
