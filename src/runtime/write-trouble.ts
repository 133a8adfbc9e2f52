import type { Clock, Logger, Timer } from '../io/ports.ts'
import { RepeatedLine } from '../io/repeated-line.ts'

/** So long nothing may fail before it counts as over: a full disk takes a few bytes now and then. */
const CALM_MS = 5_000

/** What is said while the metadata log can't be written: when it begins, ever more rarely how often it failed, and when it is over. */
export class WriteTrouble {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #line: RepeatedLine
  /** What is committed beyond it was written after the last failure. */
  #durable: number | undefined
  #calm: Timer | undefined
  #times = 0

  constructor(clock: Clock, logger: Logger) {
    this.#clock = clock
    this.#logger = logger
    this.#line = new RepeatedLine(clock)
  }

  failed(error: Error, durable: number): void {
    this.close()
    this.#durable = durable
    this.#times += 1
    const times = this.#times
    const fields = times === 1 ? { err: error } : { err: error, times }
    this.#line.say(() => this.#logger.error(fields, 'the metadata log can not be written; waiting for the disk'))
  }

  committed(offset: number): void {
    if (this.#durable === undefined || this.#calm !== undefined || offset <= this.#durable) return
    this.#calm = this.#clock.after(CALM_MS, () => {
      this.#logger.info({ times: this.#times }, 'the metadata log is written again')
      this.close()
      this.#durable = undefined
      this.#times = 0
      this.#line.over()
    })
  }

  close(): void {
    this.#calm?.cancel()
    this.#calm = undefined
  }
}
