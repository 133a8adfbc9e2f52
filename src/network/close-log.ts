import type { Clock, Logger } from '../io/ports.ts'

const LINES_PER_WINDOW = 20
const WINDOW_MS = 1000

/** One line for each connection closed for a cause, and a count instead of a flood. */
export class CloseLog {
  readonly #clock: Clock
  readonly #logger: Logger
  #windowStart = Number.NEGATIVE_INFINITY
  #lines = 0
  #suppressed = 0

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
  }

  closed(connection: string, reason: string): void {
    const now = this.#clock.monotonic()
    if (now - this.#windowStart >= WINDOW_MS) this.#newWindow(now)
    if (this.#lines >= LINES_PER_WINDOW) {
      this.#suppressed++
      return
    }
    this.#lines++
    this.#logger.warn({ connection }, `closed connection: ${reason}`)
  }

  #newWindow(now: number): void {
    if (this.#suppressed > 0) this.#logger.warn(`closed ${this.#suppressed} more connections for a cause`)
    this.#windowStart = now
    this.#lines = 0
    this.#suppressed = 0
  }
}
