import type { TopicId } from '../base/ids.ts'
import type { Log } from '../storage/log.ts'
import type { AppendInfo } from '../storage/types.ts'

/** A replica as its fetcher sees it: the log that follows, and whom it follows as of now. */
export interface FollowedReplica {
  readonly topic: string
  readonly topicId: TopicId
  readonly partition: number
  readonly log: Pick<
    Log,
    | 'logStartOffset'
    | 'logEndOffset'
    | 'writtenEndOffset'
    | 'highWatermark'
    | 'latestEpoch'
    | 'endOffsetForEpoch'
    | 'isOffline'
  >
  readonly isLeader: boolean
  readonly leader: number
  readonly leaderEpoch: number
  /** Batches as the leader has them; what is after the last whole one is left out. Throws KafkaError. */
  appendFetched(records: Buffer): AppendInfo
  /** What the leader said along with records, once these are appended. */
  learn(highWatermark: number, logStartOffset: number): void
  /** While it runs the replica does not become leader. */
  truncateTo(offset: number): Promise<void>
  /** Nothing here is of use: the log begins anew at `offset`. */
  restartAt(offset: number): Promise<void>
}

/** Fetches from leaders for the replicas that follow them. */
export interface Followers {
  /** The replica follows `replica.leader` in `replica.leaderEpoch` from now on, whatever it did before. */
  follow(replica: FollowedReplica): void
  /** It does not follow any more: it leads, or is gone. */
  unfollow(replica: FollowedReplica): void
}
