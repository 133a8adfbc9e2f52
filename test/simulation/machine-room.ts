import { Prng } from '../../src/base/prng.ts'
import type { Clock, Random, Timer } from '../../src/io/ports.ts'
import type { Scheduler } from './scheduler.ts'

/** One life of a node: what belongs to it does nothing any more once it is over. */
export class Life {
  #over = false

  get isOver(): boolean {
    return this.#over
  }

  end(): void {
    this.#over = true
  }
}

/** A node's clock: timers die with its life, and its wall clock may be wrong. */
export class SimulatedClock implements Clock {
  /** Ms by which the node's wall clock differs from the true one. */
  skewMs = 0
  readonly #scheduler: Scheduler
  readonly #life: Life
  readonly #name: string

  constructor(scheduler: Scheduler, life: Life, name: string) {
    this.#scheduler = scheduler
    this.#life = life
    this.#name = name
  }

  now(): number {
    return this.#scheduler.wallMs + this.skewMs
  }

  monotonic(): number {
    return this.#scheduler.elapsedMs
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#scheduler.after(delayMs, `timer ${this.#name}`, () => {
      if (!this.#life.isOver) run()
    })
  }
}

export class SeededRandom implements Random {
  readonly #prng: Prng

  constructor(seed: number) {
    this.#prng = new Prng(seed)
  }

  below(bound: number): number {
    return bound <= 1 ? 0 : this.#prng.below(bound)
  }

  bytes(size: number): Buffer {
    const bytes = Buffer.alloc(size)
    for (let at = 0; at < size; at++) bytes[at] = this.#prng.below(256)
    return bytes
  }
}
