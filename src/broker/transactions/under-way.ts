import type { RequestContext } from '../handler.ts'

type Connection = RequestContext['connection']

/**
 * Kafka handles the requests of a connection one after another. Here many are under way at once, but the end of a transaction
 * must not overtake what was sent into it before: its marker would fence the records and offsets that still wait to be verified.
 */
const underWay = new WeakMap<Connection, Set<Promise<unknown>>>()

/** A request of the connection writes into a transaction until it is answered. */
export function writesUntil(connection: Connection, answered: Promise<unknown>): void {
  const all = underWay.get(connection) ?? new Set<Promise<unknown>>()
  underWay.set(connection, all.add(answered))
  const end = () => {
    all.delete(answered)
  }
  answered.then(end, end)
}

/** Resolves when all is answered that writes now; undefined: nothing does. */
export function writesEnd(connection: Connection): Promise<unknown> | undefined {
  const all = underWay.get(connection)
  return all === undefined || all.size === 0 ? undefined : Promise.allSettled(all)
}
