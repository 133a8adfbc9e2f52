import type { InFlightBatch } from './in-flight.ts'

/** The batches in flight in the order of their offsets; none overlaps another. */
export class BatchList implements Iterable<InFlightBatch> {
  readonly #batches: InFlightBatch[] = []

  get length(): number {
    return this.#batches.length
  }

  get first(): InFlightBatch | undefined {
    return this.#batches[0]
  }

  get last(): InFlightBatch | undefined {
    return this.#batches.at(-1)
  }

  /** The last one that begins at `offset` or before. */
  floor(offset: number): InFlightBatch | undefined {
    return this.#batches[this.#after(offset) - 1]
  }

  /** The first one that begins beyond `offset`. */
  higher(offset: number): InFlightBatch | undefined {
    return this.#batches[this.#after(offset)]
  }

  /** Those that begin from `from` to `to`. */
  beginningIn(from: number, to: number): readonly InFlightBatch[] {
    return this.#batches.slice(this.#after(from - 1), this.#after(to))
  }

  add(batch: InFlightBatch): void {
    this.#batches.splice(this.#after(batch.firstOffset), 0, batch)
  }

  /** Forgets those that begin at `offset` or before. */
  dropThrough(offset: number): void {
    this.#batches.splice(0, this.#after(offset))
  }

  clear(): void {
    this.#batches.length = 0
  }

  [Symbol.iterator](): Iterator<InFlightBatch> {
    return this.#batches[Symbol.iterator]()
  }

  /** How many begin at `offset` or before. */
  #after(offset: number): number {
    let low = 0
    let high = this.#batches.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const batch = this.#batches[middle]
      if (batch !== undefined && batch.firstOffset <= offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
