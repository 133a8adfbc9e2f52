import { ErrorCode, KafkaError } from '../base/errors.ts'
import { topicPartitionKey } from '../base/ids.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { ProduceResponseData } from '../protocol/messages/produce.ts'
import { buildBatchAsync } from '../record/builder.ts'
import { type Compression, sequenceAfter } from '../record/header.ts'
import type { KafkaClient } from './client.ts'
import { ClientError, kafkaError } from './client-error.ts'
import { partitionOfKey } from './partitioner.ts'
import { type Message, ProduceBatch, type SentRecord, sizeOfMessage } from './produce-batch.ts'
import { COORDINATOR_MOVED, LEADER_MOVED } from './retries.ts'

export type { Message, SentRecord } from './produce-batch.ts'

export interface ProducerOptions {
  /** −1: all in-sync replicas; 1: the leader; 0: nobody. */
  readonly acks?: -1 | 0 | 1
  readonly compression?: Compression
  readonly compressionLevel?: number | undefined
  /** No record twice, though it had to be sent again; with acks −1 only. True where left out and possible. */
  readonly idempotent?: boolean
  /** How long a batch that is not full waits for more records. */
  readonly lingerMs?: number
  readonly batchBytes?: number
  /** For a record to be sent, with all repetitions. */
  readonly deliveryTimeoutMs?: number
  /** A topic that is not there is made, where the broker allows that. */
  readonly createsTopics?: boolean
}

const DEFAULT_BATCH_BYTES = 512 * 1024
const DEFAULT_DELIVERY_MS = 30_000
const PAUSE_MS = 100
/** Names in place of ids. */
const MAX_VERSION = 12
const RETRIABLE: ReadonlySet<number> = new Set([
  ...LEADER_MOVED,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.NETWORK_EXCEPTION,
])
/** The sequence numbers of these are lost: later batches begin anew, as another producer. */
const FENCED: ReadonlySet<number> = new Set([
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID,
  ErrorCode.INVALID_PRODUCER_EPOCH,
])

interface Identity {
  readonly producerId: number
  readonly producerEpoch: number
}

/** What waits for one partition: one batch is under way at a time, so that order holds whatever is repeated. */
interface Lane {
  readonly topic: string
  readonly partition: number
  readonly batches: ProduceBatch[]
  isSending: boolean
  identity: Identity | undefined
  nextSequence: number
}

/** Sends records in batches. Whoever sends many waits for `ready` now and then, so that they don't pile up. */
export class Producer {
  readonly #client: KafkaClient
  readonly #options: ProducerOptions
  readonly #lanes = new Map<string, Lane>()
  readonly #partitionCounts = new Map<string, Promise<number>>()
  /** Where records without a key go for now. */
  readonly #sticky = new Map<string, number>()
  #identity: Promise<Identity> | undefined
  #bufferedBytes = 0
  #drained: (() => void)[] = []
  #isScheduled = false
  #isFlushing = false

  constructor(client: KafkaClient, options: ProducerOptions = {}) {
    this.#client = client
    this.#options = options
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** Resolves when the broker has it, as `acks` asks for. @throws KafkaError, ClientError */
  async send(message: Message): Promise<SentRecord> {
    const sizeInBytes = sizeOfMessage(message)
    this.#bufferedBytes += sizeInBytes
    try {
      return await this.#enqueued(message, sizeInBytes)
    } finally {
      this.#bufferedBytes -= sizeInBytes
      for (const resolve of this.#drained.splice(0)) resolve()
    }
  }

  async #enqueued(message: Message, sizeInBytes: number): Promise<SentRecord> {
    const { topic, key, value, headers = [], timestamp = Date.now() } = message
    const partition = this.#partitionOf(message, await this.#partitionCount(topic))
    const lane = this.#lane(topic, partition)
    return new Promise((resolve, reject) => {
      const record = { timestamp, key, value, headers }
      this.#batchFor(lane, sizeInBytes).add({ record, sizeInBytes, resolve, reject })
      this.#schedule(lane)
    })
  }

  /** Resolves when no more than this waits to be sent. */
  async ready(maxBufferedBytes: number): Promise<void> {
    while (this.#bufferedBytes > maxBufferedBytes) {
      await new Promise<void>((resolve) => this.#drained.push(resolve))
    }
  }

  /** Sends what waits, and resolves when all is sent or has failed. */
  async flush(): Promise<void> {
    this.#isFlushing = true
    try {
      for (const lane of this.#lanes.values()) this.#drain(lane)
      await this.ready(0)
    } finally {
      this.#isFlushing = false
    }
  }

  #lane(topic: string, partition: number): Lane {
    const key = topicPartitionKey(topic, partition)
    let lane = this.#lanes.get(key)
    if (lane === undefined) {
      lane = { topic, partition, batches: [], isSending: false, identity: undefined, nextSequence: 0 }
      this.#lanes.set(key, lane)
    }
    return lane
  }

  #partitionCount(topic: string): Promise<number> {
    let count = this.#partitionCounts.get(topic)
    if (count === undefined) {
      count = this.#findTopic(topic)
      this.#partitionCounts.set(topic, count)
      count.catch(() => this.#partitionCounts.delete(topic))
    }
    return count
  }

  async #findTopic(topic: string): Promise<number> {
    const deadline = performance.now() + this.#deliveryMs
    for (;;) {
      const { topics } = await this.#client.metadata([topic], { createsTopics: this.#options.createsTopics ?? false })
      const found = topics.get(topic)
      if (found !== undefined && !(found instanceof Error)) return found.partitions.length
      const isComing = this.#options.createsTopics || found?.code === ErrorCode.LEADER_NOT_AVAILABLE
      if (!isComing || !MAY_COME.has(found?.code ?? 0) || performance.now() > deadline) {
        throw found ?? kafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null, topic)
      }
      await pause()
    }
  }

  #partitionOf({ topic, partition, key }: Message, count: number): number {
    if (partition !== undefined) {
      if (partition < count) return partition
      throw new KafkaError(
        'UNKNOWN_TOPIC_OR_PARTITION',
        `${topic} has no partition ${partition}, but ${count} partitions.`,
      )
    }
    if (key !== null) return partitionOfKey(key, count)
    const sticky = this.#sticky.get(topic) ?? Math.floor(Math.random() * count)
    this.#sticky.set(topic, sticky)
    return sticky
  }

  #batchFor(lane: Lane, sizeInBytes: number): ProduceBatch {
    const last = lane.batches.at(-1)
    const isOpen = last !== undefined && !(lane.isSending && lane.batches.length === 1)
    if (isOpen && last.sizeInBytes + sizeInBytes <= this.#batchBytes) return last
    const batch = new ProduceBatch(performance.now())
    lane.batches.push(batch)
    return batch
  }

  #schedule(lane: Lane): void {
    if (lane.isSending || this.#isScheduled) return
    const isFull = lane.batches.length > 1 || (lane.batches[0]?.sizeInBytes ?? 0) >= this.#batchBytes
    if (isFull) {
      this.#drain(lane)
      return
    }
    this.#isScheduled = true
    const run = () => {
      this.#isScheduled = false
      for (const one of this.#lanes.values()) this.#drain(one)
    }
    const lingerMs = this.#options.lingerMs ?? 0
    if (lingerMs > 0 && !this.#isFlushing) setTimeout(run, lingerMs)
    else setImmediate(run)
  }

  #drain(lane: Lane): void {
    const [batch] = lane.batches
    if (lane.isSending || batch === undefined) return
    lane.isSending = true
    // Another partition's turn.
    this.#sticky.delete(lane.topic)
    void this.#deliver(lane, batch)
  }

  async #deliver(lane: Lane, batch: ProduceBatch): Promise<void> {
    let replacement: readonly ProduceBatch[] = []
    try {
      const outcome = await this.#repeatedly(lane, batch)
      if (outcome === 'too-large') replacement = batch.halves()
    } catch (error) {
      batch.failed(error)
      if (isPassing(error)) this.#expireBehind(lane, error)
    }
    lane.batches.splice(0, 1, ...replacement)
    lane.isSending = false
    this.#drain(lane)
  }

  /** Those that waited as long as the one that was given up would each be tried as long again, one after another. */
  #expireBehind(lane: Lane, error: unknown): void {
    const oldest = performance.now() + PAUSE_MS - this.#deliveryMs
    const isYoung = ({ createdAtMs }: ProduceBatch) => createdAtMs > oldest
    const [first, ...behind] = lane.batches
    const kept = behind.filter(isYoung)
    for (const batch of behind) if (!isYoung(batch)) batch.failed(error)
    if (first !== undefined) lane.batches.splice(0, lane.batches.length, first, ...kept)
  }

  async #repeatedly(lane: Lane, batch: ProduceBatch): Promise<'done' | 'too-large'> {
    const { topic, partition } = lane
    const deadline = performance.now() + this.#deliveryMs
    for (;;) {
      const error = await this.#attempt(lane, batch)
      if (error === undefined) return 'done'
      if (error.error === 'MESSAGE_TOO_LARGE' && batch.waiting.length > 1) return 'too-large'
      if (FENCED.has(error.code)) {
        lane.identity = undefined
        this.#identity = undefined
      }
      if (!RETRIABLE.has(error.code) || performance.now() + PAUSE_MS > deadline) {
        // The broker may know the sequence numbers of a batch that is given up.
        if (lane.identity !== undefined && RETRIABLE.has(error.code)) this.#identity = undefined
        throw new KafkaError(error.error, `${topicPartitionKey(topic, partition)}: ${error.message}`)
      }
      this.#client.forgetTopic(topic)
      await pause()
    }
  }

  /** Undefined: it is done. */
  async #attempt(lane: Lane, batch: ProduceBatch): Promise<KafkaError | undefined> {
    const { topic, partition } = lane
    const acks = this.#options.acks ?? -1
    const identity = this.#isIdempotent ? await this.#identified(lane) : undefined
    const records = await buildBatchAsync({
      records: batch.waiting.map(({ record }) => record),
      ...(this.#options.compression !== undefined && { compression: this.#options.compression }),
      ...(this.#options.compressionLevel !== undefined && { compressionLevel: this.#options.compressionLevel }),
      ...(identity !== undefined && { ...identity, baseSequence: lane.nextSequence }),
    })
    let answer: ProduceResponseData | undefined
    try {
      answer = await this.#client.broker(await this.#client.leaderOf(topic, partition), {
        api: ApiKey.Produce,
        maxVersion: MAX_VERSION,
        isSingleAttempt: true,
        purpose: 'produce',
        isUnanswered: acks === 0,
        body: {
          acks,
          timeoutMs: this.#client.requestTimeoutMs,
          topicData: [{ name: topic, partitionData: [{ index: partition, records: [records] }] }],
        },
      })
    } catch (error) {
      if (error instanceof KafkaError) return error
      if (!(error instanceof ClientError) || !PASSING.has(error.kind)) throw error
      return new KafkaError('NETWORK_EXCEPTION', error.message)
    }
    return this.#answered(lane, batch, answer)
  }

  #answered(lane: Lane, batch: ProduceBatch, answer: ProduceResponseData | undefined): KafkaError | undefined {
    const { topic, partition } = lane
    const told = answer?.responses[0]?.partitionResponses[0]
    const { errorCode = 0, baseOffset = -1, logAppendTimeMs = -1 } = told ?? {}
    if (errorCode !== 0 && errorCode !== ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      const detail = told?.recordErrors.find(({ batchIndexErrorMessage }) => batchIndexErrorMessage !== null)
      return kafkaError(errorCode, detail?.batchIndexErrorMessage ?? told?.errorMessage)
    }
    lane.nextSequence = sequenceAfter(lane.nextSequence, batch.waiting.length)
    batch.done(topic, partition, baseOffset, logAppendTimeMs)
    return undefined
  }

  async #identified(lane: Lane): Promise<Identity> {
    this.#identity ??= this.#newIdentity().catch((error: unknown) => {
      this.#identity = undefined
      throw error
    })
    const identity = await this.#identity
    if (lane.identity !== identity) {
      lane.identity = identity
      lane.nextSequence = 0
    }
    return identity
  }

  async #newIdentity(): Promise<Identity> {
    const deadline = performance.now() + this.#deliveryMs
    for (;;) {
      const { errorCode, producerId, producerEpoch } = await this.#client.any({
        api: ApiKey.InitProducerId,
        isRepeatable: true,
        body: { transactionalId: null, transactionTimeoutMs: this.#client.requestTimeoutMs },
      })
      if (errorCode === 0) return { producerId, producerEpoch }
      if (!NOT_READY.has(errorCode) || performance.now() + PAUSE_MS > deadline) throw kafkaError(errorCode)
      await pause()
    }
  }

  get #isIdempotent(): boolean {
    return this.#options.idempotent ?? (this.#options.acks ?? -1) === -1
  }

  get #batchBytes(): number {
    return this.#options.batchBytes ?? DEFAULT_BATCH_BYTES
  }

  get #deliveryMs(): number {
    return this.#options.deliveryTimeoutMs ?? DEFAULT_DELIVERY_MS
  }
}

const MAY_COME: ReadonlySet<number> = new Set([ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.LEADER_NOT_AVAILABLE])
/** The broker has no ids to give out yet. */
const NOT_READY: ReadonlySet<number> = new Set([...COORDINATOR_MOVED, ErrorCode.REQUEST_TIMED_OUT])
const PASSING: ReadonlySet<string> = new Set(['unreachable', 'disconnected', 'timeout'])

function isPassing(error: unknown): boolean {
  if (error instanceof KafkaError) return RETRIABLE.has(error.code) || NOT_READY.has(error.code)
  return error instanceof ClientError && PASSING.has(error.kind)
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
}

/** Sends a few records and waits for them. @throws KafkaError, ClientError of the first that could not be sent */
export async function produce(
  client: KafkaClient,
  messages: readonly Message[],
  options: ProducerOptions = {},
): Promise<SentRecord[]> {
  const producer = new Producer(client, options)
  return Promise.all(messages.map((message) => producer.send(message)))
}
