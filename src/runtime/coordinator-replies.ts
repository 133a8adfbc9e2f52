import { KafkaError } from '../base/errors.ts'
import type { Clock, Timer } from '../io/ports.ts'
import type { CoordinatorLog } from './coordinator-log.ts'

interface Held {
  readonly release: () => void
  readonly fail: (error: KafkaError) => void
}

/** Replies that wait until everything below an offset is committed; for so long and no longer. */
export class HeldReplies {
  readonly #log: Pick<CoordinatorLog, 'committed'>
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #onFailure: (error: unknown) => void
  /** With their deadlines, the earliest first. */
  readonly #waiting = new Map<Held, number>()
  /** One for all: nearly every reply leaves within milliseconds, and a timer of its own would cost more than that. */
  #timer: Timer | undefined
  #committed = 0

  constructor(
    log: Pick<CoordinatorLog, 'committed'>,
    clock: Clock,
    timeoutMs: number,
    onFailure: (error: unknown) => void,
  ) {
    this.#log = log
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#onFailure = onFailure
  }

  /** Releases when the high watermark is at or beyond `offset`. */
  hold(offset: number, held: Held): void {
    if (offset <= this.#committed) {
      held.release()
      return
    }
    this.#waiting.set(held, this.#clock.monotonic() + this.#timeoutMs)
    this.#timer ??= this.#clock.after(this.#timeoutMs, this.#expire)
    this.#log.committed(offset).then(
      () => {
        this.#committed = Math.max(this.#committed, offset)
        if (this.#waiting.delete(held)) held.release()
      },
      (error) => {
        if (this.#waiting.has(held)) this.#onFailure(error)
      },
    )
  }

  readonly #expire = (): void => {
    this.#timer = undefined
    const nowMs = this.#clock.monotonic()
    for (const [held, deadlineMs] of this.#waiting) {
      if (deadlineMs > nowMs) {
        this.#timer = this.#clock.after(deadlineMs - nowMs, this.#expire)
        return
      }
      this.#waiting.delete(held)
      held.fail(new KafkaError('REQUEST_TIMED_OUT'))
    }
  }

  fail(error: KafkaError): void {
    // The log may go back to before what was committed here only after a failure, and then nothing here is known.
    this.#committed = 0
    this.#timer?.cancel()
    this.#timer = undefined
    for (const held of [...this.#waiting.keys()]) if (this.#waiting.delete(held)) held.fail(error)
  }
}
