import type { Clock, Disk, Logger, Timer } from '../io/ports.ts'

/** As much as a batch may well have: where that finds no room, records would not either for long. */
const PROBE_BYTES = 1024 * 1024
const FIRST_PROBE_MS = 1_000
const LAST_PROBE_MS = 60_000
/** A directory that refuses again so soon is asked ever more rarely, so that leaders don't come and go. */
const SOON_MS = 60_000

const PROBE_FILE = '.room'

interface Refusing {
  readonly timer: Timer
}

interface History {
  waitMs: number
  takesSinceMs: number
}

/** Log directories that take no records at present, mostly because their disk is full. They are online: reading goes on. */
export class RefusingDirectories {
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #changed: (takes: boolean) => void
  readonly #refusing = new Map<string, Refusing>()
  readonly #histories = new Map<string, History>()
  #closed = false

  constructor(disk: Disk, clock: Clock, logger: Logger, changed: (takes: boolean) => void) {
    this.#disk = disk
    this.#clock = clock
    this.#logger = logger
    this.#changed = changed
  }

  has(dir: string): boolean {
    return this.#refusing.has(dir)
  }

  /** A write failed. Said once, however many follow. */
  refused(dir: string, error: Error): void {
    if (this.#closed || this.#refusing.has(dir)) return
    this.#logger.error({ err: error, dir }, 'a log directory takes no records: what it leads goes to others, or waits')
    const history = this.#histories.get(dir)
    const isSoon = history !== undefined && this.#clock.monotonic() - history.takesSinceMs < SOON_MS
    const waitMs = isSoon ? Math.min(history.waitMs * 2, LAST_PROBE_MS) : FIRST_PROBE_MS
    this.#histories.set(dir, { waitMs, takesSinceMs: Number.NEGATIVE_INFINITY })
    this.#probeIn(dir, waitMs)
    this.#changed(false)
  }

  close(): void {
    this.#closed = true
    for (const { timer } of this.#refusing.values()) timer.cancel()
  }

  #probeIn(dir: string, ms: number): void {
    this.#refusing.set(dir, { timer: this.#clock.after(ms, () => void this.#probe(dir)) })
  }

  async #probe(dir: string): Promise<void> {
    const path = `${dir}/${PROBE_FILE}`
    const takes = await this.#disk.replaceFile(path, Buffer.alloc(PROBE_BYTES)).then(
      () => true,
      () => false,
    )
    for (const one of [path, `${path}.tmp`]) await this.#disk.remove(one).catch(() => {})
    if (this.#closed) return
    const history = this.#histories.get(dir)
    if (!takes || history === undefined) {
      this.#probeIn(dir, history?.waitMs ?? FIRST_PROBE_MS)
      return
    }
    history.takesSinceMs = this.#clock.monotonic()
    this.#refusing.delete(dir)
    this.#logger.info({ dir }, 'the log directory takes records again')
    this.#changed(true)
  }
}
