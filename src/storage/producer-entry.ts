import { sequenceAfter } from '../record/header.ts'

/** How many batches a producer may have in flight, and so how many can come again. */
const WINDOW = 5
/** Sequences go round: half of them lie behind any one. */
const FARTHEST_BEHIND = 2 ** 30
export const NO_EPOCH = -1
export const NO_TXN = -1

/** A batch that was appended, as far as a duplicate needs to be answered. */
export interface BatchMark {
  readonly lastSequence: number
  readonly lastOffset: number
  readonly offsetDelta: number
  readonly timestamp: number
}

/** What a log knows of one producer id. */
export class ProducerEntry {
  readonly producerId: number
  epoch: number
  coordinatorEpoch: number
  lastTimestamp: number
  /** First offset of the open transaction, or NO_TXN. */
  txnFirstOffset: number
  readonly batches: BatchMark[] = []
  /** Its epoch may have older batches in the log than those that are known: a snapshot has the last one alone. */
  isPartlyKnown = false

  constructor(
    producerId: number,
    epoch = NO_EPOCH,
    coordinatorEpoch = -1,
    lastTimestamp = -1,
    txnFirstOffset = NO_TXN,
  ) {
    this.producerId = producerId
    this.epoch = epoch
    this.coordinatorEpoch = coordinatorEpoch
    this.lastTimestamp = lastTimestamp
    this.txnFirstOffset = txnFirstOffset
  }

  /** The same producer without its batches: what one append collects its changes in. */
  draft(): ProducerEntry {
    return new ProducerEntry(
      this.producerId,
      this.epoch,
      this.coordinatorEpoch,
      this.lastTimestamp,
      this.txnFirstOffset,
    )
  }

  get lastSequence(): number {
    return this.batches.at(-1)?.lastSequence ?? -1
  }

  addBatch(epoch: number, mark: BatchMark): void {
    this.enterEpoch(epoch)
    this.#remember(mark)
    this.lastTimestamp = mark.timestamp
  }

  /** A new epoch's sequences have nothing to do with the old one's. */
  enterEpoch(epoch: number): void {
    if (this.epoch === epoch) return
    this.batches.length = 0
    this.isPartlyKnown = false
    this.epoch = epoch
  }

  /** Takes over what one append brought. */
  absorb(draft: ProducerEntry): void {
    this.enterEpoch(draft.epoch)
    for (const mark of draft.batches) this.#remember(mark)
    this.coordinatorEpoch = draft.coordinatorEpoch
    this.txnFirstOffset = draft.txnFirstOffset
    this.lastTimestamp = draft.lastTimestamp
  }

  findDuplicate(epoch: number, firstSequence: number, lastSequence: number): BatchMark | undefined {
    if (epoch !== this.epoch) return undefined
    return this.batches.find((mark) => mark.lastSequence === lastSequence && firstSequenceOf(mark) === firstSequence)
  }

  /** Batches before those that are known would be known too, had the log not been opened since. */
  get hasForgotten(): boolean {
    return this.isPartlyKnown && this.batches.length > 0 && this.batches.length < WINDOW
  }

  /** Whether a batch comes before all that are known and may be among the last that were appended. */
  mayHaveForgotten(epoch: number, firstSequence: number): boolean {
    const [oldest] = this.batches
    if (oldest === undefined || !this.hasForgotten || epoch !== this.epoch || firstSequence < 0) return false
    const behind = (firstSequenceOf(oldest) - firstSequence) & 0x7fff_ffff
    return behind > 0 && behind < FARTHEST_BEHIND
  }

  /** A batch that was appended right before the oldest one that is known. */
  recall(epoch: number, mark: BatchMark): void {
    const [oldest] = this.batches
    if (oldest === undefined || !this.hasForgotten || mark.lastOffset >= oldest.lastOffset - oldest.offsetDelta) return
    if (epoch === this.epoch) this.batches.unshift(mark)
    else this.isPartlyKnown = false
  }

  #remember(mark: BatchMark): void {
    if (this.batches.length === WINDOW) this.batches.shift()
    this.batches.push(mark)
  }
}

function firstSequenceOf(mark: BatchMark): number {
  const first = mark.lastSequence - mark.offsetDelta
  return first < 0 ? sequenceAfter(0x7fff_ffff, first + 1) : first
}

/** Sequences count 0 … 2^31−1 and begin again at 0. */
export function isNextSequence(last: number, next: number): boolean {
  return next === last + 1 || (next === 0 && last === 0x7fff_ffff)
}
