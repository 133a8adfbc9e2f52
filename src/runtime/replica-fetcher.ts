import { errorName, KafkaError } from '../base/errors.ts'
import type { Logger, Timer } from '../io/ports.ts'
import { RepeatedLine } from '../io/repeated-line.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { FetchResponseData } from '../protocol/messages/fetch.ts'
import type { FollowedReplica } from './followed-replica.ts'
import { type PeerClient, PeerError } from './peer-types.ts'
import { applyFetched, reasonOf, truncate } from './replica-fetch-apply.ts'
import { askOffset, findRange } from './replica-fetch-range.ts'
import { ReplicaFetchSession, type SessionPart } from './replica-fetch-session.ts'
import { FetchState, NOT_BEGUN, partitionKey } from './replica-fetch-state.ts'
import type { FetcherWorld } from './replica-fetch-world.ts'

const FIRST_BACKOFF_MS = 20
/** An own write or truncation is looked after this soon. */
const SOON_MS = 5
const THROTTLE_MS = 100
/** Log starts that moved by themselves are told this often. */
const SWEEP_MS = 500
/** A waiting request is given up for a new partition, but not again and again. */
const INTERRUPT_MS = 100
const NEWEST_VERSION = 17
const WITH_TOPIC_IDS = 13

/**
 * Fetches from one leader, one request at a time, for the replicas here that follow it.
 *
 *     follow ─▶ ready ─ Fetch ─▶ appended, written ─▶ ready …
 *                 ▲                 ├─ diverging epoch ─▶ truncated ──┐
 *                 │                 ├─ out of range ─▶ ListOffsets ───┤
 *                 └── after a while ┴─ refused ◀──────────────────────┘
 */
export class ReplicaFetcher {
  readonly #leader: number
  readonly #purpose: string
  readonly #world: FetcherWorld
  readonly #logger: Logger
  readonly #states = new Map<string, FetchState>()
  /** Keys of what may differ from what the session holds. */
  readonly #dirty = new Set<string>()
  /** Not ready, to be looked at again when due. */
  readonly #delayed = new Set<FetchState>()
  readonly #session: ReplicaFetchSession
  #client: PeerClient | undefined
  #running = false
  #closed = false
  #inFlight = false
  #interrupted = false
  #interruptedMs = Number.NEGATIVE_INFINITY
  #sweptMs = Number.NEGATIVE_INFINITY
  #failures = 0
  #isLost = false
  readonly #line: RepeatedLine
  #wake: (() => void) | undefined
  #busy = 0

  constructor(leader: number, id: number, world: FetcherWorld) {
    this.#leader = leader
    this.#purpose = `replica-fetcher-${id}`
    this.#world = world
    this.#logger = world.logger.child({ leader, fetcher: id })
    this.#line = new RepeatedLine(world.clock)
    this.#session = new ReplicaFetchSession(() => world.settings.partitionMaxBytes)
  }

  get isEmpty(): boolean {
    return this.#states.size === 0
  }

  get isClosed(): boolean {
    return this.#closed
  }

  follow(replica: FollowedReplica): void {
    const state = new FetchState(replica)
    this.#drop(state.key)
    this.#states.set(state.key, state)
    this.#begin(state)
    if (!this.#running) {
      this.#running = true
      this.#run().catch(this.#world.onFatal)
    }
    this.#wakeUp()
    this.#interrupt()
  }

  unfollow(replica: FollowedReplica): void {
    this.#drop(partitionKey(replica.topicId, replica.partition))
    this.#wakeUp()
  }

  close(): void {
    this.#closed = true
    this.#states.clear()
    this.#delayed.clear()
    this.#client?.close()
    this.#wakeUp()
  }

  #drop(key: string): void {
    const state = this.#states.get(key)
    if (state === undefined) return
    this.#states.delete(key)
    this.#delayed.delete(state)
    this.#dirty.add(key)
  }

  /** Where to fetch from. What is not in the file yet is not ours to claim: an answer of the leader may rest on it. */
  #begin(state: FetchState): void {
    const { log } = state.replica
    if (log.writtenEndOffset < log.logEndOffset) {
      state.fetchOffset = NOT_BEGUN
      this.#delay(state, SOON_MS)
    } else if (log.latestEpoch === undefined && log.logEndOffset > log.highWatermark) {
      // Without epochs (old formats) nobody can tell where the logs part: only what is committed is sure.
      this.#repair(state, () => truncate(state, log.highWatermark, this.#logger))
    } else {
      state.fetchOffset = log.logEndOffset
      state.lastFetchedEpoch = log.latestEpoch ?? -1
      this.#dirty.add(state.key)
    }
  }

  async #run(): Promise<void> {
    while (!this.#closed && this.#states.size > 0) {
      const part = this.#next()
      if (part === undefined) await this.#sleep(this.#untilDue())
      else await this.#exchange(part)
    }
    this.#running = false
    this.#client?.close()
    this.#client = undefined
    this.#session.reset()
    this.#dirty.clear()
  }

  #next(): SessionPart | undefined {
    const now = this.#world.clock.monotonic()
    for (const state of this.#delayed) {
      if (state.dueMs > now) continue
      this.#delayed.delete(state)
      if (state.fetchOffset === NOT_BEGUN && !state.isBusy) this.#begin(state)
      else this.#dirty.add(state.key)
    }
    this.#sweep(now)
    const keys = this.#session.isFull ? [...this.#states.keys()] : this.#dirty
    const part = this.#session.build(keys, (key) => this.#wanted(key, now))
    this.#dirty.clear()
    return part
  }

  #sweep(now: number): void {
    if (now - this.#sweptMs < SWEEP_MS || this.#session.isFull) return
    this.#sweptMs = now
    for (const state of this.#states.values()) if (state.told !== undefined && state.differs) this.#dirty.add(state.key)
  }

  /** Only who is not in sync is throttled: else throttling would shrink the ISR. */
  #wanted(key: string, now: number): FetchState | undefined {
    const state = this.#states.get(key)
    if (state === undefined || !state.isReady(now)) return undefined
    const { quota } = this.#world
    const { topic, partition } = state.replica
    if (!state.isInSync && quota.isThrottled(topic, partition) && quota.isExceeded()) {
      this.#delay(state, THROTTLE_MS)
      return undefined
    }
    return state
  }

  #untilDue(): number {
    const now = this.#world.clock.monotonic()
    let due = now + this.#world.settings.backoffMs
    for (const state of this.#delayed) due = Math.min(due, state.dueMs)
    return Math.max(1, due - now)
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer: Timer = this.#world.clock.after(ms, () => this.#wakeUp())
      this.#wake = () => {
        timer.cancel()
        resolve()
      }
    })
  }

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = undefined
    wake?.()
  }

  /** A request that waits for new records would hold up a partition that has just come. */
  #interrupt(): void {
    const now = this.#world.clock.monotonic()
    if (!this.#inFlight || this.#interrupted || now - this.#interruptedMs < INTERRUPT_MS) return
    this.#interrupted = true
    this.#interruptedMs = now
    // Others that come at the same time are taken along.
    this.#world.clock.after(0, () => {
      if (this.#inFlight) this.#client?.close()
      else this.#interrupted = false
    })
  }

  async #exchange(part: SessionPart): Promise<void> {
    const { settings, nodeId, brokerEpoch, memory } = this.#world
    const client = this.#connect()
    if (client === undefined) {
      await this.#afterFailure('its address is not known')
      return
    }
    // While something is due soon, the leader may not keep us waiting.
    const maxWaitMs = Math.min(settings.maxWaitMs, this.#busy > 0 ? SOON_MS : this.#untilDue())
    let response: FetchResponseData
    let frame: Buffer | undefined
    this.#inFlight = true
    try {
      response = await client.request({
        api: ApiKey.Fetch,
        body: {
          replicaId: nodeId,
          replicaState: { replicaId: nodeId, replicaEpoch: brokerEpoch() },
          maxWaitMs,
          minBytes: settings.minBytes,
          maxBytes: settings.responseMaxBytes,
          isolationLevel: 0,
          rackId: '',
          ...part,
        },
        timeoutMs: settings.requestTimeoutMs,
        maxVersion: NEWEST_VERSION,
        minVersion: WITH_TOPIC_IDS,
        lease: (leased) => {
          frame = leased
        },
      })
    } catch (error) {
      this.#inFlight = false
      this.#session.failed()
      if (this.#interrupted) this.#interrupted = false
      else if (!this.#closed) await this.#requestFailed(error)
      return
    }
    this.#inFlight = false
    if (this.#isLost) this.#world.onLeaderFound(this.#leader)
    this.#isLost = false
    this.#interrupted = false
    try {
      await this.#answered(response)
    } finally {
      if (frame) memory?.release(frame)
    }
  }

  readonly #askOffset = async (state: FetchState, timestamp: number): Promise<number> => {
    const client = this.#connect()
    if (client === undefined) throw new KafkaError('LEADER_NOT_AVAILABLE')
    return askOffset(client, this.#world.nodeId, this.#world.settings.requestTimeoutMs, state, timestamp)
  }

  #connect(): PeerClient | undefined {
    const address = this.#world.addressOf(this.#leader)
    const current = this.#client?.address
    if (current !== undefined && (current.host !== address?.host || current.port !== address.port)) {
      this.#client?.close()
      this.#client = undefined
      this.#session.reset()
    }
    if (address !== undefined) this.#client ??= this.#world.connect(address, this.#purpose)
    return this.#client
  }

  async #requestFailed(error: unknown): Promise<void> {
    const isLost = error instanceof PeerError && (error.kind === 'disconnected' || error.kind === 'unreachable')
    // Once, not with every vain attempt that follows.
    if (isLost && !this.#isLost) this.#world.onLeaderLost(this.#leader)
    this.#isLost = isLost
    await this.#afterFailure(reasonOf(error))
  }

  async #afterFailure(reason: string): Promise<void> {
    const delayMs = this.#backoff(this.#failures++)
    const fields = { reason, partitions: this.#states.size, delayMs }
    this.#line.say(() => this.#logger.info(fields, 'fetching from the leader failed'))
    await this.#sleep(delayMs)
  }

  #backoff(failures: number): number {
    return Math.min(FIRST_BACKOFF_MS * 2 ** Math.min(failures, 20), this.#world.settings.backoffMs)
  }

  async #answered(response: FetchResponseData): Promise<void> {
    if (!this.#session.answered(response)) {
      // A session that is gone is opened anew at once; whatever else comes repeatedly is given time.
      this.#logger.debug({ error: errorName(response.errorCode) }, 'the fetch session begins anew')
      if (this.#failures++ > 0) await this.#sleep(this.#backoff(this.#failures))
      return
    }
    this.#failures = 0
    this.#line.over()
    const writing: Promise<void>[] = []
    for (const { topicId, partitions } of response.responses) {
      for (const fetched of partitions) {
        const state = this.#states.get(partitionKey(topicId, fetched.partitionIndex))
        // Asked before a truncation or in another epoch: the answer is not for what is there now.
        if (state === undefined || !state.isCurrent || state.isBusy || state.told?.offset !== state.fetchOffset)
          continue
        this.#take(state, fetched, writing)
      }
    }
    if (writing.length > 0) await Promise.all(writing)
  }

  #take(state: FetchState, fetched: Parameters<typeof applyFetched>[1], writing: Promise<void>[]): void {
    const before = state.fetchOffset
    const applied = applyFetched(state, fetched, this.#logger)
    switch (applied.kind) {
      case 'done':
      case 'writing':
        state.failures = 0
        // Also a log start that the leader raised: it may wait for everybody to have done so.
        if (state.differs) this.#dirty.add(state.key)
        if (state.fetchOffset === before) return
        this.#count(state, fetched.records?.length ?? 0)
        if (applied.kind === 'writing')
          writing.push(applied.written.catch((error) => this.#retry(state, reasonOf(error))))
        return
      case 'repair':
        this.#repair(state, applied.job)
        return
      case 'out of range':
        this.#repair(state, () => findRange(state, this.#askOffset, this.#logger))
        return
      case 'retry':
        this.#retry(state, applied.reason)
        return
      case 'failed': {
        const { topic, partition } = state.replica
        this.#logger.error({ topic, partition, reason: applied.reason }, 'a replica can not follow any more')
        this.#drop(state.key)
      }
    }
  }

  #count(state: FetchState, bytes: number): void {
    const { quota } = this.#world
    if (bytes > 0 && quota.isThrottled(state.replica.topic, state.replica.partition)) quota.record(bytes)
  }

  #retry(state: FetchState, reason: string): void {
    if (this.#states.get(state.key) !== state) return
    const delayMs = this.#backoff(state.failures++)
    const { topic, partition } = state.replica
    const fields = { topic, partition, offset: state.fetchOffset, leaderEpoch: state.leaderEpoch, reason, delayMs }
    this.#logger.debug(fields, 'a partition could not be fetched')
    state.fetchOffset = NOT_BEGUN
    this.#delay(state, delayMs)
  }

  #delay(state: FetchState, ms: number): void {
    state.dueMs = this.#world.clock.monotonic() + ms
    this.#delayed.add(state)
    this.#dirty.add(state.key)
  }

  /** Changes the log, then begins anew from where it ends. */
  #repair(state: FetchState, job: () => Promise<void>): void {
    state.isBusy = true
    this.#busy++
    this.#dirty.add(state.key)
    job()
      .then(
        () => {
          state.isBusy = false
          if (this.#states.get(state.key) === state) this.#begin(state)
        },
        (error) => {
          state.isBusy = false
          this.#retry(state, reasonOf(error))
        },
      )
      .catch(this.#world.onFatal)
      .then(() => {
        this.#busy--
        this.#wakeUp()
      })
  }
}
