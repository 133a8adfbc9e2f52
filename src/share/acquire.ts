import { type AbortedRange, type AcquiredRecords, abortedBatches, type FetchedBatch, withoutRanges } from './aborted.ts'
import { Delivery, InFlight, InFlightBatch } from './in-flight.ts'
import type { ShareWindow } from './window.ts'

export interface AcquireRequest {
  readonly memberId: string
  /** Exactly so many records at most, instead of whole batches (KIP-1206). */
  readonly isStrict: boolean
  /** Records that one acquired batch should have. */
  readonly batchSize: number
  readonly maxRecords: number
  readonly fetchOffset: number
  /** What was read at `fetchOffset`. */
  readonly batches: readonly FetchedBatch[]
  /** Transactions whose records nobody may see; empty where everything may be seen. */
  readonly aborted: readonly AbortedRange[]
  readonly nowMs: number
}

export interface Acquired {
  readonly records: readonly AcquiredRecords[]
  readonly count: number
}

const NOTHING: Acquired = { records: [], count: 0 }
/** Records are given out alone on their last delivery only where there are more than so many. */
const FEW_DELIVERIES = 2

/** Gives what was fetched and is available to a member, for as long as its lock holds. */
export function acquire(window: ShareWindow, request: AcquireRequest): Acquired {
  const last = request.batches.at(-1)
  if (request.maxRecords <= 0 || last === undefined || last.lastOffset < window.startOffset) return NOTHING
  const limits = limitsOf(window, request, last.lastOffset)
  if (limits.maxRecords <= 0) return NOTHING
  const acquired = new Acquisition(window, request, limits.lastOffset, limits.maxRecords).run()
  return withoutAborted(window, request, acquired)
}

/** At the bound of records in flight, those that are in flight already may be given out again. */
function limitsOf(window: ShareWindow, request: AcquireRequest, lastOffset: number) {
  const maxRecords = Math.min(request.maxRecords, window.settings.maxRecordLocks - window.inFlightCount)
  if (maxRecords > 0 || request.fetchOffset > window.endOffset) return { lastOffset, maxRecords }
  return {
    lastOffset: Math.min(lastOffset, window.endOffset),
    maxRecords: Math.min(request.maxRecords, window.endOffset - request.fetchOffset + 1),
  }
}

class Acquisition {
  readonly #window: ShareWindow
  readonly #request: AcquireRequest
  readonly #first: number
  readonly #last: number
  readonly #lockedUntilMs: number
  readonly #records: AcquiredRecords[] = []
  #maxRecords: number
  #count = 0

  constructor(window: ShareWindow, request: AcquireRequest, last: number, maxRecords: number) {
    this.#window = window
    this.#request = request
    this.#first = request.batches[0]?.baseOffset ?? request.fetchOffset
    this.#last = last
    this.#maxRecords = maxRecords
    this.#lockedUntilMs = request.nowMs + window.settings.lockDurationMs
  }

  run(): Acquired {
    const window = this.#window
    this.#archiveCompacted()
    const floor = window.batches.floor(this.#first)
    let base = this.#first
    if (floor === undefined) base = Math.max(base, window.startOffset)
    else if (floor.lastOffset >= base) base = floor.firstOffset
    const overlapping = window.batches.beginningIn(Math.min(this.#first, base), this.#last)
    const lastOverlapping = overlapping.at(-1)
    if (lastOverlapping === undefined) {
      this.#acquireNew(base, this.#last)
      return this.#acquired()
    }
    this.#acquireAgain(overlapping, base)
    if (this.#left > 0 && lastOverlapping.lastOffset < this.#last) {
      this.#acquireNew(lastOverlapping.lastOffset + 1, this.#last)
    }
    const end = this.#records.at(-1)
    if (end) window.raiseGapStart(end.lastOffset + 1)
    return this.#acquired()
  }

  get #left(): number {
    return this.#maxRecords - this.#count
  }

  #acquired(): Acquired {
    return { records: this.#records, count: this.#count }
  }

  /** What was to be fetched and is not there any more: compaction took it. */
  #archiveCompacted(): void {
    const window = this.#window
    const { fetchOffset } = this.#request
    if (fetchOffset >= this.#first) return
    const floor = window.batches.floor(fetchOffset)
    const from = floor && floor.lastOffset >= fetchOffset ? floor.firstOffset : fetchOffset
    const gone = window.batches.beginningIn(from, this.#first - 1)
    const count = window.archive(fetchOffset, this.#first, gone, Delivery.AVAILABLE)
    if (count > 0) window.mayHaveAvailable = true
    window.deliveryCompleteCount += count
  }

  #acquireAgain(overlapping: readonly InFlightBatch[], base: number): void {
    let gap = base
    for (const batch of overlapping) {
      if (this.#left <= 0) return
      if (this.#window.gapStart !== undefined) {
        if (gap < batch.firstOffset) this.#acquireNew(gap, batch.firstOffset - 1)
        gap = batch.lastOffset + 1
        if (this.#left <= 0) return
      }
      if (!this.#acquireOf(batch)) {
        this.#maxRecords = 0
        return
      }
    }
  }

  /** false: nothing may be acquired beyond this batch, since some of it failed often. */
  #acquireOf(batch: InFlightBatch): boolean {
    const { memberId, isStrict } = this.#request
    const isThrottled = this.#isThrottled(batch)
    if (isThrottled && this.#count > 0) return false
    const { whole } = batch
    if (whole && !whole.isAcquirable) return true
    const isTooMany = isStrict && batch.size > this.#left
    if (whole && batch.isWithin(this.#first, this.#last) && !isTooMany && !isThrottled) {
      whole.acquire(memberId, this.#lockedUntilMs)
      const { firstOffset, lastOffset } = batch
      this.#records.push({ firstOffset, lastOffset, deliveryCount: whole.deliveryCount })
      this.#count += batch.size
      return true
    }
    batch.split()
    const count = this.#acquireSome(batch)
    this.#count += count
    return !isThrottled || count === 0
  }

  /** Records that failed half of their deliveries: fewer of them are given out together, to find the bad one (KIP-1191). */
  #isThrottled(batch: InFlightBatch): boolean {
    const limit = throttleLimit(this.#window.settings.maxDeliveries)
    const { whole } = batch
    if (whole) return whole.isAcquirable && whole.deliveryCount >= limit
    for (const { state } of batch.each(this.#first, this.#last)) {
      if (state.isAcquirable && state.deliveryCount >= limit) return true
    }
    return false
  }

  #acquireSome(batch: InFlightBatch): number {
    const { maxDeliveries } = this.#window.settings
    const limit = throttleLimit(maxDeliveries)
    const acquired: AcquiredRecords[] = []
    const mayBeAlone = maxDeliveries > FEW_DELIVERIES
    let most = this.#request.isStrict ? this.#left : Number.POSITIVE_INFINITY
    let isThrottled = false
    for (const { offset, state } of batch.each(this.#first, this.#last)) {
      if (!state.isAcquirable) continue
      const deliveries = state.deliveryCount
      if (mayBeAlone && deliveries === maxDeliveries - 1 && acquired.length > 0) break
      if (deliveries >= limit && !isThrottled) {
        isThrottled = true
        most = Math.min(most, Math.max(1, batch.size >> (deliveries - limit + 1)))
      }
      state.acquire(this.#request.memberId, this.#lockedUntilMs)
      acquired.push({ firstOffset: offset, lastOffset: offset, deliveryCount: state.deliveryCount })
      if (mayBeAlone && state.deliveryCount === maxDeliveries) break
      if (acquired.length >= most) break
    }
    this.#records.push(...joined(acquired))
    return acquired.length
  }

  /** Acquires records that were never in flight, whole batches where the member does not insist. */
  #acquireNew(from: number, to: number): void {
    const window = this.#window
    const { isStrict, batches } = this.#request
    const max = this.#left
    const first = window.batches.length === 0 ? Math.max(from, window.endOffset) : from
    let last = to
    if (max < to - first + 1) {
      last = endOfBatchWith(batches, first + max - 1)
      if (window.gapStart !== undefined) last = Math.min(last, to)
    }
    const acquired = isStrict ? this.#addStrict(first, last, max) : this.#addBatches(first, last)
    if (window.batches.first?.firstOffset === first) window.startOffset = first
    window.endOffset = Math.max(window.endOffset, last)
    window.raiseGapStart(acquired + 1)
    this.#count += acquired - first + 1
  }

  /** Up to which record. */
  #addBatches(first: number, last: number): number {
    const { batchSize, batches } = this.#request
    let from = first
    for (const { baseOffset } of last - first + 1 > batchSize ? batches : []) {
      if (baseOffset > last) break
      if (baseOffset - from < batchSize) continue
      this.#add(from, baseOffset - 1)
      from = baseOffset
    }
    this.#add(from, last)
    return last
  }

  #addStrict(first: number, last: number, max: number): number {
    if (last - first + 1 <= max) {
      this.#add(first, last)
      return last
    }
    this.#window.batches.add(InFlightBatch.partly(first, last, max, this.#newState()))
    this.#window.mayHaveAvailable = true
    this.#records.push({ firstOffset: first, lastOffset: first + max - 1, deliveryCount: 1 })
    return first + max - 1
  }

  #add(firstOffset: number, lastOffset: number): void {
    this.#window.batches.add(new InFlightBatch(firstOffset, lastOffset, this.#newState()))
    this.#records.push({ firstOffset, lastOffset, deliveryCount: 1 })
  }

  #newState(): InFlight {
    return new InFlight(Delivery.ACQUIRED, 1, this.#request.memberId, this.#lockedUntilMs)
  }
}

function throttleLimit(maxDeliveries: number): number {
  return Math.max(FEW_DELIVERIES, Math.ceil(maxDeliveries / 2))
}

/** The end of the fetched batch that has `offset`, or `offset` where none has. */
function endOfBatchWith(batches: readonly FetchedBatch[], offset: number): number {
  let previous: FetchedBatch | undefined
  for (const batch of batches) {
    if (offset < batch.baseOffset) break
    previous = batch
  }
  return previous && offset <= previous.lastOffset ? previous.lastOffset : offset
}

function joined(records: readonly AcquiredRecords[]): AcquiredRecords[] {
  const runs: AcquiredRecords[] = []
  for (const record of records) {
    const run = runs.at(-1)
    if (run && run.lastOffset + 1 === record.firstOffset && run.deliveryCount === record.deliveryCount) {
      runs[runs.length - 1] = { ...run, lastOffset: record.lastOffset }
    } else {
      runs.push(record)
    }
  }
  return runs
}

function withoutAborted(window: ShareWindow, request: AcquireRequest, acquired: Acquired): Acquired {
  if (request.aborted.length === 0 || acquired.count === 0) return acquired
  const gone = abortedBatches(request.batches, request.aborted)
  for (const { baseOffset, lastOffset } of gone) {
    const floor = window.batches.floor(baseOffset)
    const within = window.batches.beginningIn(floor?.firstOffset ?? baseOffset, lastOffset)
    window.deliveryCompleteCount += window.archive(baseOffset, lastOffset + 1, within, Delivery.ACQUIRED)
  }
  const records = withoutRanges(acquired.records, gone)
  return { records, count: records.reduce((sum, { firstOffset, lastOffset }) => sum + lastOffset - firstOffset + 1, 0) }
}
