import {
  collect,
  type FetchPartition,
  FetchSession,
  INVALID_SESSION_ID,
  isFullFetch,
  nextEpoch,
  type PartitionOutcome,
  type SessionError,
  wantsSession,
} from './fetch-session.ts'

export interface SessionRequest {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly usesTopicIds: boolean
  readonly isFollower: boolean
  readonly partitions: readonly FetchPartition[]
  readonly forgotten: readonly Pick<FetchPartition, 'topic' | 'topicId' | 'partition'>[]
}

/** One fetch within its session, or without one. */
export interface FetchContext {
  readonly error: SessionError | undefined
  /** To be looked at now: of a session, those that don't rest. */
  readonly partitions: readonly FetchPartition[]
  /** undefined: none, or it is only about to begin. */
  readonly session?: FetchSession
  /** What leaves: which of the outcomes are told, under which session id, or the error that the session met meanwhile. */
  finish<T extends FetchPartition, O extends PartitionOutcome>(
    outcomes: readonly Told<T, O>[],
    nowMs: number,
  ): Finished<T, O>
}

export interface Told<T, O> {
  readonly asked: T
  readonly outcome: O
}

export interface Finished<T, O> {
  readonly error: SessionError | undefined
  readonly sessionId: number
  readonly told: readonly Told<T, O>[]
}

export interface SessionCacheOptions {
  /** max.incremental.fetch.session.cache.slots */
  readonly slots: number
  /** A session unused for longer may be evicted by anyone, and one younger than this by no consumer. */
  readonly evictionMs?: number
  /** A whole number in 0 … bound−1. */
  readonly random: (bound: number) => number
}

const EVICTION_MS = 120_000
const MAX_ID = 0x7fff_ffff

/** The fetch sessions of a broker. A map in the order of last use. */
export class FetchSessionCache {
  readonly #slots: number
  readonly #evictionMs: number
  readonly #random: (bound: number) => number
  readonly #sessions = new Map<number, FetchSession>()
  /** How many had to make room for others. */
  evictions = 0

  constructor(options: SessionCacheOptions) {
    this.#slots = options.slots
    this.#evictionMs = options.evictionMs ?? EVICTION_MS
    this.#random = options.random
  }

  get size(): number {
    return this.#sessions.size
  }

  get totalPartitions(): number {
    let total = 0
    for (const session of this.#sessions.values()) total += session.cachedSize
    return total
  }

  begin(request: SessionRequest, nowMs: number): FetchContext {
    if (!isFullFetch(request.sessionEpoch)) return this.#incremental(request, nowMs)
    if (request.sessionId !== INVALID_SESSION_ID) this.#close(request.sessionId)
    return wantsSession(request.sessionEpoch) ? this.#full(request) : sessionless(request)
  }

  #full(request: SessionRequest): FetchContext {
    return {
      error: undefined,
      partitions: distinct(request),
      finish: (told, nowMs) => ({ error: undefined, sessionId: this.#create(request, told, nowMs), told }),
    }
  }

  #incremental(request: SessionRequest, nowMs: number): FetchContext {
    const session = this.#sessions.get(request.sessionId)
    if (session === undefined) return failed('FETCH_SESSION_ID_NOT_FOUND')
    if (session.epoch !== request.sessionEpoch) return failed('INVALID_FETCH_SESSION_EPOCH')
    if (session.usesTopicIds !== request.usesTopicIds) return failed('FETCH_SESSION_TOPIC_ID_ERROR')
    session.update(distinct(request), request.forgotten)
    if (session.size === 0) {
      this.#close(session.id)
      return sessionless(request)
    }
    this.#touch(session, nowMs)
    session.epoch = nextEpoch(session.epoch)
    const epoch = session.epoch
    return {
      error: undefined,
      get partitions() {
        return session.active()
      },
      session,
      finish: (outcomes) => {
        // The next request came before this answer left: they can't both belong to one session.
        if (session.epoch !== epoch) {
          return { error: 'INVALID_FETCH_SESSION_EPOCH', sessionId: session.id, told: [] }
        }
        const told = outcomes.filter(({ asked, outcome }) => session.tell(asked, outcome))
        return { error: undefined, sessionId: session.id, told }
      },
    }
  }

  #create(request: SessionRequest, told: readonly Told<FetchPartition, PartitionOutcome>[], nowMs: number): number {
    const hasRoom = this.#sessions.size < this.#slots || this.#evict(request.isFollower, told.length, nowMs)
    if (!hasRoom) return INVALID_SESSION_ID
    const session = new FetchSession(this.#newId(), request.isFollower, request.usesTopicIds, nowMs)
    for (const { asked, outcome } of told) session.add(asked, outcome.highWatermark, outcome.logStartOffset)
    this.#touch(session, nowMs)
    return session.id
  }

  #close(id: number): boolean {
    this.#sessions.get(id)?.close()
    return this.#sessions.delete(id)
  }

  #newId(): number {
    for (;;) {
      const id = 1 + this.#random(MAX_ID - 1)
      if (!this.#sessions.has(id)) return id
    }
  }

  #touch(session: FetchSession, nowMs: number): void {
    this.#sessions.delete(session.id)
    this.#sessions.set(session.id, session)
    session.lastUsedMs = nowMs
    session.cachedSize = session.size
    const isOld = nowMs - session.createdMs > this.#evictionMs
    session.evictableByAll = isOld
    session.evictableByPrivileged = isOld || !session.privileged
  }

  /** Room for a new session: a stale one goes, else the least worth one, if the new one is worth more. */
  #evict(privileged: boolean, size: number, nowMs: number): boolean {
    const [oldest] = this.#sessions.values()
    if (oldest === undefined) return false
    if (nowMs - oldest.lastUsedMs > this.#evictionMs) return this.#evicted(oldest.id)
    let least: FetchSession | undefined
    for (const session of this.#sessions.values()) {
      if (!(privileged ? session.evictableByPrivileged : session.evictableByAll)) continue
      if (least === undefined || compareWorth(session, least) < 0) least = session
    }
    if (least === undefined || compareWorth({ privileged, cachedSize: size, id: 0 }, least) < 0) return false
    return this.#evicted(least.id)
  }

  #evicted(id: number): boolean {
    this.evictions++
    return this.#close(id)
  }
}

/** Followers are worth more than consumers, then more partitions more than fewer; ids make the order total. */
function compareWorth(
  a: Pick<FetchSession, 'privileged' | 'cachedSize' | 'id'>,
  b: Pick<FetchSession, 'privileged' | 'cachedSize' | 'id'>,
): number {
  return Number(a.privileged) - Number(b.privileged) || a.cachedSize - b.cachedSize || a.id - b.id
}

function distinct(request: SessionRequest): readonly FetchPartition[] {
  return request.partitions.length < 2 ? request.partitions : [...collect(request.partitions).values()]
}

function sessionless(request: SessionRequest): FetchContext {
  return {
    error: undefined,
    partitions: distinct(request),
    finish: (told) => ({ error: undefined, sessionId: INVALID_SESSION_ID, told }),
  }
}

function failed(error: SessionError): FetchContext {
  return { error, partitions: [], finish: () => ({ error, sessionId: INVALID_SESSION_ID, told: [] }) }
}
