/** As Kafka's sampled statistics: two windows of so long, of which the older one is given up as a whole. */
const WINDOW_MS = 30_000

interface Window {
  startedMs: number
  count: number
  sum: number
  greatest: number
}

const empty = (startedMs: number): Window => ({ startedMs, count: 0, sum: 0, greatest: 0 })

/** The mean and the greatest of the values of the last half to whole minute. */
export class Recent {
  #now: Window = empty(Number.NEGATIVE_INFINITY)
  #before: Window = empty(Number.NEGATIVE_INFINITY)

  record(value: number, nowMs: number): void {
    this.#turn(nowMs)
    const window = this.#now
    window.count++
    window.sum += value
    if (value > window.greatest) window.greatest = value
  }

  /** NaN: there was none lately. */
  mean(nowMs: number): number {
    this.#turn(nowMs)
    return (this.#now.sum + this.#before.sum) / (this.#now.count + this.#before.count)
  }

  /** NaN: there was none lately. */
  greatest(nowMs: number): number {
    this.#turn(nowMs)
    if (this.#now.count + this.#before.count === 0) return Number.NaN
    return Math.max(this.#now.greatest, this.#before.greatest)
  }

  #turn(nowMs: number): void {
    const elapsedMs = nowMs - this.#now.startedMs
    if (elapsedMs < WINDOW_MS) return
    this.#before = elapsedMs < 2 * WINDOW_MS ? this.#now : empty(nowMs)
    this.#now = empty(nowMs)
  }
}
