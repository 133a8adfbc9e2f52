import { brokerId, type TopicId, type Uuid, uuidFromBytes } from '../../src/base/ids.ts'
import { SlabPool } from '../../src/base/slab-pool.ts'
import { OPEN_ACCESS } from '../../src/broker/access.ts'
import { Dispatcher } from '../../src/broker/dispatch.ts'
import type { Handler } from '../../src/broker/handler.ts'
import { apiVersionsHandler } from '../../src/broker/handlers/api-versions.ts'
import { deleteRecordsHandler } from '../../src/broker/handlers/delete-records.ts'
import { describeLogDirsHandler } from '../../src/broker/handlers/describe-log-dirs.ts'
import { describeProducersHandler } from '../../src/broker/handlers/describe-producers.ts'
import { fetchHandler } from '../../src/broker/handlers/fetch.ts'
import { initProducerIdHandler } from '../../src/broker/handlers/init-producer-id.ts'
import { listOffsetsHandler } from '../../src/broker/handlers/list-offsets.ts'
import { offsetForLeaderEpochHandler } from '../../src/broker/handlers/offset-for-leader-epoch.ts'
import { produceHandler } from '../../src/broker/handlers/produce.ts'
import { ProducerIds } from '../../src/broker/producer-ids.ts'
import type { ReplicationParts } from '../../src/broker/replica-environment.ts'
import { ReplicaRegistry } from '../../src/broker/replicas.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { NodeClock } from '../../src/io/node-clock.ts'
import { NodeRandom } from '../../src/io/node-random.ts'
import type { Clock, Disk, Logger } from '../../src/io/ports.ts'
import { MetadataDelta } from '../../src/metadata/delta.ts'
import { MetadataImage } from '../../src/metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../../src/metadata/records.ts'
import { frameMemory } from '../../src/network/frame-memory.ts'
import { SharedLimits, type SharedLimitsOptions } from '../../src/network/limits.ts'
import { Listener, type ListenerSettings } from '../../src/network/listener.ts'
import { FetchSessionCache } from '../../src/partition/fetch-session-cache.ts'
import type { Followers } from '../../src/runtime/followed-replica.ts'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../src/storage/log-config.ts'
import { LogManager } from '../../src/storage/log-manager.ts'
import { NO_COORDINATOR, NO_TRANSACTIONS } from './no-transactions.ts'

export const NODE_ID = 1

/** Replication where there is no other node. */
export const ALONE: ReplicationParts = {
  brokerEpoch: () => 1,
  lagTimeMaxMs: 30_000,
  silenceMs: 2_000,
  minInSyncReplicas: () => 1,
  isr: { submit: () => {} },
}
export const NO_FOLLOWERS: Followers = { follow: () => {}, unfollow: () => {} }

export interface DataPlaneOptions {
  readonly disk?: Disk
  readonly dir?: string
  /** As another start left it. */
  readonly image?: MetadataImage
  readonly clock?: Clock
  readonly logger?: Logger
  readonly settings?: Partial<ListenerSettings>
  readonly shared?: SharedLimitsOptions
  readonly extra?: readonly Handler[]
  readonly tailCacheBytes?: number
}

/** Everything between a socket and a disk, with an image that tests write themselves instead of a controller. */
export class DataPlane {
  readonly image: MetadataImage
  readonly configs = new Map<string, Partial<LogConfig>>()
  readonly fatal: Error[] = []
  readonly clock: Clock
  readonly shared: SharedLimits
  /** What produce requests are held against: a test may replace what it answers. */
  readonly verifier = { ...NO_TRANSACTIONS.verifier }
  logs: LogManager = undefined as unknown as LogManager
  replicas: ReplicaRegistry = undefined as unknown as ReplicaRegistry
  dispatcher: Dispatcher = undefined as unknown as Dispatcher
  listener: Listener = undefined as unknown as Listener
  sessions: FetchSessionCache = undefined as unknown as FetchSessionCache
  #ids = 0
  #producerIds = 0

  private constructor(options: DataPlaneOptions) {
    this.clock = options.clock ?? new NodeClock()
    this.image = options.image ?? new MetadataImage('data-plane-test-cluster')
    this.shared = new SharedLimits(options.shared)
  }

  static async start(options: DataPlaneOptions = {}): Promise<DataPlane> {
    const plane = new DataPlane(options)
    await plane.#start(options)
    return plane
  }

  get port(): number {
    return this.listener.port
  }

  configFor = (topic: string): LogConfig => ({ ...DEFAULT_LOG_CONFIG, ...this.configs.get(topic) })

  async #start(options: DataPlaneOptions): Promise<void> {
    const { clock } = this
    const logger = options.logger ?? silentLogger
    const random = new NodeRandom()
    const memory = new SlabPool()
    this.logs = await LogManager.open({
      dirs: [options.dir ?? '/data'],
      disk: options.disk ?? new MemoryDisk({ nowMs: () => clock.now() }),
      clock,
      random,
      logger,
      memory,
      configFor: this.configFor,
      identity: { clusterId: this.image.clusterId, nodeId: NODE_ID },
      settings: options.tailCacheBytes === undefined ? {} : { tailCacheBytes: options.tailCacheBytes },
    })
    const image = () => this.image
    this.replicas = new ReplicaRegistry({
      nodeId: NODE_ID,
      image,
      logs: this.logs,
      configFor: this.configFor,
      clock,
      logger,
      replication: ALONE,
      followers: NO_FOLLOWERS,
    })
    this.sessions = new FetchSessionCache({ slots: 1000, random: (bound) => random.below(bound) })
    const { replicas, sessions } = this
    const access = OPEN_ACCESS
    const handlers: Handler[] = [
      apiVersionsHandler({ apis: () => handlers.map(({ api }) => api), features: () => FEATURES }),
      produceHandler({ replicas, clock, logger, access, ...NO_TRANSACTIONS, verifier: this.verifier }),
      fetchHandler({ replicas, sessions, clock, logger, access, maxBytes: () => 57_671_680 }),
      listOffsetsHandler({ replicas, logger, access }),
      offsetForLeaderEpochHandler({ replicas, access }),
      deleteRecordsHandler({ replicas, clock, access }),
      describeLogDirsHandler({ logs: this.logs, logger, isCordoned: () => false }),
      describeProducersHandler({ replicas, access }),
      initProducerIdHandler({
        producerIds: new ProducerIds(async () => this.#nextBlock()),
        coordinator: NO_COORDINATOR,
      }),
      ...(options.extra ?? []),
    ]
    this.dispatcher = new Dispatcher({ handlers, logger, onFatal: (error) => this.fatal.push(error) })
    this.listener = await Listener.open({
      name: 'PLAINTEXT',
      securityProtocol: 'PLAINTEXT',
      host: '127.0.0.1',
      port: 0,
      handle: this.dispatcher.handle,
      shared: this.shared,
      memory: frameMemory(memory),
      clock,
      logger,
      settings: options.settings ?? {},
    })
    this.register(NODE_ID, this.port)
    this.replicas.load()
  }

  #nextBlock(): { first: number; count: number } {
    const first = this.#producerIds
    this.#producerIds += 10
    return { first, count: 10 }
  }

  /** Commits records: the image has them and the replicas follow. */
  commit(records: readonly MetadataRecord[]): void {
    const delta = new MetadataDelta()
    for (const record of records) this.image.replay(record, delta)
    this.replicas.apply(delta)
  }

  register(id: number, port: number): void {
    const endPoints = [{ name: 'PLAINTEXT', host: `host-${id}`, port, securityProtocol: 0 }]
    const data = {
      brokerId: id,
      incarnationId: this.newId(),
      brokerEpoch: 1,
      endPoints,
      features: [],
      rack: null,
      fenced: false,
    }
    this.commit([metadataRecord('RegisterBrokerRecord', data)])
  }

  newId(): Uuid {
    const bytes = Buffer.alloc(16, 7)
    bytes.writeInt32BE(++this.#ids, 4)
    return uuidFromBytes(bytes)
  }

  createTopic(name: string, partitions = 1, config: Partial<LogConfig> = {}, leader = NODE_ID): TopicId {
    this.configs.set(name, config)
    const topicId = this.newId()
    const replicas = leader === NODE_ID ? [brokerId(NODE_ID)] : [brokerId(leader), brokerId(NODE_ID)]
    this.commit([
      metadataRecord('TopicRecord', { name, topicId }),
      ...Array.from({ length: partitions }, (_, partitionId) =>
        metadataRecord('PartitionRecord', {
          partitionId,
          topicId,
          replicas,
          isr: replicas,
          removingReplicas: [],
          addingReplicas: [],
          leader,
          leaderEpoch: 0,
          partitionEpoch: 0,
        }),
      ),
    ])
    return topicId
  }

  deleteTopic(topicId: TopicId): void {
    this.commit([metadataRecord('RemoveTopicRecord', { topicId })])
  }

  /** A new leader, and so a new leader epoch. */
  elect(topicId: TopicId, partitionId: number, leader: number): void {
    this.commit([metadataRecord('PartitionChangeRecord', { topicId, partitionId, leader })])
  }

  async stop(): Promise<void> {
    this.replicas.close()
    await this.listener.close(0)
    await this.logs.shutdown(1)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** As Kafka 4.3.1 has them where it was asked for the golden answers. */
export const FEATURES = {
  supported: [
    { name: 'group.version', minVersion: 0, maxVersion: 1 },
    { name: 'kraft.version', minVersion: 0, maxVersion: 1 },
    { name: 'metadata.version', minVersion: 7, maxVersion: 30 },
    { name: 'share.version', minVersion: 0, maxVersion: 1 },
    { name: 'streams.version', minVersion: 0, maxVersion: 1 },
    { name: 'transaction.version', minVersion: 0, maxVersion: 2 },
    { name: 'eligible.leader.replicas.version', minVersion: 0, maxVersion: 1 },
  ],
  finalizedEpoch: 8472,
  finalized: [
    ['group.version', 1],
    ['streams.version', 1],
    ['transaction.version', 2],
    ['eligible.leader.replicas.version', 1],
    ['share.version', 1],
    ['metadata.version', 30],
  ] as const,
}
