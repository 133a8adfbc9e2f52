import type { Clock } from '../io/ports.ts'
import {
  isThrottled,
  type QuotaWindow,
  ReplicationQuota,
  type ThrottledReplicas,
  throttledReplicas,
} from '../partition/replication-quota.ts'

export type ThrottledSide = 'leader' | 'follower'

export interface ThrottleOptions {
  readonly nodeId: number
  readonly window: QuotaWindow
  readonly clock: Clock
  /** leader. or follower.replication.throttled.rate; undefined: no limit. */
  readonly rate: () => number | undefined
  /** leader. or follower.replication.throttled.replicas of a topic. */
  readonly replicas: (topic: string) => string
}

/** How much of a reassignment this broker sends, or fetches, in a second. Replicas in sync are never held back. */
export class ReplicationThrottle {
  readonly #options: ThrottleOptions
  readonly #quota: ReplicationQuota
  readonly #replicas = new Map<string, ThrottledReplicas>()

  constructor(options: ThrottleOptions) {
    this.#options = options
    this.#quota = new ReplicationQuota(options.window)
    this.configChanged()
  }

  /** Rates or throttled replicas may be others now. */
  configChanged(): void {
    this.#replicas.clear()
    this.#quota.limit = this.#options.rate() ?? Number.POSITIVE_INFINITY
  }

  isThrottled(topic: string, partition: number): boolean {
    if (this.#quota.limit === Number.POSITIVE_INFINITY) return false
    let replicas = this.#replicas.get(topic)
    if (replicas === undefined) {
      replicas = throttledReplicas(this.#options.replicas(topic))
      this.#replicas.set(topic, replicas)
    }
    return isThrottled(replicas, partition, this.#options.nodeId)
  }

  isExceeded(): boolean {
    return this.#quota.isExceeded(this.#options.clock.monotonic())
  }

  record(bytes: number): void {
    this.#quota.record(bytes, this.#options.clock.monotonic())
  }
}
