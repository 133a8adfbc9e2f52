import { type QuotaWindow, Rate, throttleMs } from './rate.ts'

/** Java's largest INT: no limit. */
const UNLIMITED = 0x7fff_ffff
const MOST_ADDRESSES = 50_000

export interface ConnectionRateLimits {
  /** max.connection.creation.rate */
  readonly broker: number
  /** The same of one listener, where it is set with the listener's prefix. */
  readonly listeners: ReadonlyMap<string, number>
  /** connection_creation_rate by address, and of all others. */
  readonly addresses: ReadonlyMap<string, number>
  readonly anyAddress: number | undefined
}

export const NO_CONNECTION_RATE_LIMITS: ConnectionRateLimits = {
  broker: UNLIMITED,
  listeners: new Map(),
  addresses: new Map(),
  anyAddress: undefined,
}

/** What becomes of a new connection: the listener takes it in after `waitMs`, or closes it after `refuseMs`. */
export type ConnectionVerdict = { readonly waitMs: number } | { readonly refuseMs: number }

/** How fast connections may come (KIP-612): the broker and its listeners wait, an address that is too fast is refused. */
export class ConnectionRates {
  readonly #window: QuotaWindow
  readonly #broker: Rate
  readonly #listeners = new Map<string, Rate>()
  readonly #addresses = new Map<string, Rate>()
  limits: ConnectionRateLimits = NO_CONNECTION_RATE_LIMITS
  /** Not held up for what happens on other listeners: brokers must reach each other. */
  protectedListener: string | undefined

  constructor(window: QuotaWindow) {
    this.#window = window
    this.#broker = new Rate(window)
  }

  /** Counts a connection that has come. */
  opened(listener: string, address: string, nowMs: number): ConnectionVerdict {
    const { limits } = this
    const ofListener = this.#listenerRate(listener)
    const isProtected = listener === this.protectedListener
    if (!isProtected) this.#broker.record(1, nowMs)
    ofListener.record(1, nowMs)
    const brokerMs = isProtected ? 0 : this.#bounded(this.#broker, limits.broker, nowMs)
    const waitMs = Math.max(brokerMs, this.#bounded(ofListener, limits.listeners.get(listener) ?? UNLIMITED, nowMs))
    const refuseMs = this.#refusal(address, nowMs + waitMs)
    if (refuseMs === 0) return { waitMs }
    // It does not become a connection.
    if (!isProtected) this.#broker.record(-1, nowMs)
    ofListener.record(-1, nowMs)
    return { refuseMs: waitMs + refuseMs }
  }

  #refusal(address: string, nowMs: number): number {
    const limit = this.limits.addresses.get(address) ?? this.limits.anyAddress ?? UNLIMITED
    if (limit === UNLIMITED) return 0
    let rate = this.#addresses.get(address)
    if (rate === undefined) {
      const [oldest] = this.#addresses.keys()
      if (this.#addresses.size >= MOST_ADDRESSES && oldest !== undefined) this.#addresses.delete(oldest)
      rate = new Rate(this.#window)
      this.#addresses.set(address, rate)
    }
    rate.record(1, nowMs)
    const ms = this.#bounded(rate, limit, nowMs)
    if (ms > 0) rate.record(-1, nowMs)
    return ms
  }

  #listenerRate(listener: string): Rate {
    let rate = this.#listeners.get(listener)
    if (rate === undefined) {
      rate = new Rate(this.#window)
      this.#listeners.set(listener, rate)
    }
    return rate
  }

  /** Never longer than a window. */
  #bounded(rate: Rate, limit: number, nowMs: number): number {
    return limit === UNLIMITED ? 0 : Math.min(throttleMs(rate, limit, nowMs), this.#window.sampleMs)
  }
}
