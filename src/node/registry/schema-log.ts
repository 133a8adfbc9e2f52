import { errorName, KafkaError } from '../../base/errors.ts'
import { takeCopy } from '../../base/lent-memory.ts'
import type { Replica } from '../../broker/replica.ts'
import { topicMaker } from '../../broker/topic-maker.ts'
import { ConfigResource, type TopicImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { buildBatch } from '../../record/builder.ts'
import { isControl, lastOffset } from '../../record/header.ts'
import { batches } from '../../record/iterate.ts'
import type { LoggedRecord, LogPiece, LogPlace, SchemaLog } from '../../registry/ports.ts'
import { SCHEMAS_TOPIC, type TopicRecord } from '../../registry/records.ts'
import type { PeerClient } from '../../runtime/peer-types.ts'
import type { BrokerParts } from '../broker-parts.ts'
import type { World } from '../world.ts'

const PARTITION = 0
const REPLICAS = 3
const CONSUMER = -1
const MAX_BYTES = 4 * 1024 * 1024
const WAIT_MS = 10_000
const ANSWER_MS = WAIT_MS + 10_000
/** Versions that name topics by name, which every broker has. */
const LAST_WITH_NAMES = 12
const EARLIEST = -2
const LATEST = -1

export interface SchemaLogParts extends BrokerParts {
  readonly peers: World['peers']
}

/** The topic as a broker has it: in its own log where it leads it, else at the leader, whom it asks as a consumer would. */
export class NodeSchemaLog implements SchemaLog {
  readonly #parts: SchemaLogParts

  constructor(parts: SchemaLogParts) {
    this.#parts = parts
  }

  get #topic(): TopicImage | undefined {
    return this.#parts.metadata.image.topic(SCHEMAS_TOPIC)
  }

  place(): LogPlace | undefined {
    const topic = this.#topic
    const partition = topic?.partitions[PARTITION]
    if (topic === undefined || partition === undefined) return undefined
    const replica = this.#parts.replicas.find(SCHEMAS_TOPIC, PARTITION)
    const isHere = replica?.isLeader === true && replica.topicId === topic.id
    // Before it has learned so itself this broker does not lead.
    const leader = !isHere && partition.leader === this.#parts.config.nodeId ? -1 : partition.leader
    return { topicId: topic.id, leader: isHere ? this.#parts.config.nodeId : leader, isHere }
  }

  onMoved(listener: () => void): () => void {
    return this.#parts.metadata.onImage(listener)
  }

  async read(place: LogPlace, from: number, signal: AbortSignal): Promise<LogPiece> {
    return place.isHere ? this.#readHere(from, signal) : unlessAborted(this.#fetch(place, from), signal)
  }

  async #readHere(from: number, signal: AbortSignal): Promise<LogPiece> {
    const replica = this.#own()
    const { log } = replica
    if (from < log.logStartOffset || from > log.logEndOffset) throw new KafkaError('OFFSET_OUT_OF_RANGE')
    if (from >= log.highWatermark) await this.#committedMore(replica, signal)
    const upTo = log.highWatermark
    if (from >= upTo) return { records: [], nextOffset: from }
    const result = await log.read(from, { maxBytes: MAX_BYTES, upTo, minOneBatch: true })
    const { records } = recordsIn(takeCopy(result), from)
    return { records, nextOffset: result.sizeInBytes === 0 ? upTo : result.nextOffset }
  }

  /** Or something else happened, or it takes long. */
  #committedMore(replica: Replica, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        replica.unwatch(watcher)
        timer.cancel()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const watcher = { committedOnly: false, seesUncommitted: false, advanced: done, disturbed: done }
      const timer = this.#parts.clock.after(WAIT_MS, done)
      signal.addEventListener('abort', done, { once: true })
      replica.watch(watcher)
    })
  }

  async #fetch(place: LogPlace, from: number): Promise<LogPiece> {
    const partitions = [{ partition: PARTITION, fetchOffset: from, partitionMaxBytes: MAX_BYTES }]
    const body = {
      replicaId: CONSUMER,
      replicaState: {},
      maxWaitMs: WAIT_MS,
      minBytes: 1,
      maxBytes: MAX_BYTES,
      isolationLevel: 0,
      sessionId: 0,
      topics: [{ topic: SCHEMAS_TOPIC, topicId: place.topicId, partitions }],
      forgottenTopicsData: [],
      rackId: '',
    }
    const peer = this.#peer(place, 'schema-registry')
    const call = { api: ApiKey.Fetch, body, timeoutMs: ANSWER_MS, maxVersion: LAST_WITH_NAMES } as const
    const { errorCode, responses } = await peer.request(call)
    const answer = responses[0]?.partitions[0]
    checkCode(errorCode)
    if (answer === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR', 'the leader answered nothing')
    checkCode(answer.errorCode)
    return recordsIn(answer.records ?? Buffer.alloc(0), from)
  }

  start(place: LogPlace): Promise<number> {
    return this.#offset(place, EARLIEST)
  }

  end(place: LogPlace): Promise<number> {
    return this.#offset(place, LATEST)
  }

  async #offset(place: LogPlace, timestamp: number): Promise<number> {
    if (place.isHere) {
      const { log } = this.#own()
      return timestamp === EARLIEST ? log.logStartOffset : log.highWatermark
    }
    const topics = [{ name: SCHEMAS_TOPIC, partitions: [{ partitionIndex: PARTITION, timestamp }] }]
    const body = { replicaId: CONSUMER, isolationLevel: 0, topics, timeoutMs: WAIT_MS }
    // Another connection than the one on which a fetch may be waiting: answers come in order.
    const peer = this.#peer(place, 'schema-registry-offsets')
    const answer = await peer.request({ api: ApiKey.ListOffsets, body, timeoutMs: WAIT_MS })
    const partition = answer.topics[0]?.partitions[0]
    if (partition === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR', 'the leader answered nothing')
    checkCode(partition.errorCode)
    return partition.offset
  }

  #peer({ leader }: LogPlace, purpose: string): PeerClient {
    const { metadata, config, peers } = this.#parts
    const endpoints = metadata.image.broker(leader)?.endpoints
    const endpoint = endpoints?.find(({ name }) => name === config.interBrokerListenerName)
    if (endpoint === undefined) throw new KafkaError('LEADER_NOT_AVAILABLE', `broker ${leader} is not known`)
    return peers.to({ host: endpoint.host, port: endpoint.port }, purpose)
  }

  #own(): Replica {
    return this.#parts.replicas.requireLeader(SCHEMAS_TOPIC, PARTITION)
  }

  ownEnd(): number {
    this.#checkTopic()
    return this.#own().log.logEndOffset
  }

  /** As Confluent's registry, this one does not write into a topic that would forget schemas or mix their order. */
  #checkTopic(): void {
    const count = this.#topic?.partitions.length ?? 1
    if (count !== 1) throw new KafkaError('INVALID_CONFIG', `it has ${count} partitions and must have one`)
    const policy = this.#parts.metadata.image.configs(ConfigResource.TOPIC, SCHEMAS_TOPIC).get('cleanup.policy')
    if (policy === 'compact') return
    throw new KafkaError('INVALID_CONFIG', `its cleanup.policy must be compact: it is ${policy ?? 'not set'}`)
  }

  committed(offset: number): Promise<void> {
    return this.#own().committed(offset)
  }

  async append(records: readonly TopicRecord[], at: number): Promise<number> {
    const timestamp = this.#parts.clock.now()
    const batch = buildBatch({ records: records.map((record) => ({ ...record, timestamp })) })
    const replica = this.#own()
    replica.requireInSync()
    if (replica.log.logEndOffset !== at) throw new KafkaError('OFFSET_OUT_OF_RANGE')
    const { lastOffset: last, written } = await replica.append(batch, 'coordinator')
    await written
    await replica.committed(last + 1)
    return last + 1
  }

  async create(): Promise<void> {
    const { channel, logger, access, metadata } = this.#parts
    const alive = [...metadata.image.brokers.values()].filter(({ fenced }) => !fenced).length
    const topic = {
      name: SCHEMAS_TOPIC,
      numPartitions: 1,
      replicationFactor: Math.max(1, Math.min(REPLICAS, alive)),
      assignments: [],
      configs: [{ name: 'cleanup.policy', value: 'compact' }],
    }
    const [made] = await topicMaker({ channel, logger, access }).create([topic])
    if (made === undefined || made.error === 'NONE' || made.error === 'TOPIC_ALREADY_EXISTS') return
    throw new KafkaError(made.error, made.message ?? made.error)
  }
}

/** A fetch waits long for records: who stops does not wait for it. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const abort = (): void => reject(new Error('the reading was stopped'))
  signal.addEventListener('abort', abort, { once: true })
  work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  return promise
}

function checkCode(code: number): void {
  if (code !== 0) throw new KafkaError(errorName(code))
}

/** A fetched batch may begin before the offset, and the last one may be there in part. */
function recordsIn(buffer: Buffer, from: number): LogPiece {
  const records: LoggedRecord[] = []
  let nextOffset = from
  for (const batch of batches(buffer)) {
    nextOffset = Math.max(nextOffset, lastOffset(batch.buffer, batch.at) + 1)
    if (isControl(batch.buffer, batch.at)) continue
    for (const { offset, key, value, timestamp } of batch.records()) {
      if (offset >= from && key !== null) records.push({ key, value, timestamp })
    }
  }
  return { records, nextOffset }
}
