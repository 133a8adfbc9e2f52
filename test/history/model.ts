import type { Committed, Completion, Ended, Event, Isolation, Place, Poll, Polled, Transacted } from './event.ts'

export interface Operation<C extends Completion = Completion> {
  readonly process: string
  readonly invokedMs: number
  /** Infinity: it never ended. */
  readonly endedMs: number
  readonly outcome: 'ok' | 'fail' | 'info'
  readonly of: C
}

export interface Transaction extends Operation<Transacted> {
  /** Its place among all of them, by the time at which they began. */
  readonly index: number
  /** When its commit was first asked for; Infinity: it was not. */
  readonly commitsMs: number
}

export type Writes = ReadonlyMap<number, string>

export interface Read {
  readonly process: string
  readonly isolation: Isolation
  readonly endedMs: number
  readonly poll: Poll
  readonly isFinal: boolean
  /** The transaction that it is part of. */
  readonly within?: Transaction
}

export interface Writer {
  readonly transaction: Transaction
  readonly at: Place
}

/** A history, sorted out. */
export class Model {
  readonly transactions: readonly Transaction[]
  readonly reads: readonly Read[]
  readonly ends: readonly Operation<Ended>[]
  readonly committed: readonly Operation<Committed>[]
  /** By value. */
  readonly writers: ReadonlyMap<string, Writer>
  readonly #final = new Map<Isolation, Map<Place, { readonly records: Map<number, string>; readonly end: number }>>()

  constructor(events: readonly Event[]) {
    const operations = paired(events)
    this.transactions = operations.transactions.map((each, index) => ({ ...each, index }))
    this.ends = operations.others.filter((each): each is Operation<Ended> => each.of.f === 'ends')
    this.committed = operations.others.filter((each): each is Operation<Committed> => each.of.f === 'committed')
    const polls = operations.others.filter((each): each is Operation<Polled> => each.of.f === 'poll')
    this.reads = [...polls.flatMap(readsOf), ...this.transactions.flatMap(readsWithin)]
    for (const { isFinal, isolation, poll } of this.reads) {
      if (!isFinal) continue
      const places = this.#final.get(isolation) ?? new Map()
      this.#final.set(isolation, places.set(poll.at, { records: new Map(poll.records), end: poll.next }))
    }
    const writers = new Map<string, Writer>()
    for (const transaction of this.transactions) {
      for (const { at, value } of transaction.of.sends) writers.set(value, { transaction, at })
    }
    this.writers = writers
  }

  /** Everything that is in a partition for readers of an isolation level; undefined: nobody read all of it. */
  final(isolation: Isolation, at: Place): Writes | undefined {
    return this.#final.get(isolation)?.get(at)?.records
  }

  finalEnd(isolation: Isolation, at: Place): number | undefined {
    return this.#final.get(isolation)?.get(at)?.end
  }

  get places(): Place[] {
    return [...new Set([...this.#final.values()].flatMap((places) => [...places.keys()]))].sort()
  }

  /** Every value that somebody saw in a partition, or was told to be there. */
  *observed(): Generator<{ at: Place; offset: number; value: string; by: string }> {
    for (const { of, process } of this.transactions) {
      for (const { at, value, offset } of of.sends) {
        if (offset !== undefined) yield { at, offset, value, by: `the answer to ${process}` }
      }
    }
    for (const { poll, process } of this.reads) {
      for (const [offset, value] of poll.records) yield { at: poll.at, offset, value, by: `a poll of ${process}` }
    }
  }

  /** Its effects are there: that was said, or they can be read. */
  isCommitted(transaction: Transaction): boolean {
    if (transaction.outcome !== 'info') return transaction.outcome === 'ok'
    return transaction.of.sends.some(({ at, value }) => this.#isThere(at, value))
  }

  /** Nobody was told how it ended, and nothing that it wrote could say so: it may have moved offsets, or not. */
  mayBeCommitted({ outcome, of }: Transaction): boolean {
    return outcome === 'info' && of.sends.length === 0
  }

  readonly #values = new Map<Place, Set<string>>()

  #isThere(at: Place, value: string): boolean {
    let values = this.#values.get(at)
    if (values === undefined) {
      values = new Set(this.final('read_committed', at)?.values())
      this.#values.set(at, values)
    }
    return values.has(value)
  }

  /** Whether a value can be read from a partition at the end; true where nobody looked. */
  isReadable(at: Place, value: string): boolean {
    return this.final('read_committed', at) === undefined || this.#isThere(at, value)
  }
}

function readsOf({ of, process, endedMs, outcome }: Operation<Polled>): Read[] {
  if (outcome !== 'ok') return []
  const { isolation, final: isFinal = false } = of
  return of.polls.map((poll) => ({ process, isolation, endedMs, poll, isFinal }))
}

function readsWithin(within: Transaction): Read[] {
  const { of, process, endedMs } = within
  return of.polls.map((poll) => ({
    process,
    isolation: 'read_committed' as const,
    endedMs,
    poll,
    isFinal: false,
    within,
  }))
}

function paired(events: readonly Event[]) {
  const sorted = [...events].sort((a, b) => a.time - b.time)
  const open = new Map<string, { invokedMs: number; commitsMs: number }>()
  const transactions: Omit<Transaction, 'index'>[] = []
  const others: Operation[] = []
  for (const event of sorted) {
    const { process, type, time } = event
    if (type === 'invoke') open.set(process, { invokedMs: time, commitsMs: Number.POSITIVE_INFINITY })
    else if (type === 'commits') {
      const begun = open.get(process)
      if (begun !== undefined) begun.commitsMs = Math.min(begun.commitsMs, time)
    } else {
      const begun = open.get(process)
      if (begun === undefined) throw new TypeError(`${process} ended at ${time} what it never began`)
      open.delete(process)
      const operation = { process, invokedMs: begun.invokedMs, endedMs: time, outcome: type }
      if (event.f === 'transact') transactions.push({ ...operation, commitsMs: begun.commitsMs, of: event })
      else others.push({ ...operation, of: event })
    }
  }
  transactions.sort((a, b) => a.invokedMs - b.invokedMs)
  return { transactions, others }
}
