import type { ErrorName } from '../base/errors.ts'
import type { Uuid } from '../base/ids.ts'
import type { ClientAttributes } from './subscription.ts'

/** What is wanted of one client, and what it did about it. Times are those of a clock that nobody sets. */
export class ClientInstance {
  readonly id: Uuid
  readonly attributes: ClientAttributes
  readonly subscriptionId: number
  /** Of the subscriptions that this was made from. */
  readonly version: number
  readonly metrics: readonly string[]
  readonly intervalMs: number
  isTerminating = false
  lastError: ErrorName = 'NONE'
  expiresMs = Number.POSITIVE_INFINITY
  #lastGetMs = Number.NEGATIVE_INFINITY
  #lastPushMs = Number.NEGATIVE_INFINITY

  constructor(
    wanted: Pick<ClientInstance, 'id' | 'attributes' | 'subscriptionId' | 'version' | 'metrics' | 'intervalMs'>,
  ) {
    this.id = wanted.id
    this.attributes = wanted.attributes
    this.subscriptionId = wanted.subscriptionId
    this.version = wanted.version
    this.metrics = wanted.metrics
    this.intervalMs = wanted.intervalMs
  }

  /** Notes a request for the subscription, unless it comes too early. */
  asked(nowMs: number): boolean {
    if (nowMs - Math.max(this.#lastGetMs, this.#lastPushMs) < this.intervalMs) return false
    this.#lastGetMs = nowMs
    return true
  }

  /** Notes a push, unless it comes too early: the first one after asking never does, since clients spread their pushes. */
  pushed(nowMs: number): boolean {
    const isFirst = this.#lastGetMs > this.#lastPushMs
    if (!isFirst && nowMs - this.#lastPushMs < this.intervalMs) return false
    this.#lastPushMs = nowMs
    return true
  }
}
