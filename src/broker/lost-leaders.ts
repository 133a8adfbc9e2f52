import type { Clock, Timer } from '../io/ports.ts'
import type { MetadataImage } from '../metadata/image.ts'

export interface LostLeadersOptions {
  readonly image: () => Pick<MetadataImage, 'broker'>
  readonly clock: Clock
}

interface Waiter {
  readonly isStale: () => boolean
  readonly resolve: () => void
}

/** Longer than an election takes, even where the controller died too. */
const PATIENCE_MS = 1_000

/**
 * Brokers to which this one has just lost its connections, while the controller is finding out the same. Clients lost theirs
 * too and ask who leads now. The old leader as an answer would cost them a second or two, until they ask again: so the answer
 * waits for the election, for a short time.
 */
export class LostLeaders {
  readonly #options: LostLeadersOptions
  readonly #lost = new Map<number, { readonly epoch: number; readonly untilMs: number }>()
  readonly #waiters = new Set<Waiter>()
  #timer: Timer | undefined

  constructor(options: LostLeadersOptions) {
    this.#options = options
  }

  lost(broker: number): void {
    const { image, clock } = this.#options
    const epoch = image().broker(broker)?.epoch
    if (epoch !== undefined) this.#lost.set(broker, { epoch, untilMs: clock.monotonic() + PATIENCE_MS })
  }

  /** It answers after all. */
  found(broker: number): void {
    if (this.#lost.delete(broker)) this.changed()
  }

  /** Whether `broker` may be dead, and is neither fenced yet nor started anew. */
  isLost(broker: number): boolean {
    const lost = this.#lost.get(broker)
    if (lost === undefined) return false
    const { image, clock } = this.#options
    const known = image().broker(broker)
    if (known?.epoch === lost.epoch && !known.fenced && clock.monotonic() < lost.untilMs) return true
    this.#lost.delete(broker)
    return false
  }

  /** Resolves when `isStale`, which asks `isLost`, is false; undefined: it is already. */
  settled(isStale: () => boolean): Promise<void> | undefined {
    if (this.#lost.size === 0 || !isStale()) return undefined
    return new Promise((resolve) => {
      this.#waiters.add({ isStale, resolve })
      this.#timer ??= this.#options.clock.after(PATIENCE_MS, () => {
        this.#timer = undefined
        this.#release(() => true)
      })
    })
  }

  /** The image is another. */
  changed(): void {
    if (this.#waiters.size > 0) this.#release(({ isStale }) => !isStale())
  }

  #release(mayGo: (waiter: Waiter) => boolean): void {
    for (const waiter of [...this.#waiters]) {
      if (!mayGo(waiter)) continue
      this.#waiters.delete(waiter)
      waiter.resolve()
    }
    if (this.#waiters.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }

  close(): void {
    this.#lost.clear()
    this.#release(() => true)
  }
}
