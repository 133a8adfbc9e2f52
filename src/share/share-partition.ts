import { KafkaError } from '../base/errors.ts'
import { type AcknowledgedBatch, acknowledge } from './acknowledge.ts'
import { type Acquired, type AcquireRequest, acquire } from './acquire.ts'
import { type ChangedState, storedOf } from './changes.ts'
import { Delivery, type InFlight, type InFlightBatch, isTerminal } from './in-flight.ts'
import { type SharePartitionSettings, ShareWindow, type StateBatch } from './window.ts'

export type { SharePartitionSettings, StateBatch } from './window.ts'

/** What is to be stored of a share partition. */
export interface StateWrite {
  readonly startOffset: number
  readonly deliveryCompleteCount: number
  readonly batches: readonly StateBatch[]
}

/** A change of deliveries that holds once it is stored: `settle` must be called with how that went. */
export interface StateChange {
  readonly write: StateWrite
  readonly changed: readonly ChangedState[]
}

/**
 * A partition as a share group sees it (KIP-932): which records are in flight, who holds them and until when, and how
 * often each was delivered. What must survive is handed out as changes to store.
 */
export class SharePartition {
  readonly #window: ShareWindow
  #deadline = Number.POSITIVE_INFINITY

  /** @throws RangeError where the stored state is not one */
  constructor(startOffset: number, stored: readonly StateBatch[], settings: () => SharePartitionSettings) {
    this.#window = new ShareWindow(startOffset, stored, settings)
  }

  get startOffset(): number {
    return this.#window.startOffset
  }

  get endOffset(): number {
    return this.#window.endOffset
  }

  get deliveryCompleteCount(): number {
    return this.#window.deliveryCompleteCount
  }

  /** From the first record that is not done with to the last that was fetched. */
  get inFlightCount(): number {
    return this.#window.inFlightCount
  }

  nextFetchOffset(): number {
    return this.#window.nextFetchOffset()
  }

  /** Whether there is room for records in flight, or some that may be given out again. */
  canAcquire(): boolean {
    return this.#window.canAcquire()
  }

  acquire(request: AcquireRequest): Acquired {
    const acquired = acquire(this.#window, request)
    if (acquired.count > 0) this.#watch(request.nowMs + this.#window.settings.lockDurationMs)
    return acquired
  }

  /** undefined: nothing is to be stored. @throws KafkaError; then nothing has changed */
  acknowledge(memberId: string, batches: readonly AcknowledgedBatch[], nowMs: number): StateChange | undefined {
    const changed: ChangedState[] = []
    try {
      for (const batch of batches) acknowledge(this.#window, memberId, batch, changed, nowMs)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      this.#takeBack(changed, nowMs)
      throw error
    }
    this.#watch(nowMs + this.#window.settings.lockDurationMs)
    return this.#change(changed)
  }

  /** Gives back whatever a member holds. */
  release(memberId: string): StateChange | undefined {
    const changed: ChangedState[] = []
    for (const batch of this.#window.batches) {
      const { startOffset } = this.#window
      const { whole } = batch
      if (whole?.state === Delivery.ACQUIRED && whole.memberId === memberId && batch.isCutBy(startOffset)) batch.split()
      this.#endEach(
        batch,
        changed,
        (state) => state.memberId === memberId,
        (state, to, max) => state.begin(to, max),
      )
    }
    return this.#change(changed)
  }

  /** When some lock may end; Infinity: none. */
  deadlineMs(): number {
    return this.#deadline
  }

  /**
   * Ends the locks that are over. That holds at once, stored or not: nobody is waiting to hear of it, and a lock that is
   * found acquired again after a failover ends there.
   */
  expire(nowMs: number): StateWrite | undefined {
    if (nowMs < this.#deadline) return undefined
    const ended: ChangedState[] = []
    const isOver = (state: InFlight): boolean => state.lockedUntilMs <= nowMs
    for (const batch of this.#window.batches) {
      const { whole } = batch
      const isHeld = whole?.state === Delivery.ACQUIRED && isOver(whole)
      if (isHeld && batch.isCutBy(this.#window.startOffset)) batch.split()
      this.#endEach(batch, ended, isOver, (state, to, max) => state.end(to, max))
    }
    for (const { state } of ended) {
      state.unlock()
      if (state.state === Delivery.AVAILABLE) this.#window.mayHaveAvailable = true
    }
    this.#findDeadline(nowMs)
    return this.#change(ended)?.write
  }

  /** A change was stored, or could not be. true: more may be available than before. */
  settle({ changed }: StateChange, isStored: boolean, nowMs: number): boolean {
    if (!isStored) {
      this.#takeBack(changed, nowMs)
      return true
    }
    for (const { state } of changed) {
      state.settle(true, nowMs)
      if (state.state === Delivery.AVAILABLE) this.#window.mayHaveAvailable = true
    }
    return this.#window.advance()
  }

  /** What ended by itself was stored, or could not be. */
  settleExpired(): void {
    this.#window.advance()
  }

  /** Records before `logStartOffset` have been deleted. */
  logStartMoved(logStartOffset: number): void {
    this.#window.raiseStart(logStartOffset)
  }

  /** Every record in flight with what became of it, for those who look at it. */
  *inFlight(): Iterable<{ readonly offset: number } & Pick<InFlight, 'state' | 'deliveryCount' | 'memberId'>> {
    for (const batch of this.#window.batches) {
      for (const { offset, state } of batch.each()) {
        if (offset < this.startOffset) continue
        yield { offset, state: state.state, deliveryCount: state.deliveryCount, memberId: state.memberId }
      }
    }
  }

  /** Ends acquisitions of a batch, all at once or each for itself; those before the start are done for. */
  #endEach(
    batch: InFlightBatch,
    ended: ChangedState[],
    isMeant: (state: InFlight) => boolean,
    end: (state: InFlight, to: Delivery, maxDeliveries: number) => boolean,
  ): void {
    const window = this.#window
    const { maxDeliveries } = window.settings
    const records = batch.whole
      ? [{ state: batch.whole, offset: batch.firstOffset, lastOffset: batch.lastOffset }]
      : [...batch.each()].map(({ offset, state }) => ({ state, offset, lastOffset: offset }))
    for (const { state, offset, lastOffset } of records) {
      if (state.state !== Delivery.ACQUIRED || !isMeant(state)) continue
      const to = lastOffset < window.startOffset ? Delivery.ARCHIVED : Delivery.AVAILABLE
      if (!end(state, to, maxDeliveries)) continue
      ended.push({ state, stored: storedOf(state, offset, lastOffset) })
      if (isTerminal(state.state)) window.deliveryCompleteCount += window.countOf(offset, lastOffset)
    }
  }

  #takeBack(changed: readonly ChangedState[], nowMs: number): void {
    const window = this.#window
    for (const { state, stored } of changed) {
      state.settle(false, nowMs)
      if (state.state === Delivery.AVAILABLE) window.mayHaveAvailable = true
      if (isTerminal(stored.deliveryState) && !isTerminal(state.state)) {
        window.deliveryCompleteCount -= window.countOf(stored.firstOffset, stored.lastOffset)
      }
    }
  }

  #change(changed: readonly ChangedState[]): StateChange | undefined {
    if (changed.length === 0) return undefined
    const { startOffset, deliveryCompleteCount } = this.#window
    return { changed, write: { startOffset, deliveryCompleteCount, batches: changed.map(({ stored }) => stored) } }
  }

  #watch(lockedUntilMs: number): void {
    this.#deadline = Math.min(this.#deadline, lockedUntilMs)
  }

  /** Locks of changes that are being stored end when those are settled, if they fail. */
  #findDeadline(nowMs: number): void {
    this.#deadline = Number.POSITIVE_INFINITY
    for (const batch of this.#window.batches) {
      for (const { lockedUntilMs } of batch.states()) if (lockedUntilMs > nowMs) this.#watch(lockedUntilMs)
    }
  }
}
