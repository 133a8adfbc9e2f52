interface Session {
  readonly epoch: number
  readonly lastContactMs: number
}

interface Progress {
  /** How far in the metadata log the broker is, -1 before it said. */
  readonly metadataOffset: number
  /** When it asked to leave: what every other broker must have read before it may; -1: it did not ask. */
  readonly shutdownOffset: number
}

const UNHEARD: Progress = { metadataOffset: -1, shutdownOffset: -1 }

/** Which brokers were heard of, and when: soft state of the active controller. */
export class BrokerSessions {
  readonly #timeoutMs: number
  readonly #sessions = new Map<number, Session>()
  readonly #progress = new Map<number, Progress>()

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  isAlive(broker: number, epoch: number, nowMs: number): boolean {
    const session = this.#sessions.get(broker)
    return session !== undefined && session.epoch === epoch && this.#isCurrent(session, nowMs)
  }

  #isCurrent({ lastContactMs }: Session, nowMs: number): boolean {
    return nowMs < lastContactMs + this.#timeoutMs
  }

  /** A heartbeat came, or a new active controller grants the broker its first. */
  heard(broker: number, epoch: number, nowMs: number): void {
    this.#sessions.set(broker, { epoch, lastContactMs: nowMs })
  }

  /** The session ends: another process may take the broker's id at once. */
  end(broker: number): void {
    this.#sessions.delete(broker)
  }

  /** The process is another, or the broker is gone. */
  restart(broker: number): void {
    this.#progress.delete(broker)
  }

  /** A fenced broker has given up leaving: with its next heartbeat it may stop at once. */
  advanced(broker: number, metadataOffset: number, fenced: boolean): void {
    const { shutdownOffset } = this.#progress.get(broker) ?? UNHEARD
    this.#progress.set(broker, { metadataOffset, shutdownOffset: fenced ? -1 : shutdownOffset })
  }

  isLeaving(broker: number): boolean {
    return (this.#progress.get(broker) ?? UNHEARD).shutdownOffset >= 0
  }

  /** What the controller decided up to `offset` takes from the broker everything that it led. */
  leaves(broker: number, offset: number): void {
    const { metadataOffset, shutdownOffset } = this.#progress.get(broker) ?? UNHEARD
    if (shutdownOffset < 0) this.#progress.set(broker, { metadataOffset, shutdownOffset: offset })
  }

  /** All of `others` know that this broker leads nothing any more. */
  mayStop(broker: number, others: Iterable<number>): boolean {
    const { shutdownOffset } = this.#progress.get(broker) ?? UNHEARD
    for (const other of others) {
      if ((this.#progress.get(other) ?? UNHEARD).metadataOffset < shutdownOffset) return false
    }
    return true
  }

  /** A session that timed out, with its broker. */
  expired(nowMs: number): { readonly broker: number; readonly epoch: number } | undefined {
    for (const [broker, session] of this.#sessions) {
      if (!this.#isCurrent(session, nowMs)) return { broker, epoch: session.epoch }
    }
    return undefined
  }

  nextExpiryMs(): number {
    let next = Number.POSITIVE_INFINITY
    for (const { lastContactMs } of this.#sessions.values()) next = Math.min(next, lastContactMs + this.#timeoutMs)
    return next
  }
}
