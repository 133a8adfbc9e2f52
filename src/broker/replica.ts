import { KafkaError } from '../base/errors.ts'
import type { TopicId } from '../base/ids.ts'
import { LazySet } from '../base/lazy-collections.ts'
import type { ReplicaMetrics } from '../metrics/broker-metrics.ts'
import type { TopicMetrics } from '../metrics/topic-metrics.ts'
import type { CachedPartition } from '../partition/fetch-session.ts'
import {
  type Assignment,
  type IsrProposal,
  type IsrVerdict,
  Partition,
  type RoleChange,
  type Surroundings,
} from '../partition/partition.ts'
import type { FollowedReplica } from '../runtime/followed-replica.ts'
import type { Log } from '../storage/log.ts'
import type { AppendInfo, AppendOrigin, AppendRequest } from '../storage/types.ts'
import { OffsetWaiters } from './offset-waiters.ts'
import type { Watched, Watcher } from './purgatory.ts'
import type { ReplicaEnvironment } from './replica-environment.ts'
import type { Disturbance, Sleeper } from './sleeper.ts'
import { UncommittedBytes } from './uncommitted-bytes.ts'

const NO_TRANSACTION = {}

/** Told of every change of a replica's role, also of those that had to wait for a truncation. */
export type RoleListener = (replica: Replica, change: RoleChange) => void

/** One partition whose log this broker holds: its log, its role, and who waits for its offsets. */
export class Replica implements Watched, FollowedReplica {
  readonly topic: string
  readonly topicId: TopicId
  readonly partition: number
  readonly log: Log
  /** Of its topic, which all of the topic's replicas count together. */
  readonly metrics: TopicMetrics
  readonly #state: Partition
  readonly #env: ReplicaEnvironment
  readonly #onRole: RoleListener
  readonly #watchers = new LazySet<Watcher>()
  /** Followers, who may read what is not committed. */
  readonly #endWatchers = new LazySet<Watcher>()
  /** Of followers' sessions in which there is nothing new here. */
  readonly #sleepers = new LazySet<Sleeper>()
  readonly #commits = new OffsetWaiters()
  readonly #deletions = new OffsetWaiters()
  readonly #uncommitted = new UncommittedBytes()
  /** While the log is cut nobody may append as its leader: an election waits here. */
  #truncating = false
  #postponed: Assignment | undefined
  #closed = false
  /** Of the leader, as it told it last. */
  #leaderHighWatermark = 0

  constructor(log: Log, topicId: TopicId, env: ReplicaEnvironment, onRole: RoleListener) {
    this.topic = log.topic
    this.partition = log.partition
    this.topicId = topicId
    this.log = log
    this.metrics = env.metrics.topics.of(log.topic)
    this.#env = env
    this.#onRole = onRole
    this.#state = new Partition(env.nodeId, surroundings(env, log.topic), log.highWatermark)
  }

  get isLeader(): boolean {
    return this.#state.role === 'leader'
  }

  get leaderEpoch(): number {
    return this.#state.leaderEpoch
  }

  get leader(): number {
    return this.#state.leader
  }

  get isr(): readonly number[] {
    return this.#state.isr
  }

  get replicas(): readonly number[] {
    return this.#state.replicas
  }

  /** Roles, ISR and followers, to look at. */
  get state(): Omit<
    Partition,
    'assign' | 'appended' | 'fetched' | 'learned' | 'truncated' | 'wentBack' | 'settled' | 'tick' | 'reconsider'
  > {
    return this.#state
  }

  /** Where this leader's epoch began in the log; -1 while it does not lead. */
  get epochStartOffset(): number {
    return this.#state.epochStartOffset
  }

  assign(assignment: Assignment): void {
    this.#postponed = undefined
    if (this.#truncating && assignment.leader === this.#env.nodeId && !this.isLeader) this.#postponed = assignment
    else this.#assign(assignment)
  }

  #assign(assignment: Assignment): void {
    const { log } = this
    const change = this.#state.assign(assignment, log.writtenEndOffset, log.logEndOffset, this.#env.clock.monotonic())
    if (change.newEpoch) log.assignEpochStartOffset(assignment.leaderEpoch, this.#state.epochStartOffset)
    if (this.isLeader) this.#ownEnd()
    if (change.lost) this.#failWaiters(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
    if (change.lost || change.newEpoch || change.newLeader) this.#disturb()
    this.#wakeSleepers('changed')
    if (change.gained || change.lost || change.newEpoch || change.newLeader) this.#onRole(this, change)
  }

  /** Too few replicas are in sync. */
  get isUnderMinIsr(): boolean {
    return this.#state.isUnderMinIsr
  }

  /** With acks=all: refused before anything is appended where too few replicas are in sync. */
  requireInSync(): void {
    if (this.isUnderMinIsr) throw new KafkaError('NOT_ENOUGH_REPLICAS')
  }

  /** What was appended is committed, but by fewer replicas than it takes: the ISR shrank meanwhile. */
  get isShortOfReplicas(): boolean {
    return this.#state.maximalIsr.length < this.#state.minInSync
  }

  /**
   * As the leader: appends, and when written moves the high watermark and wakes waiting readers. Appends of one partition
   * keep their order, also where one must first wait for something (then a promise). Throws, or rejects with, KafkaError.
   */
  append(
    records: Buffer,
    origin: Exclude<AppendOrigin, 'replication'>,
    transaction: Pick<AppendRequest, 'verification' | 'transactionVersion'> = NO_TRANSACTION,
  ): AppendInfo | Promise<AppendInfo> {
    if (this.#closed || !this.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    this.metrics.totalProduceRequests++
    const { leaderEpoch } = this
    const nowMs = this.#env.clock.now()
    const request = { records, origin, leaderEpoch, leads: this.#leads, nowMs, ...transaction }
    const appended = origin === 'client' ? this.log.appendInTurn(request) : this.log.append(request)
    return appended instanceof Promise ? appended.then((info) => this.#appended(info)) : this.#appended(appended)
  }

  readonly #leads = (epoch: number): boolean => !this.#closed && this.isLeader && this.leaderEpoch === epoch

  #appended(info: AppendInfo): AppendInfo {
    if (info.sizeInBytes === 0) return info
    this.#uncommitted.appended(info.lastOffset + 1, info.sizeInBytes)
    this.metrics.bytesIn += info.sizeInBytes
    this.metrics.messagesIn += info.recordCount
    info.written.then(this.#onWritten, this.#onWriteFailed)
    return info
  }

  readonly #onWritten = (): void => {
    if (!this.#closed && this.isLeader) this.#ownEnd()
  }

  /** The log went back to its last written byte: what was pending beyond it is gone. */
  readonly #onWriteFailed = (): void => {
    const { log } = this
    this.#uncommitted.cutTo(log.logEndOffset)
    if (this.#closed || !this.isLeader) return
    // The epoch's note went with its first record, but followers are to find it.
    this.#state.wentBack(log.logEndOffset)
    if (log.latestEpoch !== this.leaderEpoch) log.assignEpochStartOffset(this.leaderEpoch, log.logEndOffset)
  }

  #ownEnd(): void {
    const end = this.log.writtenEndOffset
    const written = this.#uncommitted.written(end)
    if (written > 0) this.#wakeSleepers('appended', written)
    if (this.#state.appended(end, this.#env.clock.monotonic())) this.#publish()
    if (written > 0 && this.#endWatchers.size > 0)
      for (const watcher of [...this.#endWatchers]) watcher.advanced(written)
  }

  /** Whether a follower's fetch counts, asked before anything is read for it: throws KafkaError where not. */
  checkFollower(replicaId: number, brokerEpoch: number, knowsEpoch: boolean): void {
    switch (this.#state.checkFetch(replicaId, brokerEpoch)) {
      case 'not a replica':
        // It may know of a reassignment that we are still to learn of.
        throw new KafkaError(knowsEpoch ? 'UNKNOWN_LEADER_EPOCH' : 'NOT_LEADER_OR_FOLLOWER')
      case 'stale broker epoch':
        throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
      default:
    }
  }

  /** A follower fetches from `offset` on; `leaderEnd`: what was written when it was read for. */
  followerFetched(replicaId: number, offset: number, logStart: number, leaderEnd: number, brokerEpoch: number): void {
    const now = this.#env.clock.monotonic()
    const moved = this.#state.fetched(replicaId, offset, logStart, leaderEnd, brokerEpoch, now)
    this.#propose()
    if (moved) this.#publish()
    this.#checkDeletions()
  }

  /** Whether a follower that asks for this has nothing to learn: until something happens its next fetch may pass us by. */
  isKnownTo(id: number, asked: Omit<CachedPartition, 'rest'>): boolean {
    const { log } = this
    return (
      this.isLeader &&
      !this.#closed &&
      log.writtenEndOffset === asked.fetchOffset &&
      log.highWatermark === asked.highWatermark &&
      log.logStartOffset === asked.localLogStartOffset &&
      this.#state.isInSync(id) &&
      this.#state.follower(id)?.endOffset === asked.fetchOffset &&
      (asked.currentLeaderEpoch < 0 || asked.currentLeaderEpoch === this.leaderEpoch)
    )
  }

  sleep(sleeper: Sleeper): void {
    this.#sleepers.add(sleeper)
  }

  unsleep(sleeper: Sleeper): void {
    this.#sleepers.delete(sleeper)
  }

  /** A replica in sync is silent for so long that another may lead by now. */
  get isDoubtful(): boolean {
    const heard = new Map<number, number>()
    for (const { follower, heardMs } of this.#sleepers) heard.set(follower, Math.max(heard.get(follower) ?? 0, heardMs))
    const silent = this.#state.heardMs((id) => heard.get(id) ?? Number.NEGATIVE_INFINITY)
    return this.#env.clock.monotonic() - silent > this.#env.silenceMs
  }

  #wakeSleepers(cause: Disturbance, bytes = 0): void {
    if (this.#sleepers.size === 0) return
    for (const sleeper of [...this.#sleepers]) sleeper.wake(cause, bytes)
  }

  /** In the epoch in which the follower was last heard of it had everything up to `untilMs`. */
  followerRested(id: number, leaderEpoch: number, untilMs: number): void {
    if (!this.#closed && this.isLeader && leaderEpoch === this.leaderEpoch) this.#state.rested(id, untilMs)
  }

  /** Looks for followers that have fallen behind. */
  tick(): void {
    if (this.#closed) return
    const moved = this.#state.tick(this.#env.clock.monotonic())
    this.#propose()
    if (moved) this.#publish()
  }

  /** Brokers died or came back: who is dead is not waited for any more. */
  brokersChanged(): void {
    if (this.#closed) return
    if (this.#state.reconsider(this.#env.clock.monotonic())) this.#publish()
    this.#checkDeletions()
  }

  #propose(): void {
    const proposal = this.#state.takeProposal()
    if (proposal === undefined) return
    const { topic, topicId, partition } = this
    const isr = proposal.isr.map(({ brokerId }) => brokerId)
    this.#env.logger.info({ topic, partition, from: this.isr, to: isr }, `the ISR is to ${proposal.kind}`)
    this.#env.isr.submit({
      topicId,
      partition,
      proposal,
      isObsolete: () => this.#closed || !this.#state.isPending(proposal),
      settle: (verdict) => {
        if (this.#closed) return
        countIsr(this.#env.metrics.replicas, proposal, verdict)
        if (verdict.kind === 'refused') {
          this.#env.logger.info({ topic, partition, error: verdict.error }, 'the controller refused an ISR')
        }
        if (this.#state.settled(proposal, verdict, this.#env.clock.monotonic())) this.#publish()
        this.#propose()
      },
    })
  }

  /** Resolves when the high watermark is at or beyond `offset`; rejects with NOT_LEADER_OR_FOLLOWER when leadership goes. */
  committed(offset: number): Promise<void> {
    if (this.log.highWatermark >= offset) return Promise.resolve()
    if (this.#closed || !this.isLeader) return Promise.reject(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
    return this.#commits.wait(offset)
  }

  get lowWatermark(): number {
    return this.#state.lowWatermark(this.log.logStartOffset)
  }

  /** Resolves when no live replica has records before `offset`; rejects as `committed` does. */
  deletedEverywhere(offset: number): Promise<void> {
    if (this.lowWatermark >= offset) return Promise.resolve()
    if (this.#closed || !this.isLeader) return Promise.reject(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
    this.#wakeSleepers('changed')
    return this.#deletions.wait(offset)
  }

  /** A follower, or the death of one, may end the waiting for deletions. */
  #checkDeletions(): void {
    if (!this.#deletions.isEmpty) this.#deletions.reached(this.lowWatermark)
  }

  appendFetched(records: Buffer): AppendInfo {
    if (this.#closed || this.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const nowMs = this.#env.clock.now()
    const info = this.log.append({ records, origin: 'replication', leaderEpoch: this.leaderEpoch, nowMs })
    this.#env.metrics.topics.replicationBytesIn += info.sizeInBytes
    const { logger } = this.#env
    if (logger.writes?.('debug') === true) {
      const { topic, partition, leader } = this
      logger.debug({ topic, partition, leader, offset: info.firstOffset, lastOffset: info.lastOffset }, 'copied')
    }
    return info
  }

  /** Records that a follower is known to lack. */
  get leaderLag(): number {
    return Math.max(0, this.#leaderHighWatermark - this.log.logEndOffset)
  }

  learn(highWatermark: number, logStartOffset: number): void {
    if (this.#closed || this.isLeader) return
    this.#leaderHighWatermark = highWatermark
    const { log } = this
    if (this.#state.learned(highWatermark, log.writtenEndOffset)) this.#publish(logStartOffset)
    this.#raiseStart(logStartOffset)
  }

  #raiseStart(offset: number): void {
    const { log } = this
    if (offset > log.logStartOffset) log.raiseStart(Math.min(offset, log.highWatermark))
  }

  truncateTo(offset: number): Promise<void> {
    return this.#cut(() => this.log.truncateTo(offset))
  }

  restartAt(offset: number): Promise<void> {
    return this.#cut(() => this.log.truncateFullyAndStartAt(offset))
  }

  async #cut(job: () => Promise<void>): Promise<void> {
    if (this.#closed || this.isLeader || this.#truncating) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    this.#truncating = true
    try {
      await job()
    } finally {
      this.#truncating = false
      this.#state.truncated(this.log.highWatermark, this.log.writtenEndOffset)
      const postponed = this.#postponed
      this.#postponed = undefined
      if (postponed !== undefined && !this.#closed) this.#assign(postponed)
    }
  }

  /**
   * The log follows the high watermark, then everybody who waits for it. A follower's start comes before them: what its leader
   * has deleted may have gone another way here, and nobody would ever notice.
   */
  #publish(logStartOffset = 0): void {
    const stableBefore = this.log.lastStableOffset
    const readAll = stableBefore >= this.log.highWatermark
    if (!this.log.updateHighWatermark(this.#state.highWatermark)) return
    this.#raiseStart(logStartOffset)
    const { highWatermark } = this.log
    this.#wakeSleepers('committed')
    const bytes = this.isLeader ? this.#uncommitted.committed(highWatermark) : Number.POSITIVE_INFINITY
    this.#commits.reached(highWatermark)
    this.#wake(bytes, this.log.lastStableOffset > stableBefore, readAll ? bytes : Number.POSITIVE_INFINITY)
  }

  /** Where an open transaction held readers back, how much became stable is not known: they look themselves. */
  #wake(bytes: number, stableMoved: boolean, stableBytes: number): void {
    if (this.#watchers.size === 0) return
    // A copy: who is woken may come back and wait for what comes next.
    for (const watcher of [...this.#watchers]) {
      if (!watcher.committedOnly) watcher.advanced(bytes)
      else if (stableMoved) watcher.advanced(stableBytes)
    }
  }

  watch(watcher: Watcher): void {
    if (watcher.seesUncommitted) this.#endWatchers.add(watcher)
    else this.#watchers.add(watcher)
  }

  unwatch(watcher: Watcher): void {
    if (watcher.seesUncommitted) this.#endWatchers.delete(watcher)
    else this.#watchers.delete(watcher)
  }

  #disturb(): void {
    for (const watcher of [...this.#watchers, ...this.#endWatchers]) watcher.disturbed()
    this.#wakeSleepers('changed')
  }

  #failWaiters(error: KafkaError): void {
    this.#uncommitted.clear()
    this.#commits.fail(error)
    this.#deletions.fail(error)
  }

  /** The partition is not ours any more, or the broker stops. */
  close(): void {
    this.#closed = true
    this.#postponed = undefined
    this.#failWaiters(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
    this.#disturb()
  }
}

function countIsr(metrics: ReplicaMetrics, { kind }: IsrProposal, verdict: IsrVerdict): void {
  if (verdict.kind === 'refused') metrics.failedIsrUpdates++
  else if (kind === 'expand') metrics.isrExpands++
  else metrics.isrShrinks++
}

function surroundings(env: ReplicaEnvironment, topic: string): Surroundings {
  return {
    broker: env.broker,
    brokerEpoch: env.brokerEpoch,
    lagTimeMaxMs: () => env.lagTimeMaxMs,
    minInSyncReplicas: () => env.minInSyncReplicas(topic),
  }
}
