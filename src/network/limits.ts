export interface SharedLimitsOptions {
  /** max.connections */
  readonly maxConnections?: number
  /** max.connections.per.ip */
  readonly maxConnectionsPerIp?: number
  /** max.connections.per.ip.overrides, by address */
  readonly perIpOverrides?: ReadonlyMap<string, number>
  /** queued.max.request.bytes: requests under way of all connections together. */
  readonly maxInFlightBytes?: number
  /** Answers not yet taken by clients, of all connections together. */
  readonly maxUnsentBytes?: number
}

const DEFAULT_MAX_IN_FLIGHT = 256 * 1024 * 1024
const DEFAULT_MAX_UNSENT = 256 * 1024 * 1024

/** What all listeners of a broker share: how many connections there are and how many bytes they hold. */
export class SharedLimits {
  readonly #maxConnections: number
  readonly #maxPerIp: number
  readonly #perIpOverrides: ReadonlyMap<string, number>
  readonly #perIp = new Map<string, number>()
  #connections = 0
  /** Accepted connections of all listeners that wait for another to close. */
  readonly #parked = new Set<() => void>()
  readonly inFlight: ByteBudget
  readonly unsent: ByteBudget

  constructor(options: SharedLimitsOptions = {}) {
    this.#maxConnections = options.maxConnections ?? Number.MAX_SAFE_INTEGER
    this.#maxPerIp = options.maxConnectionsPerIp ?? Number.MAX_SAFE_INTEGER
    this.#perIpOverrides = options.perIpOverrides ?? new Map()
    this.inFlight = new ByteBudget(options.maxInFlightBytes ?? DEFAULT_MAX_IN_FLIGHT)
    this.unsent = new ByteBudget(options.maxUnsentBytes ?? DEFAULT_MAX_UNSENT)
  }

  get connections(): number {
    return this.#connections
  }

  get isFull(): boolean {
    return this.#connections >= this.#maxConnections
  }

  hasRoomFor(address: string): boolean {
    return (this.#perIp.get(address) ?? 0) < (this.#perIpOverrides.get(address) ?? this.#maxPerIp)
  }

  opened(address: string): void {
    this.#connections++
    this.#perIp.set(address, (this.#perIp.get(address) ?? 0) + 1)
  }

  /** `admit` is called, once, when there is room. */
  park(admit: () => void): void {
    this.#parked.add(admit)
  }

  unpark(admit: () => void): void {
    this.#parked.delete(admit)
  }

  closed(address: string): void {
    this.#connections--
    const [admit] = this.#parked
    if (admit !== undefined && !this.isFull) {
      this.#parked.delete(admit)
      queueMicrotask(admit)
    }
    const left = (this.#perIp.get(address) ?? 1) - 1
    if (left === 0) this.#perIp.delete(address)
    else this.#perIp.set(address, left)
  }
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
