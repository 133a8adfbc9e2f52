/** Waits for a time: the clock of whoever runs the cleaning. */
export type Pause = (ms: number) => Promise<void>

/** How long to go at full speed before looking at the pace. */
const CHECK_BYTES = 1024 * 1024

/** log.cleaner.io.max.bytes.per.second: reads and writes together. */
export class Throttle {
  readonly #bytesPerSecond: number
  readonly #pause: Pause
  #unchecked = 0

  constructor(bytesPerSecond: number, pause: Pause) {
    this.#bytesPerSecond = bytesPerSecond
    this.#pause = pause
  }

  /** Resolves when that many bytes may be followed by others. */
  async spend(bytes: number): Promise<void> {
    if (this.#bytesPerSecond >= Number.MAX_SAFE_INTEGER) return
    this.#unchecked += bytes
    if (this.#unchecked < Math.min(CHECK_BYTES, this.#bytesPerSecond / 10)) return
    const waitMs = (this.#unchecked / this.#bytesPerSecond) * 1000
    this.#unchecked = 0
    await this.#pause(waitMs)
  }
}
