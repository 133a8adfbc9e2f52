/**
 * KRaft as a pure machine: `step` takes an event, `ready` says what must be done about it. The roles and what leads from
 * one to another:
 *
 *   from          to            because
 *   unattached    unattached    a larger epoch was seen; a vote was given
 *                 prospective   the election timeout passed
 *                 follower      a leader of this or a larger epoch was heard of
 *   prospective   unattached    a larger epoch was seen, or a majority would not vote for it
 *                 candidate     a majority would vote for it (KIP-996)
 *                 follower      a leader of this or a larger epoch was heard of
 *                 prospective   the election timeout passed without a majority
 *   candidate     unattached    a larger epoch was seen
 *                 prospective   the election was lost, or timed out
 *                 leader        a majority voted for it
 *                 follower      a leader of this or a larger epoch was heard of
 *   leader        unattached    a larger epoch was seen
 *                 follower      a leader of a larger epoch was heard of
 *                 resigned      it stops
 *   follower      unattached    a larger epoch was seen without its leader
 *                 prospective   nothing came from the leader within the fetch timeout
 *                 follower      a leader of a larger epoch was heard of
 *   resigned      unattached    a larger epoch was seen, or the election timeout passed
 *                 follower      a leader of a larger epoch was heard of
 *
 * A node that was leader before it stopped begins as resigned: it must not lead the same epoch twice.
 */
import { assert } from '../base/assert.ts'
import { candidate } from './candidate.ts'
import { follower } from './follower.ts'
import { leader } from './leader.ts'
import { prospective } from './prospective.ts'
import { resigned } from './resigned.ts'
import type { Role } from './role.ts'
import type {
  Envelope,
  HardState,
  LogEnd,
  RaftBatch,
  RaftEvent,
  RaftOptions,
  Ready,
  ReplicaKey,
  RoleName,
} from './types.ts'
import type { MessageEvent, RaftMessage, VoteRequest } from './types-before.ts'
import { unattached } from './unattached.ts'
import { VoterSet } from './voters.ts'

export const TRANSITIONS: { readonly [From in RoleName]: readonly RoleName[] } = {
  unattached: ['unattached', 'prospective', 'follower'],
  prospective: ['unattached', 'candidate', 'follower', 'prospective'],
  candidate: ['unattached', 'prospective', 'leader', 'follower'],
  leader: ['unattached', 'follower', 'resigned'],
  follower: ['unattached', 'prospective', 'follower'],
  resigned: ['unattached', 'follower'],
}

export const NOBODY = -1

export class Raft {
  readonly self: ReplicaKey
  readonly voters: VoterSet
  readonly options: RaftOptions
  nowMs = 0
  epoch: number
  leaderId: number
  voted: ReplicaKey | null
  logEnd: LogEnd
  /** Everything below is durable here. */
  syncedOffset: number
  highWatermark: number | undefined
  /** Who voted for this node in its epoch. */
  grantedBy: readonly number[]
  #role: Role
  #durable: HardState | undefined
  #append: RaftBatch[] = []
  #sendNow: Envelope[] = []
  #sendAfterSync: Envelope[] = []

  constructor(options: RaftOptions) {
    this.options = options
    this.self = options.self
    this.voters = new VoterSet(options.voters)
    this.logEnd = options.logEnd
    this.syncedOffset = options.logEnd.offset
    this.#durable = options.hardState
    this.grantedBy = [options.self.id]
    // A log that is ahead of its quorum-state (the file was lost) must not go back.
    const known = options.hardState
    const isCurrent = known !== undefined && known.epoch >= options.logEnd.epoch
    this.epoch = isCurrent ? known.epoch : options.logEnd.epoch
    this.leaderId = isCurrent ? known.leaderId : NOBODY
    this.voted = isCurrent ? known.voted : null
    this.#role = this.#firstRole()
  }

  get role(): RoleName {
    return this.#role.name
  }

  get isOnlyVoter(): boolean {
    return this.voters.ids.length === 1 && this.voters.has(this.self)
  }

  #firstRole(): Role {
    if (this.leaderId === this.self.id) return resigned(this)
    if (this.voted?.id === this.self.id && this.voted.directoryId === this.self.directoryId) return candidate(this)
    return this.leaderId === NOBODY ? unattached(this) : follower(this)
  }

  step(event: RaftEvent | MessageEvent, nowMs: number): void {
    this.nowMs = nowMs
    switch (event.type) {
      case 'start':
        this.#start()
        break
      case 'message':
        this.#receive(event.message)
        break
      case 'synced':
        this.syncedOffset = Math.max(this.syncedOffset, event.endOffset)
        this.#role.synced?.(this)
        break
      case 'propose':
        assert(this.#role.propose !== undefined, `a ${this.role} cannot append`)
        this.#role.propose(this, event.values)
        break
      case 'tick':
        if (nowMs >= this.#role.deadlineMs) this.#role.timedOut(this)
        break
      case 'resign':
        if (this.role !== 'leader') break
        for (const to of this.others())
          this.sendNow(to, { type: 'end-epoch', leaderId: this.self.id, epoch: this.epoch, successors: this.others() })
        this.become('resigned')
        break
    }
  }

  /** Alone there is nobody to wait for: the only voter leads a new epoch at once. */
  #start(): void {
    if (!this.isOnlyVoter) {
      // Its deadline was reckoned before there was a time.
      this.#role = this.#firstRole()
      return
    }
    if (this.role === 'candidate') {
      this.become('leader')
      return
    }
    if (this.role !== 'unattached') this.follow(this.epoch, NOBODY)
    this.become('prospective')
  }

  #receive(message: RaftMessage): void {
    if (message.type === 'vote') {
      this.#answerVote(message)
      return
    }
    if (message.epoch < this.epoch) {
      if (message.type === 'begin-epoch')
        this.sendNow(message.leaderId, { type: 'begin-epoch', leaderId: this.leaderId, epoch: this.epoch })
      return
    }
    if (message.type === 'begin-epoch' || (message.type === 'vote-reply' && message.leaderId !== NOBODY)) {
      if (message.epoch > this.epoch || this.leaderId === NOBODY) this.follow(message.epoch, message.leaderId)
    } else if (message.epoch > this.epoch) this.follow(message.epoch, NOBODY)
    if (message.type === 'vote-reply' && message.epoch === this.epoch) this.#role.voteReply?.(this, message)
    if (message.type === 'end-epoch' && message.epoch === this.epoch) this.#role.leaderEnded?.(this, message.successors)
  }

  #answerVote(request: VoteRequest): void {
    if (request.epoch > this.epoch && !request.preVote) this.follow(request.epoch, NOBODY)
    const granted = request.epoch >= this.epoch && this.#role.grants(this, request)
    if (granted && !request.preVote && this.voted === null) {
      this.voted = request.candidate
      this.become('unattached')
    }
    this.sendAfterSync(request.candidate.id, {
      type: 'vote-reply',
      voter: this.self.id,
      epoch: this.epoch,
      leaderId: this.leaderId,
      granted,
      preVote: request.preVote,
    })
  }

  /** Goes to an epoch that somebody else began, with its leader where that is known. */
  follow(epoch: number, leaderId: number): void {
    assert(epoch >= this.epoch, `epoch ${epoch} after ${this.epoch}`)
    if (epoch > this.epoch) this.voted = null
    this.epoch = epoch
    this.leaderId = leaderId
    this.become(leaderId === NOBODY ? 'unattached' : 'follower')
  }

  become(name: RoleName): void {
    assert(TRANSITIONS[this.role].includes(name), `a ${this.role} became ${name}`)
    if (this.role === 'leader') this.highWatermark = undefined
    this.#role = ROLES[name](this)
    this.#role.entered?.(this)
  }

  others(): number[] {
    return this.voters.ids.filter((id) => id !== this.self.id)
  }

  isUpToDate(logEnd: LogEnd): boolean {
    if (logEnd.epoch !== this.logEnd.epoch) return logEnd.epoch > this.logEnd.epoch
    return logEnd.offset >= this.logEnd.offset
  }

  /** Between one and two timeouts, so that voters seldom begin at the same moment. */
  electionDeadline(): number {
    const { electionTimeoutMs, random } = this.options
    return this.nowMs + electionTimeoutMs + random(Math.max(electionTimeoutMs, 1))
  }

  append(batch: RaftBatch): void {
    this.#append.push(batch)
    this.logEnd = { offset: batch.lastOffset + 1, epoch: batch.epoch }
  }

  sendNow(to: number, message: RaftMessage): void {
    this.#sendNow.push({ to, message } as unknown as Envelope)
  }

  sendAfterSync(to: number, message: RaftMessage): void {
    this.#sendAfterSync.push({ to, message } as unknown as Envelope)
  }

  deadlineMs(): number {
    return this.#role.deadlineMs
  }

  /** What has to be done since the last call; a second call says only what is new. */
  ready(): Ready {
    const state: HardState = { epoch: this.epoch, leaderId: this.leaderId, voted: this.voted }
    const hardState = sameState(state, this.#durable) ? undefined : state
    this.#durable = state
    const ready: Ready = {
      hardState,
      truncateTo: undefined,
      append: this.#append,
      snapshotChunks: [],
      sendNow: this.#sendNow,
      sendAfterSync: this.#sendAfterSync,
      committed: this.highWatermark,
      role: this.role,
      leader: { id: this.leaderId, epoch: this.epoch, endpoints: [] },
    }
    this.#append = []
    this.#sendNow = []
    this.#sendAfterSync = []
    return ready
  }
}

const ROLES: { readonly [N in RoleName]: (raft: Raft) => Role } = {
  unattached,
  prospective,
  candidate,
  leader,
  follower,
  resigned,
}

function sameState(a: HardState, b: HardState | undefined): boolean {
  return (
    b !== undefined &&
    a.epoch === b.epoch &&
    a.leaderId === b.leaderId &&
    a.voted?.id === b.voted?.id &&
    a.voted?.directoryId === b.voted?.directoryId
  )
}
