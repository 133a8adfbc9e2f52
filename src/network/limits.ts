import { ConnectionRates } from '../security/quotas/connection-rates.ts'

/** How many connections there may be. */
export interface ConnectionCounts {
  /** max.connections */
  readonly maxConnections?: number
  /** max.connections.per.ip */
  readonly maxConnectionsPerIp?: number
  /** max.connections.per.ip.overrides, by address */
  readonly perIpOverrides?: ReadonlyMap<string, number>
  /** max.connections of single listeners */
  readonly maxOfListeners?: ReadonlyMap<string, number>
  /** One that max.connections does not hold up: other brokers come by it. */
  readonly protectedListener?: string | undefined
}

export interface SharedLimitsOptions extends ConnectionCounts {
  /** queued.max.request.bytes: requests under way of all connections together. */
  readonly maxInFlightBytes?: number
  /** Answers not yet taken by clients, of all connections together. */
  readonly maxUnsentBytes?: number
  /** How fast connections may come. */
  readonly rates?: ConnectionRates
}

const DEFAULT_MAX_IN_FLIGHT = 256 * 1024 * 1024
const DEFAULT_MAX_UNSENT = 256 * 1024 * 1024
const DEFAULT_WINDOW = { samples: 11, sampleMs: 1000 }

interface Parked {
  readonly listener: string
  readonly admit: () => void
}

/** What all listeners of a broker share: how many connections there are and how many bytes they hold. */
export class SharedLimits {
  readonly rates: ConnectionRates
  readonly inFlight: ByteBudget
  readonly unsent: ByteBudget
  #counts: ConnectionCounts = {}
  readonly #perIp = new Map<string, number>()
  readonly #perListener = new Map<string, number>()
  #connections = 0
  /** Accepted connections of all listeners that wait for another to close. */
  readonly #parked = new Set<Parked>()

  constructor(options: SharedLimitsOptions = {}) {
    this.#counts = options
    this.rates = options.rates ?? new ConnectionRates(DEFAULT_WINDOW)
    this.inFlight = new ByteBudget(options.maxInFlightBytes ?? DEFAULT_MAX_IN_FLIGHT)
    this.unsent = new ByteBudget(options.maxUnsentBytes ?? DEFAULT_MAX_UNSENT)
  }

  /** Connections that are open stay open, however many they are; whoever waited may have room now. */
  reconfigure(counts: ConnectionCounts): void {
    this.#counts = counts
    this.#admitParked()
  }

  get connections(): number {
    return this.#connections
  }

  isFull(listener: string): boolean {
    const { maxConnections, maxOfListeners, protectedListener } = this.#counts
    const own = maxOfListeners?.get(listener)
    if (own !== undefined && (this.#perListener.get(listener) ?? 0) >= own) return true
    return listener !== protectedListener && this.#connections >= (maxConnections ?? Number.MAX_SAFE_INTEGER)
  }

  hasRoomFor(address: string): boolean {
    const { maxConnectionsPerIp, perIpOverrides } = this.#counts
    const max = perIpOverrides?.get(address) ?? maxConnectionsPerIp ?? Number.MAX_SAFE_INTEGER
    return (this.#perIp.get(address) ?? 0) < max
  }

  opened(address: string, listener: string): void {
    this.#connections++
    add(this.#perIp, address, 1)
    add(this.#perListener, listener, 1)
  }

  /** `admit` is called, once, when there is room on the listener. Gives what takes that back. */
  park(listener: string, admit: () => void): () => void {
    const parked = { listener, admit }
    this.#parked.add(parked)
    return () => this.#parked.delete(parked)
  }

  closed(address: string, listener: string): void {
    this.#connections--
    add(this.#perIp, address, -1)
    add(this.#perListener, listener, -1)
    this.#admitParked(1)
  }

  #admitParked(most = Number.POSITIVE_INFINITY): void {
    let admitted = 0
    for (const parked of this.#parked) {
      if (admitted >= most) return
      if (this.isFull(parked.listener)) continue
      admitted++
      this.#parked.delete(parked)
      queueMicrotask(parked.admit)
    }
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}

/** Counts bytes; who finds it exhausted waits its turn and is called when there is room. */
export class ByteBudget {
  readonly #limit: number
  readonly #waiting = new Set<() => void>()
  #used = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get used(): number {
    return this.#used
  }

  get isExhausted(): boolean {
    return this.#used >= this.#limit
  }

  add(bytes: number): void {
    this.#used += bytes
  }

  remove(bytes: number): void {
    this.#used -= bytes
    while (this.#waiting.size > 0 && !this.isExhausted) {
      const [next] = this.#waiting
      if (next === undefined) return
      this.#waiting.delete(next)
      next()
    }
  }

  wait(resume: () => void): void {
    this.#waiting.add(resume)
  }

  forget(resume: () => void): void {
    this.#waiting.delete(resume)
  }
}
