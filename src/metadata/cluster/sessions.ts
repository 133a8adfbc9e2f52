/** Which brokers were heard of, and when: soft state of the active controller. */
export class BrokerSessions {
  readonly #timeoutMs: number
  readonly #sessions = new Map<number, { lastContactMs: number; metadataOffset: number; shutdownOffset: number }>()

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  isAlive(broker: number, nowMs: number): boolean {
    const session = this.#sessions.get(broker)
    return session !== undefined && nowMs < session.lastContactMs + this.#timeoutMs
  }

  touch(broker: number, metadataOffset: number, nowMs: number): void {
    const shutdownOffset = this.#sessions.get(broker)?.shutdownOffset ?? -1
    this.#sessions.set(broker, { lastContactMs: nowMs, metadataOffset, shutdownOffset })
  }

  forget(broker: number): void {
    this.#sessions.delete(broker)
  }

  /** The controller decided at `offset` that the broker gives up what it leads. */
  shutdownBegins(broker: number, offset: number): void {
    const session = this.#sessions.get(broker)
    if (session) session.shutdownOffset = offset
  }

  /** Every other broker knows that this one leads nothing any more. */
  mayStop(broker: number, nowMs: number): boolean {
    const shutdownOffset = this.#sessions.get(broker)?.shutdownOffset ?? -1
    for (const [other, session] of this.#sessions) {
      if (other !== broker && this.isAlive(other, nowMs) && session.metadataOffset < shutdownOffset) return false
    }
    return true
  }

  expired(nowMs: number): number[] {
    return [...this.#sessions.keys()].filter((broker) => !this.isAlive(broker, nowMs))
  }

  nextExpiryMs(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { lastContactMs } of this.#sessions.values()) next = Math.min(next, lastContactMs + this.#timeoutMs)
    return next
  }
}
