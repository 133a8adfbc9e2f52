import type { TopicId } from '../base/ids.ts'
import type { FollowedReplica } from './followed-replica.ts'

export function partitionKey(topicId: TopicId, partition: number): string {
  return `${topicId}:${partition}`
}

/** Before the first fetch: where it begins is not decided. */
export const NOT_BEGUN = -1

/**
 * Where a fetcher is with one replica. A new one is made for each leader epoch, so answers to what was asked in an earlier
 * one meet nobody.
 */
export class FetchState {
  readonly key: string
  readonly replica: FollowedReplica
  readonly leaderEpoch: number
  fetchOffset = NOT_BEGUN
  /** -1: the log holds no epoch. */
  lastFetchedEpoch = -1
  /** Behind the leader's high watermark; undefined: no answer yet. */
  lag: number | undefined
  /** Something else is being done about the log: a truncation, a question to the leader. */
  isBusy = false
  /** Not before this. */
  dueMs = 0
  failures = 0
  /** What the leader's session holds of it; undefined: it is not in the session. */
  told: { offset: number; logStart: number; lastFetchedEpoch: number } | undefined

  constructor(replica: FollowedReplica) {
    this.key = partitionKey(replica.topicId, replica.partition)
    this.replica = replica
    this.leaderEpoch = replica.leaderEpoch
  }

  /** The replica is still what it was when this was made. */
  get isCurrent(): boolean {
    return !this.replica.isLeader && this.replica.leaderEpoch === this.leaderEpoch
  }

  isReady(nowMs: number): boolean {
    return !this.isBusy && this.fetchOffset !== NOT_BEGUN && this.dueMs <= nowMs
  }

  get isInSync(): boolean {
    return this.lag !== undefined && this.lag <= 0
  }

  /** The session holds something else than what is to be asked. */
  get differs(): boolean {
    const { told } = this
    return (
      told === undefined ||
      told.offset !== this.fetchOffset ||
      told.logStart !== this.replica.log.logStartOffset ||
      told.lastFetchedEpoch !== this.lastFetchedEpoch
    )
  }

  /** To be called with every request that names it. */
  tell(): void {
    const { logStartOffset } = this.replica.log
    if (this.told === undefined) {
      this.told = { offset: this.fetchOffset, logStart: logStartOffset, lastFetchedEpoch: this.lastFetchedEpoch }
      return
    }
    this.told.offset = this.fetchOffset
    this.told.logStart = logStartOffset
    this.told.lastFetchedEpoch = this.lastFetchedEpoch
  }
}
