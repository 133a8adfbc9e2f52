import type { ClientQuotaImage } from '../../metadata/image-types.ts'
import { ClientLimits, type ClientQuotaKey } from './client-limits.ts'
import { type QuotaWindow, Rate, throttleMs } from './rate.ts'
import { Usage } from './usage.ts'

export interface QuotaClient {
  /** The name of the principal, without its type. */
  readonly user: string
  readonly clientId: string
}

/** A quota on something that clients do per second: bytes, or percents of a thread's time. */
export class RateQuota {
  readonly #key: ClientQuotaKey
  readonly #window: QuotaWindow
  readonly #longestMs: number
  readonly #usage: Usage<Rate>
  #limits: ClientLimits

  /** `longestMs`: no throttle time is longer. */
  constructor(key: ClientQuotaKey, window: QuotaWindow, longestMs = Number.MAX_SAFE_INTEGER) {
    this.#key = key
    this.#window = window
    this.#longestMs = longestMs
    this.#usage = new Usage(() => new Rate(window))
    this.#limits = new ClientLimits(key, [])
  }

  update(quotas: Iterable<ClientQuotaImage>): void {
    this.#limits = new ClientLimits(this.#key, quotas)
    if (this.#limits.isEmpty) this.#usage.clear()
  }

  /** Nobody is limited: nothing is counted. */
  get isEnabled(): boolean {
    return !this.#limits.isEmpty
  }

  /** Counts, and gives how long the client must be held back. */
  record({ user, clientId }: QuotaClient, value: number, nowMs: number): number {
    if (!this.isEnabled) return 0
    const group = this.#limits.groupOf(user, clientId)
    const rate = this.#usage.of(group, nowMs)
    rate.record(value, nowMs)
    return group.limit === undefined ? 0 : Math.min(throttleMs(rate, group.limit, nowMs), this.#longestMs)
  }

  /** What was counted did not happen after all. */
  unrecord({ user, clientId }: QuotaClient, value: number, nowMs: number): void {
    if (this.isEnabled) this.#usage.of(this.#limits.groupOf(user, clientId), nowMs).record(-value, nowMs)
  }

  /** More at once could never be within the quota. */
  mostInWindow({ user, clientId }: QuotaClient): number {
    const limit = this.#limits.groupOf(user, clientId).limit
    if (limit === undefined) return Number.MAX_SAFE_INTEGER
    return limit * (this.#window.samples - 1) * (this.#window.sampleMs / 1000)
  }
}
