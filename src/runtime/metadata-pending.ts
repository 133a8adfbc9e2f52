import type { ControllerReply } from '../metadata/controller.ts'
import type { MetadataRecord } from '../metadata/records.ts'

export interface Waiter {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: Error) => void
}

/** A decision that is not committed yet: its records, and whom the reply is for. */
export interface PendingDecision {
  readonly records: readonly MetadataRecord[]
  readonly baseOffset: number
  /** Bytes of the records, as they count towards the next snapshot. */
  readonly bytes: number
  /** Committed when the high watermark has passed it; -1 less than the first offset for a decision without records. */
  readonly lastOffset: number
  /** Monotonic: when it was decided. */
  readonly sinceMs: number
  readonly replies: readonly { readonly waiter: Waiter; readonly reply: ControllerReply }[]
}

/** Decisions in the order of the log. */
export class PendingDecisions {
  #queue: PendingDecision[] = []
  #head = 0

  get size(): number {
    return this.#queue.length - this.#head
  }

  /** Where the oldest decision begins that is not committed as a whole; undefined: there is none. */
  get firstOffset(): number | undefined {
    return this.#queue[this.#head]?.baseOffset
  }

  push(decision: PendingDecision): void {
    this.#queue.push(decision)
  }

  /** Takes those that are committed. */
  committed(highWatermark: number): PendingDecision[] {
    let end = this.#head
    while (end < this.#queue.length && (this.#queue[end]?.lastOffset ?? highWatermark) < highWatermark) end++
    const taken = this.#queue.slice(this.#head, end)
    this.#head = end
    if (this.#head === this.#queue.length || this.#head > 4096) {
      this.#queue = this.#queue.slice(this.#head)
      this.#head = 0
    }
    return taken
  }

  drop(): PendingDecision[] {
    const dropped = this.#queue.slice(this.#head)
    this.#queue = []
    this.#head = 0
    return dropped
  }
}

export function settle({ waiter, reply }: PendingDecision['replies'][number]): void {
  if (reply.ok) waiter.resolve(reply.value)
  else waiter.reject(reply.error)
}
