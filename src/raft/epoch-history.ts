import { assert } from '../base/assert.ts'
import type { EpochStart, LogEnd } from './types.ts'

/** Which epoch wrote which part of the log, as the machine has decided it: the files may be behind. */
export class EpochHistory {
  /** What is before the log: the snapshot that it starts with, or nothing. */
  #base: LogEnd
  #entries: EpochStart[]
  #end: number

  constructor(entries: readonly EpochStart[], end: LogEnd, base: LogEnd) {
    // A log that holds nothing ends where it begins.
    this.#base = base.offset === end.offset ? { offset: end.offset, epoch: Math.max(base.epoch, end.epoch) } : base
    this.#entries = entries.filter(({ startOffset }) => startOffset < end.offset)
    this.#end = end.offset
    const last = this.#entries.at(-1)
    assert(last === undefined || last.epoch <= end.epoch, 'an epoch of the log is larger than that of its end')
  }

  get end(): LogEnd {
    return { offset: this.#end, epoch: this.#entries.at(-1)?.epoch ?? this.#base.epoch }
  }

  append(endOffset: number, startOffset: number, epoch: number): void {
    assert(startOffset === this.#end && endOffset > startOffset, `a batch at ${startOffset} behind ${this.#end}`)
    assert(epoch >= this.end.epoch, `epoch ${epoch} behind ${this.end.epoch}`)
    if (this.#entries.at(-1)?.epoch !== epoch) this.#entries.push({ epoch, startOffset })
    this.#end = endOffset
  }

  truncateTo(offset: number): void {
    assert(offset <= this.#end, `cannot cut ${this.#end} to ${offset}`)
    this.#entries = this.#entries.filter(({ startOffset }) => startOffset < offset)
    this.#end = offset
  }

  /** Everything goes; the log begins behind a snapshot. */
  restart(at: LogEnd): void {
    this.#base = at
    this.#entries = []
    this.#end = at.offset
  }

  /** The end of the largest epoch that is not larger than this one. */
  endOf(epoch: number): LogEnd {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const entry = this.#entries[i]
      if (entry && entry.epoch <= epoch) {
        return { epoch: entry.epoch, offset: this.#entries[i + 1]?.startOffset ?? this.#end }
      }
    }
    const first = this.#entries[0]?.startOffset ?? this.#end
    return { epoch: Math.min(this.#base.epoch, epoch), offset: Math.min(this.#base.offset, first) }
  }
}
