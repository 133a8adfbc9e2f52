import type { ErrorName } from '../base/errors.ts'
import { type Uuid, ZERO_UUID } from '../base/ids.ts'

/** What a fetcher asks of one partition. */
export interface FetchPartition {
  /** undefined: an id that names no topic (yet). */
  topic: string | undefined
  /** ZERO_UUID: the request names topics. */
  readonly topicId: Uuid
  readonly partition: number
  fetchOffset: number
  maxBytes: number
  currentLeaderEpoch: number
  lastFetchedEpoch: number
  /** The follower's own; -1 of consumers. */
  logStartOffset: number
}

/** The parts of a partition's answer that decide whether an incremental answer must name it. */
export interface PartitionOutcome {
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStartOffset: number
  readonly recordsSize: number
  /** A preferred replica or a diverging epoch is told: the fetcher must see it. */
  readonly mustTell: boolean
}

/** A partition of a session, with what its fetcher was last told. */
export interface CachedPartition extends FetchPartition {
  highWatermark: number
  localLogStartOffset: number
  /** It need not be looked at until something happens; undefined: it is active. */
  rest: Rest | undefined
}

export interface Rest {
  /** Called once, when the partition is active again or forgotten. */
  end(): void
}

export const INVALID_SESSION_ID = 0
const INITIAL_EPOCH = 0
const FINAL_EPOCH = -1
const MAX_EPOCH = 0x7fff_ffff

/** 0 opens a session, -1 closes it; live epochs go from 1 to 2^31−1 and around. */
export function nextEpoch(epoch: number): number {
  if (epoch < 0) return FINAL_EPOCH
  return epoch === MAX_EPOCH ? 1 : epoch + 1
}

export function isFullFetch(epoch: number): boolean {
  return epoch === INITIAL_EPOCH || epoch === FINAL_EPOCH
}

export function wantsSession(epoch: number): boolean {
  return epoch === INITIAL_EPOCH
}

function keyOf(topicId: Uuid, topic: string | undefined, partition: number): string {
  return topicId === ZERO_UUID ? `${partition}:${topic}` : `${partition}:${topicId}`
}

/** An ordered set: the first asked of one partition keeps its place, the last says what is asked. */
export function collect(partitions: Iterable<FetchPartition>): Map<string, FetchPartition> {
  const byKey = new Map<string, FetchPartition>()
  for (const asked of partitions) byKey.set(keyOf(asked.topicId, asked.topic, asked.partition), asked)
  return byKey
}

/**
 * A fetch session (KIP-227): the partitions that a fetcher asks for again and again, so that it need not list them and
 * the answer names only those with news.
 */
export class FetchSession {
  readonly id: number
  /** A follower's. */
  readonly privileged: boolean
  readonly usesTopicIds: boolean
  readonly createdMs: number
  lastUsedMs: number
  /** What the next request must say. */
  epoch: number
  /** As counted when the session was last used: the order of eviction goes by it. */
  cachedSize = -1
  evictableByAll = false
  evictableByPrivileged = false
  readonly #partitions = new Map<string, CachedPartition>()
  /** Those that don't rest, in the order in which they are answered. */
  readonly #active = new Map<string, CachedPartition>()

  constructor(id: number, privileged: boolean, usesTopicIds: boolean, nowMs: number) {
    this.id = id
    this.privileged = privileged
    this.usesTopicIds = usesTopicIds
    this.createdMs = nowMs
    this.lastUsedMs = nowMs
    this.epoch = nextEpoch(INITIAL_EPOCH)
  }

  get size(): number {
    return this.#partitions.size
  }

  active(): CachedPartition[] {
    return [...this.#active.values()]
  }

  isActive(asked: FetchPartition): asked is CachedPartition {
    return this.#active.get(keyOf(asked.topicId, asked.topic, asked.partition)) === asked
  }

  /** Until `wake`, a request that names the partition, or the end of the session. */
  rest(cached: CachedPartition, rest: Rest): void {
    cached.rest = rest
    this.#active.delete(keyOf(cached.topicId, cached.topic, cached.partition))
  }

  wake(cached: CachedPartition): void {
    if (cached.rest === undefined) return
    this.#endRest(cached)
    this.#active.set(keyOf(cached.topicId, cached.topic, cached.partition), cached)
  }

  #endRest(cached: CachedPartition): void {
    const { rest } = cached
    cached.rest = undefined
    rest?.end()
  }

  wakeAll(): void {
    for (const cached of this.#partitions.values()) this.wake(cached)
  }

  /** The session is over. */
  close(): void {
    for (const cached of this.#partitions.values()) this.#endRest(cached)
  }

  add(asked: FetchPartition, highWatermark = -1, localLogStartOffset = -1): void {
    const key = keyOf(asked.topicId, asked.topic, asked.partition)
    const cached = { ...asked, highWatermark, localLogStartOffset, rest: undefined }
    this.#partitions.set(key, cached)
    this.#active.set(key, cached)
  }

  update(
    asked: Iterable<FetchPartition>,
    forgotten: Iterable<Pick<FetchPartition, 'topic' | 'topicId' | 'partition'>>,
  ): void {
    for (const partition of asked) {
      const known = this.#partitions.get(keyOf(partition.topicId, partition.topic, partition.partition))
      if (known === undefined) {
        this.add(partition)
        continue
      }
      this.wake(known)
      known.maxBytes = partition.maxBytes
      known.fetchOffset = partition.fetchOffset
      known.logStartOffset = partition.logStartOffset
      known.currentLeaderEpoch = partition.currentLeaderEpoch
      known.lastFetchedEpoch = partition.lastFetchedEpoch
    }
    for (const gone of forgotten) {
      const key = keyOf(gone.topicId, gone.topic, gone.partition)
      const known = this.#partitions.get(key)
      if (known === undefined) continue
      this.#endRest(known)
      this.#partitions.delete(key)
      this.#active.delete(key)
    }
  }

  /**
   * Whether an incremental answer must name the partition; remembers what is told. One that gets records goes to the end,
   * so that the next answer, which is limited in size, begins with others. False also for one that was forgotten meanwhile.
   */
  tell(asked: Pick<FetchPartition, 'topic' | 'topicId' | 'partition'>, outcome: PartitionOutcome): boolean {
    const key = keyOf(asked.topicId, asked.topic, asked.partition)
    const cached = this.#partitions.get(key)
    if (cached === undefined) return false
    const news =
      outcome.recordsSize > 0 ||
      cached.highWatermark !== outcome.highWatermark ||
      cached.localLogStartOffset !== outcome.logStartOffset ||
      outcome.errorCode !== 0 ||
      outcome.mustTell
    // -1 after an error: when it is over, the partition is told again.
    cached.highWatermark = outcome.errorCode === 0 ? outcome.highWatermark : -1
    cached.localLogStartOffset = outcome.logStartOffset
    if (outcome.recordsSize > 0) {
      this.#active.delete(key)
      this.#active.set(key, cached)
    }
    return news
  }
}

export type SessionError = Extract<
  ErrorName,
  'FETCH_SESSION_ID_NOT_FOUND' | 'INVALID_FETCH_SESSION_EPOCH' | 'FETCH_SESSION_TOPIC_ID_ERROR'
>
