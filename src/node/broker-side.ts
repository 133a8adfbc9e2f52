import { AutoTopicCreation } from '../broker/auto-create.ts'
import { Dispatcher } from '../broker/dispatch.ts'
import { Endpoints } from '../broker/endpoints.ts'
import { InternalTopicCreation } from '../broker/internal-topics.ts'
import { ProducerIds } from '../broker/producer-ids.ts'
import { ReplicaRegistry } from '../broker/replicas.ts'
import { topicMaker } from '../broker/topic-maker.ts'
import { countedLogger } from '../io/counted-logger.ts'
import { FetchSessionCache } from '../partition/fetch-session-cache.ts'
import type { ConnectionInfo } from '../protocol/frame-handler.ts'
import type { Registry } from '../registry/registry.ts'
import { BrokerLifecycle } from '../runtime/broker-lifecycle.ts'
import { allocateProducerIds } from '../runtime/channel-requests.ts'
import type { ControllerChannel } from '../runtime/controller-channel.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'
import { isQuorumGone } from '../runtime/quorum-gone.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { BrokerParts } from './broker-parts.ts'
import { clientThrottles } from './client-quotas.ts'
import { isCordonedBy } from './effective-config.ts'
import { type Groups, openGroups } from './groups.ts'
import { brokerHandlers } from './handlers.ts'
import { type BoundListener, endpointsOf, settledListeners } from './listeners.ts'
import { LiveListeners } from './live-listeners.ts'
import { autoCreateSettings } from './metadata-settings.ts'
import type { RegistrySide } from './registry/open.ts'
import { openReplicaMoves } from './replica-moves.ts'
import { openReplication, type Replication } from './replication.ts'
import { openShares, type Shares } from './shares.ts'
import { StartGate } from './start-gate.ts'
import { openTelemetry, type Telemetry } from './telemetry.ts'
import { openTransactions, type Transactions } from './transactions.ts'
import type { World } from './world.ts'

export interface BrokerSideOptions {
  readonly world: World
  readonly logs: LogManager
  readonly metadata: MetadataNode
  readonly channel: ControllerChannel
  /** What else the cluster is told of. */
  readonly registry: Pick<RegistrySide, 'endpoints' | 'registry'>
}

/**
 * A node with the broker role.
 *
 *     replicas ─ coordinators ─ handlers ─ listeners bound ─ registered ─ replicas loaded ─ unfenced ─ listeners served
 */
export class BrokerSide {
  readonly #options: BrokerSideOptions
  /** For what requests set off. */
  readonly #requestsLogger: ReturnType<typeof countedLogger>
  readonly #replication: Replication
  readonly #parts: BrokerParts
  readonly #groups: Groups
  readonly #transactions: Transactions
  readonly #shares: Shares
  /** What clients push of their own metrics. */
  readonly telemetry: Telemetry
  #lifecycle: BrokerLifecycle | undefined
  #listeners: LiveListeners | undefined
  #isServing = false

  constructor(options: BrokerSideOptions) {
    const { world, metadata, channel } = options
    this.#options = options
    this.#requestsLogger = countedLogger(world.logger, world.clock)
    this.#replication = openReplication({ world, metadata, channel, broker: this })
    this.#parts = this.#makeParts()
    this.#groups = openGroups(this.#parts)
    this.#transactions = openTransactions({ ...world, ...this.#parts }, this.#groups)
    this.#shares = openShares({ ...world, ...this.#parts }, this.#groups)
    this.telemetry = openTelemetry(this.#parts)
  }

  /** -1: not registered yet. */
  get brokerEpoch(): number {
    return this.#lifecycle?.brokerEpoch ?? -1
  }

  async start(): Promise<void> {
    const { world, logs, metadata } = this.#options
    const { effective, clock, onFatal, metrics, trace } = world
    const { replicas, moves } = this.#parts
    const gate = new StartGate()
    const more = [...this.#shares.handlers, ...this.telemetry.handlers]
    const parts = { ...this.#parts, logger: this.#requestsLogger }
    const handlers = brokerHandlers(parts, this.#groups.handlers, this.#transactions, more)
    const measures = { requests: metrics.requests, trace, monotonicMs: () => clock.monotonic() }
    const costs = this.#parts.throttles
    const dispatcher = new Dispatcher({ handlers, logger: this.#requestsLogger, onFatal, costs, measures })
    const { handle, refusal } = dispatcher
    const closed = (connection: ConnectionInfo): void => {
      this.#shares.connectionClosed(connection)
      this.telemetry.clients.connectionClosed(connection.id)
    }
    const listeners = new LiveListeners({ ...world, gate, handle, refusal, closed })
    await listeners.start()
    this.#listeners = listeners
    const lifecycle = this.#makeLifecycle()
    this.#lifecycle = lifecycle
    this.#tellFailures(lifecycle)
    await lifecycle.register()
    replicas.load()
    metadata.onImage((delta) => replicas.apply(delta))
    replicas.startSchedules()
    moves.resume()
    await lifecycle.unfence()
    effective.follow(() => lifecycle.changed())
    logs.startSchedules()
    gate.open()
    listeners.follow()
    this.#isServing = true
  }

  get bound(): readonly BoundListener[] {
    return this.#listeners?.bound ?? []
  }

  get shares(): Shares {
    return this.#shares
  }

  get transactions(): Transactions {
    return this.#transactions
  }

  get parts(): BrokerParts {
    return this.#parts
  }

  /** The core of the schema registry, loaded with the first question. */
  registry(): Promise<Registry> {
    return this.#options.registry.registry()
  }

  get groups(): Groups {
    return this.#groups
  }

  /** Registered, its replicas loaded, and clients are answered. */
  get isServing(): boolean {
    return this.#isServing
  }

  /** A directory has failed: its replicas lead nothing any more. */
  directoriesFailed(): void {
    if (this.#lifecycle) this.#tellFailures(this.#lifecycle)
  }

  /**
   * A log directory takes no records, or takes them again. The metadata may have been on the same disk: who leads is then known
   * when its records have come.
   */
  directoriesChanged(takes: boolean): void {
    const { replicas } = this.#parts
    const known = takes ? this.#options.metadata.caughtUp() : undefined
    const apply = (): void => replicas.directoriesChanged()
    // Rejected: the node stops.
    if (known) known.then(apply, () => {})
    else apply()
  }

  #tellFailures(lifecycle: BrokerLifecycle): void {
    const failed = this.#options.logs.directories.filter(({ online }) => !online)
    lifecycle.directoriesOffline(failed.map(({ directoryId }) => directoryId))
  }

  #makeParts(): BrokerParts {
    const { world, logs, metadata, channel } = this.#options
    const { config, effective, clock, random, logger } = world
    const { nodeId } = config
    const image = () => metadata.image
    const { parts: replication, followers, onDirectory, throttle, selectReplica, lostLeaders } = this.#replication
    const below = (bound: number) => random.below(bound)
    const maker = topicMaker({ channel, logger, access: world.access })
    const replicas = new ReplicaRegistry({
      nodeId,
      image,
      logs,
      configFor: (topic) => effective.logConfig(topic),
      clock,
      logger,
      replication,
      followers,
      metrics: world.metrics,
      onDirectory,
    })
    return {
      ...world,
      metadata,
      logs,
      channel,
      replicas,
      moves: openReplicaMoves(world, logs, replicas),
      throttle,
      selectReplica,
      lostLeaders,
      throttles: clientThrottles(world),
      sessions: new FetchSessionCache({
        slots: config.get('max.incremental.fetch.session.cache.slots'),
        random: below,
      }),
      endpoints: new Endpoints({ nodeId, advertised: settledListeners(config.brokerListeners), random: below }, image),
      autoCreate: new AutoTopicCreation(maker, autoCreateSettings(config), this.#requestsLogger),
      internalTopics: new InternalTopicCreation(maker, clock, this.#requestsLogger),
      producerIds: new ProducerIds(() => allocateProducerIds(channel, nodeId, this.brokerEpoch)),
    }
  }

  #makeLifecycle(): BrokerLifecycle {
    const { world, logs, metadata, channel } = this.#options
    const { config, effective, clock, logger, net, onFatal } = world
    const { clusterId, incarnationId } = metadata
    const endpoints = endpointsOf(this.bound)
    const directories = logs.directories
    const isCordoned = (path: string) => isCordonedBy(effective.value('cordoned.log.dirs'), path)
    return new BrokerLifecycle({
      nodeId: config.nodeId,
      clusterId,
      incarnationId,
      endpoints: [...endpoints, ...this.#options.registry.endpoints(endpoints)],
      rack: config.get('broker.rack'),
      logDirs: directories.map(({ directoryId }) => directoryId),
      cordonedLogDirs: () => directories.filter(({ path }) => isCordoned(path)).map(({ directoryId }) => directoryId),
      previousBrokerEpoch: logs.previousBrokerEpoch,
      channel,
      metadata,
      clock,
      logger,
      heartbeatIntervalMs: config.get('broker.heartbeat.interval.ms'),
      sessionTimeoutMs: config.get('broker.session.timeout.ms'),
      registrationTimeoutMs: config.get('initial.broker.registration.timeout.ms'),
      directoryFailureTimeoutMs: config.get('log.dir.failure.timeout.ms'),
      isQuorumGone: () => isQuorumGone(metadata.quorum().voters, config.nodeId, net, clock),
      onFatal,
    })
  }

  /** Others lead what this broker led; then the clients' last answers leave. */
  async stop(graceMs: number): Promise<void> {
    if (this.#options.world.config.get('controlled.shutdown.enable')) await this.#lifecycle?.controlledShutdown()
    await this.close(graceMs)
  }

  /** Whatever waits for the controller is refused. */
  abort(): void {
    this.#lifecycle?.close()
  }

  /** However far its start has come. */
  async close(graceMs: number): Promise<void> {
    this.#transactions.close()
    this.#shares.close()
    this.#groups.close()
    this.#replication.close()
    this.#parts.moves.close()
    this.#parts.replicas.close()
    await this.#listeners?.close(graceMs)
    this.#requestsLogger.flush()
    this.#lifecycle?.close()
  }
}
