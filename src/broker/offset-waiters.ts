interface Waiter {
  readonly offset: number
  resolve(): void
  reject(error: Error): void
}

/** Who waits for an offset that rises to reach theirs. */
export class OffsetWaiters {
  #waiters: Waiter[] = []

  get isEmpty(): boolean {
    return this.#waiters.length === 0
  }

  wait(offset: number): Promise<void> {
    return new Promise((resolve, reject) => this.#waiters.push({ offset, resolve, reject }))
  }

  reached(offset: number): void {
    if (this.#waiters.length === 0) return
    const done = this.#waiters.filter((waiter) => waiter.offset <= offset)
    if (done.length === 0) return
    this.#waiters = this.#waiters.filter((waiter) => waiter.offset > offset)
    for (const waiter of done) waiter.resolve()
  }

  fail(error: Error): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.reject(error)
  }
}
