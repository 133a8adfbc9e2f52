import { present } from '../base/assert.ts'
import { ProtocolError } from '../base/errors.ts'
import type { SlabPool } from '../base/slab-pool.ts'
import type { Clock, Net, NetAddress, Random, Timer } from '../io/ports.ts'
import { type Api, apiOf, type CallKey, type Calls } from '../protocol/apis.ts'
import { PeerConnection, type PeerConnectionIdentity } from './peer-connection.ts'
import { type PeerCall, type PeerClient, PeerError, type PeerErrorKind } from './peer-types.ts'

export interface ClientSettings {
  /** Requests that may be under way to one peer for one purpose. */
  readonly maxInFlight: number
  /** How long a connection may take to be made and to say which versions it speaks. */
  readonly connectTimeoutMs: number
  /** After a failed attempt, doubled with each further one up to the maximum. */
  readonly minBackoffMs: number
  readonly maxBackoffMs: number
}

export const DEFAULT_CLIENT_SETTINGS: ClientSettings = {
  maxInFlight: 1000,
  connectTimeoutMs: 10_000,
  minBackoffMs: 20,
  maxBackoffMs: 500,
}

export interface ClientWorld {
  readonly net: Net
  readonly clock: Clock
  readonly random: Random
  /** Where leased answers are put. */
  readonly memory?: SlabPool
}

/** Of a session's time, after which it is renewed, and a part more by chance; as Kafka's clients. */
const RENEWAL_PART = 0.85
const RENEWAL_JITTER = 0.1

interface Pending {
  readonly api: Api
  readonly call: PeerCall<CallKey>
  readonly deadlineMs: number
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
  isSent: boolean
}

/** Keeps one connection to a peer while there is use for it. */
export class Client implements PeerClient {
  readonly address: NetAddress
  readonly #world: ClientWorld
  readonly #identity: PeerConnectionIdentity
  readonly #settings: ClientSettings
  readonly #forget: () => void
  /** In the order of the calls; those that are not sent wait for the connection. */
  readonly #pending = new Set<Pending>()
  readonly #listeners = new Set<() => void>()
  #connection: PeerConnection | undefined
  #connectBeforeMs = 0
  #failures = 0
  #retryAtMs = Number.NEGATIVE_INFINITY
  #lastFailure = ''
  #renewal: Timer | undefined
  #timer: Timer | undefined
  #timerAtMs = Number.POSITIVE_INFINITY

  constructor(
    address: NetAddress,
    identity: PeerConnectionIdentity,
    world: ClientWorld,
    settings: ClientSettings,
    forget: () => void,
  ) {
    this.address = address
    this.#identity = identity
    this.#world = world
    this.#settings = settings
    this.#forget = forget
  }

  get isConnected(): boolean {
    return this.#connection?.isReady ?? false
  }

  request<K extends CallKey>(call: PeerCall<K>): Promise<Calls[K]['response']> {
    return new Promise((resolve, reject) => {
      const now = this.#world.clock.monotonic()
      if (this.#pending.size >= this.#settings.maxInFlight) {
        reject(this.#error('busy', `${this.#pending.size} requests are under way`))
      } else if (this.#connection === undefined && now < this.#retryAtMs) {
        reject(this.#error('unreachable', this.#lastFailure))
      } else {
        const pending: Pending = {
          api: present(apiOf(call.api), `API ${call.api}`),
          call: call as PeerCall<CallKey>,
          deadlineMs: now + call.timeoutMs,
          resolve: resolve as (answer: unknown) => void,
          reject,
          isSent: false,
        }
        this.#pending.add(pending)
        this.#connection ??= this.#connect(now)
        this.#watch(pending.deadlineMs, now)
        if (this.#connection.isReady) this.#send(pending, this.#connection)
      }
    })
  }

  retryNow(): void {
    this.#retryAtMs = Number.NEGATIVE_INFINITY
  }

  onClosed(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#forget()
    const connection = this.#connection
    this.#connection = undefined
    this.#renewal?.cancel()
    connection?.destroy(new Error('this node closed the connection'))
    this.#rejectAll('this node closed the connection')
    this.#failures = 0
    this.retryNow()
  }

  #connect(now: number): PeerConnection {
    const { net, memory } = this.#world
    this.#connectBeforeMs = now + this.#settings.connectTimeoutMs
    this.#watch(this.#connectBeforeMs, now)
    const connection: PeerConnection = new PeerConnection(
      net,
      this.address,
      this.#identity,
      {
        ready: (sessionLifetimeMs) => this.#ready(connection, sessionLifetimeMs),
        closed: (reason) => this.#closed(connection, reason),
      },
      memory,
    )
    return connection
  }

  #ready(connection: PeerConnection, sessionLifetimeMs: number): void {
    if (sessionLifetimeMs > 0) this.#renewIn(connection, sessionLifetimeMs)
    for (const pending of this.#pending) if (!pending.isSent) this.#send(pending, connection)
  }

  /** Well before the session ends, and not at the same time as everybody else (KIP-368). */
  #renewIn(connection: PeerConnection, sessionLifetimeMs: number): void {
    const { clock, random } = this.#world
    const part = RENEWAL_PART + (RENEWAL_JITTER * random.below(1000)) / 1000
    this.#renewal?.cancel()
    this.#renewal = clock.after(sessionLifetimeMs * part, () => {
      if (connection !== this.#connection || !connection.isReady) return
      const now = clock.monotonic()
      this.#connectBeforeMs = now + this.#settings.connectTimeoutMs
      this.#watch(this.#connectBeforeMs, now)
      connection.renewLogin()
    })
  }

  #send(pending: Pending, connection: PeerConnection): void {
    const { api, call } = pending
    const { minVersion: min, maxVersion: max, body, isUnanswered = false } = call
    const version = connection.version(api, { ...(min !== undefined && { min }), ...(max !== undefined && { max }) })
    if (version === undefined) {
      this.#settle(pending, this.#error('unsupported', `it serves no version of ${api.name} that this node speaks`))
      return
    }
    pending.isSent = true
    const { lease } = call
    const answered = (answer: unknown, frame: Buffer): void => {
      this.#failures = 0
      const isAwaited = this.#pending.delete(pending)
      if (isAwaited) lease?.(frame)
      else if (lease) this.#world.memory?.release(frame)
      pending.resolve(answer)
    }
    try {
      connection.send(
        { api, version, answered, isLeased: lease !== undefined, isUnanswered },
        typeof body === 'function' ? body(version) : body,
      )
      if (isUnanswered && this.#pending.delete(pending)) pending.resolve(undefined)
    } catch (error) {
      this.#settle(pending, error instanceof Error ? error : new Error(String(error)))
    }
  }

  #closed(connection: PeerConnection, reason: Error): void {
    if (connection !== this.#connection) return
    this.#connection = undefined
    this.#renewal?.cancel()
    // What was connected and broke may be tried again at once; an answer that makes no sense is no connection.
    const wasEstablished = connection.wasReady && !(reason instanceof ProtocolError)
    if (!wasEstablished) this.#backOff(reason)
    this.#rejectAll(reason.message, reason)
    if (connection.wasReady) for (const listener of [...this.#listeners]) listener()
  }

  #backOff(reason: Error): void {
    const { minBackoffMs, maxBackoffMs } = this.#settings
    const delay = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(this.#failures, 20))
    const { clock, random } = this.#world
    this.#failures++
    this.#retryAtMs = clock.monotonic() + delay * (0.8 + random.below(400) / 1000)
    this.#lastFailure = reason.message
  }

  #rejectAll(message: string, cause?: Error): void {
    const rejected = [...this.#pending]
    this.#pending.clear()
    for (const { isSent, reject } of rejected)
      reject(this.#error(isSent ? 'disconnected' : 'unreachable', message, cause))
  }

  #settle(pending: Pending, error: Error): void {
    this.#pending.delete(pending)
    pending.reject(error)
  }

  /** One timer, for the earliest of the deadlines; it may find that what it was set for has been answered. */
  #watch(deadlineMs: number, now: number): void {
    if (deadlineMs >= this.#timerAtMs) return
    this.#timer?.cancel()
    this.#timerAtMs = deadlineMs
    this.#timer = this.#world.clock.after(Math.max(0, deadlineMs - now), () => this.#expire())
  }

  #expire(): void {
    this.#timerAtMs = Number.POSITIVE_INFINITY
    const now = this.#world.clock.monotonic()
    let isStuck = false
    for (const pending of [...this.#pending]) {
      if (pending.deadlineMs > now) continue
      isStuck ||= pending.isSent
      const what = `${pending.api.name} was not answered within ${pending.call.timeoutMs} ms`
      this.#settle(pending, this.#error(pending.isSent ? 'timeout' : 'unreachable', what))
    }
    const connection = this.#connection
    // Answers come in order: behind one that does not come, none will.
    if (isStuck) connection?.destroy(new Error('an answer did not come in time'))
    else if (connection && !connection.isReady && now >= this.#connectBeforeMs) {
      connection.destroy(new Error(`no connection within ${this.#settings.connectTimeoutMs} ms`))
    }
    this.#watchNext(now)
  }

  #watchNext(now: number): void {
    let next = this.#connection === undefined || this.isConnected ? Number.POSITIVE_INFINITY : this.#connectBeforeMs
    for (const { deadlineMs } of this.#pending) next = Math.min(next, deadlineMs)
    if (Number.isFinite(next)) this.#watch(next, now)
  }

  #error(kind: PeerErrorKind, message: string, cause?: Error): PeerError {
    return new PeerError(kind, `${this.address.host}:${this.address.port}: ${message}`, cause)
  }
}
