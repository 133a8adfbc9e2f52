import type { RequestContext } from '../handler.ts'

type Connection = RequestContext['connection']

/**
 * Kafka handles the requests of a connection one after another. Here many are under way at once, but the end of a transaction
 * must not overtake what was sent into it before: its marker would fence the records and offsets that still wait to be verified.
 * Nor may what was sent after the end go ahead of it, into a transaction that it was not meant for.
 */
const underWay = new WeakMap<Connection, Set<Promise<unknown>>>()
/** The last end of a connection that waits. */
const ends = new WeakMap<Connection, Promise<unknown>>()

/** A request of the connection writes into a transaction until it is answered. */
export function writesUntil(connection: Connection, answered: Promise<unknown>): void {
  const all = underWay.get(connection) ?? new Set<Promise<unknown>>()
  underWay.set(connection, all.add(answered))
  const end = () => {
    all.delete(answered)
  }
  answered.then(end, end)
}

/** For what ends a transaction: resolves when all is answered that writes now; undefined: nothing does. */
export function writesEnd(connection: Connection): Promise<unknown> | undefined {
  const all = underWay.get(connection)
  if (all === undefined || all.size === 0) return undefined
  const over = Promise.allSettled(all)
  ends.set(connection, over)
  void over.then(() => {
    if (ends.get(connection) === over) ends.delete(connection)
  })
  return over
}

/** For what belongs to a transaction: resolves when no end that was sent before waits any more; undefined: none does. */
export function endsAhead(connection: Connection): Promise<unknown> | undefined {
  return ends.get(connection)
}
