import { CountedLines } from '../io/counted-lines.ts'
import type { Clock, Logger } from '../io/ports.ts'

/** One line for connections that were closed for the same cause, and how many more there were. */
export class CloseLog {
  readonly #lines: CountedLines

  constructor(clock: Pick<Clock, 'after'>, logger: Logger) {
    this.#lines = new CountedLines({
      logger,
      clock,
      level: 'warn',
      again: '(again)',
      more: 'more connections were closed',
    })
  }

  closed(connection: string, host: string, reason: string): void {
    const message = `closed connection: ${reason}`
    this.#lines.say({ kind: `${host}\n${reason}`, fields: () => ({ connection }), message, by: { host } })
  }

  flush(): void {
    this.#lines.flush()
  }
}
