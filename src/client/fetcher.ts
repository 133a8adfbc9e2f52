import { ErrorCode, KafkaError } from '../base/errors.ts'
import { type TopicPartition, topicPartitionKey } from '../base/ids.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { FetchResponseData } from '../protocol/messages/fetch.ts'
import { lastOffset } from '../record/header.ts'
import { type BatchView, batches } from '../record/iterate.ts'
import { type Isolation, listOffsets } from './admin/offsets.ts'
import type { KafkaClient } from './client.ts'
import { ClientError, kafkaError } from './client-error.ts'
import { byTopic } from './partitions.ts'
import { LEADER_MOVED } from './retries.ts'

export interface FetcherOptions {
  readonly isolation: Isolation
  /** How long an answer may wait for records. */
  readonly maxWaitMs: number
  /** Of one answer, and of what is kept ahead. */
  readonly maxBytes: number
  readonly maxPartitionBytes: number
}

export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

/** What one fetch brought of one partition. */
export interface Fetched extends TopicPartition {
  /** From where it was asked for: the first batch may begin before it. */
  readonly from: number
  /** Behind the last batch. */
  readonly next: number
  readonly batches: readonly BatchView[]
  readonly sizeInBytes: number
  readonly aborted: readonly AbortedTransaction[]
  readonly highWatermark: number
}

interface Position extends TopicPartition {
  offset: number
}

/** Names in place of ids. */
const MAX_VERSION = 12
const PAUSE_MS = 200
const TIMEOUT_MARGIN_MS = 30_000
/** What passes by itself, or after a look at the cluster. */
const MOVED: ReadonlySet<number> = new Set([...LEADER_MOVED, ErrorCode.UNKNOWN_TOPIC_ID])

/**
 * Reads partitions, of which some may come and go: one request at a time to each of their leaders, and the next while the
 * last answer is still looked at.
 */
export class Fetcher {
  readonly #client: KafkaClient
  readonly #options: FetcherOptions
  /** Whose turn it is stands first. */
  readonly #positions = new Map<string, Position>()
  readonly #busyLeaders = new Set<number>()
  readonly #ready: { readonly position: Position; readonly fetched: Fetched }[] = []
  #readyBytes = 0
  #failure: { readonly error: unknown } | undefined
  #wake: (() => void) | undefined
  #pausedUntil = 0

  constructor(client: KafkaClient, options: FetcherOptions) {
    this.#client = client
    this.#options = options
  }

  get isEmpty(): boolean {
    return this.#positions.size === 0
  }

  /** From now on this partition too, or anew, from this offset. */
  add({ topic, partition }: TopicPartition, offset: number): void {
    this.#positions.set(topicPartitionKey(topic, partition), { topic, partition, offset })
  }

  remove({ topic, partition }: TopicPartition): void {
    this.#positions.delete(topicPartitionKey(topic, partition))
  }

  /** What has arrived next; undefined: nothing within `waitMs`, or `interrupt` was called. @throws KafkaError, ClientError */
  async next(waitMs: number): Promise<Fetched | undefined> {
    const deadline = performance.now() + waitMs
    for (;;) {
      const fetched = this.#shift()
      await this.#ask()
      if (fetched !== undefined) return fetched
      if (this.#failure !== undefined) throw this.#failure.error
      const left = deadline - performance.now()
      if (left <= 0 || !(await this.#somethingWithin(left))) return undefined
    }
  }

  interrupt(): void {
    this.#wake?.()
  }

  /** The first that is still wanted. */
  #shift(): Fetched | undefined {
    for (let first = this.#ready.shift(); first !== undefined; first = this.#ready.shift()) {
      const { position, fetched } = first
      this.#readyBytes -= fetched.sizeInBytes
      if (this.#isWanted(position)) return fetched
    }
    return undefined
  }

  #isWanted(position: Position): boolean {
    return this.#positions.get(topicPartitionKey(position.topic, position.partition)) === position
  }

  /** False: nothing arrived, or the wait was interrupted. */
  #somethingWithin(waitMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const done = (isWorthALook: boolean) => {
        clearTimeout(timer)
        this.#wake = undefined
        resolve(isWorthALook)
      }
      const pause = this.#pausedUntil - performance.now()
      const isPause = pause > 0 && pause < waitMs
      const timer = setTimeout(() => done(isPause), isPause ? pause : waitMs)
      const wasReady = this.#ready.length
      this.#wake = () =>
        done(this.#ready.length > wasReady || this.#failure !== undefined || this.#busyLeaders.size === 0)
    })
  }

  /** Asks each leader that is not asked at present. */
  async #ask(): Promise<void> {
    if (performance.now() < this.#pausedUntil || this.#readyBytes >= this.#options.maxBytes) return
    const byLeader = new Map<number, Position[]>()
    for (const position of this.#positions.values()) {
      const leader = await this.#leaderOf(position)
      if (leader === undefined || this.#busyLeaders.has(leader)) continue
      const mine = byLeader.get(leader)
      if (mine === undefined) byLeader.set(leader, [position])
      else mine.push(position)
    }
    for (const [leader, positions] of byLeader) {
      this.#busyLeaders.add(leader)
      void this.#fetch(leader, positions)
    }
  }

  async #leaderOf({ topic, partition }: Position): Promise<number | undefined> {
    try {
      return await this.#client.leaderOf(topic, partition)
    } catch (error) {
      if (!(error instanceof KafkaError) || !MOVED.has(error.code)) throw error
      this.#lookAgain(topic)
      return undefined
    }
  }

  async #fetch(leader: number, positions: readonly Position[]): Promise<void> {
    try {
      const asked = positions.map((position) => ({ position, from: position.offset }))
      const answer = await this.#request(leader, positions)
      if (answer.errorCode !== 0) throw kafkaError(answer.errorCode)
      await this.#take(answer, asked)
    } catch (error) {
      if (error instanceof ClientError && error.kind !== 'closed' && error.kind !== 'unsupported') {
        for (const { topic } of positions) this.#lookAgain(topic)
      } else this.#failure ??= { error }
    } finally {
      this.#busyLeaders.delete(leader)
      this.#wake?.()
    }
  }

  #request(leader: number, positions: readonly Position[]): Promise<FetchResponseData> {
    const { isolation, maxWaitMs, maxBytes, maxPartitionBytes } = this.#options
    return this.#client.broker(leader, {
      api: ApiKey.Fetch,
      maxVersion: MAX_VERSION,
      isSingleAttempt: true,
      purpose: 'fetch',
      timeoutMs: maxWaitMs + TIMEOUT_MARGIN_MS,
      body: {
        maxWaitMs,
        minBytes: 1,
        maxBytes,
        isolationLevel: isolation === 'read_committed' ? 1 : 0,
        topics: [...byTopic(positions)].map(([topic, mine]) => ({
          topic,
          partitions: mine.map(({ partition, offset }) => ({
            partition,
            fetchOffset: offset,
            partitionMaxBytes: maxPartitionBytes,
          })),
        })),
      },
    })
  }

  async #take(
    { responses }: FetchResponseData,
    asked: readonly { readonly position: Position; readonly from: number }[],
  ): Promise<void> {
    const answers = new Map(
      responses.flatMap(({ topic, partitions }) =>
        partitions.map((data) => [topicPartitionKey(topic, data.partitionIndex), data] as const),
      ),
    )
    for (const { position, from } of asked) {
      const data = answers.get(topicPartitionKey(position.topic, position.partition))
      if (data === undefined || !this.#isWanted(position) || position.offset !== from) continue
      if (data.errorCode !== 0) await this.#failed(position, data.errorCode)
      else this.#keep(position, data)
    }
  }

  #keep(position: Position, data: FetchResponseData['responses'][number]['partitions'][number]): void {
    const { topic, partition, offset } = position
    const views = data.records === null ? [] : [...batches(data.records)]
    const last = views.at(-1)
    if (last === undefined) return
    const next = Math.max(offset, lastOffset(last.buffer, last.at) + 1)
    const sizeInBytes = data.records?.length ?? 0
    const { highWatermark, abortedTransactions } = data
    const fetched = { topic, partition, from: offset, next, batches: views, sizeInBytes, highWatermark }
    this.#ready.push({ position, fetched: { ...fetched, aborted: abortedTransactions ?? [] } })
    this.#readyBytes += sizeInBytes
    position.offset = next
    const key = topicPartitionKey(topic, partition)
    this.#positions.delete(key)
    this.#positions.set(key, position)
  }

  async #failed(position: Position, errorCode: number): Promise<void> {
    const { topic, partition } = position
    if (MOVED.has(errorCode)) this.#lookAgain(topic)
    else if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) await this.#reset(position)
    else throw kafkaError(errorCode, null, topicPartitionKey(topic, partition))
  }

  /** Records were deleted meanwhile, or the log is shorter than it was. */
  async #reset(position: Position): Promise<void> {
    const { topic, partition } = position
    const [earliest] = await listOffsets(this.#client, [{ topic, partition, at: 'earliest' }])
    const [latest] = await listOffsets(this.#client, [{ topic, partition, at: 'latest' }])
    if (earliest === undefined || earliest.result instanceof Error) return
    if (latest === undefined || latest.result instanceof Error) return
    position.offset = Math.min(Math.max(position.offset, earliest.result.offset), latest.result.offset)
  }

  #lookAgain(topic: string): void {
    this.#client.forgetTopic(topic)
    this.#pausedUntil = performance.now() + PAUSE_MS
  }
}
