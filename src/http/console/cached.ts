/** Asked again after a time only, and once for all who ask at a time. What failed is not kept. */
export class Cached<T> {
  readonly #load: () => Promise<T>
  readonly #ttlMs: number
  #value: Promise<T> | undefined
  #untilMs = 0

  constructor(ttlMs: number, load: () => Promise<T>) {
    this.#ttlMs = ttlMs
    this.#load = load
  }

  get(): Promise<T> {
    if (this.#value !== undefined && performance.now() < this.#untilMs) return this.#value
    const value = this.#load()
    this.#value = value
    this.#untilMs = Number.POSITIVE_INFINITY
    value.then(
      () => {
        if (this.#value === value) this.#untilMs = performance.now() + this.#ttlMs
      },
      () => {
        if (this.#value === value) this.#value = undefined
      },
    )
    return value
  }

  /** Something was changed. */
  forget(): void {
    this.#value = undefined
  }
}
