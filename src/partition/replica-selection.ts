import type { Follower } from './follower.ts'

/** A replica that a consumer may read from (KIP-392). */
export interface ReadableReplica {
  readonly id: number
  readonly rack: string | null
  readonly endOffset: number
  readonly behindMs: number
}

/** Followers that are in sync and have what comes at `offset`. */
export function readableFollowers(
  followers: Iterable<Readonly<Follower>>,
  isInSync: (id: number) => boolean,
  rackOf: (id: number) => string | null | undefined,
  offset: number,
  nowMs: number,
): ReadableReplica[] {
  const found: ReadableReplica[] = []
  for (const { id, endOffset, logStartOffset, caughtUpMs } of followers) {
    if (!isInSync(id) || endOffset < offset || logStartOffset > offset) continue
    const rack = rackOf(id)
    // undefined: nobody can reach it.
    if (rack !== undefined) found.push({ id, rack, endOffset, behindMs: nowMs - caughtUpMs })
  }
  return found
}

/** The replica in the consumer's rack that has most; undefined: the leader, which is also the best where it is in that rack. */
export function inRack(
  rack: string,
  leaderRack: string | null,
  followers: readonly ReadableReplica[],
): number | undefined {
  if (rack === '' || rack === leaderRack) return undefined
  let best: ReadableReplica | undefined
  for (const replica of followers) {
    if (replica.rack === rack && (best === undefined || isBetter(replica, best))) best = replica
  }
  return best?.id
}

function isBetter(a: ReadableReplica, b: ReadableReplica): boolean {
  return (a.endOffset - b.endOffset || b.behindMs - a.behindMs || a.id - b.id) > 0
}
