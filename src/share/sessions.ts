import { KafkaError } from '../base/errors.ts'
import type { Uuid } from '../base/ids.ts'

export interface SessionPartition {
  readonly topicId: Uuid
  readonly partition: number
}

interface Cached extends SessionPartition {
  /** It is told of with the next answer though nothing was fetched from it. */
  mustTell: boolean
}

/** The epoch of a request that begins a session, and of one that ends it. */
export const INITIAL_EPOCH = 0
export const FINAL_EPOCH = -1

const keyOf = ({ topicId, partition }: SessionPartition): string => `${topicId}:${partition}`

/** What one member fetches from this broker; its partitions in the order in which they are to be served next. */
export class ShareSession {
  readonly groupId: string
  readonly memberId: string
  readonly connectionId: string
  epoch = 1
  readonly #partitions = new Map<string, Cached>()

  constructor(groupId: string, memberId: string, connectionId: string, partitions: readonly SessionPartition[]) {
    this.groupId = groupId
    this.memberId = memberId
    this.connectionId = connectionId
    for (const { topicId, partition } of partitions) {
      this.#partitions.set(keyOf({ topicId, partition }), { topicId, partition, mustTell: false })
    }
  }

  get partitionCount(): number {
    return this.#partitions.size
  }

  get partitions(): readonly SessionPartition[] {
    return [...this.#partitions.values()]
  }

  update(added: readonly SessionPartition[], forgotten: readonly SessionPartition[]): void {
    for (const { topicId, partition } of added) {
      const key = keyOf({ topicId, partition })
      if (!this.#partitions.has(key)) this.#partitions.set(key, { topicId, partition, mustTell: true })
    }
    for (const gone of forgotten) this.#partitions.delete(keyOf(gone))
    this.nextEpoch()
  }

  /** After the largest comes 1. */
  nextEpoch(): void {
    this.epoch = this.epoch === 0x7fff_ffff ? 1 : this.epoch + 1
  }

  /** Whether the member is to hear of this partition; where it got records, the others come first the next time. */
  tells(which: SessionPartition, hasRecords: boolean, isError: boolean): boolean {
    const key = keyOf(which)
    const cached = this.#partitions.get(key)
    if (cached === undefined) return hasRecords || isError
    const tells = hasRecords || isError || cached.mustTell
    cached.mustTell = isError
    if (hasRecords) {
      this.#partitions.delete(key)
      this.#partitions.set(key, cached)
    }
    return tells
  }
}

/** The share sessions of a broker (KIP-932); who has none may not fetch. */
export class ShareSessions {
  readonly #max: number
  readonly #sessions = new Map<string, ShareSession>()
  /** Groups whose members began a session on a connection that is still there, ended or not. */
  readonly #groups = new Map<string, Set<string>>()

  /** group.share.max.share.sessions */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#sessions.size
  }

  /** Of all sessions together. */
  get partitionCount(): number {
    let sum = 0
    for (const { partitionCount } of this.#sessions.values()) sum += partitionCount
    return sum
  }

  get(groupId: string, memberId: string): ShareSession | undefined {
    return this.#sessions.get(`${groupId}\0${memberId}`)
  }

  /** @throws KafkaError SHARE_SESSION_LIMIT_REACHED */
  begin(
    groupId: string,
    memberId: string,
    connectionId: string,
    partitions: readonly SessionPartition[],
  ): ShareSession {
    const key = `${groupId}\0${memberId}`
    this.#sessions.delete(key)
    if (this.#sessions.size >= this.#max) throw new KafkaError('SHARE_SESSION_LIMIT_REACHED')
    const session = new ShareSession(groupId, memberId, connectionId, partitions)
    this.#sessions.set(key, session)
    this.#groups.set(connectionId, (this.#groups.get(connectionId) ?? new Set()).add(groupId))
    return session
  }

  /** @throws KafkaError SHARE_SESSION_NOT_FOUND, INVALID_SHARE_SESSION_EPOCH */
  require(groupId: string, memberId: string, epoch: number): ShareSession {
    const session = this.get(groupId, memberId)
    if (session === undefined) throw new KafkaError('SHARE_SESSION_NOT_FOUND')
    if (epoch !== FINAL_EPOCH && epoch !== session.epoch) throw new KafkaError('INVALID_SHARE_SESSION_EPOCH')
    return session
  }

  end(groupId: string, memberId: string): ShareSession | undefined {
    const session = this.get(groupId, memberId)
    this.#sessions.delete(`${groupId}\0${memberId}`)
    return session
  }

  /** A connection is gone: the groups that used it, and those of their sessions that still were on it. */
  closed(connectionId: string): { readonly groupIds: readonly string[]; readonly sessions: readonly ShareSession[] } {
    const groups = this.#groups.get(connectionId)
    if (groups === undefined) return { groupIds: [], sessions: [] }
    this.#groups.delete(connectionId)
    const sessions = [...this.#sessions.values()].filter((session) => session.connectionId === connectionId)
    return { groupIds: [...groups], sessions }
  }

  hasGroup(groupId: string): boolean {
    for (const session of this.#sessions.values()) if (session.groupId === groupId) return true
    return false
  }
}
