/** Eight buckets to a doubling: what a quantile says is wrong by an eighth at most. Values are whole and below 2^32. */
const PER_DOUBLING = 8
const BUCKETS = 30 * PER_DOUBLING
const LARGEST = 2 ** 32 - 1
/** As in Kafka's reservoirs: after five minutes a value weighs a hundredth of a new one. */
const DECAY_PER_SECOND = 0.015

/**
 * How values were distributed lately. To note one costs an addition; age is reckoned when somebody looks: what came since the
 * look before counts in full, what came earlier the less the longer ago it was.
 */
export class Histogram {
  readonly #recent = new Uint32Array(BUCKETS)
  #older: Float64Array | undefined
  #lookedMs: number | undefined
  #count = 0

  /** Of all values there ever were. */
  get count(): number {
    return this.#count
  }

  record(value: number): void {
    const whole = value > LARGEST ? LARGEST : value > 0 ? value >>> 0 : 0
    this.#count++
    const at = bucketOf(whole)
    this.#recent[at] = (this.#recent[at] ?? 0) + 1
  }

  /** The values below which so many parts of all are: 0 where there are none. */
  quantiles(parts: readonly number[], nowMs: number): number[] {
    return quantilesOf([this.#look(nowMs)], parts)
  }

  /** As if several were one. */
  static quantiles(histograms: readonly Histogram[], parts: readonly number[], nowMs: number): number[] {
    return quantilesOf(
      histograms.map((histogram) => histogram.#look(nowMs)),
      parts,
    )
  }

  #look(nowMs: number): Float64Array {
    this.#older ??= new Float64Array(BUCKETS)
    const elapsedMs = Math.max(0, nowMs - (this.#lookedMs ?? nowMs))
    this.#lookedMs = nowMs
    const weight = Math.exp((-DECAY_PER_SECOND * elapsedMs) / 1000)
    for (let at = 0; at < BUCKETS; at++) {
      this.#older[at] = (this.#older[at] ?? 0) * weight + (this.#recent[at] ?? 0)
    }
    this.#recent.fill(0)
    return this.#older
  }
}

function bucketOf(value: number): number {
  if (value < PER_DOUBLING) return value
  const exponent = 31 - Math.clz32(value)
  return (exponent - 2) * PER_DOUBLING + ((value >>> (exponent - 3)) & 7)
}

/** The least value of a bucket. */
function bottomOf(bucket: number): number {
  if (bucket < PER_DOUBLING) return bucket
  return (PER_DOUBLING + (bucket % PER_DOUBLING)) * 2 ** (Math.floor(bucket / PER_DOUBLING) - 1)
}

function quantilesOf(weights: readonly Float64Array[], parts: readonly number[]): number[] {
  const weightAt = (bucket: number) => weights.reduce((sum, each) => sum + (each[bucket] ?? 0), 0)
  let total = 0
  for (let bucket = 0; bucket < BUCKETS; bucket++) total += weightAt(bucket)
  return parts.map((part) => {
    // What has all but faded away is nothing.
    if (total < 1e-9) return 0
    let left = total * part
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      const weight = weightAt(bucket)
      if (weight <= 0) continue
      if (left <= weight) return within(bucket, left / weight)
      left -= weight
    }
    return bottomOf(BUCKETS)
  })
}

/** Small values have a bucket each; in wider ones all values are as likely. */
function within(bucket: number, part: number): number {
  const bottom = bottomOf(bucket)
  return bucket < 2 * PER_DOUBLING ? bottom : bottom + (bottomOf(bucket + 1) - bottom) * part
}
