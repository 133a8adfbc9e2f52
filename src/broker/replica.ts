import { KafkaError } from '../base/errors.ts'
import type { TopicId } from '../base/ids.ts'
import type { Clock } from '../io/ports.ts'
import { type Assignment, Partition, type RoleChange } from '../partition/partition.ts'
import type { Log } from '../storage/log.ts'
import type { AppendInfo, AppendOrigin } from '../storage/types.ts'
import type { Watched, Watcher } from './purgatory.ts'

interface CommitWaiter {
  readonly offset: number
  resolve(): void
  reject(error: Error): void
}

/** Appended, but not below the high watermark yet. */
interface Pending {
  readonly endOffset: number
  readonly bytes: number
}

/** One partition whose log this broker holds: its log, its role, and who waits for its high watermark. */
export class Replica implements Watched {
  readonly topic: string
  readonly topicId: TopicId
  readonly partition: number
  readonly log: Log
  readonly #state: Partition
  readonly #clock: Clock
  readonly #watchers = new Set<Watcher>()
  #commitWaiters: CommitWaiter[] = []
  #pending: Pending[] = []
  #epochStart = -1
  #closed = false

  constructor(log: Log, topicId: TopicId, nodeId: number, clock: Clock) {
    this.topic = log.topic
    this.partition = log.partition
    this.topicId = topicId
    this.log = log
    this.#clock = clock
    this.#state = new Partition(nodeId, log.highWatermark)
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

  /** Where this leader's epoch began in the log; -1 while it does not lead. */
  get epochStartOffset(): number {
    return this.isLeader ? this.#epochStart : -1
  }

  assign(assignment: Assignment): RoleChange {
    const change = this.#state.assign(assignment, this.log.writtenEndOffset)
    if (change.newEpoch) {
      this.#epochStart = this.log.logEndOffset
      this.log.assignEpochStartOffset(assignment.leaderEpoch, this.#epochStart)
    }
    if (this.isLeader) this.#advance(this.#state.appended(this.log.writtenEndOffset))
    if (change.lost) this.#failCommits(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
    if (change.lost || change.newEpoch) this.#disturb()
    return change
  }

  /**
   * As the leader: appends, and when written moves the high watermark and wakes waiting readers. Appends of one partition
   * keep their order, also where one must first be recompressed (then a promise). Throws, or rejects with, KafkaError.
   */
  append(records: Buffer, origin: Exclude<AppendOrigin, 'replication'>): AppendInfo | Promise<AppendInfo> {
    if (this.#closed || !this.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    const request = { records, origin, leaderEpoch: this.leaderEpoch, nowMs: this.#clock.now() }
    const appended = origin === 'client' ? this.log.appendConverting(request) : this.log.append(request)
    return appended instanceof Promise ? appended.then((info) => this.#appended(info)) : this.#appended(appended)
  }

  #appended(info: AppendInfo): AppendInfo {
    if (info.sizeInBytes === 0) return info
    this.#pending.push({ endOffset: info.lastOffset + 1, bytes: info.sizeInBytes })
    info.written.then(this.#onWritten, this.#onWriteFailed)
    return info
  }

  readonly #onWritten = (): void => {
    if (!this.#closed && this.isLeader) this.#advance(this.#state.appended(this.log.writtenEndOffset))
  }

  /** The log went back to its last written byte: what was pending beyond it is gone. */
  readonly #onWriteFailed = (): void => {
    const end = this.log.logEndOffset
    this.#pending = this.#pending.filter((entry) => entry.endOffset <= end)
  }

  /** A follower fetches from `offset` on. */
  followerFetched(replicaId: number, offset: number): void {
    this.#advance(this.#state.fetched(replicaId, offset, this.#clock.now()))
  }

  /** Resolves when the high watermark is at or beyond `offset`; rejects with NOT_LEADER_OR_FOLLOWER when leadership goes. */
  committed(offset: number): Promise<void> {
    if (this.log.highWatermark >= offset) return Promise.resolve()
    if (this.#closed || !this.isLeader) return Promise.reject(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
    return new Promise((resolve, reject) => this.#commitWaiters.push({ offset, resolve, reject }))
  }

  #advance(highWatermark: number | undefined): void {
    if (highWatermark === undefined) return
    const stableBefore = this.log.lastStableOffset
    const readAll = stableBefore >= this.log.highWatermark
    if (!this.log.updateHighWatermark(highWatermark)) return
    const bytes = this.#committedBytes(this.log.highWatermark)
    this.#releaseCommits()
    this.#wake(bytes, this.log.lastStableOffset > stableBefore, readAll ? bytes : Number.POSITIVE_INFINITY)
  }

  #committedBytes(highWatermark: number): number {
    let bytes = 0
    let count = 0
    for (const entry of this.#pending) {
      if (entry.endOffset > highWatermark) break
      bytes += entry.bytes
      count++
    }
    if (count === this.#pending.length) this.#pending.length = 0
    else this.#pending.splice(0, count)
    return bytes
  }

  #releaseCommits(): void {
    if (this.#commitWaiters.length === 0) return
    const done = this.#commitWaiters.filter((waiter) => waiter.offset <= this.log.highWatermark)
    if (done.length === 0) return
    this.#commitWaiters = this.#commitWaiters.filter((waiter) => waiter.offset > this.log.highWatermark)
    for (const waiter of done) waiter.resolve()
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
    this.#watchers.add(watcher)
  }

  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher)
  }

  #disturb(): void {
    for (const watcher of [...this.#watchers]) watcher.disturbed()
  }

  #failCommits(error: KafkaError): void {
    const waiters = this.#commitWaiters
    this.#commitWaiters = []
    for (const waiter of waiters) waiter.reject(error)
  }

  /** The partition is not ours any more, or the broker stops. */
  close(): void {
    this.#closed = true
    this.#failCommits(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
    this.#disturb()
  }
}
