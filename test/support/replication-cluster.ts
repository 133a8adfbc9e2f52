import { present } from '../../src/base/assert.ts'
import { brokerId, type DirectoryId, type TopicId, type Uuid } from '../../src/base/ids.ts'
import { Prng } from '../../src/base/prng.ts'
import { OPEN_ACCESS } from '../../src/broker/access.ts'
import type { Handler, RequestContext } from '../../src/broker/handler.ts'
import { deleteRecordsHandler } from '../../src/broker/handlers/delete-records.ts'
import { fetchHandler } from '../../src/broker/handlers/fetch.ts'
import type { LeaderThrottle } from '../../src/broker/handlers/fetch-read.ts'
import { listOffsetsHandler } from '../../src/broker/handlers/list-offsets.ts'
import { produceHandler } from '../../src/broker/handlers/produce.ts'
import { rackAwareSelector } from '../../src/broker/read-replicas.ts'
import { ReplicaRegistry } from '../../src/broker/replicas.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import type { Logger } from '../../src/io/ports.ts'
import { MetadataDelta } from '../../src/metadata/delta.ts'
import { MetadataImage } from '../../src/metadata/image.ts'
import { type MetadataRecord, metadataRecord } from '../../src/metadata/records.ts'
import { FetchSessionCache } from '../../src/partition/fetch-session-cache.ts'
import type { AlterPartitionRequestData } from '../../src/protocol/messages/alter-partition.ts'
import type { Message } from '../../src/protocol/schema.ts'
import { IsrProposals } from '../../src/runtime/isr-proposals.ts'
import { ReplicaFetchers } from '../../src/runtime/replica-fetchers.ts'
import { DEFAULT_LOG_CONFIG, type LogConfig } from '../../src/storage/log-config.ts'
import { LogManager } from '../../src/storage/log-manager.ts'
import { Life, SeededRandom, SimulatedClock } from '../simulation/machine-room.ts'
import { Scheduler } from '../simulation/scheduler.ts'
import { diskFor } from '../simulation/simulated-disk.ts'
import { NO_TRANSACTIONS } from './no-transactions.ts'
import { ReplicationNet } from './replication-net.ts'

export interface ReplicationOptions {
  readonly seed?: number
  readonly nodes?: number
  readonly lagTimeMaxMs?: number
  readonly minInSync?: number
  readonly logger?: (id: number) => Logger
  readonly config?: Partial<LogConfig>
  readonly throttle?: LeaderThrottle
}

export const TOPIC = 't'

/** A node that replicates and nothing else: its disk outlives its lives. */
export class ReplicationNode {
  readonly id: number
  readonly disk = new MemoryDisk({ crashable: true })
  readonly #cluster: ReplicationCluster
  #life = new Life()
  #clock: SimulatedClock | undefined
  #applied = 0
  #handlers = new Map<number, Handler>()
  brokerEpoch = -1
  image = new MetadataImage('replication-test-cluster')
  logs: LogManager | undefined
  replicas: ReplicaRegistry | undefined
  fetchers: ReplicaFetchers | undefined
  isAlive = false

  constructor(id: number, cluster: ReplicationCluster) {
    this.id = id
    this.#cluster = cluster
  }

  handler(key: number): Handler {
    return present(this.#handlers.get(key), `handler ${key}`)
  }

  skewWallClock(byMs: number): void {
    present(this.#clock, 'the clock').skewMs += byMs
  }

  async start(): Promise<void> {
    const cluster = this.#cluster
    const { options } = cluster
    const life = new Life()
    this.#life = life
    this.image = new MetadataImage('replication-test-cluster')
    this.#applied = 0
    const clock = new SimulatedClock(cluster.scheduler, life, `node-${this.id}`)
    this.#clock = clock
    const logger = options.logger?.(this.id) ?? silentLogger
    const configFor = () => ({ ...DEFAULT_LOG_CONFIG, ...options.config })
    const logs = await LogManager.open({
      dirs: ['/data'],
      disk: diskFor(life, this.disk),
      clock,
      random: new SeededRandom(cluster.random.below(1_000_000)),
      logger,
      configFor,
      identity: { clusterId: 'replication-test-cluster', nodeId: this.id },
      settings: { highWatermarkCheckpointMs: 50 },
    })
    if (life.isOver) return
    this.logs = logs
    const fetchers = new ReplicaFetchers(
      {
        nodeId: this.id,
        brokerEpoch: () => this.brokerEpoch,
        addressOf: (id) => (this.image.broker(id)?.fenced === false ? { host: `node-${id}`, port: id } : undefined),
        connect: (address) => cluster.net.client(this.id, address),
        clock,
        logger,
        settings: {
          partitionMaxBytes: 400,
          responseMaxBytes: 2000,
          maxWaitMs: 50,
          minBytes: 1,
          backoffMs: 100,
          requestTimeoutMs: 1000,
        },
        quota: { isThrottled: () => false, isExceeded: () => false, record: () => {} },
        onLeaderLost: () => {},
        onLeaderFound: () => {},
        onFatal: (error) => cluster.failures.push(error),
      },
      1,
    )
    const isr = new IsrProposals({
      nodeId: this.id,
      brokerEpoch: () => this.brokerEpoch,
      controller: { request: (call) => cluster.alterPartition(this, call.body as never) as never },
      clock,
      logger,
    })
    this.fetchers = fetchers
    const replicas = new ReplicaRegistry({
      nodeId: this.id,
      image: () => this.image,
      logs,
      configFor,
      clock,
      logger,
      followers: fetchers,
      replication: {
        brokerEpoch: () => this.brokerEpoch,
        lagTimeMaxMs: options.lagTimeMaxMs ?? 300,
        silenceMs: 2_000,
        minInSyncReplicas: () => options.minInSync ?? 1,
        isr,
      },
    })
    this.replicas = replicas
    const selectReplica = rackAwareSelector(() => this.image, clock)
    const { throttle } = options
    const sessions = new FetchSessionCache({ slots: 10, random: (bound) => cluster.random.below(bound) })
    this.#handlers = new Map(
      [
        produceHandler({ replicas, clock, logger, access: OPEN_ACCESS, ...NO_TRANSACTIONS }),
        fetchHandler({
          replicas,
          sessions,
          clock,
          logger,
          access: OPEN_ACCESS,
          maxBytes: () => 100_000,
          selectReplica,
          throttle,
        }),
        listOffsetsHandler({ replicas, logger, access: OPEN_ACCESS }),
        deleteRecordsHandler({ replicas, clock, access: OPEN_ACCESS }),
      ].map((handler) => [handler.api.key, handler]),
    )
    this.isAlive = true
    this.brokerEpoch = cluster.register(this.id)
    const epoch = this.brokerEpoch
    await cluster.scheduler.runUntil(() => (this.image.broker(this.id)?.epoch ?? -1) >= epoch, 1000)
    if (life.isOver) return
    logs.startSchedules()
    replicas.startSchedules()
    cluster.unfence(this.id)
  }

  /** Takes in what the controller committed, some of it or all. */
  catchUp(records: readonly (readonly MetadataRecord[])[], most: number): void {
    if (!this.isAlive) return
    for (const batch of records.slice(this.#applied, this.#applied + most)) {
      this.#applied++
      const delta = new MetadataDelta()
      const first = this.image.topics.size === 0
      for (const record of batch) this.image.replay(record, delta)
      if (first && this.#applied < records.length) continue
      this.replicas?.apply(delta)
    }
  }

  get lagsBehind(): number {
    return this.#applied
  }

  /** kill -9: what was written is there. */
  kill(): void {
    if (!this.isAlive) return
    this.isAlive = false
    this.#life.end()
    this.fetchers?.close()
    this.replicas?.close()
    this.disk.crash((_path, unsynced) => unsynced)
    this.#cluster.net.died(this.id)
    this.#cluster.fence(this.id)
  }
}

interface Held {
  leader: number
  leaderEpoch: number
  partitionEpoch: number
  isr: readonly number[]
}

/** Nodes that replicate one partition under a controller that is only a few lines, in virtual time. */
export class ReplicationCluster {
  readonly scheduler = new Scheduler()
  readonly random: SeededRandom
  readonly net: ReplicationNet
  readonly nodes: readonly ReplicationNode[]
  readonly options: ReplicationOptions
  readonly failures: unknown[] = []
  readonly topicId = 'dG9waWMtaWQtb2YtdGVzdA' as TopicId
  /** What the controller committed. */
  readonly committed: (readonly MetadataRecord[])[] = []
  readonly #brokers = new Map<number, { epoch: number; fenced: boolean }>()
  held: Held = { leader: 1, leaderEpoch: 0, partitionEpoch: 0, isr: [] }
  #epochs = 100

  constructor(options: ReplicationOptions = {}) {
    this.options = options
    this.random = new SeededRandom(options.seed ?? 1)
    const prng = new Prng((options.seed ?? 1) + 1)
    this.net = new ReplicationNet(this.scheduler, (bound) => prng.below(bound))
    this.nodes = Array.from({ length: options.nodes ?? 3 }, (_, index) => new ReplicationNode(index + 1, this))
    for (const node of this.nodes) this.net.attach(node)
    this.held = { ...this.held, isr: this.nodes.map(({ id }) => id) }
  }

  async start(): Promise<void> {
    await Promise.all(this.nodes.map((node) => this.drive(node.start())))
    const replicas = this.nodes.map(({ id }) => brokerId(id))
    this.commit([
      metadataRecord('TopicRecord', { name: TOPIC, topicId: this.topicId }),
      metadataRecord('PartitionRecord', {
        partitionId: 0,
        topicId: this.topicId,
        replicas,
        isr: replicas,
        removingReplicas: [],
        addingReplicas: [],
        leader: 1,
        leaderEpoch: 0,
        partitionEpoch: 0,
      }),
    ])
    await this.scheduler.runFor(5)
  }

  /** Lets time pass until a promise is settled. */
  async drive<T>(promise: Promise<T>): Promise<T> {
    let over = false
    promise.then(
      () => {
        over = true
      },
      () => {
        over = true
      },
    )
    await this.scheduler.runUntil(() => over, 60_000)
    return promise
  }

  node(id: number): ReplicationNode {
    return present(this.nodes[id - 1], `node ${id}`)
  }

  get leader(): ReplicationNode | undefined {
    return this.nodes[this.held.leader - 1]
  }

  replica(id: number) {
    return present(this.node(id).replicas?.find(TOPIC, 0), `replica ${id}`)
  }

  commit(records: readonly MetadataRecord[]): void {
    this.committed.push(records)
    for (const node of this.nodes) this.#deliver(node)
  }

  #deliver(node: ReplicationNode): void {
    this.scheduler.after(this.random.below(20) / 10, 'metadata', () => node.catchUp(this.committed, 1_000))
  }

  register(id: number): number {
    const epoch = ++this.#epochs
    this.#brokers.set(id, { epoch, fenced: true })
    this.commit([
      metadataRecord('RegisterBrokerRecord', {
        brokerId: id,
        incarnationId: `AAAAAAAAAAAAAAAAAAA${String(epoch).padStart(3, 'A').slice(-2)}A` as Uuid,
        brokerEpoch: epoch,
        endPoints: [{ name: 'PLAINTEXT', host: `node-${id}`, port: id, securityProtocol: 0 }],
        features: [],
        rack: `rack-${id}`,
        fenced: true,
        logDirs: [] as DirectoryId[],
      }),
    ])
    return epoch
  }

  unfence(id: number): void {
    const broker = present(this.#brokers.get(id), 'broker')
    broker.fenced = false
    this.commit([metadataRecord('UnfenceBrokerRecord', { id, epoch: broker.epoch })])
    if (this.held.leader === -1 && this.held.isr.includes(id)) this.elect(id)
  }

  fence(id: number): void {
    const broker = present(this.#brokers.get(id), 'broker')
    broker.fenced = true
    this.commit([metadataRecord('FenceBrokerRecord', { id, epoch: broker.epoch })])
    this.#withdraw(id)
  }

  #withdraw(id: number): void {
    if (!this.held.isr.includes(id)) return
    const isr = this.held.isr.filter((member) => member !== id)
    // The last one of the ISR stays in it: nobody else may lead.
    if (isr.length === 0) this.#change({ leader: -1 })
    else if (this.held.leader === id) this.#change({ isr, leader: isr[this.random.below(isr.length)] ?? -1 })
    else this.#change({ isr })
  }

  elect(leader: number, isr?: readonly number[]): void {
    this.#change({ leader, ...(isr && { isr }) })
  }

  #change(change: { leader?: number; isr?: readonly number[] }): void {
    const leaderEpoch = this.held.leaderEpoch + (change.leader === undefined ? 0 : 1)
    this.held = { ...this.held, ...change, leaderEpoch, partitionEpoch: this.held.partitionEpoch + 1 }
    this.commit([
      metadataRecord('PartitionChangeRecord', {
        partitionId: 0,
        topicId: this.topicId,
        ...(change.leader !== undefined && { leader: change.leader }),
        ...(change.isr && { isr: change.isr.map(brokerId) }),
      }),
    ])
  }

  /** A few ms away; answers may be lost, as may requests. */
  alterPartition(from: ReplicationNode, body: AlterPartitionRequestData): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const lost = this.random.below(20)
      this.net.later(() => {
        if (lost === 0) {
          this.scheduler.after(100, 'timeout', () => reject(new Error('the request was lost')))
          return
        }
        const answer = this.#altered(from, body)
        this.net.later(() => {
          if (lost === 1) reject(new Error('the answer was lost'))
          else resolve(answer)
        })
      })
    })
  }

  #altered(from: ReplicationNode, body: AlterPartitionRequestData) {
    const topics = body.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map((asked) => {
        const failed = (errorCode: number) => ({
          partitionIndex: 0,
          errorCode,
          isr: [],
          leaderEpoch: 0,
          partitionEpoch: 0,
        })
        if (asked.leaderEpoch !== this.held.leaderEpoch) return failed(74)
        if (this.held.leader !== from.id) return failed(42)
        if (asked.partitionEpoch !== this.held.partitionEpoch) return failed(95)
        const isEligible = asked.newIsrWithEpochs.every(({ brokerId: id, brokerEpoch }) => {
          const broker = this.#brokers.get(id)
          return broker !== undefined && !broker.fenced && (brokerEpoch === -1 || brokerEpoch === broker.epoch)
        })
        if (!isEligible) return failed(107)
        this.#change({ isr: asked.newIsrWithEpochs.map(({ brokerId: id }) => id) })
        const { isr, leaderEpoch, partitionEpoch } = this.held
        return { partitionIndex: 0, errorCode: 0, isr: [...isr], leaderEpoch, partitionEpoch }
      }),
    }))
    return { throttleTimeMs: 0, errorCode: 0, topics }
  }

  /** A client's request to a node, by what its handlers answer. */
  ask<Req, ReqIn, Res, ResIn>(
    id: number,
    pair: { readonly key: number; readonly request: Message<Req, ReqIn>; readonly response: Message<Res, ResIn> },
    version: number,
    body: ReqIn,
  ): Promise<Res> {
    const { key, request, response } = pair
    const context = {
      apiVersion: version,
      connection: { id: 'client', listenerName: 'PLAINTEXT' },
    } as unknown as RequestContext
    const handled = this.node(id)
      .handler(key)
      .handle(request.fromBuffer(request.toBuffer(body, version), version), context)
    return this.drive(
      Promise.resolve(handled).then((answer) =>
        response.fromBuffer(response.toBuffer(answer as ResIn, version), version),
      ),
    )
  }

  /** The values in a node's log from its start to `upTo`. */
  async values(id: number, upTo: number): Promise<Map<number, string>> {
    const { batches } = await import('../../src/record/iterate.ts')
    const { log } = this.replica(id)
    const found = new Map<number, string>()
    let at = log.logStartOffset
    while (at < upTo) {
      const read = await this.drive(Promise.resolve(log.read(at, { maxBytes: 1e6, upTo, minOneBatch: true })))
      for (const batch of batches(Buffer.concat([...read.chunks]))) {
        for (const record of batch.records()) found.set(record.offset, String(record.value))
      }
      if (read.nextOffset <= at) break
      at = read.nextOffset
    }
    return found
  }
}
