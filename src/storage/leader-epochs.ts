import type { EpochEndOffset } from './types.ts'

/** An epoch and the offset of its first record. */
export interface EpochEntry {
  readonly epoch: number
  readonly startOffset: number
}

/** The history of leader epochs of one log: entries rise in epoch and in start offset. */
export class LeaderEpochs {
  #entries: EpochEntry[]

  constructor(entries: readonly EpochEntry[] = []) {
    this.#entries = [...entries]
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries
  }

  get latest(): number | undefined {
    return this.#entries.at(-1)?.epoch
  }

  get earliest(): EpochEntry | undefined {
    return this.#entries[0]
  }

  /** True where the history changed. Entries that a smaller epoch or offset contradicts go. */
  assign(epoch: number, startOffset: number): boolean {
    const last = this.#entries.at(-1)
    if (epoch < 0 || startOffset < 0) return false
    if (last !== undefined && epoch === last.epoch && startOffset >= last.startOffset) return false
    let keep = this.#entries.length
    for (; keep > 0; keep--) {
      const entry = this.#entries[keep - 1] as EpochEntry
      if (entry.epoch < epoch && entry.startOffset < startOffset) break
    }
    // Most logs only ever have one, and a list that grows makes room for many.
    this.#entries = this.#entries.slice(0, keep).concat({ epoch, startOffset })
    return true
  }

  /** Where `epoch` ended, as a follower that truncates to it needs to know; undefined: nothing is known. */
  endOffsetFor(epoch: number, logEndOffset: number): EpochEndOffset | undefined {
    if (epoch < 0) return undefined
    if (epoch === this.latest) return { leaderEpoch: epoch, endOffset: logEndOffset }
    const higher = this.#entries.findIndex((entry) => entry.epoch > epoch)
    const next = this.#entries[higher]
    if (next === undefined) return undefined
    const floor = this.#entries[higher - 1]
    return { leaderEpoch: floor === undefined ? epoch : floor.epoch, endOffset: next.startOffset }
  }

  epochFor(offset: number): number | undefined {
    let found: number | undefined
    for (const entry of this.#entries) {
      if (entry.startOffset > offset) break
      found = entry.epoch
    }
    return found
  }

  truncateFromEnd(endOffset: number): boolean {
    const before = this.#entries.length
    this.#entries = this.#entries.filter((entry) => entry.startOffset < endOffset)
    return this.#entries.length !== before
  }

  /** The epoch that `startOffset` lies in becomes the first and begins there. */
  truncateFromStart(startOffset: number): boolean {
    const later = this.#entries.findIndex((entry) => entry.startOffset > startOffset)
    const passed = later === -1 ? this.#entries.length : later
    const holder = this.#entries[passed - 1]
    if (holder === undefined || (passed === 1 && holder.startOffset === startOffset)) return false
    this.#entries.splice(0, passed, { epoch: holder.epoch, startOffset })
    return true
  }

  clear(): void {
    this.#entries = []
  }
}
