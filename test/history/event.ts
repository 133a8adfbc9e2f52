/**
 * What clients of a cluster did and saw, one event each, in the manner of Jepsen: an operation of a process begins with
 * `invoke` and ends with `ok` (done), `fail` (not done, and never will be) or `info` (nobody knows). Times are in ms of one
 * clock that never goes back. As a file: one line of JSON each.
 */
export type Event = Invocation | Committing | Completion

interface Base {
  readonly time: number
  readonly process: string
}

export interface Invocation extends Base {
  readonly type: 'invoke'
  readonly f: Completion['f']
}

/** The process asks for the commit of its transaction: before, nobody may see anything of it. */
export interface Committing extends Base {
  readonly type: 'commits'
}

export type Completion = Transacted | Polled | Ended | Committed

interface Completing extends Base {
  readonly type: 'ok' | 'fail' | 'info'
  readonly error?: string
}

/** `topic-partition` */
export type Place = string
export type Isolation = 'read_committed' | 'read_uncommitted'

/** Every value is sent by one transaction, once. */
export interface Send {
  readonly at: Place
  readonly value: string
  /** Where the broker said it is. */
  readonly offset?: number
}

/** What a reader got from `from` on; it goes on at `next`. */
export interface Poll {
  readonly at: Place
  readonly from: number
  readonly next: number
  readonly records: readonly (readonly [offset: number, value: string])[]
  /** The reader chose `from` anew. */
  readonly seek?: boolean
}

/** A group's offset that is committed with the transaction. */
export interface Move {
  readonly group: string
  readonly at: Place
  readonly from: number
  readonly to: number
}

export interface Transacted extends Completing {
  readonly f: 'transact'
  /** Not there: records without a transaction. */
  readonly transactionalId?: string
  readonly sends: readonly Send[]
  /** In isolation. */
  readonly polls: readonly Poll[]
  readonly moves: readonly Move[]
}

export interface Polled extends Completing {
  readonly f: 'poll'
  readonly isolation: Isolation
  readonly polls: readonly Poll[]
  /** All there is, from the beginning to the end, when nobody writes any more and every transaction is over. */
  readonly final?: boolean
}

/** Where partitions end for readers of an isolation level. */
export interface Ended extends Completing {
  readonly f: 'ends'
  readonly isolation: Isolation
  readonly ends: Readonly<Record<Place, number>>
  /** The leader epoch that the answer is of; not there: unknown. */
  readonly epoch?: number
}

/** The committed offsets of a group, asked for as stable ones; -1: none. */
export interface Committed extends Completing {
  readonly f: 'committed'
  readonly group: string
  readonly offsets: Readonly<Record<Place, number>>
  readonly final?: boolean
}

export function formatHistory(events: readonly Event[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join('')
}

export function parseHistory(text: string): Event[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Event)
}
