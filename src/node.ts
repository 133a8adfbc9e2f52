import { InvariantError, present } from './base/assert.ts'
import { SlabPool } from './base/slab-pool.ts'
import { AutoTopicCreation } from './broker/auto-create.ts'
import { Dispatcher } from './broker/dispatch.ts'
import { Endpoints } from './broker/endpoints.ts'
import { type ProducerIdBlock, ProducerIds } from './broker/producer-ids.ts'
import { ReplicaRegistry } from './broker/replicas.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import { NodeClock } from './io/node-clock.ts'
import { NodeDisk } from './io/node-disk.ts'
import { NodeNet } from './io/node-net.ts'
import { NodeRandom } from './io/node-random.ts'
import type { Clock, Disk, Logger, Net, Random } from './io/ports.ts'
import { configManager } from './metadata/configs/manager.ts'
import { topicManager } from './metadata/topics/manager.ts'
import { EffectiveConfig } from './node/effective-config.ts'
import { type Groups, openGroups } from './node/groups.ts'
import { type BrokerParts, brokerHandlers } from './node/handlers.ts'
import {
  type BoundListener,
  controllerEndpoints,
  endpointsOf,
  openListeners,
  settledListeners,
} from './node/listeners.ts'
import { logManagerSettings } from './node/log-settings.ts'
import {
  autoCreateSettings,
  brokerConfigSchema,
  controllerSettings,
  metadataLogSettings,
  metadataRetention,
  quorumSettings,
  topicConfigSchema,
} from './node/metadata-settings.ts'
import { openReplication } from './node/replication.ts'
import { StartGate } from './node/start-gate.ts'
import { FetchSessionCache } from './partition/fetch-session-cache.ts'
import { metadataLogConfig } from './runtime/metadata-log-config.ts'
import { MetadataNode } from './runtime/metadata-node.ts'
import { Peers } from './runtime/peers.ts'
import { workerRunner } from './storage/cleaner/worker-runner.ts'
import { LogManager } from './storage/log-manager.ts'
import { readMetaProperties } from './storage/meta-properties.ts'

export interface NodeOptions {
  readonly logger: Logger
  readonly disk?: Disk
  readonly clock?: Clock
  readonly random?: Random
  readonly net?: Net
}

export interface RunningNode {
  readonly clusterId: string
  readonly listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[]
  /** Settles when the node has stopped: rejects where something broke it. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** How long clients may take to fetch their last answers at a clean stop. */
const CLOSE_GRACE_MS = 1_000

/**
 * Puts a node together from its parts and starts it; the directories are formatted already.
 *
 *     logs ─ metadata (log, raft, controller) ─ replicas ─ coordinators ─ handlers ─ listeners ─ registered ─ unfenced
 */
export async function startNode(config: BrokerConfig, options: NodeOptions): Promise<RunningNode> {
  const node = new Node(config, options)
  await node.start()
  return node
}

class Node implements RunningNode {
  readonly closed: Promise<void>
  readonly #config: BrokerConfig
  readonly #effective: EffectiveConfig
  readonly #logger: Logger
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #random: Random
  readonly #net: Net
  readonly #peers: Peers
  /** Frames are read into it and logs keep what they need of them. */
  readonly #memory = new SlabPool()
  readonly #settle: { readonly resolve: () => void; readonly reject: (error: Error) => void }
  #parts: BrokerParts | undefined
  #groups: Groups | undefined
  #logs: LogManager | undefined
  #metadata: MetadataNode | undefined
  #bound: readonly BoundListener[] = []
  #closing: Promise<void> | undefined

  constructor(config: BrokerConfig, options: NodeOptions) {
    this.#config = config
    this.#effective = new EffectiveConfig(config, () => this.#metadata?.image)
    this.#logger = options.logger
    this.#disk = options.disk ?? new NodeDisk()
    this.#clock = options.clock ?? new NodeClock()
    this.#random = options.random ?? new NodeRandom()
    this.#net = options.net ?? new NodeNet()
    const [net, clock, random] = [this.#net, this.#clock, this.#random]
    this.#peers = new Peers({ nodeId: config.nodeId, net, clock, random })
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.closed = promise
    this.#settle = { resolve, reject }
    // Whoever never looks at `closed` must not be ended by its rejection.
    promise.catch(() => {})
  }

  get clusterId(): string {
    return present(this.#metadata, 'the metadata node').clusterId
  }

  get listeners() {
    return this.#bound.map(({ config, listener }) => ({ name: config.name, host: config.host, port: listener.port }))
  }

  async start(): Promise<void> {
    try {
      const logs = await this.#openLogs()
      const metadata = await this.#openMetadata(logs)
      const parts = this.#makeParts(logs, metadata)
      this.#parts = parts
      const gate = new StartGate()
      const onFatal = (error: Error) => this.#fail(error)
      this.#groups = openGroups(parts)
      const handlers = brokerHandlers(parts, this.#groups.handlers)
      const dispatcher = new Dispatcher({ handlers, logger: this.#logger, onFatal })
      this.#bound = await openListeners(
        this.#config,
        gate.guard(dispatcher.handle),
        this.#memory,
        this.#clock,
        this.#logger,
        this.#net,
      )
      await this.#join(logs, metadata)
      parts.replicas.load()
      metadata.onImage((delta) => parts.replicas.apply(delta))
      await metadata.unfence()
      logs.startSchedules()
      gate.open()
    } catch (error) {
      await this.#abandon()
      throw error
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop().then(this.#settle.resolve, this.#settle.reject)
    return this.#closing
  }

  async #openLogs(): Promise<LogManager> {
    const config = this.#config
    const identity = readMetaProperties(this.#disk.blocking, config.metadataLogDir)
    this.#logs = await LogManager.open({
      dirs: config.logDirs,
      metadataDir: config.metadataLogDir,
      disk: this.#disk,
      clock: this.#clock,
      random: this.#random,
      logger: this.#logger,
      configFor: (topic) => this.#effective.logConfig(topic),
      settings: logManagerSettings(config),
      memory: this.#memory,
      ...(identity && { identity }),
      ...(this.#disk instanceof NodeDisk && { cleanRunner: workerRunner() }),
      onDirectoryFailure: (dir) => this.#directoryFailed(dir),
    })
    return this.#logs
  }

  async #openMetadata(logs: LogManager): Promise<MetadataNode> {
    const config = this.#config
    const dir = config.metadataLogDir
    const { clusterId, directoryId } = present(
      readMetaProperties(this.#disk.blocking, dir),
      `meta.properties in ${dir}`,
    )
    const schema = topicConfigSchema(() => this.#effective.layers)
    const defaults = {
      numPartitions: config.get('num.partitions'),
      replicationFactor: config.get('default.replication.factor'),
    }
    this.#metadata = await MetadataNode.open({
      clusterId,
      nodeId: config.nodeId,
      directoryId,
      log: await logs.openMetadataLog(metadataLogConfig(metadataLogSettings(config))),
      disk: this.#disk,
      clock: this.#clock,
      random: this.#random,
      logger: this.#logger,
      peers: this.#peers,
      ...quorumSettings(config),
      controller: controllerSettings(config),
      managers: {
        topics: topicManager({ schema, defaults }),
        configs: configManager({ schema, brokers: brokerConfigSchema() }),
      },
      retention: metadataRetention(config),
    })
    await this.#metadata.caughtUp()
    this.#effective.changed(undefined)
    this.#metadata.onImage((delta) => this.#effective.changed(delta))
    return this.#metadata
  }

  #makeParts(logs: LogManager, metadata: MetadataNode): BrokerParts {
    const [config, clock, logger] = [this.#config, this.#clock, this.#logger]
    const { nodeId } = config
    const image = () => metadata.image
    const configFor = (topic: string) => this.#effective.logConfig(topic)
    const advertised = settledListeners(config.brokerListeners)
    const replication = openReplication(config, this.#effective, metadata)
    return {
      config,
      effective: this.#effective,
      clock,
      random: this.#random,
      logger,
      metadata,
      logs,
      replicas: new ReplicaRegistry({
        nodeId,
        image,
        logs,
        configFor,
        clock,
        logger,
        replication: replication.parts,
        followers: replication.followers,
      }),
      sessions: new FetchSessionCache({
        slots: config.get('max.incremental.fetch.session.cache.slots'),
        random: (bound) => this.#random.below(bound),
      }),
      endpoints: new Endpoints({ nodeId, advertised }, image),
      autoCreate: new AutoTopicCreation(metadata, autoCreateSettings(config), logger),
      producerIds: new ProducerIds(() => allocateProducerIds(metadata)),
    }
  }

  /** Tells the cluster who this node is; from then on its replicas exist, but nobody is sent to it yet. */
  async #join(logs: LogManager, metadata: MetadataNode): Promise<void> {
    await metadata.register({
      endpoints: endpointsOf(this.#bound),
      controllerEndpoints: controllerEndpoints(this.#config),
      rack: this.#config.get('broker.rack'),
      logDirs: logs.directories.map(({ directoryId }) => directoryId),
      previousBrokerEpoch: logs.previousBrokerEpoch,
    })
  }

  #directoryFailed(dir: string): void {
    const failed = this.#logs?.directories.filter(({ online }) => !online).map(({ directoryId }) => directoryId) ?? []
    this.#logger.error({ dir }, 'a log directory failed: its partitions are offline')
    this.#metadata?.directoriesOffline(failed).catch((error) => {
      this.#logger.error({ err: error }, 'the controller could not be told of the failed directory')
    })
  }

  /** Leaders first give up what they lead, then the clients' last answers leave, then the logs close. */
  async #stop(): Promise<void> {
    const brokerEpoch = this.#metadata?.brokerEpoch ?? -1
    await this.#metadata?.controlledShutdown()
    this.#groups?.close()
    this.#parts?.replicas.close()
    await Promise.all(this.#bound.map(({ listener }) => listener.close(CLOSE_GRACE_MS)))
    await this.#metadata?.close()
    this.#peers.close()
    await this.#logs?.shutdown(brokerEpoch)
  }

  /** A start that failed: what was opened is closed, without the marks of a clean stop that never ran. */
  async #abandon(): Promise<void> {
    await Promise.all(this.#bound.map(({ listener }) => listener.close(0)))
    await this.#metadata?.close()
    this.#peers.close()
    await this.#logs?.shutdown()
  }

  /** A broken invariant: nothing more may be written, so the node goes without a clean stop. */
  #fail(error: Error): void {
    this.#logger.error({ err: error }, error instanceof InvariantError ? 'an invariant is broken' : 'the node failed')
    this.#closing ??= Promise.all(this.#bound.map(({ listener }) => listener.close(0))).then(() => {})
    this.#settle.reject(error)
  }
}

async function allocateProducerIds(metadata: MetadataNode): Promise<ProducerIdBlock> {
  const { nodeId: brokerId, brokerEpoch } = metadata
  const { firstProducerId, size } = await metadata.submit({ type: 'allocateProducerIds', brokerId, brokerEpoch })
  return { first: firstProducerId, count: size }
}
