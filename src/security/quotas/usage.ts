import type { QuotaGroup } from './client-limits.ts'

/** As Kafka: who was not seen for so long is forgotten. */
const FORGET_MS = 3_600_000
const MOST = 100_000

interface Entry<T> {
  readonly counter: T
  lastMs: number
}

/** A counter for each group of clients, as long as it is used. Those used last stand last. */
export class Usage<T> {
  readonly #make: () => T
  readonly #entries = new Map<string, Entry<T>>()

  constructor(make: () => T) {
    this.#make = make
  }

  of({ user, clientId }: QuotaGroup, nowMs: number): T {
    const key = JSON.stringify([user, clientId])
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      this.#forget(nowMs)
      entry = { counter: this.#make(), lastMs: nowMs }
    } else this.#entries.delete(key)
    entry.lastMs = nowMs
    this.#entries.set(key, entry)
    return entry.counter
  }

  /** Groups and their counters, those used last first. */
  *newest(): Iterable<readonly [Pick<QuotaGroup, 'user' | 'clientId'>, T]> {
    for (const [key, { counter }] of [...this.#entries].reverse()) {
      const [user, clientId] = JSON.parse(key) as [string, string]
      yield [{ user, clientId }, counter]
    }
  }

  clear(): void {
    this.#entries.clear()
  }

  #forget(nowMs: number): void {
    for (const [key, { lastMs }] of this.#entries) {
      if (nowMs - lastMs < FORGET_MS && this.#entries.size < MOST) return
      this.#entries.delete(key)
    }
  }
}
