import type { Clock, Timer } from '../io/ports.ts'

/** Where a waiting fetch can be woken from: one partition. */
export interface Watched {
  watch(watcher: Watcher): void
  unwatch(watcher: Watcher): void
}

export interface Watcher {
  /** Reads only what is stable (read_committed). */
  readonly committedOnly: boolean
  /** A follower: it reads what is written, committed or not. */
  readonly seesUncommitted: boolean
  /** `bytes` more can be read than before. */
  advanced(bytes: number): void
  /** Leadership or existence changed: whoever waits must look again. */
  disturbed(): void
}

/**
 * A fetch that waits for `missing` more bytes in any of its partitions, for at most `maxWaitMs`. An append costs its
 * partition's watchers one addition each; nothing is read before the bytes are there.
 */
export class DelayedFetch implements Watcher {
  readonly committedOnly: boolean
  readonly seesUncommitted: boolean
  readonly #watched: readonly Watched[]
  readonly #timer: Timer
  readonly #complete: () => void
  #missing: number
  #done = false

  constructor(options: {
    readonly clock: Clock
    readonly watched: readonly Watched[]
    readonly missing: number
    readonly maxWaitMs: number
    readonly committedOnly: boolean
    readonly seesUncommitted?: boolean
    /** Its time is up. */
    readonly expired?: () => void
    /** Once. */
    readonly complete: () => void
  }) {
    this.committedOnly = options.committedOnly
    this.seesUncommitted = options.seesUncommitted ?? false
    this.#watched = options.watched
    this.#missing = options.missing
    this.#complete = options.complete
    this.#timer = options.clock.after(options.maxWaitMs, () => {
      if (!this.#done) options.expired?.()
      this.#finish()
    })
    for (const partition of this.#watched) partition.watch(this)
  }

  advanced(bytes: number): void {
    this.#missing -= bytes
    if (this.#missing <= 0) this.#finish()
  }

  disturbed(): void {
    this.#finish()
  }

  /** Nobody waits any more; false where it was complete already. */
  cancel(): boolean {
    if (this.#done) return false
    this.#done = true
    this.#timer.cancel()
    for (const partition of this.#watched) partition.unwatch(this)
    return true
  }

  #finish(): void {
    if (this.cancel()) this.#complete()
  }
}
