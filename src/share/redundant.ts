/** Where the last snapshot of each share partition stands in the log: what is before the first of them is not needed. */
export class RedundantOffsets {
  readonly #snapshots = new Map<string, number>()
  #last = Number.POSITIVE_INFINITY

  snapshot(key: string, offset: number, isTombstone: boolean): void {
    this.#last = Math.min(this.#last, offset)
    this.#snapshots.set(key, offset)
    this.#last = this.#first()
    if (isTombstone) this.#snapshots.delete(key)
  }

  #first(): number {
    let first = Number.POSITIVE_INFINITY
    for (const offset of this.#snapshots.values()) {
      first = Math.min(first, offset)
      if (first === this.#last) break
    }
    return first
  }

  /** undefined: all may still be needed. */
  get offset(): number | undefined {
    return this.#last > 0 && this.#last !== Number.POSITIVE_INFINITY ? this.#last : undefined
  }
}
