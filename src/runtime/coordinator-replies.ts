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
  readonly #waiting = new Map<Held, Timer>()
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
    const timeout = this.#clock.after(this.#timeoutMs, () => {
      if (this.#waiting.delete(held)) held.fail(new KafkaError('REQUEST_TIMED_OUT'))
    })
    this.#waiting.set(held, timeout)
    this.#log.committed(offset).then(
      () => {
        this.#committed = Math.max(this.#committed, offset)
        if (!this.#forget(held)) return
        held.release()
      },
      (error) => {
        if (this.#waiting.has(held)) this.#onFailure(error)
      },
    )
  }

  fail(error: KafkaError): void {
    // The log may go back to before what was committed here only after a failure, and then nothing here is known.
    this.#committed = 0
    for (const held of [...this.#waiting.keys()]) if (this.#forget(held)) held.fail(error)
  }

  #forget(held: Held): boolean {
    this.#waiting.get(held)?.cancel()
    return this.#waiting.delete(held)
  }
}
