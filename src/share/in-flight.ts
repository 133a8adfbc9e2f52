/** What has become of a record's delivery; the numbers of the stored state. */
export const Delivery = {
  AVAILABLE: 0,
  ACQUIRED: 1,
  ACKNOWLEDGED: 2,
  ARCHIVED: 4,
} as const
export type Delivery = (typeof Delivery)[keyof typeof Delivery]

export function isTerminal(state: number): boolean {
  return state === Delivery.ACKNOWLEDGED || state === Delivery.ARCHIVED
}

export const NOBODY = ''
const NO_LOCK = Number.POSITIVE_INFINITY

interface Before {
  readonly state: Delivery
  readonly memberId: string
  readonly maxDeliveries: number
}

/**
 * The delivery of one record, or of a whole batch of them:
 *
 *     available ──acquire──▶ acquired ──accept──▶ acknowledged
 *         ▲                     │ └────reject───▶ archived
 *         └─release, lock ends──┘ (archived where it was delivered often enough)
 *
 * A change that is being stored can be taken back until it is (`begin`, then `settle`).
 */
export class InFlight {
  state: Delivery
  deliveryCount: number
  memberId: string
  /** When the acquisition lock ends. */
  lockedUntilMs: number
  #before: Before | undefined
  /** Archived for good: storing a change that failed does not bring it back. */
  #isGone = false

  constructor(state: Delivery, deliveryCount: number, memberId: string, lockedUntilMs = NO_LOCK) {
    this.state = state
    this.deliveryCount = deliveryCount
    this.memberId = memberId
    this.lockedUntilMs = lockedUntilMs
  }

  /** A change of it is being stored. */
  get isChanging(): boolean {
    return this.#before !== undefined
  }

  get isAcquirable(): boolean {
    return this.state === Delivery.AVAILABLE && !this.isChanging
  }

  acquire(memberId: string, lockedUntilMs: number): void {
    this.state = Delivery.ACQUIRED
    this.deliveryCount++
    this.memberId = memberId
    this.lockedUntilMs = lockedUntilMs
  }

  /** Ends an acquisition; false: nobody holds it, or its end is being stored already. */
  end(state: Delivery, maxDeliveries: number): boolean {
    if (this.isChanging || this.state !== Delivery.ACQUIRED || state === Delivery.ACQUIRED) return false
    const isSpent = state === Delivery.AVAILABLE && this.deliveryCount >= maxDeliveries
    this.state = isSpent ? Delivery.ARCHIVED : state
    this.memberId = NOBODY
    return true
  }

  /** `end`, which `settle` makes final or takes back. */
  begin(state: Delivery, maxDeliveries: number): boolean {
    const before: Before = { state: this.state, memberId: this.memberId, maxDeliveries }
    if (!this.end(state, maxDeliveries)) return false
    this.#before = before
    return true
  }

  settle(isStored: boolean, nowMs: number): void {
    const before = this.#before
    this.#before = undefined
    if (isStored || this.#isGone || before === undefined) {
      this.unlock()
    } else if (this.lockedUntilMs <= nowMs) {
      this.state = this.deliveryCount >= before.maxDeliveries ? Delivery.ARCHIVED : Delivery.AVAILABLE
      this.memberId = NOBODY
      this.unlock()
    } else {
      this.state = before.state
      this.memberId = before.memberId
    }
  }

  archive(): void {
    this.#isGone = true
    this.state = Delivery.ARCHIVED
    this.memberId = NOBODY
    this.unlock()
  }

  unlock(): void {
    this.lockedUntilMs = NO_LOCK
  }
}

/** Records that were fetched together: one state for all of them, or once they differ, one for each. */
export class InFlightBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  /** undefined: they differ. */
  #whole: InFlight | undefined
  #each: InFlight[] | undefined

  constructor(firstOffset: number, lastOffset: number, whole: InFlight) {
    this.firstOffset = firstOffset
    this.lastOffset = lastOffset
    this.#whole = whole
  }

  /** The first `acquired` records are acquired, the others have yet to be. */
  static partly(firstOffset: number, lastOffset: number, acquired: number, state: InFlight): InFlightBatch {
    const batch = new InFlightBatch(firstOffset, lastOffset, state)
    batch.split()
    const rest = batch.#each ?? []
    for (let at = acquired; at < rest.length; at++) rest[at] = new InFlight(Delivery.AVAILABLE, 0, NOBODY)
    return batch
  }

  get size(): number {
    return this.lastOffset - this.firstOffset + 1
  }

  /** The state of all its records, or undefined where they differ. */
  get whole(): InFlight | undefined {
    return this.#whole
  }

  /** From here on each record has a state of its own. */
  split(): void {
    const whole = this.#whole
    if (whole === undefined) return
    const { state, deliveryCount, memberId, lockedUntilMs } = whole
    this.#each = Array.from({ length: this.size }, () => new InFlight(state, deliveryCount, memberId, lockedUntilMs))
    this.#whole = undefined
  }

  /** The state of one record. */
  at(offset: number): InFlight | undefined {
    return this.#whole ?? this.#each?.[offset - this.firstOffset]
  }

  /** Each record from `first` to `last` with its state. */
  *each(
    first = this.firstOffset,
    last = this.lastOffset,
  ): Iterable<{ readonly offset: number; readonly state: InFlight }> {
    const from = Math.max(first, this.firstOffset)
    const to = Math.min(last, this.lastOffset)
    for (let offset = from; offset <= to; offset++) {
      const state = this.at(offset)
      if (state) yield { offset, state }
    }
  }

  /** The states that there are, one for all or one for each. */
  states(): readonly InFlight[] {
    return this.#whole ? [this.#whole] : (this.#each ?? [])
  }

  isWithin(first: number, last: number): boolean {
    return this.firstOffset >= first && this.lastOffset <= last
  }

  /** Some of its records are before `offset`, some are not. */
  isCutBy(offset: number): boolean {
    return this.firstOffset < offset && this.lastOffset >= offset
  }
}
