/** Which replicas are throttled: a topic's leader. or follower.replication.throttled.replicas. */
export type ThrottledReplicas = 'all' | ReadonlySet<string>

/** `*`, or `partition:broker` pairs. */
export function throttledReplicas(text: string): ThrottledReplicas {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  return entries.includes('*') ? 'all' : new Set(entries)
}

export function isThrottled(replicas: ThrottledReplicas, partition: number, broker: number): boolean {
  return replicas === 'all' || replicas.has(`${partition}:${broker}`)
}

export interface QuotaWindow {
  /** replication.quota.window.num */
  readonly samples: number
  /** replication.quota.window.size.seconds, in ms */
  readonly sampleMs: number
}

interface Sample {
  startMs: number
  bytes: number
}

/**
 * The rate of throttled replication over the last windows, against a limit. What is over it is not refused: whoever
 * replicates looks before it does more.
 */
export class ReplicationQuota {
  readonly #window: QuotaWindow
  readonly #samples: Sample[] = []
  #limit = Number.POSITIVE_INFINITY

  constructor(window: QuotaWindow) {
    this.#window = window
  }

  /** Bytes per second. */
  get limit(): number {
    return this.#limit
  }

  set limit(bytesPerSecond: number) {
    this.#limit = bytesPerSecond
  }

  record(bytes: number, nowMs: number): void {
    this.#forget(nowMs)
    const last = this.#samples.at(-1)
    if (last !== undefined && nowMs < last.startMs + this.#window.sampleMs) last.bytes += bytes
    else this.#samples.push({ startMs: nowMs, bytes })
  }

  isExceeded(nowMs: number): boolean {
    return Number.isFinite(this.#limit) && this.rate(nowMs) > this.#limit
  }

  /** Bytes per second. A rate needs some time to be one: what happened counts as over at least one whole window before now. */
  rate(nowMs: number): number {
    this.#forget(nowMs)
    const [first] = this.#samples
    if (first === undefined) return 0
    const bytes = this.#samples.reduce((sum, sample) => sum + sample.bytes, 0)
    return (bytes * 1000) / Math.max(nowMs - first.startMs, this.#window.sampleMs)
  }

  #forget(nowMs: number): void {
    const oldest = nowMs - this.#window.samples * this.#window.sampleMs
    while ((this.#samples[0]?.startMs ?? nowMs) < oldest) this.#samples.shift()
  }
}
