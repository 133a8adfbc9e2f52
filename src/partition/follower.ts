/** What a leader knows of one follower. Mutable: it changes with every fetch. */
export interface Follower {
  readonly id: number
  /** Where its next fetch begins: it has everything below. -1: it has not fetched from this leader. */
  endOffset: number
  /** -1: not known. */
  logStartOffset: number
  /** The last time at which it had everything that the leader had when it asked. */
  caughtUpMs: number
  lastFetchMs: number
  /** The leader's end at its last fetch. */
  leaderEndAtFetch: number
  /** As it said with its last fetch; undefined: no fetch yet; -1: it did not say. */
  brokerEpoch: number | undefined
}

const LONG_AGO = Number.NEGATIVE_INFINITY

export function newFollower(id: number): Follower {
  return {
    id,
    endOffset: -1,
    logStartOffset: -1,
    caughtUpMs: LONG_AGO,
    lastFetchMs: LONG_AGO,
    leaderEndAtFetch: 0,
    brokerEpoch: undefined,
  }
}

/**
 * A leader's epoch begins. Who is in the ISR counts as caught up as of now, so that it has time to fetch; others don't, so
 * that they don't hold back the high watermark. What a follower has stays known where the leader is the same as before.
 */
export function enterEpoch(
  follower: Follower,
  epoch: { readonly endOffset: number; readonly isNewLeader: boolean; readonly isInSync: boolean },
  nowMs: number,
): void {
  follower.caughtUpMs = epoch.isInSync ? nowMs : LONG_AGO
  if (epoch.isNewLeader) {
    follower.endOffset = -1
    follower.logStartOffset = -1
    follower.leaderEndAtFetch = -1
    follower.lastFetchMs = LONG_AGO
    follower.brokerEpoch = undefined
    return
  }
  follower.leaderEndAtFetch = epoch.endOffset
  follower.lastFetchMs = epoch.isInSync ? nowMs : LONG_AGO
}

/**
 * It fetches from `endOffset` on while the leader's log ends at `leaderEnd`. It had caught up at its last fetch if it has by
 * now what the leader had then: so a follower counts as caught up although records come all the time.
 */
export function noteFetch(follower: Follower, endOffset: number, leaderEnd: number, nowMs: number): void {
  if (endOffset >= leaderEnd) follower.caughtUpMs = Math.max(follower.caughtUpMs, nowMs)
  else if (endOffset >= follower.leaderEndAtFetch) {
    follower.caughtUpMs = Math.max(follower.caughtUpMs, follower.lastFetchMs)
  }
  follower.endOffset = endOffset
  follower.leaderEndAtFetch = Math.max(leaderEnd, follower.leaderEndAtFetch)
  follower.lastFetchMs = nowMs
}

export function isCaughtUp(follower: Follower, leaderEnd: number, nowMs: number, lagTimeMaxMs: number): boolean {
  return follower.endOffset === leaderEnd || nowMs - follower.caughtUpMs <= lagTimeMaxMs
}
