import { Heap } from '../../src/base/heap.ts'
import type { Timer } from '../../src/io/ports.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  readonly what: string
  run: (() => void) | undefined
}

/** Time as clients need it: virtual, or that of this machine. */
export interface Timeline {
  /** Ms since some moment, with a fraction. */
  readonly elapsedMs: number
  readonly wallMs: number
  after(delayMs: number, what: string, run: () => void): Timer
}

/** Any moment will do; a fixed one makes runs equal. */
const BEGINNING_MS = 1_700_000_000_000
/** Turns of the event loop in which deferred work (`setImmediate`, microtasks, ticks of streams) comes to rest. */
const TURNS = 3

/**
 * Virtual time for a whole cluster: nothing happens but by an event of this queue, and the next one begins when what the
 * last one set off has come to rest. Two events of the same moment run in the order in which they were asked for.
 */
export class Scheduler implements Timeline {
  readonly #queue = new Heap<Event>((a, b) => a.atMs - b.atMs || a.order - b.order)
  #nowMs = 0
  #order = 0
  #executed = 0
  #trace = 0x811c9dc5

  /** Ms since the beginning of the run, with a fraction. */
  get elapsedMs(): number {
    return this.#nowMs
  }

  get wallMs(): number {
    return BEGINNING_MS + Math.floor(this.#nowMs)
  }

  get executed(): number {
    return this.#executed
  }

  /** Two runs that did the same at the same times have the same digest. */
  get digest(): string {
    return this.#trace.toString(16).padStart(8, '0')
  }

  after(delayMs: number, what: string, run: () => void): Timer {
    const event: Event = { atMs: this.#nowMs + Math.max(delayMs, 0), order: this.#order++, what, run }
    this.#queue.push(event)
    return {
      cancel: () => {
        event.run = undefined
      },
    }
  }

  /** False: there is nothing left to do. */
  async step(): Promise<boolean> {
    for (;;) {
      const event = this.#queue.pop()
      if (event === undefined) return false
      if (event.run === undefined) continue
      this.#nowMs = event.atMs
      this.#executed++
      this.note(`${event.what}@${event.atMs}`)
      event.run()
      await settle()
      return true
    }
  }

  /** Adds to the digest. */
  note(what: string): void {
    let hash = this.#trace
    for (let at = 0; at < what.length; at++) hash = Math.imul(hash ^ what.charCodeAt(at), 0x01000193) >>> 0
    this.#trace = hash
  }

  async runFor(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    let over = false
    this.after(ms, 'end', () => {
      over = true
    })
    while (!over && this.#nowMs <= untilMs && (await this.step())) {}
  }

  /** Steps until `done`, for at most `ms` of virtual time; whether it was. */
  async runUntil(done: () => boolean, ms: number): Promise<boolean> {
    const untilMs = this.#nowMs + ms
    await settle()
    while (!done()) {
      if (this.#nowMs > untilMs || !(await this.step())) return false
    }
    return true
  }
}

export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await new Promise<void>((resolve) => setImmediate(resolve))
}
