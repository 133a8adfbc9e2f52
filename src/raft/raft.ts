/**
 * KRaft as a pure machine: `step` takes an event, `ready` says what must be done about it. The roles and what leads from
 * one to another:
 *
 *   from          to            because
 *   unattached    unattached    a larger epoch was seen; a vote was given
 *                 prospective   the election timeout passed
 *                 follower      a leader of this or a larger epoch was heard of
 *   prospective   unattached    a larger epoch was seen, a vote was given, or a majority would not vote for it
 *                 candidate     a majority would vote for it (KIP-996)
 *                 follower      a leader of a larger epoch was heard of, or the known one still leads the others
 *   candidate     unattached    a larger epoch was seen
 *                 prospective   the election was lost, or timed out
 *                 leader        a majority voted for it
 *                 follower      a leader of this or a larger epoch was heard of
 *   leader        unattached    a larger epoch was seen
 *                 follower      a leader of a larger epoch was heard of
 *                 resigned      it stops, no majority fetches any more, or it is no voter any more
 *   follower      unattached    a larger epoch was seen without its leader
 *                 prospective   nothing came from the leader within the fetch timeout, or it resigned or can't be reached
 *                 follower      a leader of a larger epoch was heard of
 *   resigned      unattached    a larger epoch was seen, or the election timeout passed
 *                 follower      a leader of a larger epoch was heard of
 *
 * A node that was leader before it stopped begins as resigned: it must not lead the same epoch twice.
 */
import { assert } from '../base/assert.ts'
import type { ErrorName } from '../base/errors.ts'
import { answer, refuse } from './answers.ts'
import { candidate } from './candidate.ts'
import { EpochHistory } from './epoch-history.ts'
import { Fetching } from './fetching.ts'
import { follower } from './follower.ts'
import { Leader } from './leader.ts'
import { learnFromReply } from './learn.ts'
import type { EndEpochRequest, LeaderHint, RaftReply, RaftRequest } from './messages.ts'
import { prospective } from './prospective.ts'
import { Requests } from './requests.ts'
import { resigned } from './resigned.ts'
import { type Role, TRANSITIONS } from './role.ts'
import { type Settings, settingsOf } from './settings.ts'
import { logStart, noEffects, sameState } from './state.ts'
import {
  type Endpoint,
  type Envelope,
  type FailureReason,
  type HardState,
  type LeaderView,
  type LogEnd,
  NOBODY,
  type QuorumDescription,
  type QuorumRecord,
  type RaftBatch,
  type RaftEvent,
  type RaftOptions,
  type Ready,
  type ReplicaKey,
  type RoleName,
  type SnapshotChunk,
  type SnapshotId,
  type Target,
  type Token,
  type VoterSource,
} from './types.ts'
import { unattached } from './unattached.ts'
import { VoterHistory } from './voter-history.ts'
import { keyOf, sameReplica, type VoterSet } from './voters.ts'

/** One event leads through all roles at most once, but for elections that are won and lost again at once. */
const MAX_CHANGES = 16

export class Raft {
  readonly self: ReplicaKey
  readonly options: Settings
  readonly epochs: EpochHistory
  readonly history: VoterHistory
  readonly requests: Requests
  readonly fetching: Fetching
  /** For deadlines: never goes back. */
  nowMs = 0
  /** For what is written and shown. */
  wallMs = 0
  epoch: number
  leaderId: number
  /** Of the leader; empty: not known, or this node is it. */
  leaderEndpoints: readonly Endpoint[] = []
  voted: ReplicaKey | null
  /** Everything below is durable here. */
  syncedOffset: number
  /** As far as this node knows; what is below is committed and never lost. */
  highWatermark: number | undefined
  /** Who voted for this node in its epoch. */
  grantedBy: readonly number[]
  /** Elections that came to nothing since a leader was last heard of: the next one waits longer. */
  failedElections = 0
  #role: Role
  #durable: HardState | undefined
  #effects = noEffects()
  #truncations = 0

  constructor(options: RaftOptions) {
    this.options = settingsOf(options)
    this.self = options.self
    const { epochs, log, logEnd, quorumRecords, retryBackoffMs, voters } = this.options
    this.epochs = new EpochHistory(epochs, logEnd, logStart(log))
    this.history = new VoterHistory(voters, quorumRecords)
    this.requests = new Requests(retryBackoffMs)
    this.fetching = new Fetching(this)
    this.syncedOffset = logEnd.offset
    this.#durable = options.hardState
    this.grantedBy = [options.self.id]
    // A log that is ahead of its quorum-state (the file was lost) must not go back.
    const known = options.hardState
    const isCurrent = known !== undefined && known.epoch >= this.logEnd.epoch
    this.epoch = isCurrent ? known.epoch : this.logEnd.epoch
    this.leaderId = isCurrent ? known.leaderId : NOBODY
    this.voted = isCurrent ? known.voted : null
    this.leaderEndpoints = this.leaderId === this.self.id ? [] : this.voters.endpointsOf(this.leaderId)
    this.#role = this.#firstRole()
  }

  get role(): RoleName {
    return this.#role.name
  }

  get voters(): VoterSet {
    return this.history.last
  }

  /** What a snapshot of everything below `endOffset` must say; without it, who votes now. */
  voterSource(endOffset?: number): VoterSource {
    return endOffset === undefined ? this.history.last.source : this.history.before(endOffset)
  }

  get isVoter(): boolean {
    return this.voters.has(this.self)
  }

  get isOnlyVoter(): boolean {
    return this.voters.ids.length === 1 && this.isVoter
  }

  get logEnd(): LogEnd {
    return this.epochs.end
  }

  /** Where the epoch that this node leads begins in the log; undefined: it does not lead. */
  get epochStartOffset(): number | undefined {
    return this.#role instanceof Leader ? this.#role.epochStart : undefined
  }

  get leader(): LeaderView {
    const endpoints = this.leaderId === this.self.id ? this.options.endpoints : this.leaderEndpoints
    return { id: this.leaderId, epoch: this.epoch, endpoints }
  }

  /** Undefined: only the leader can tell. */
  describe(wallMs: number): QuorumDescription | undefined {
    return this.#role instanceof Leader ? this.#role.describe(wallMs) : undefined
  }

  #firstRole(): Role {
    if (this.leaderId === this.self.id) return resigned(this, [], 'start')
    if (this.voted && sameReplica(this.voted, this.self)) return candidate(this)
    return this.leaderEndpoints.length === 0 ? unattached(this, 'start') : follower(this)
  }

  /** `nowMs` of a clock that is never set, `wallMs` of the one that tells the date. */
  step(event: RaftEvent, nowMs: number, wallMs: number = nowMs): void {
    this.nowMs = Math.max(this.nowMs, nowMs)
    this.wallMs = wallMs
    this.#handle(event)
    for (let changes = 0; ; changes++) {
      assert(changes < MAX_CHANGES, `the role changes without end, last to ${this.role}`)
      const role = this.#role
      role.poll()
      if (role === this.#role) break
    }
  }

  #handle(event: RaftEvent): void {
    switch (event.type) {
      case 'start':
        this.#start()
        break
      case 'tick':
        break
      case 'request':
        this.#answer(event.token, event.request)
        break
      case 'reply':
        this.#reply(event.id, event.reply)
        break
      case 'requestFailed':
        this.#failed(event.id, event.reason)
        break
      case 'leaderUnreachable':
        if (event.leaderId === this.leaderId) this.#role.leaderUnreachable?.()
        break
      case 'synced':
        if ((event.truncations ?? this.#truncations) === this.#truncations) {
          this.syncedOffset = Math.max(this.syncedOffset, Math.min(event.endOffset, this.logEnd.offset))
        }
        break
      case 'propose':
        assert(this.#role.propose !== undefined, `a ${this.role} cannot append`)
        this.#role.propose(event.values)
        break
      case 'snapshotInstalled':
        this.fetching.installed(event.id, event.records)
        break
      case 'snapshotRefused':
        this.fetching.refused(event.id)
        break
      case 'resign':
        this.#role.resign?.()
        break
      case 'upgradeKraftVersion':
        if (this.#role.upgradeKraftVersion) this.#role.upgradeKraftVersion(event)
        else this.reply(event.token, { type: 'upgrade-kraft-version', error: 'NOT_LEADER_OR_FOLLOWER', message: null })
        break
    }
  }

  /** Alone there is nobody to wait for: the only voter leads a new epoch at once. */
  #start(): void {
    if (!this.isOnlyVoter) {
      // Its deadlines were reckoned before there was a time.
      this.#role = this.#firstRole()
      return
    }
    if (this.role === 'candidate') {
      this.become('leader')
      return
    }
    if (this.role !== 'unattached') this.follow(this.epoch, NOBODY, [])
    this.become('prospective')
  }

  #answer(token: Token, request: RaftRequest): void {
    if (request.type === 'vote' || request.type === 'begin-epoch' || request.type === 'end-epoch') {
      answer(this, this.#role, token, request)
    } else if (this.#role.serve) this.#role.serve(token, request)
    else refuse(this, token, request)
  }

  #reply(id: number, reply: RaftReply): void {
    const request = this.requests.take(id)
    if (request === undefined || request.request.type !== reply.type) return
    if (!learnFromReply(this, request, reply)) return
    if (reply.type !== 'vote') this.#role.reply?.(request, reply)
    // A node that is not the one that was meant has not refused.
    else if (request.to.id !== undefined && reply.error === 'NONE') this.#role.voteReply?.(request.to.id, reply)
  }

  #failed(id: number, reason: FailureReason): void {
    const request = this.requests.take(id)
    if (request === undefined) return
    this.requests.failed(request.to, this.nowMs)
    this.#role.failed?.(request, reason)
  }

  /** Goes to an epoch that somebody else began, with its leader where that is known. */
  follow(epoch: number, leaderId: number, endpoints: readonly Endpoint[]): void {
    assert(epoch >= this.epoch, `epoch ${epoch} after ${this.epoch}`)
    if (epoch > this.epoch) this.voted = null
    this.epoch = epoch
    this.leaderId = leaderId
    const isOther = leaderId !== NOBODY && leaderId !== this.self.id
    this.leaderEndpoints = isOther ? this.endpointsOf(leaderId, endpoints) : []
    this.become(this.leaderEndpoints.length > 0 ? 'follower' : 'unattached')
  }

  /** A larger epoch, whose leader nobody named yet. */
  nextEpoch(epoch: number): Role {
    this.follow(epoch, NOBODY, [])
    return this.#role
  }

  leaderEnded(request: EndEpochRequest): void {
    if (this.leaderId === request.leaderId) this.#role.leaderEnded?.(request)
  }

  /** As they were said, or as the voters are known. */
  endpointsOf(leaderId: number, endpoints: readonly Endpoint[]): readonly Endpoint[] {
    return endpoints.length > 0 ? endpoints : this.voters.endpointsOf(leaderId)
  }

  become(name: RoleName, successors: readonly ReplicaKey[] = []): void {
    assert(TRANSITIONS[this.role].includes(name), `a ${this.role} became ${name}`)
    this.#role.left?.()
    this.requests.reset()
    this.fetching.forgetDownload()
    this.#role = name === 'resigned' ? resigned(this, successors) : ROLES[name](this)
    this.#role.entered?.()
  }

  otherVoters(): ReplicaKey[] {
    return this.voters.voters.map(keyOf).filter(({ id }) => id !== this.self.id)
  }

  isUpToDate(logEnd: LogEnd): boolean {
    if (logEnd.epoch !== this.logEnd.epoch) return logEnd.epoch > this.logEnd.epoch
    return logEnd.offset >= this.logEnd.offset
  }

  /** How to reach a node by the listener that controllers use among each other. */
  target(id: number, endpoints: readonly Endpoint[]): Target | undefined {
    const endpoint = endpoints.find(({ name }) => name === this.options.listenerName) ?? endpoints[0]
    return endpoint && { id, host: endpoint.host, port: endpoint.port }
  }

  voterTarget(id: number): Target | undefined {
    return this.target(id, this.voters.endpointsOf(id))
  }

  append(batch: RaftBatch, spans: readonly { start: number; end: number; epoch: number }[]): void {
    for (const { start, end, epoch } of spans) this.epochs.append(end, start, epoch)
    this.#effects.append.push(batch)
  }

  truncateTo(offset: number): void {
    assert(offset >= (this.highWatermark ?? 0), `the log would lose ${offset}, committed is ${this.highWatermark}`)
    assert(this.#effects.append.length === 0, 'a log is cut before what was appended is taken')
    this.epochs.truncateTo(offset)
    this.history.truncateTo(offset)
    this.syncedOffset = Math.min(this.syncedOffset, offset)
    this.#effects.truncateTo = Math.min(this.#effects.truncateTo ?? offset, offset)
    this.#truncations++
  }

  /** The log is empty and begins behind a snapshot. */
  restartLog(id: SnapshotId, record: QuorumRecord): void {
    this.epochs.restart({ offset: id.endOffset, epoch: id.epoch })
    this.history.restart(record)
    this.syncedOffset = id.endOffset
    this.committed(id.endOffset)
    this.#truncations++
  }

  committed(offset: number): void {
    this.highWatermark = Math.max(this.highWatermark ?? 0, offset)
    this.history.forget(this.highWatermark)
  }

  snapshotChunk(chunk: SnapshotChunk): void {
    this.#effects.snapshotChunks.push(chunk)
  }

  request(to: Target, request: RaftRequest, when: 'now' | 'afterSync'): number {
    const envelope = this.requests.create(to, request, this.options.requestTimeoutMs)
    this.#send(envelope, when)
    return envelope.id
  }

  reply(token: Token, reply: RaftReply, when: 'now' | 'afterSync' = 'now'): void {
    this.#send({ kind: 'reply', token, reply }, when)
  }

  #send(envelope: Envelope, when: 'now' | 'afterSync'): void {
    if (when === 'now') this.#effects.sendNow.push(envelope)
    else this.#effects.sendAfterSync.push(envelope)
  }

  /** What every answer says about the leader. */
  hint(error: ErrorName): LeaderHint {
    const { id, epoch, endpoints } = this.leader
    return { error, leaderId: id, epoch, leaderEndpoints: endpoints }
  }

  deadlineMs(): number {
    return this.#role.deadlineMs()
  }

  /** What has to be done since the last call; a second call says only what is new. */
  ready(): Ready {
    const state: HardState = { epoch: this.epoch, leaderId: this.leaderId, voted: this.voted }
    const hardState = sameState(state, this.#durable) ? undefined : state
    this.#durable = state
    const effects = this.#effects
    this.#effects = noEffects()
    return {
      hardState,
      ...effects,
      truncations: this.#truncations,
      committed: this.highWatermark,
      role: this.role,
      leader: this.leader,
    }
  }
}

const ROLES: { readonly [N in Exclude<RoleName, 'resigned'>]: (raft: Raft) => Role } = {
  unattached,
  prospective,
  candidate,
  leader: (raft) => new Leader(raft),
  follower,
}
