import { InvariantError } from '../../base/assert.ts'
import type { Piece } from '../../base/bytes.ts'
import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import type { Logger } from '../../io/ports.ts'
import type { TopicMetrics } from '../../metrics/topic-metrics.ts'
import type { FetchPartition, PartitionOutcome } from '../../partition/fetch-session.ts'
import type { Told } from '../../partition/fetch-session-cache.ts'
import type { AbortedTransaction, ReadResult } from '../../storage/types.ts'
import type { Replica, ReplicaRegistry } from '../replicas.ts'

/** What a fetch found in one partition. */
export interface PartitionRead extends PartitionOutcome {
  /** Undefined: nothing was read. */
  readonly metrics?: TopicMetrics
  readonly lastStableOffset: number
  readonly chunks: readonly Piece[]
  /** null: not asked for. */
  readonly abortedTransactions: AbortedTransaction[] | null
  readonly divergingEpoch: { readonly epoch: number; readonly endOffset: number } | undefined
  /** -1: this one. */
  readonly preferredReplica: number
}

export interface FetchReadOptions {
  readonly replicas: ReplicaRegistry
  readonly logger: Logger
  readonly partitions: readonly FetchPartition[]
  readonly version: number
  /** Negative: a consumer. */
  readonly replicaId: number
  /** Of the follower; -1: not told. */
  readonly replicaEpoch: number
  readonly committedOnly: boolean
  readonly maxBytes: number
  /** A follower's offset says what it has; false when the same request is read again. */
  readonly tracksFollower: boolean
  /** Where a consumer should rather read (KIP-392). */
  readonly preferredReplica?: ((replica: Replica, offset: number) => number | undefined) | undefined
  /** leader.replication.throttled.rate */
  readonly throttle?: LeaderThrottle | undefined
  /** Topics that may not be read; undefined: none. */
  readonly denied?: ReadonlySet<string> | typeof EVERY_TOPIC | undefined
  /** The records may stay in their files until they are sent. */
  readonly late: boolean
}

/** Who fetches is no broker that may. */
export const EVERY_TOPIC = Symbol('every topic')

export interface LeaderThrottle {
  isThrottled(topic: string, partition: number): boolean
  isExceeded(): boolean
  record(bytes: number): void
}

/** What an answer has around its records. */
const ANSWER_BYTES = 24
const PARTITION_BYTES = 60
const NO_CHUNKS: readonly Buffer[] = []

/**
 * Reads the partitions of a fetch one after another, as many bytes as are left of its maximum. The first batch is given
 * although it is larger than any maximum: else a consumer would stop at it for good.
 */
export class FetchRead {
  readonly #options: FetchReadOptions
  readonly #isFollower: boolean
  /** Consumers that know of other replicas than the leader (v11+) may read from those. */
  readonly #leaderOnly: boolean
  readonly #reads: Told<FetchPartition, PartitionRead>[] = []
  readonly #unknown: Told<FetchPartition, PartitionRead>[] = []
  readonly #results: ReadResult[] = []
  readonly replicas: Replica[] = []
  #next = 0
  bytes = 0
  /** An error, a diverging epoch or an older segment: waiting would not bring more. */
  mustAnswer = false
  /** A follower that must wait for its share of the rate: there is nothing to wake it before its time. */
  isHeldBack = false

  constructor(options: FetchReadOptions) {
    this.#options = options
    this.#isFollower = options.replicaId >= 0
    this.#leaderOnly = this.#isFollower || options.version < 11
  }

  /** undefined: done at once; else when the parts that had to be read from files are there. */
  run(): Promise<void> | undefined {
    const { partitions } = this.#options
    while (this.#next < partitions.length) {
      const pending = this.#read(partitions[this.#next++] as FetchPartition)
      if (pending !== undefined) return pending.then(() => this.run())
    }
    return undefined
  }

  /** In the order of Kafka's answers: what could be looked at, then what is not known. */
  outcomes(): Told<FetchPartition, PartitionRead>[] {
    return this.#unknown.length === 0 ? this.#reads : [...this.#reads, ...this.#unknown]
  }

  /** About as large as the answer will be on the wire. */
  get answerBytes(): number {
    const told = this.#reads.filter(({ outcome }) => outcome.recordsSize > 0).length
    return this.bytes + ANSWER_BYTES + told * PARTITION_BYTES
  }

  release(): void {
    for (const result of this.#results) result.release()
    this.#results.length = 0
  }

  /** The chunks live as long as somebody holds them. */
  forget(): void {
    this.#results.length = 0
  }

  #read(asked: FetchPartition): Promise<void> | undefined {
    const { denied } = this.#options
    if (denied === EVERY_TOPIC) return this.#isUnknown(asked, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
    if (asked.topic === undefined) return this.#isUnknown(asked, ErrorCode.UNKNOWN_TOPIC_ID)
    if (denied?.has(asked.topic)) return this.#isUnknown(asked, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
    if (this.#options.replicas.image.topic(asked.topic)?.partitions[asked.partition] === undefined) {
      return this.#isUnknown(asked, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    }
    try {
      const pending = this.#readReplica(asked, this.#replicaFor(asked, asked.topic))
      return pending?.catch((error) => this.#failed(asked, error))
    } catch (error) {
      this.#failed(asked, error)
      return undefined
    }
  }

  #replicaFor(asked: FetchPartition, topic: string): Replica {
    const { replicas, replicaId, replicaEpoch } = this.#options
    const hosted = replicas.require(topic, asked.partition)
    if (asked.topicId !== ZERO_UUID && asked.topicId !== hosted.topicId) throw new KafkaError('INCONSISTENT_TOPIC_ID')
    replicas.requireEpoch(topic, asked.partition, asked.currentLeaderEpoch)
    if (this.#leaderOnly && !hosted.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    if (this.#isFollower) hosted.checkFollower(replicaId, replicaEpoch, asked.currentLeaderEpoch >= 0)
    return hosted
  }

  #readReplica(asked: FetchPartition, replica: Replica): Promise<void> | undefined {
    const { log } = replica
    const { version, committedOnly, maxBytes } = this.#options
    replica.metrics.totalFetchRequests++
    if (version < 10 && log.config.compressionType === 'zstd') throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE')
    const leaderEnd = log.writtenEndOffset
    const bounds = {
      highWatermark: log.highWatermark,
      lastStableOffset: log.lastStableOffset,
      logStartOffset: log.logStartOffset,
    }
    // A consumer that a deposed leader knows too little for would begin anew, from where it is told to.
    if (!this.#isFollower && asked.fetchOffset > log.logEndOffset && replica.isLeader && replica.isDoubtful) {
      throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    }
    const preferred = this.#options.preferredReplica?.(replica, asked.fetchOffset)
    if (preferred !== undefined) {
      this.mustAnswer = true
      this.#add(asked, { ...bounds, ...nothing(committedOnly), preferredReplica: preferred, mustTell: true })
      return undefined
    }
    const diverging = divergence(asked, replica)
    const isHeldBack = diverging === undefined && this.#isOverRate(replica)
    if (!isHeldBack) this.replicas.push(replica)
    if (diverging !== undefined) {
      this.mustAnswer = true
      this.#add(asked, { ...bounds, ...nothing(committedOnly), divergingEpoch: diverging, mustTell: true })
      return undefined
    }
    const upTo = this.#upTo(replica)
    if (isHeldBack) {
      this.isHeldBack = true
      this.#followed(asked, replica, leaderEnd)
      this.#add(asked, { ...bounds, ...nothing(committedOnly), mustTell: false })
      return undefined
    }
    const room = Math.min(asked.maxBytes, this.bytes === 0 ? maxBytes : Math.max(0, maxBytes - this.bytes))
    // Kafka trips over it where there is something to read.
    if (room < 0 && asked.fetchOffset >= log.logStartOffset && asked.fetchOffset < upTo) {
      throw new KafkaError('UNKNOWN_SERVER_ERROR')
    }
    const result = log.read(asked.fetchOffset, {
      maxBytes: Math.max(0, room),
      upTo,
      minOneBatch: this.bytes === 0,
      late: this.#options.late,
    })
    const take = (read: ReadResult) => this.#took(asked, replica, bounds, upTo, leaderEnd, read)
    return result instanceof Promise ? result.then(take) : take(result)
  }

  #upTo(replica: Replica): number {
    if (this.#isFollower) return replica.log.writtenEndOffset
    return this.#options.committedOnly ? replica.log.lastStableOffset : replica.log.highWatermark
  }

  #took(
    asked: FetchPartition,
    replica: Replica,
    bounds: Pick<PartitionRead, 'highWatermark' | 'lastStableOffset' | 'logStartOffset'>,
    upTo: number,
    leaderEnd: number,
    read: ReadResult,
  ): Promise<void> | undefined {
    this.#results.push(read)
    this.bytes += read.sizeInBytes
    if (this.#isFollower && read.sizeInBytes > 0) this.#count(replica, read.sizeInBytes)
    if (read.sizeInBytes > 0 && read.nextOffset < upTo) this.mustAnswer = true
    this.#followed(asked, replica, leaderEnd)
    const add = (abortedTransactions: AbortedTransaction[] | null) =>
      this.#add(asked, {
        ...bounds,
        metrics: replica.metrics,
        errorCode: 0,
        recordsSize: read.sizeInBytes,
        mustTell: false,
        chunks: read.late === undefined ? read.chunks : [read.late],
        abortedTransactions,
        divergingEpoch: undefined,
        preferredReplica: -1,
      })
    if (!this.#options.committedOnly || this.#isFollower) return add(null)
    const aborted = read.sizeInBytes > 0 ? replica.log.abortedTransactions(asked.fetchOffset, read.nextOffset) : []
    return aborted instanceof Promise ? aborted.then(add) : add(aborted)
  }

  /** What a follower asks for says what it has; not when the same request is read once more. */
  #followed(asked: FetchPartition, replica: Replica, leaderEnd: number): void {
    if (!this.#isFollower || !this.#options.tracksFollower) return
    const { replicaId, replicaEpoch } = this.#options
    replica.followerFetched(replicaId, asked.fetchOffset, asked.logStartOffset, leaderEnd, replicaEpoch)
  }

  #count(replica: Replica, bytes: number): void {
    const { throttle } = this.#options
    if (throttle?.isThrottled(replica.topic, replica.partition)) throttle.record(bytes)
  }

  #isOverRate(replica: Replica): boolean {
    const { throttle, replicaId } = this.#options
    if (!this.#isFollower || throttle === undefined || replica.state.isInSync(replicaId)) return false
    return throttle.isThrottled(replica.topic, replica.partition) && throttle.isExceeded()
  }

  #add(asked: FetchPartition, outcome: PartitionRead): undefined {
    this.#reads.push({ asked, outcome })
    return undefined
  }

  #isUnknown(asked: FetchPartition, errorCode: number): undefined {
    this.#unknown.push({ asked, outcome: { ...failedRead(errorCode), abortedTransactions: [] } })
    return undefined
  }

  #failed(asked: FetchPartition, error: unknown): void {
    if (error instanceof InvariantError) throw error
    this.mustAnswer = true
    if (!(error instanceof KafkaError)) {
      this.#options.logger.error({ err: error, topic: asked.topic, partition: asked.partition }, 'a read failed')
      if (asked.topic !== undefined) this.#options.replicas.metrics.topics.of(asked.topic).failedFetchRequests++
    }
    this.#add(asked, failedRead(error instanceof KafkaError ? error.code : ErrorCode.UNKNOWN_SERVER_ERROR))
  }
}

/** KIP-595: where the fetcher's last epoch ended here, if its log went another way. */
function divergence(asked: FetchPartition, { log }: Replica): PartitionRead['divergingEpoch'] {
  if (asked.lastFetchedEpoch < 0) return undefined
  const end = log.endOffsetForEpoch(asked.lastFetchedEpoch)
  if (end === undefined || end.endOffset < 0 || end.leaderEpoch < 0 || asked.fetchOffset < log.logStartOffset) {
    throw new KafkaError('OFFSET_OUT_OF_RANGE')
  }
  const diverges = end.leaderEpoch < asked.lastFetchedEpoch || end.endOffset < asked.fetchOffset
  return diverges ? { epoch: end.leaderEpoch, endOffset: end.endOffset } : undefined
}

function nothing(committedOnly: boolean) {
  return {
    errorCode: 0,
    recordsSize: 0,
    chunks: NO_CHUNKS,
    abortedTransactions: committedOnly ? [] : null,
    divergingEpoch: undefined,
    preferredReplica: -1,
  }
}

function failedRead(errorCode: number): PartitionRead {
  return {
    errorCode,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    recordsSize: 0,
    mustTell: false,
    chunks: NO_CHUNKS,
    abortedTransactions: null,
    divergingEpoch: undefined,
    preferredReplica: -1,
  }
}
