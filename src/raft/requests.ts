import type { RaftRequest } from './messages.ts'
import type { OutgoingRequest, Target } from './types.ts'

interface Backoff {
  untilMs: number
  failures: number
}

const MAX_DOUBLINGS = 4

/** Requests of this node that have no answer yet, and whom not to bother for a while. */
export class Requests {
  readonly #retryBackoffMs: number
  readonly #inFlight = new Map<number, OutgoingRequest>()
  readonly #backoffs = new Map<string, Backoff>()
  #nextId = 0

  constructor(retryBackoffMs: number) {
    this.#retryBackoffMs = retryBackoffMs
  }

  create(to: Target, request: RaftRequest, timeoutMs: number): OutgoingRequest {
    const outgoing: OutgoingRequest = { kind: 'request', id: this.#nextId++, to, request, timeoutMs }
    this.#inFlight.set(outgoing.id, outgoing)
    return outgoing
  }

  /** What was asked, once; undefined: nobody waits for the answer any more. */
  take(id: number): OutgoingRequest | undefined {
    const request = this.#inFlight.get(id)
    this.#inFlight.delete(id)
    return request
  }

  succeeded(to: Target): void {
    this.#backoffs.delete(key(to))
  }

  failed(to: Target, nowMs: number): void {
    const failures = (this.#backoffs.get(key(to))?.failures ?? 0) + 1
    const untilMs = nowMs + this.#retryBackoffMs * 2 ** Math.min(failures - 1, MAX_DOUBLINGS)
    this.#backoffs.set(key(to), { untilMs, failures })
  }

  isInFlight(...types: readonly RaftRequest['type'][]): boolean {
    for (const { request } of this.#inFlight.values()) if (types.includes(request.type)) return true
    return false
  }

  isInFlightTo(to: Target, type: RaftRequest['type']): boolean {
    for (const other of this.#inFlight.values()) {
      if (other.request.type === type && key(other.to) === key(to)) return true
    }
    return false
  }

  /** When it may be written to again; -Infinity: now. */
  backoffUntilMs(to: Target): number {
    return this.#backoffs.get(key(to))?.untilMs ?? Number.NEGATIVE_INFINITY
  }

  isReady(to: Target, nowMs: number): boolean {
    return this.backoffUntilMs(to) <= nowMs
  }

  /** Another role: what was asked does not matter any more, and old failures neither. */
  reset(): void {
    this.#inFlight.clear()
    this.#backoffs.clear()
  }
}

function key({ host, port }: Target): string {
  return `${host}:${port}`
}
