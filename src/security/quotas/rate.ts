/** How much of the past a rate looks at: *.quota.window.num samples of *.quota.window.size.seconds each. */
export interface QuotaWindow {
  readonly samples: number
  readonly sampleMs: number
}

interface Sample {
  startMs: number
  lastMs: number
  sum: number
}

/**
 * Something per second, as Kafka's `Rate` over a `WindowedSum` reckons it, to the millisecond: clients see the throttle times
 * that come of it. One sample more than the window is kept, for the one that overlaps its beginning.
 */
export class Rate {
  readonly #window: QuotaWindow
  readonly #samples: Sample[] = []
  #current = 0

  constructor(window: QuotaWindow) {
    this.#window = window
  }

  record(value: number, nowMs: number): void {
    let sample = this.#sampleNow(nowMs)
    if (nowMs - sample.startMs >= this.#window.sampleMs) sample = this.#nextSample(nowMs)
    sample.sum += value
    sample.lastMs = nowMs
  }

  /** Per second. */
  measure(nowMs: number): number {
    this.#forget(nowMs)
    const sum = this.#samples.reduce((total, sample) => total + sample.sum, 0)
    return (sum * 1000) / this.windowMs(nowMs)
  }

  /** The time that a measurement is over: as if all windows but the last had passed, so that a start is no burst. */
  windowMs(nowMs: number): number {
    this.#forget(nowMs)
    const { samples, sampleMs } = this.#window
    this.#sampleNow(nowMs)
    const oldestMs = Math.min(...this.#samples.map(({ startMs }) => startMs))
    const elapsedMs = nowMs - oldestMs
    const missing = Math.max(0, samples - 1 - Math.trunc(elapsedMs / sampleMs))
    return Math.max(elapsedMs + missing * sampleMs, 1)
  }

  #sampleNow(nowMs: number): Sample {
    let sample = this.#samples[this.#current]
    if (sample === undefined) {
      sample = { startMs: nowMs, lastMs: nowMs, sum: 0 }
      this.#samples[this.#current] = sample
    }
    return sample
  }

  #nextSample(nowMs: number): Sample {
    this.#current = (this.#current + 1) % (this.#window.samples + 1)
    const sample = this.#sampleNow(nowMs)
    reset(sample, nowMs)
    return sample
  }

  #forget(nowMs: number): void {
    const ageMs = this.#window.samples * this.#window.sampleMs
    for (const sample of this.#samples) if (nowMs - sample.lastMs >= ageMs) reset(sample, nowMs)
  }
}

function reset(sample: Sample, nowMs: number): void {
  sample.startMs = nowMs
  sample.lastMs = nowMs
  sample.sum = 0
}

/** How long nothing may happen until the rate is back at its limit; 0: it is not above it. */
export function throttleMs(rate: Rate, limit: number, nowMs: number): number {
  const value = rate.measure(nowMs)
  if (value <= limit) return 0
  return Math.round(((value - limit) / limit) * rate.windowMs(nowMs))
}
