import type { Series } from './api.ts'

export const STEP_MS = 10_000
export const STEPS = 360

/** A value for each step of the last hour; steps without one are told as such. */
export class Ring {
  #values: Float32Array | undefined
  #lastStep = -1

  set(nowMs: number, value: number): void {
    const step = Math.floor(nowMs / STEP_MS)
    this.#values ??= new Float32Array(STEPS).fill(Number.NaN)
    const missed = this.#lastStep < 0 ? 0 : Math.min(STEPS, step - this.#lastStep - 1)
    for (let back = 1; back <= missed; back++) this.#values[(step - back) % STEPS] = Number.NaN
    this.#values[step % STEPS] = value
    this.#lastStep = Math.max(step, this.#lastStep)
  }

  /** From the oldest value on. */
  series(nowMs: number): Series {
    const end = Math.floor(nowMs / STEP_MS)
    const values: (number | null)[] = []
    for (let step = end - STEPS + 1; step <= end; step++) values.push(this.#at(step))
    const first = values.findIndex((value) => value !== null)
    const known = first < 0 ? [] : values.slice(first)
    while (known.at(-1) === null) known.pop()
    return { fromMs: (first < 0 ? end : end - STEPS + 1 + first) * STEP_MS, everyMs: STEP_MS, values: known }
  }

  #at(step: number): number | null {
    if (this.#values === undefined || step > this.#lastStep || step <= this.#lastStep - STEPS) return null
    const value = this.#values[((step % STEPS) + STEPS) % STEPS] ?? Number.NaN
    return Number.isNaN(value) ? null : value
  }
}
