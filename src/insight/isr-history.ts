import type { PartitionShift } from '../metadata/delta.ts'

export interface IsrEntry extends PartitionShift {
  readonly atMs: number
}

const MOST = 2_000

/** The last changes of leaders and in-sync replicas, as the metadata log tells them: a ring. */
export class IsrHistory {
  readonly sinceMs: number
  readonly #now: () => number
  readonly #ring: IsrEntry[] = []
  #next = 0

  constructor(now: () => number) {
    this.#now = now
    this.sinceMs = now()
  }

  note(shifts: readonly PartitionShift[]): void {
    if (shifts.length === 0) return
    const atMs = this.#now()
    for (const shift of shifts.slice(-MOST)) {
      this.#ring[this.#next] = { ...shift, atMs }
      this.#next = (this.#next + 1) % MOST
    }
  }

  /** The newest first. */
  entries(): IsrEntry[] {
    return [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)].reverse()
  }
}
