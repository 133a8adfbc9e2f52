import type { QuorumRecord, VoterSource } from './types.ts'
import { VoterSet } from './voters.ts'

/**
 * Who votes, by offset. A change counts from the moment it is in the log, committed or not (KIP-853), and goes when that part of the
 * log is cut off.
 */
export class VoterHistory {
  readonly #initial: VoterSource
  #records: QuorumRecord[]
  #last: VoterSet

  constructor(initial: VoterSource, records: readonly QuorumRecord[]) {
    this.#initial = initial
    this.#records = [...records]
    this.#last = new VoterSet(this.#sourceOf(this.#records))
  }

  get last(): VoterSet {
    return this.#last
  }

  /** Of the newest VotersRecord; -1: there is none in the log or a snapshot. */
  get lastVotersOffset(): number {
    return this.#records.findLast(({ voters }) => voters !== undefined)?.offset ?? -1
  }

  add(records: readonly QuorumRecord[]): void {
    if (records.length === 0) return
    this.#records.push(...records)
    this.#last = new VoterSet(this.#sourceOf(this.#records))
  }

  truncateTo(endOffset: number): void {
    if ((this.#records.at(-1)?.offset ?? -1) < endOffset) return
    this.#records = this.#records.filter(({ offset }) => offset < endOffset)
    this.#last = new VoterSet(this.#sourceOf(this.#records))
  }

  /** A snapshot says it all. */
  restart(record: QuorumRecord): void {
    this.#records = [record]
    this.#last = new VoterSet(this.#sourceOf(this.#records))
  }

  /** What a snapshot of everything below must say. */
  before(endOffset: number): VoterSource {
    return this.#sourceOf(this.#records.filter(({ offset }) => offset < endOffset))
  }

  /** What is committed is never asked for again, but for its last word. */
  forget(committed: number): void {
    const voters = this.#records.findLastIndex((record) => record.offset < committed && record.voters !== undefined)
    const version = this.#records.findLastIndex(
      (record) => record.offset < committed && record.kraftVersion !== undefined,
    )
    if (this.#records.length <= KEPT) return
    this.#records = this.#records.filter(({ offset }, i) => offset >= committed || i === voters || i === version)
  }

  #sourceOf(records: readonly QuorumRecord[]): VoterSource {
    const version = records.findLast(({ kraftVersion }) => kraftVersion !== undefined)?.kraftVersion
    const voters = records.findLast((record) => record.voters !== undefined)?.voters
    const kraftVersion = (version ?? this.#initial.kraftVersion) > 0 ? 1 : 0
    if (kraftVersion === 0) return { ...this.#initial, kraftVersion }
    return {
      voters: voters ?? this.#initial.voters,
      kraftVersion,
      fromBootstrap: voters === undefined && this.#initial.fromBootstrap,
    }
  }
}

/** Snapshots of some changes ago may still be written. */
const KEPT = 64
