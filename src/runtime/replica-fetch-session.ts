import { ErrorCode } from '../base/errors.ts'
import type { TopicId } from '../base/ids.ts'
import { INVALID_SESSION_ID, nextEpoch } from '../partition/fetch-session.ts'
import type { FetchRequest } from '../protocol/messages/fetch.ts'
import type { Input } from '../protocol/schema.ts'
import type { FetchState } from './replica-fetch-state.ts'

export type FetchTopics = Input<typeof FetchRequest>['topics']
export type ForgottenTopics = Input<typeof FetchRequest>['forgottenTopicsData']

export interface SessionPart {
  readonly sessionId: number
  readonly sessionEpoch: number
  readonly topics: FetchTopics
  readonly forgottenTopicsData: ForgottenTopics
}

type AskedPartition = FetchTopics[number]['partitions'][number]

interface Entry<T> {
  readonly topic: string
  readonly topicId: TopicId
  readonly partitions: T[]
}

/**
 * The follower's side of an incremental fetch session (KIP-227): which partitions the leader has in it, so that a request
 * names only those with news, and those that are out of it.
 */
export class ReplicaFetchSession {
  readonly #members = new Map<string, FetchState>()
  readonly #maxBytes: () => number
  #id = INVALID_SESSION_ID
  #epoch = 0

  constructor(maxBytes: () => number) {
    this.#maxBytes = maxBytes
  }

  get isFull(): boolean {
    return this.#epoch === 0
  }

  /**
   * `keys`: of everything where the request is a full one, else of what may have changed. `wanted` gives what is to be
   * fetched of it now. undefined: there is nothing to ask for.
   */
  build(keys: Iterable<string>, wanted: (key: string) => FetchState | undefined): SessionPart | undefined {
    if (this.isFull) this.#forgetAll()
    const topics = new Map<TopicId, Entry<AskedPartition>>()
    const forgotten = new Map<TopicId, Entry<number>>()
    for (const key of keys) {
      const member = this.#members.get(key)
      const state = wanted(key)
      if (state !== undefined) {
        if (member === state && !state.differs) continue
        entryOf(topics, state).partitions.push(this.#asked(state))
        this.#members.set(key, state)
      } else if (member !== undefined) {
        entryOf(forgotten, member).partitions.push(member.replica.partition)
        this.#members.delete(key)
        member.told = undefined
      }
    }
    if (this.#members.size === 0 && forgotten.size === 0) return undefined
    return {
      sessionId: this.#id,
      sessionEpoch: this.#epoch,
      topics: [...topics.values()],
      forgottenTopicsData: [...forgotten.values()],
    }
  }

  #asked(state: FetchState): AskedPartition {
    state.tell()
    return {
      partition: state.replica.partition,
      currentLeaderEpoch: state.leaderEpoch,
      fetchOffset: state.fetchOffset,
      lastFetchedEpoch: state.lastFetchedEpoch,
      logStartOffset: state.replica.log.logStartOffset,
      partitionMaxBytes: this.#maxBytes(),
    }
  }

  /** False where the answer says that there is no such session (any more): the next request opens one. */
  answered({ errorCode, sessionId }: { readonly errorCode: number; readonly sessionId: number }): boolean {
    if (errorCode !== 0) {
      this.#epoch = 0
      if (errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND) this.#id = INVALID_SESSION_ID
      return false
    }
    if (sessionId === INVALID_SESSION_ID) {
      this.#id = INVALID_SESSION_ID
      this.#epoch = 0
    } else {
      this.#epoch = sessionId === this.#id && this.#epoch > 0 ? nextEpoch(this.#epoch) : 1
      this.#id = sessionId
    }
    return true
  }

  /** No answer: the next request closes the session, if the leader still has it, and opens another. */
  failed(): void {
    this.#epoch = 0
  }

  /** A connection to another incarnation of the leader knows nothing of the session. */
  reset(): void {
    this.#epoch = 0
    this.#id = INVALID_SESSION_ID
  }

  #forgetAll(): void {
    for (const state of this.#members.values()) state.told = undefined
    this.#members.clear()
  }
}

function entryOf<T>(topics: Map<TopicId, Entry<T>>, { replica }: FetchState): Entry<T> {
  let entry = topics.get(replica.topicId)
  if (entry === undefined) {
    entry = { topic: replica.topic, topicId: replica.topicId, partitions: [] }
    topics.set(replica.topicId, entry)
  }
  return entry
}
