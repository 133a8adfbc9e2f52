import type { QuotaWindow } from './rate.ts'

/**
 * Tokens that come at a rate and gather to a burst (KIP-599): who finds the bucket not in debt may take any number of
 * them. It begins empty at the beginning of time, which is full.
 */
export class TokenBucket {
  readonly #window: QuotaWindow
  #tokens = 0
  #updatedMs = 0

  constructor(window: QuotaWindow) {
    this.#window = window
  }

  /** Below 0: a debt. */
  tokens(rate: number, nowMs: number): number {
    this.#refill(rate, nowMs)
    return this.#tokens
  }

  take(count: number, rate: number, nowMs: number): void {
    this.#refill(rate, nowMs)
    this.#tokens = Math.min(this.#burst(rate), this.#tokens - count)
  }

  /** Until the debt is paid. */
  throttleMs(rate: number, nowMs: number): number {
    const tokens = this.tokens(rate, nowMs)
    return tokens < 0 ? Math.round((-tokens / rate) * 1000) : 0
  }

  #refill(rate: number, nowMs: number): void {
    this.#tokens = Math.min(this.#burst(rate), this.#tokens + (rate * (nowMs - this.#updatedMs)) / 1000)
    this.#updatedMs = nowMs
  }

  #burst(rate: number): number {
    return (this.#window.samples * this.#window.sampleMs * rate) / 1000
  }
}
