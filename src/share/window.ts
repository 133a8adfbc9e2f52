import { BatchList } from './batch-list.ts'
import { Delivery, InFlight, InFlightBatch, isTerminal, NOBODY } from './in-flight.ts'

/** What a share group's configuration says of its partitions; looked up with every use, since it may change. */
export interface SharePartitionSettings {
  /** share.record.lock.duration.ms */
  readonly lockDurationMs: number
  /** share.delivery.count.limit */
  readonly maxDeliveries: number
  /** share.partition.max.record.locks */
  readonly maxRecordLocks: number
  /** share.renew.acknowledge.enable */
  readonly mayRenew: boolean
}

/** A run of records with one delivery state, as it is stored. */
export interface StateBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  readonly deliveryState: number
  readonly deliveryCount: number
}

/** While batches of a stored state are being looked at, offsets between them may not have been fetched yet. */
interface Gaps {
  /** The end when the state was read; another end: the gaps do not matter any more. */
  readonly endOffset: number
  startOffset: number
}

/**
 * The records of a share partition that are in flight: from the first that is not done (`startOffset`) to the last that
 * was fetched (`endOffset`; where nothing is in flight, the next to fetch).
 */
export class ShareWindow {
  readonly batches = new BatchList()
  startOffset: number
  endOffset: number
  /** Something before the end may be available again. */
  mayHaveAvailable = false
  /** Records from the start on that are acknowledged or archived. */
  deliveryCompleteCount = 0
  #gaps: Gaps | undefined
  readonly #settings: () => SharePartitionSettings

  /** @throws Error where the stored state is not one */
  constructor(startOffset: number, stored: readonly StateBatch[], settings: () => SharePartitionSettings) {
    this.startOffset = startOffset
    this.endOffset = startOffset
    this.#settings = settings
    this.#restore(stored)
  }

  get settings(): SharePartitionSettings {
    return this.#settings()
  }

  #restore(stored: readonly StateBatch[]): void {
    let gapStart = -1
    let previous = this.startOffset - 1
    for (const { firstOffset, lastOffset, deliveryState, deliveryCount } of stored) {
      if (firstOffset < this.startOffset || lastOffset < firstOffset) throw new RangeError('not a state of deliveries')
      if (gapStart === -1 && firstOffset > previous + 1) gapStart = previous + 1
      previous = lastOffset
      const state = new InFlight(asDelivery(deliveryState), deliveryCount, NOBODY)
      this.batches.add(new InFlightBatch(firstOffset, lastOffset, state))
      if (isTerminal(deliveryState)) this.deliveryCompleteCount += lastOffset - firstOffset + 1
    }
    const { last } = this.batches
    if (last === undefined) return
    this.mayHaveAvailable = true
    this.endOffset = last.lastOffset
    if (gapStart !== -1) this.#gaps = { endOffset: this.endOffset, startOffset: gapStart }
    this.advance()
  }

  get inFlightCount(): number {
    return this.batches.length === 0 ? 0 : this.endOffset - this.startOffset + 1
  }

  /** From where on there may be something that was never fetched, or undefined. */
  get gapStart(): number | undefined {
    return this.#gaps?.endOffset === this.endOffset ? this.#gaps.startOffset : undefined
  }

  /** Everything before `offset` has been looked at. */
  raiseGapStart(offset: number): void {
    if (this.#gaps === undefined) return
    if (this.#gaps.endOffset === this.endOffset && offset <= this.endOffset) this.#gaps.startOffset = offset
    else this.#gaps = undefined
  }

  nextFetchOffset(): number {
    const { last } = this.batches
    const isFresh = last === undefined || this.startOffset > last.lastOffset
    if (isFresh) this.mayHaveAvailable = false
    if (!this.mayHaveAvailable) return isFresh ? this.endOffset : this.endOffset + 1
    const available = this.#firstAvailable()
    if (available !== undefined) return available
    this.mayHaveAvailable = false
    return this.endOffset + 1
  }

  #firstAvailable(): number | undefined {
    let gap = this.gapStart
    for (const batch of this.batches) {
      if (gap !== undefined) {
        if (batch.firstOffset > gap) return gap
        gap = Math.max(batch.lastOffset + 1, gap)
      }
      if (batch.whole) {
        if (batch.whole.isAcquirable) return batch.firstOffset
        continue
      }
      for (const { offset, state } of batch.each()) if (state.isAcquirable) return offset
    }
    return undefined
  }

  canAcquire(): boolean {
    return this.nextFetchOffset() !== this.endOffset + 1 || this.inFlightCount < this.settings.maxRecordLocks
  }

  /** How many of these records count: those from the start on. */
  countOf(firstOffset: number, lastOffset: number): number {
    return Math.max(0, lastOffset - Math.max(this.startOffset, firstOffset) + 1)
  }

  /** Moves the start over what is done. true: it moved. */
  advance(): boolean {
    if (!this.#isStartDone()) return false
    const { done, count } = this.#lastDone()
    const last = this.batches.last?.lastOffset
    if (done === undefined || last === undefined) return false
    if (done === last) {
      this.startOffset = Math.max(this.startOffset, last + 1)
      this.endOffset = this.startOffset
      this.batches.clear()
      this.deliveryCompleteCount = 0
      return true
    }
    const batch = this.batches.floor(done)
    if (batch?.lastOffset === done) {
      this.startOffset = Math.max(this.startOffset, this.batches.higher(done)?.firstOffset ?? 0)
      const gap = this.gapStart
      if (gap !== undefined) this.startOffset = Math.min(gap, this.startOffset)
      this.batches.dropThrough(batch.firstOffset)
    } else if (batch) {
      this.startOffset = Math.max(this.startOffset, done + 1)
      this.batches.dropThrough(batch.firstOffset - 1)
    }
    this.deliveryCompleteCount -= count
    return true
  }

  #isStartDone(): boolean {
    const state = this.batches.floor(this.startOffset)?.at(this.startOffset)
    return state !== undefined && !state.isChanging && isTerminal(state.state)
  }

  /** Up to where everything is done, and how many records that are from the start on. */
  #lastDone(): { readonly done: number | undefined; readonly count: number } {
    let done: number | undefined
    let count = 0
    const gap = this.gapStart
    for (const batch of this.batches) {
      if (gap !== undefined && batch.lastOffset >= gap) return { done, count }
      if (batch.whole) {
        if (isOpen(batch.whole)) return { done, count }
        done = batch.lastOffset
        count += this.countOf(batch.firstOffset, batch.lastOffset)
        continue
      }
      for (const { offset, state } of batch.each()) {
        if (isOpen(state)) return { done, count }
        done = offset
        if (offset >= this.startOffset) count++
      }
    }
    return { done, count }
  }

  /** The log begins later than we thought: what was deleted can't be delivered any more. */
  raiseStart(logStartOffset: number): void {
    if (logStartOffset <= this.startOffset) return
    if (this.batches.length === 0) {
      this.startOffset = logStartOffset
      this.endOffset = logStartOffset
      this.deliveryCompleteCount = 0
      return
    }
    let complete = 0
    for (const batch of this.batches) {
      if (batch.firstOffset >= logStartOffset) break
      for (const { state } of batch.each(this.startOffset, logStartOffset - 1)) if (isTerminal(state.state)) complete++
    }
    if (this.archive(this.startOffset, logStartOffset, this.batches, Delivery.AVAILABLE) > 0)
      this.mayHaveAvailable = true
    this.startOffset = logStartOffset
    this.deliveryCompleteCount -= complete
    this.endOffset = Math.max(this.endOffset, logStartOffset)
  }

  /** Archives records from `from` on and before `before` that are in `state`; says how many. */
  archive(from: number, before: number, batches: Iterable<InFlightBatch>, state: Delivery): number {
    let count = 0
    for (const batch of batches) {
      if (batch.firstOffset >= before) break
      const { whole } = batch
      if (whole && whole.state !== state) continue
      if (whole && batch.isWithin(from, before - 1)) {
        whole.archive()
        count += batch.size
        continue
      }
      batch.split()
      for (const record of batch.each(from, before - 1)) {
        if (record.state.state !== state) continue
        record.state.archive()
        count++
      }
    }
    return count
  }
}

function isOpen(state: InFlight): boolean {
  return state.isChanging || !isTerminal(state.state)
}

function asDelivery(id: number): Delivery {
  for (const state of Object.values(Delivery)) if (state === id) return state
  throw new RangeError(`no delivery state has the number ${id}`)
}
