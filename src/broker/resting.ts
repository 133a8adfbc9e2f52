import type { CachedPartition, FetchSession } from '../partition/fetch-session.ts'
import type { Watched, Watcher } from './purgatory.ts'
import type { Replica } from './replica.ts'
import type { Disturbance, Sleeper } from './sleeper.ts'

/** Where a log begins changes without a word, when retention takes what is old: this is how soon followers learn of it. */
const LOOK_MS = 1_000

/**
 * The part of a follower's fetch session where nothing is new: the follower has everything, was told the high watermark and
 * the log start, and is in sync. Such partitions are not looked at with every fetch, however many there are: what happens
 * to them brings them back.
 */
export class RestingPartitions implements Watched {
  readonly #session: FetchSession
  readonly follower: number
  readonly #brokerEpoch: number
  readonly #watchers = new Set<Watcher>()
  readonly #rests = new Set<Rest>()
  #lookedMs = Number.NEGATIVE_INFINITY

  constructor(session: FetchSession, follower: number, brokerEpoch: number) {
    this.#session = session
    this.follower = follower
    this.#brokerEpoch = brokerEpoch
  }

  get heardMs(): number {
    return this.#session.lastUsedMs
  }

  get isEmpty(): boolean {
    return this.#rests.size === 0
  }

  isOf(follower: number, brokerEpoch: number): boolean {
    return this.follower === follower && this.#brokerEpoch === brokerEpoch
  }

  /** After an answer: the partition rests if the follower has nothing to learn of it. */
  offer(asked: CachedPartition, replica: Replica): void {
    if (!this.#session.isActive(asked) || !replica.isKnownTo(this.follower, asked)) return
    const rest = new Rest(this, asked, replica)
    this.#rests.add(rest)
    this.#session.rest(asked, rest)
    replica.sleep(rest)
  }

  lookAfter(nowMs: number): void {
    if (nowMs - this.#lookedMs < LOOK_MS) return
    this.#lookedMs = nowMs
    for (const rest of [...this.#rests]) {
      if (!rest.replica.isKnownTo(this.follower, rest.asked)) this.#session.wake(rest.asked)
    }
  }

  wake(rest: Rest, cause: Disturbance, bytes: number): void {
    this.#session.wake(rest.asked)
    if (cause === 'committed') return
    for (const watcher of [...this.#watchers]) {
      if (cause === 'appended') watcher.advanced(bytes)
      else watcher.disturbed()
    }
  }

  /** Until now the session's fetches said that the follower has everything. */
  ended(rest: Rest): void {
    if (!this.#rests.delete(rest)) return
    rest.replica.followerRested(this.follower, rest.leaderEpoch, this.#session.lastUsedMs)
  }

  watch(watcher: Watcher): void {
    this.#watchers.add(watcher)
  }

  unwatch(watcher: Watcher): void {
    this.#watchers.delete(watcher)
  }
}

class Rest implements Sleeper {
  readonly asked: CachedPartition
  readonly replica: Replica
  readonly leaderEpoch: number
  readonly #all: RestingPartitions

  constructor(all: RestingPartitions, asked: CachedPartition, replica: Replica) {
    this.#all = all
    this.asked = asked
    this.replica = replica
    this.leaderEpoch = replica.leaderEpoch
  }

  get follower(): number {
    return this.#all.follower
  }

  get heardMs(): number {
    return this.#all.heardMs
  }

  wake(cause: Disturbance, bytes: number): void {
    this.#all.wake(this, cause, bytes)
  }

  /** By the session, whoever was the cause. */
  end(): void {
    this.replica.unsleep(this)
    this.#all.ended(this)
  }
}
