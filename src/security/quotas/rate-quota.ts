import type { ClientQuotaImage } from '../../metadata/image-types.ts'
import { ClientLimits, type ClientQuotaKey } from './client-limits.ts'
import { type QuotaWindow, Rate, throttleMs } from './rate.ts'
import { Usage } from './usage.ts'

export interface QuotaClient {
  /** The name of the principal, without its type. */
  readonly user: string
  readonly clientId: string
}

/** What clients that are counted together did lately, and for how long they were held back when they were. */
export interface QuotaUse extends QuotaClient {
  /** Per second. */
  readonly rate: number
  /** On average; 0: they were not. */
  readonly throttleMs: number
}

interface Counter {
  readonly rate: Rate
  held: { readonly ms: Rate; readonly times: Rate } | undefined
}

/** A quota on something that clients do per second: bytes, or percents of a thread's time. */
export class RateQuota {
  readonly #key: ClientQuotaKey
  readonly #window: QuotaWindow
  readonly #longestMs: number
  readonly #usage: Usage<Counter>
  #limits: ClientLimits

  /** `longestMs`: no throttle time is longer. */
  constructor(key: ClientQuotaKey, window: QuotaWindow, longestMs = Number.MAX_SAFE_INTEGER) {
    this.#key = key
    this.#window = window
    this.#longestMs = longestMs
    this.#usage = new Usage(() => ({ rate: new Rate(window), held: undefined }))
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
    const counter = this.#usage.of(group, nowMs)
    counter.rate.record(value, nowMs)
    if (group.limit === undefined) return 0
    const ms = Math.min(throttleMs(counter.rate, group.limit, nowMs), this.#longestMs)
    if (ms > 0) this.#held(counter, ms, nowMs)
    return ms
  }

  #held(counter: Counter, ms: number, nowMs: number): void {
    counter.held ??= { ms: new Rate(this.#window), times: new Rate(this.#window) }
    counter.held.ms.record(ms, nowMs)
    counter.held.times.record(1, nowMs)
  }

  /** Of those who were counted last, at most so many. */
  uses(most: number, nowMs: number): QuotaUse[] {
    const found: QuotaUse[] = []
    for (const [group, { rate, held }] of this.#usage.newest()) {
      if (found.length === most) break
      const times = held?.times.measure(nowMs) ?? 0
      const heldMs = held === undefined || times === 0 ? 0 : held.ms.measure(nowMs) / times
      found.push({ ...group, rate: rate.measure(nowMs), throttleMs: heldMs })
    }
    return found
  }

  /** What was counted did not happen after all. */
  unrecord({ user, clientId }: QuotaClient, value: number, nowMs: number): void {
    if (this.isEnabled) this.#usage.of(this.#limits.groupOf(user, clientId), nowMs).rate.record(-value, nowMs)
  }

  /** More at once could never be within the quota. */
  mostInWindow({ user, clientId }: QuotaClient): number {
    const limit = this.#limits.groupOf(user, clientId).limit
    if (limit === undefined) return Number.MAX_SAFE_INTEGER
    return limit * (this.#window.samples - 1) * (this.#window.sampleMs / 1000)
  }
}
