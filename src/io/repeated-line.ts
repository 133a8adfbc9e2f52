import type { Clock } from './ports.ts'

const FIRST_GAP_MS = 1_000
const LAST_GAP_MS = 60_000

/** A line that would be logged with every vain attempt: said at once, then at growing distances, until the trouble is over. */
export class RepeatedLine {
  readonly #clock: Pick<Clock, 'monotonic'>
  #dueMs = Number.NEGATIVE_INFINITY
  #gapMs = FIRST_GAP_MS

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  say(write: () => void): void {
    const now = this.#clock.monotonic()
    if (now < this.#dueMs) return
    this.#dueMs = now + this.#gapMs
    this.#gapMs = Math.min(this.#gapMs * 2, LAST_GAP_MS)
    write()
  }

  /** The next trouble is a new one. */
  over(): void {
    this.#dueMs = Number.NEGATIVE_INFINITY
    this.#gapMs = FIRST_GAP_MS
  }
}
