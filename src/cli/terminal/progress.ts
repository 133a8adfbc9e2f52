const WIDTH = 30
const EVERY_MS = 100

/** A bar on a terminal's stderr; on anything else, nothing. */
export class Progress {
  readonly #label: string
  readonly #total: number
  readonly #isShown = process.stderr.isTTY === true
  #drawnAt = 0

  constructor(label: string, total: number) {
    this.#label = label
    this.#total = total
  }

  at(done: number, note = ''): void {
    const now = performance.now()
    if (!this.#isShown || now - this.#drawnAt < EVERY_MS) return
    this.#drawnAt = now
    const part = this.#total > 0 && Number.isFinite(this.#total) ? Math.min(1, done / this.#total) : undefined
    const bar =
      part === undefined ? '' : ` [${'='.repeat(Math.round(part * WIDTH)).padEnd(WIDTH)}] ${Math.floor(part * 100)}%`
    process.stderr.write(`\r\u001b[K${this.#label}${bar} ${done}${note === '' ? '' : ` ${note}`}`)
  }

  end(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[K')
  }
}
