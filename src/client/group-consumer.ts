import { ErrorCode, KafkaError } from '../base/errors.ts'
import { type TopicPartition, topicPartitionKey } from '../base/ids.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { JoinGroupResponseData } from '../protocol/messages/join-group.ts'
import { commitTopics, committedOffsets, type NewOffset } from './admin/group-offsets.ts'
import { type Isolation, listOffsets } from './admin/offsets.ts'
import type { KafkaClient } from './client.ts'
import { kafkaError } from './client-error.ts'
import { decodeAssignment, decodeSubscription, encodeAssignment, encodeSubscription } from './consumer-protocol.ts'
import { type ReadRecord, recordsIn } from './decode.ts'
import { DEFAULT_FETCH_BYTES } from './fetch.ts'
import { Fetcher } from './fetcher.ts'

export interface GroupConsumerOptions {
  readonly groupId: string
  readonly topics: readonly string[]
  readonly isolation: Isolation
  /** Commits what was taken, every few seconds and at the end. */
  readonly commits: boolean
  readonly signal: AbortSignal
  /** Where nothing is committed; `latest` where left out, as Kafka's consumers. */
  readonly reset?: 'earliest' | 'latest'
}

const SESSION_MS = 45_000
const REBALANCE_MS = 60_000
const HEARTBEAT_MS = 3_000
const COMMIT_MS = 5_000
const PROTOCOL = 'range'
const COMMIT_VERSIONS = { maxVersion: 9 } as const
/** The group goes on without this generation: join again. */
const REJOIN: ReadonlySet<number> = new Set([
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.MEMBER_ID_REQUIRED,
])

/** A member of a classic group of consumers. */
export class GroupConsumer {
  readonly #client: KafkaClient
  readonly #options: GroupConsumerOptions
  readonly #fetcher: Fetcher
  readonly #positions = new Map<string, NewOffset>()
  #memberId = ''
  #generation = -1
  #mustJoin = true
  #assigned: readonly TopicPartition[] = []
  #failure: { readonly error: unknown } | undefined

  constructor(client: KafkaClient, options: GroupConsumerOptions) {
    this.#client = client
    this.#options = options
    const { isolation } = options
    const bytes = { maxBytes: DEFAULT_FETCH_BYTES, maxPartitionBytes: 1024 * 1024 }
    this.#fetcher = new Fetcher(client, { isolation, maxWaitMs: 500, ...bytes })
  }

  /** Until the signal, or whoever reads, ends it: then what was taken is committed, and the member leaves. */
  async *records(): AsyncGenerator<ReadRecord, void, void> {
    const { signal, isolation } = this.#options
    for (const topic of this.#options.topics) await this.#client.topic(topic)
    const interrupt = () => this.#fetcher.interrupt()
    signal.addEventListener('abort', interrupt)
    const heartbeats = setInterval(() => void this.#heartbeat(), HEARTBEAT_MS)
    const commits = setInterval(() => void this.#commit().catch((error) => this.#fail(error)), COMMIT_MS)
    try {
      while (!signal.aborted) {
        if (this.#failure !== undefined) throw this.#failure.error
        if (this.#mustJoin) await this.#join()
        const fetched = await this.#fetcher.next(HEARTBEAT_MS)
        if (fetched === undefined) continue
        for (const record of recordsIn(fetched, { isCommittedOnly: isolation === 'read_committed' })) {
          if (signal.aborted) return
          // Whoever takes it and ends has had it.
          this.#took(record, record.offset + 1)
          yield record
        }
        this.#took(fetched, fetched.next)
      }
    } finally {
      clearInterval(heartbeats)
      clearInterval(commits)
      signal.removeEventListener('abort', interrupt)
      await this.#leave()
    }
  }

  #took({ topic, partition }: TopicPartition, offset: number): void {
    this.#positions.set(topicPartitionKey(topic, partition), { topic, partition, offset })
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#fetcher.interrupt()
  }

  async #join(): Promise<void> {
    await this.#commit()
    for (const partition of this.#assigned) this.#fetcher.remove(partition)
    this.#positions.clear()
    for (let isIn = false; !isIn && !this.#options.signal.aborted; ) {
      const joined = await this.#askToJoin()
      if (joined !== undefined) isIn = await this.#sync(joined)
    }
    this.#mustJoin = false
  }

  async #askToJoin(): Promise<JoinGroupResponseData | undefined> {
    const { groupId, topics } = this.#options
    const joined = await this.#client.coordinator('group', groupId, {
      api: ApiKey.JoinGroup,
      timeoutMs: REBALANCE_MS + SESSION_MS,
      purpose: 'join',
      body: {
        groupId,
        sessionTimeoutMs: SESSION_MS,
        rebalanceTimeoutMs: REBALANCE_MS,
        memberId: this.#memberId,
        protocolType: 'consumer',
        protocols: [{ name: PROTOCOL, metadata: encodeSubscription({ topics }) }],
      },
    })
    if (joined.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
    else if (joined.memberId !== '') this.#memberId = joined.memberId
    if (REJOIN.has(joined.errorCode)) return undefined
    if (joined.errorCode !== 0) throw kafkaError(joined.errorCode, null, groupId)
    return joined
  }

  async #sync(joined: JoinGroupResponseData): Promise<boolean> {
    const { groupId } = this.#options
    const isLeader = joined.leader === this.#memberId && !joined.skipAssignment
    const { errorCode, assignment } = await this.#client.coordinator('group', groupId, {
      api: ApiKey.SyncGroup,
      timeoutMs: REBALANCE_MS,
      purpose: 'join',
      body: {
        groupId,
        generationId: joined.generationId,
        memberId: this.#memberId,
        protocolType: 'consumer',
        protocolName: PROTOCOL,
        assignments: isLeader ? await this.#assign(joined) : [],
      },
    })
    if (REJOIN.has(errorCode)) return false
    if (errorCode !== 0) throw kafkaError(errorCode, null, groupId)
    this.#generation = joined.generationId
    await this.#begin(decodeAssignment(assignment) ?? [])
    return true
  }

  /** Of each topic, each member has a range of partitions, as Kafka's RangeAssignor gives them. */
  async #assign({ members }: JoinGroupResponseData): Promise<{ memberId: string; assignment: Buffer }[]> {
    const subscriptions = members
      .map(({ memberId, metadata }) => ({ memberId, topics: decodeSubscription(metadata)?.topics ?? [] }))
      .sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
    const given = new Map<string, TopicPartition[]>(subscriptions.map(({ memberId }) => [memberId, []]))
    for (const topic of new Set(subscriptions.flatMap(({ topics }) => topics))) {
      const found = (await this.#client.metadata([topic])).topics.get(topic)
      if (found === undefined || found instanceof KafkaError) continue
      const takers = subscriptions.filter(({ topics }) => topics.includes(topic))
      const each = Math.floor(found.partitions.length / takers.length)
      const more = found.partitions.length % takers.length
      takers.forEach(({ memberId }, at) => {
        const from = each * at + Math.min(at, more)
        const mine = found.partitions.slice(from, from + each + (at < more ? 1 : 0))
        given.get(memberId)?.push(...mine.map(({ partition }) => ({ topic, partition })))
      })
    }
    return [...given].map(([memberId, mine]) => ({ memberId, assignment: encodeAssignment(mine) }))
  }

  async #begin(partitions: readonly TopicPartition[]): Promise<void> {
    this.#assigned = partitions
    const { groupId, reset = 'latest' } = this.#options
    const committed = (await committedOffsets(this.#client, [groupId])).get(groupId) ?? []
    if (committed instanceof KafkaError) throw committed
    const known = new Map(committed.map((one) => [topicPartitionKey(one.topic, one.partition), one.offset]))
    const without = partitions.filter(({ topic, partition }) => !known.has(topicPartitionKey(topic, partition)))
    for (const { topic, partition, result } of await listOffsets(
      this.#client,
      without.map((one) => ({ ...one, at: reset })),
    )) {
      if (result instanceof KafkaError) throw result
      known.set(topicPartitionKey(topic, partition), result.offset)
      // From here it goes on, whenever this member or another takes it up.
      this.#took({ topic, partition }, result.offset)
    }
    for (const one of partitions) this.#fetcher.add(one, known.get(topicPartitionKey(one.topic, one.partition)) ?? 0)
  }

  async #heartbeat(): Promise<void> {
    const { groupId } = this.#options
    if (this.#mustJoin || this.#memberId === '') return
    try {
      const { errorCode } = await this.#client.coordinator('group', groupId, {
        api: ApiKey.Heartbeat,
        isRepeatable: true,
        body: { groupId, generationId: this.#generation, memberId: this.#memberId },
      })
      if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
      if (REJOIN.has(errorCode)) {
        this.#mustJoin = true
        this.#fetcher.interrupt()
      } else if (errorCode !== 0) this.#fail(kafkaError(errorCode, null, groupId))
    } catch (error) {
      if (!this.#client.isClosed) this.#fail(error)
    }
  }

  async #commit(): Promise<void> {
    const { groupId, commits } = this.#options
    const offsets = [...this.#positions.values()]
    if (!commits || offsets.length === 0 || this.#memberId === '') return
    const { topics } = await this.#client.coordinator('group', groupId, {
      api: ApiKey.OffsetCommit,
      ...COMMIT_VERSIONS,
      body: {
        groupId,
        memberId: this.#memberId,
        generationIdOrMemberEpoch: this.#generation,
        topics: commitTopics(offsets),
      },
      errorOf: (answer) => answer.topics[0]?.partitions[0]?.errorCode ?? 0,
    })
    const failed = topics.flatMap(({ partitions }) => partitions).find(({ errorCode }) => errorCode !== 0)
    if (failed === undefined) return
    if (!REJOIN.has(failed.errorCode)) throw kafkaError(failed.errorCode, null, groupId)
    this.#mustJoin = true
  }

  async #leave(): Promise<void> {
    if (this.#memberId === '' || this.#client.isClosed) return
    const { groupId } = this.#options
    await this.#commit()
    await this.#client.coordinator('group', groupId, {
      api: ApiKey.LeaveGroup,
      minVersion: 3,
      body: { groupId, members: [{ memberId: this.#memberId, groupInstanceId: null }] },
    })
  }
}
