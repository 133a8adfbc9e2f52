import { LOST_DIRECTORY } from '../base/ids.ts'
import { LazyMap } from '../base/lazy-collections.ts'
import {
  type Assignment,
  type IsrProposal,
  type IsrVerdict,
  NO_CHANGE,
  type Role,
  type RoleChange,
  type Surroundings,
} from './assignment.ts'
import { enterEpoch, type Follower, isCaughtUp, newFollower, noteFetch } from './follower.ts'

export type {
  Assignment,
  BrokerStanding,
  IsrProposal,
  IsrVerdict,
  Role,
  RoleChange,
  Surroundings,
} from './assignment.ts'

/** A fetch of a follower that died since: the metadata knows a later incarnation of its broker. */
export type FetchVerdict = 'noted' | 'stale broker epoch' | 'not a replica'

/**
 * A replica's view of its partition. As the leader it knows how far every follower has come, and the high watermark is the
 * least of those in the ISR: no record below it is lost while one of them lives. While a larger ISR is proposed and the
 * answer is out, the larger one counts; while a smaller one is, the present one does: whatever the controller says, nothing
 * was committed too early (KIP-497).
 *
 *     fetched, tick ── takeProposal ──▶ AlterPartition ──▶ settled      one at a time
 *
 * Methods that may move the high watermark say so; its value is in `highWatermark`.
 */
export class Partition {
  readonly #self: number
  readonly #world: Surroundings
  readonly #followers = new LazyMap<number, Follower>()
  #assignment: Assignment | undefined
  /** Committed as far as is known: the metadata's, or a later one that the controller answered. */
  #isr: readonly number[] = []
  #maximalIsr: readonly number[] = []
  #partitionEpoch = -1
  #pending: IsrProposal | undefined
  #unsent = false
  #endOffset = 0
  #epochStart = -1
  #highWatermark: number

  constructor(self: number, world: Surroundings, highWatermark: number) {
    this.#self = self
    this.#world = world
    this.#highWatermark = highWatermark
  }

  get role(): Role {
    return this.#assignment?.leader === this.#self ? 'leader' : 'follower'
  }

  get leaderEpoch(): number {
    return this.#assignment?.leaderEpoch ?? -1
  }

  get partitionEpoch(): number {
    return this.#partitionEpoch
  }

  get leader(): number {
    return this.#assignment?.leader ?? -1
  }

  get isr(): readonly number[] {
    return this.#isr
  }

  get maximalIsr(): readonly number[] {
    return this.#maximalIsr
  }

  get replicas(): readonly number[] {
    return this.#assignment?.replicas ?? []
  }

  get highWatermark(): number {
    return this.#highWatermark
  }

  /** Where this leader's epoch began in the log; -1 while it does not lead. */
  get epochStartOffset(): number {
    return this.role === 'leader' ? this.#epochStart : -1
  }

  /** min.insync.replicas, at most as many as there are replicas. */
  get minInSync(): number {
    const { length } = this.replicas
    return length <= 1 ? length : Math.min(this.#world.minInSyncReplicas(), length)
  }

  get isUnderMinIsr(): boolean {
    return this.#isr.length < this.minInSync
  }

  /** Of the replicas that a consumer may be sent to. */
  followers(): Iterable<Readonly<Follower>> {
    return this.#followers.values()
  }

  follower(id: number): Readonly<Follower> | undefined {
    return this.#followers.get(id)
  }

  isInSync(id: number): boolean {
    return this.#isr.includes(id)
  }

  /**
   * The controller's answer to a proposal may be here before the metadata says the same, so older states of the partition
   * come by: they change nothing. `endOffset`: up to where the log is written; `nextOffset`: where the next record goes.
   */
  assign(next: Assignment, endOffset: number, nextOffset: number, nowMs: number): RoleChange {
    const before = this.#assignment
    if (before !== undefined && next.partitionEpoch < this.#partitionEpoch) return NO_CHANGE
    const led = this.role === 'leader'
    const isNewEpoch = before === undefined || next.leaderEpoch > before.leaderEpoch
    const isNews = isNewEpoch || next.partitionEpoch > this.#partitionEpoch
    this.#assignment = next
    this.#endOffset = endOffset
    const leads = this.role === 'leader'
    // The same once more (a reloaded snapshot): what is proposed is still to be answered.
    if (isNews) this.#commit(next.isr, next.partitionEpoch)
    this.#keepFollowers(leads)
    // Who stood down of itself and leads again counts from here on, as in a new epoch.
    if (leads && (isNewEpoch || !led)) this.#enterEpoch(nextOffset, !led, nowMs)
    return {
      gained: leads && !led,
      lost: led && !leads,
      newEpoch: leads && isNewEpoch,
      newLeader: !leads && (isNewEpoch || next.leader !== before.leader),
    }
  }

  #enterEpoch(epochStart: number, isNewLeader: boolean, nowMs: number): void {
    this.#epochStart = epochStart
    for (const follower of this.#followers.values()) {
      const isInSync = this.#isr.includes(follower.id)
      enterEpoch(follower, { endOffset: epochStart, isNewLeader, isInSync }, nowMs)
    }
  }

  #keepFollowers(leads: boolean): void {
    if (!leads) {
      this.#followers.clear()
      return
    }
    for (const id of this.#followers.keys()) if (!this.replicas.includes(id)) this.#followers.delete(id)
    for (const id of this.replicas) {
      if (id !== this.#self && !this.#followers.has(id)) this.#followers.set(id, newFollower(id))
    }
  }

  #commit(isr: readonly number[], partitionEpoch: number): void {
    this.#isr = isr
    this.#maximalIsr = isr
    this.#partitionEpoch = partitionEpoch
    this.#pending = undefined
    this.#unsent = false
  }

  /** The leader's own log is written up to here. True where the high watermark moved. */
  appended(endOffset: number, nowMs: number): boolean {
    this.#endOffset = endOffset
    return this.#advance(nowMs)
  }

  /** Whether a follower's fetch may count; asked before anything is read for it. */
  checkFetch(replica: number, brokerEpoch: number): FetchVerdict {
    if (!this.#followers.has(replica)) return 'not a replica'
    if (brokerEpoch === -1) return 'noted'
    const known = this.#world.broker(replica)
    return known !== undefined && !known.fenced && known.epoch > brokerEpoch ? 'stale broker epoch' : 'noted'
  }

  /**
   * A follower asks for what comes from `offset` on, so it has all before it, and its log begins at `logStartOffset`;
   * ours ended at `leaderEnd` when it was read for it. True where the high watermark moved.
   */
  fetched(
    replica: number,
    offset: number,
    logStartOffset: number,
    leaderEnd: number,
    brokerEpoch: number,
    nowMs: number,
  ): boolean {
    const follower = this.#followers.get(replica)
    if (follower === undefined) return false
    const before = follower.endOffset
    noteFetch(follower, offset, leaderEnd, nowMs)
    follower.logStartOffset = logStartOffset
    follower.brokerEpoch = brokerEpoch
    if (this.#pending === undefined && !this.#isr.includes(replica)) this.#maybeExpand(follower)
    return before !== offset && this.#advance(nowMs)
  }

  /** It had everything up to then, without being asked for each partition. */
  rested(replica: number, untilMs: number): void {
    const follower = this.#followers.get(replica)
    if (follower === undefined) return
    follower.caughtUpMs = Math.max(follower.caughtUpMs, untilMs)
    follower.lastFetchMs = Math.max(follower.lastFetchMs, untilMs)
  }

  #maybeExpand(follower: Follower): void {
    if (follower.endOffset < this.#highWatermark || follower.endOffset < this.#epochStart) return
    if (!this.#isEligible(follower)) return
    this.#propose('expand', [...this.#isr, follower.id])
    this.#maximalIsr = [...this.#isr, follower.id]
  }

  /** A fenced or leaving broker may not join, nor one whose present incarnation has not fetched, nor one that can't write. */
  #isEligible(follower: Follower): boolean {
    if (this.#assignment?.directories?.[this.replicas.indexOf(follower.id)] === LOST_DIRECTORY) return false
    const broker = this.#world.broker(follower.id)
    if (broker === undefined || broker.fenced || broker.inControlledShutdown) return false
    return follower.brokerEpoch === -1 || follower.brokerEpoch === broker.epoch
  }

  /**
   * When the follower in sync that has been silent for longest was heard of by this leader; Infinity: nobody else is in sync.
   * Whoever leads next without our knowing is one of them, and fetches from us no more. `elsewhere`: when a follower was heard
   * of beside its fetches of this partition.
   */
  heardMs(elsewhere: (id: number) => number): number {
    let least = Number.POSITIVE_INFINITY
    for (const id of this.#isr) {
      if (id === this.#self) continue
      const lastFetchMs = this.#followers.get(id)?.lastFetchMs ?? Number.NEGATIVE_INFINITY
      least = Math.min(least, Math.max(lastFetchMs, elsewhere(id)))
    }
    return least
  }

  /**
   * Who has not caught up for too long is to leave the ISR. To be called every half of replica.lag.time.max.ms. True where
   * the high watermark moved.
   */
  tick(nowMs: number): boolean {
    if (this.role !== 'leader') return false
    const late = this.#pending === undefined ? this.#lateReplicas(nowMs) : []
    const remaining = this.#isr.filter((id) => !late.includes(id))
    if (late.length > 0) this.#propose('shrink', remaining)
    return this.#advance(nowMs)
  }

  /**
   * Brokers were fenced, or are other ones now: who was about to join the ISR may be waited for no more, and nothing else
   * needs to happen here after that. True where the high watermark moved.
   */
  reconsider(nowMs: number): boolean {
    return this.#advance(nowMs)
  }

  #lateReplicas(nowMs: number): number[] {
    const lagTimeMaxMs = this.#world.lagTimeMaxMs()
    return this.#isr.filter((id) => {
      if (id === this.#self) return false
      const follower = this.#followers.get(id)
      return follower === undefined || !isCaughtUp(follower, this.#endOffset, nowMs, lagTimeMaxMs)
    })
  }

  #propose(kind: IsrProposal['kind'], isr: readonly number[]): void {
    this.#pending = {
      kind,
      leaderEpoch: this.leaderEpoch,
      partitionEpoch: this.#partitionEpoch,
      isr: isr.map((brokerId) => ({ brokerId, brokerEpoch: this.#epochOf(brokerId) })),
    }
    this.#unsent = true
  }

  #epochOf(id: number): number {
    return id === this.#self ? this.#world.brokerEpoch() : (this.#followers.get(id)?.brokerEpoch ?? -1)
  }

  /** What is to be sent to the controller, given once. */
  takeProposal(): IsrProposal | undefined {
    if (!this.#unsent) return undefined
    this.#unsent = false
    return this.#pending
  }

  isPending(proposal: IsrProposal): boolean {
    return this.#pending === proposal
  }

  /**
   * The controller answered. After most refusals nobody knows what holds until the metadata says it, so the proposal stays
   * pending; only where the controller says that it has not touched the partition, what was before holds again. True where
   * the high watermark moved.
   */
  settled(proposal: IsrProposal, verdict: IsrVerdict, nowMs: number): boolean {
    if (this.#pending !== proposal) return false
    if (verdict.kind === 'refused') {
      if (verdict.error === 'INELIGIBLE_REPLICA' || verdict.error === 'OPERATION_NOT_ATTEMPTED') {
        this.#commit(this.#isr, this.#partitionEpoch)
        return this.#advance(nowMs)
      }
      return false
    }
    if (verdict.leaderEpoch !== this.leaderEpoch || verdict.partitionEpoch < this.#partitionEpoch) return false
    this.#commit(verdict.isr, verdict.partitionEpoch)
    return this.#advance(nowMs)
  }

  /** A leader's write failed: what it appended beyond `nextOffset`, which nobody else has seen, is gone. */
  wentBack(nextOffset: number): void {
    this.#epochStart = Math.min(this.#epochStart, nextOffset)
  }

  /** As a follower: what the leader said, as far as our log has it. True where the high watermark moved. */
  learned(highWatermark: number, endOffset: number): boolean {
    this.#endOffset = endOffset
    return this.#raise(Math.min(highWatermark, endOffset))
  }

  /** As a follower: the log was cut; what it had as committed may be gone with it (after an unclean election). */
  truncated(highWatermark: number, endOffset: number): void {
    this.#endOffset = endOffset
    this.#highWatermark = highWatermark
  }

  /** The least log start of all live replicas: what DeleteRecords has reached everywhere. */
  lowWatermark(logStartOffset: number): number {
    let least = logStartOffset
    for (const follower of this.#followers.values()) {
      const broker = this.#world.broker(follower.id)
      if (broker !== undefined && !broker.fenced) least = Math.min(least, follower.logStartOffset)
    }
    return least
  }

  /**
   * Also who is about to join the ISR holds back the high watermark: else it would run after it for ever. With fewer in
   * sync than min.insync.replicas nothing is committed (KIP-966).
   */
  #advance(nowMs: number): boolean {
    if (this.role !== 'leader') return false
    if (this.#followers.size === 0) return this.#raise(this.#endOffset)
    if (this.isUnderMinIsr) return false
    let least = this.#endOffset
    for (const follower of this.#followers.values()) {
      if (follower.endOffset >= least) continue
      if (this.#maximalIsr.includes(follower.id) || this.#isJoining(follower, nowMs)) least = follower.endOffset
    }
    return this.#raise(least)
  }

  #isJoining(follower: Follower, nowMs: number): boolean {
    return isCaughtUp(follower, this.#endOffset, nowMs, this.#world.lagTimeMaxMs()) && this.#isEligible(follower)
  }

  #raise(offset: number): boolean {
    if (offset <= this.#highWatermark) return false
    this.#highWatermark = offset
    return true
  }
}
