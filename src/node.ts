import { InvariantError, present } from './base/assert.ts'
import { SlabPool } from './base/slab-pool.ts'
import type { BrokerConfig } from './config/broker-config.ts'
import { jaasFileOf } from './config/own-configs.ts'
import type { HttpAddress, HttpServer } from './http/front-door.ts'
import { Insight } from './insight/insight.ts'
import { NodeClock } from './io/node-clock.ts'
import { NodeDisk } from './io/node-disk.ts'
import { NodeNet } from './io/node-net.ts'
import { NodeRandom } from './io/node-random.ts'
import type { Clock, Disk, Logger, Net, Random, Timer } from './io/ports.ts'
import { BrokerMetrics } from './metrics/broker-metrics.ts'
import { BrokerSide } from './node/broker-side.ts'
import { ControllerSide } from './node/controller-side.ts'
import { delegationTokensOf } from './node/delegation-tokens.ts'
import { fatalFailure } from './node/disk-failure.ts'
import { EffectiveConfig } from './node/effective-config.ts'
import { openHttp } from './node/http.ts'
import { followInsight } from './node/insight.ts'
import { Links } from './node/links.ts'
import { dynamicLogSettings } from './node/log-settings.ts'
import { openLogs, openMetadata } from './node/open-storage.ts'
import { RegistrySide } from './node/registry/open.ts'
import { SaslSetup } from './node/sasl.ts'
import { type NodeAccess, openAccess } from './node/security-access.ts'
import { NodeTls } from './node/tls/node-tls.ts'
import type { Traces } from './node/traces.ts'
import { saying } from './node/waiting-line.ts'
import type { World } from './node/world.ts'
import { ControllerChannel } from './runtime/controller-channel.ts'
import type { MetadataNode } from './runtime/metadata-node.ts'
import { Peers } from './runtime/peers.ts'
import { LogDirectoryError } from './storage/log-directory-error.ts'
import type { LogManager } from './storage/log-manager.ts'

export interface NodeOptions {
  readonly logger: Logger
  readonly disk?: Disk
  readonly clock?: Clock
  readonly random?: Random
  readonly net?: Net
  /** With the logins that the configuration does not have itself (JAAS); its path. */
  readonly jaasFile?: string
  /** Aborted: the start is given up, or the node that runs is stopped. */
  readonly signal?: AbortSignal
}

export interface RunningNode {
  readonly clusterId: string
  /** Those of the broker first. */
  readonly listeners: readonly { readonly name: string; readonly host: string; readonly port: number }[]
  /** Where the schema registry is served. */
  readonly registry: readonly HttpAddress[]
  /** Where the console, metrics and health are served. */
  readonly http: readonly HttpAddress[]
  /** Settles when the node has stopped: rejects where something broke it. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

/** The start was given up because the node was told to stop. */
export class NodeStopped extends Error {
  override readonly name = 'NodeStopped'
}

export class StartTimeout extends Error {
  override readonly name = 'StartTimeout'
}

/** The longest that a timer of the platform can wait. */
const MAX_DELAY_MS = 2 ** 31 - 1
/** How long clients may take to fetch their last answers at a clean stop. */
const CLOSE_GRACE_MS = 1_000

/**
 * Puts a node together from its parts and starts it; the directories are formatted already. Resolves when a broker serves,
 * or when a node that is only a controller takes part in its quorum, whoever else is there.
 *
 *     controller listeners ─ logs ─ metadata (log, raft, controller) ─ controller served ─ caught up ─ broker
 */
export async function startNode(config: BrokerConfig, options: NodeOptions): Promise<RunningNode> {
  const node = new Node(config, options)
  await node.start(options.signal)
  return node
}

class Node implements RunningNode {
  readonly closed: Promise<void>
  readonly #world: World
  readonly #access: NodeAccess
  readonly #settle: { readonly resolve: () => void; readonly reject: (error: Error) => void }
  readonly #links: Links
  #controller: ControllerSide | undefined
  #logs: LogManager | undefined
  #metadata: MetadataNode | undefined
  #channel: ControllerChannel | undefined
  #broker: BrokerSide | undefined
  #http: HttpServer | undefined
  #registry: RegistrySide | undefined
  #traces: Traces | undefined
  #starting: Promise<void> | undefined
  #hasStarted = false
  #failure: Error | undefined
  #closing: Promise<void> | undefined

  constructor(config: BrokerConfig, options: NodeOptions) {
    const { logger, clock = new NodeClock(), random = new NodeRandom(), net = new NodeNet() } = options
    const memory = new SlabPool()
    const metrics = new BrokerMetrics()
    const insight = new Insight(() => clock.now())
    this.#access = openAccess({ config, clock, logger, metrics, insight })
    const effective = new EffectiveConfig(config, () => this.#metadata?.image)
    const jaasFile = options.jaasFile ?? jaasFileOf(config.given)
    const disk = options.disk ?? new NodeDisk().expectLock()
    const tokens = delegationTokensOf(config, () => this.#metadata?.image)
    const sasl = new SaslSetup({ config, effective, clock, disk, random, logger, jaasFile, tokens })
    const tls = new NodeTls({ config, effective, disk, clock, logger })
    const links = new Links({ config, tls, sasl })
    const linkFor = (purpose: string) => links.for(purpose)
    this.#links = links
    this.#world = {
      config,
      effective,
      sasl,
      tls,
      logger,
      disk,
      clock,
      random,
      net,
      peers: new Peers({ net, clock, random, nodeId: config.nodeId, settings: peerSettings(config), memory, linkFor }),
      memory,
      metrics,
      trace: config.traces && ((timing, context) => this.#traces?.note(timing, context)),
      insight,
      access: this.#access.access,
      onFatal: (error) => this.#fail(error),
    }
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
    const bound = [...(this.#broker?.bound ?? []), ...(this.#controller?.bound ?? [])]
    return bound.map(({ config, listener }) => ({ name: config.name, host: config.host, port: listener.port }))
  }

  get registry() {
    return this.#registry?.addresses ?? []
  }

  get http() {
    return this.#http?.addresses ?? []
  }

  async start(signal: AbortSignal | undefined): Promise<void> {
    signal?.addEventListener('abort', () => void this.close(), { once: true })
    const deadline = this.#limitStart()
    this.#starting = this.#start()
    try {
      await this.#starting
      this.#hasStarted = true
    } catch (error) {
      if (this.#closing === undefined) {
        await this.#abandon()
        throw error
      }
      await this.#closing.catch(() => {})
      this.#checkOpen()
    } finally {
      deadline?.cancel()
    }
    if (signal?.aborted) await this.close()
  }

  /** server.max.startup.time.ms. What is longer than a timer can wait is for ever, as the default is. */
  #limitStart(): Timer | undefined {
    const { config, clock } = this.#world
    const ms = config.get('server.max.startup.time.ms')
    if (ms > MAX_DELAY_MS) return undefined
    return clock.after(ms, () => {
      const reason = `The node did not start within ${ms} ms, the limit that server.max.startup.time.ms sets`
      this.#failure ??= new StartTimeout(`${reason}: see above what it waited for.`)
      void this.close()
    })
  }

  async #start(): Promise<void> {
    const world = this.#world
    const { config, effective } = world
    this.#links.to('controller')
    if (config.isController) this.#controller = await ControllerSide.bind(world)
    const controller = this.#controller
    const logs = await openLogs(world, {
      onDirectoryFailure: (dir, error) => this.#directoryFailed(dir, error),
      onRefusing: (takes) => this.#broker?.directoriesChanged(takes),
    })
    this.#logs = logs
    const metadata = await openMetadata(world, logs, controller?.endpoints ?? [])
    this.#metadata = metadata
    this.#access.follow(metadata)
    await this.#openTraces(metadata.clusterId)
    effective.changed(undefined)
    metadata.onImage((delta) => effective.changed(delta))
    effective.follow(() => logs.reconfigure(dynamicLogSettings(effective)))
    controller?.serve(metadata)
    const channel = this.#openChannel(metadata)
    this.#channel = channel
    this.#checkOpen()
    controller?.register(metadata, channel)
    this.#http = await openHttp(world, { metadata, logs, controller, broker: () => this.#broker })
    if (!config.isBroker) return
    await this.#waitForQuorum(metadata)
    this.#checkOpen()
    this.#links.to('broker')
    this.#registry = new RegistrySide(world, { metadata, broker: () => this.#broker })
    await this.#registry.open()
    this.#broker = new BrokerSide({ world, logs, metadata, channel, registry: this.#registry })
    followInsight(world, metadata, this.#broker)
    await this.#broker.start()
  }

  /** Loaded only where it is wanted. */
  async #openTraces(clusterId: string): Promise<void> {
    const { traces } = this.#world.config
    if (traces === undefined) return
    const { openTraces } = await import('./node/traces.ts')
    this.#traces = openTraces(this.#world, traces, clusterId)
  }

  #openChannel(metadata: MetadataNode): ControllerChannel {
    const { peers, clock, config } = this.#world
    const controller = this.#controller
    const local = controller && (async (frame: Buffer) => (await controller.answer(frame)).frame)
    return new ControllerChannel({ nodeId: config.nodeId, quorum: metadata, local, peers, clock })
  }

  #waitForQuorum(metadata: MetadataNode): Promise<void> {
    const { clock, logger, config } = this.#world
    const { quorumVoters, quorumBootstrapServers: servers } = config
    const addresses = (servers.length > 0 ? servers : quorumVoters).map(({ host, port }) => `${host}:${port}`)
    return saying(metadata.caughtUp(), clock, logger, () => {
      const { id } = metadata.leader()
      const what = id < 0 ? 'to have a leader' : `to send its records: node ${id} leads`
      return `waiting for the metadata quorum (${addresses.join(', ')}) ${what}`
    })
  }

  #checkOpen(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closing !== undefined) throw new NodeStopped('The node was stopped before it had started.')
  }

  close(): Promise<void> {
    this.#closing ??= this.#stop().then(this.#settle.resolve, this.#settle.reject)
    return this.#closing
  }

  #directoryFailed(dir: string, error: Error): void {
    const { config, logger } = this.#world
    const fatal = fatalFailure(config, dir, error, this.#logs)
    if (fatal !== undefined) {
      this.#fail(fatal)
      return
    }
    logger.error({ dir }, 'a log directory failed: its partitions are offline')
    this.#broker?.directoriesFailed()
  }

  /** The broker hands over what it leads while the controllers still serve, this one among them; then the logs close. */
  async #stop(): Promise<void> {
    const brokerEpoch = this.#broker?.brokerEpoch ?? -1
    const hasStarted = this.#hasStarted
    if (!hasStarted) await this.#giveUpStart()
    if (hasStarted) await this.#broker?.stop(CLOSE_GRACE_MS)
    else await this.#broker?.close(0)
    this.#controller?.leave()
    this.#channel?.close()
    await this.#metadata?.close()
    await this.#controller?.close(0)
    await this.#http?.close()
    await this.#registry?.close()
    await this.#traces?.close()
    this.#world.peers.close()
    this.#world.sasl.close()
    this.#world.tls.close()
    this.#access.close()
    await this.#logs?.shutdown(...(hasStarted ? [brokerEpoch] : []))
  }

  /** What waits for others is refused, so that the start ends. */
  async #giveUpStart(): Promise<void> {
    this.#broker?.abort()
    await this.#metadata?.close()
    await this.#starting?.catch(() => {})
  }

  /** A start that failed: what was opened is closed, without the marks of a clean stop that never ran. */
  async #abandon(): Promise<void> {
    await this.#broker?.close(0)
    this.#controller?.leave()
    this.#channel?.close()
    await this.#metadata?.close()
    await this.#controller?.close(0)
    await this.#http?.close()
    await this.#registry?.close()
    await this.#traces?.close()
    this.#world.peers.close()
    this.#world.sasl.close()
    this.#world.tls.close()
    this.#access.close()
    await this.#logs?.shutdown()
  }

  /** Nothing more may be written, so the node goes without a clean stop. */
  #fail(error: Error): void {
    const { logger } = this.#world
    this.#failure ??= error
    // What has a sentence for people needs no stack.
    if (error instanceof LogDirectoryError) logger.error(error.message)
    else logger.error({ err: error }, error instanceof InvariantError ? 'an invariant is broken' : 'the node failed')
    this.#broker?.abort()
    this.#metadata?.abort()
    this.#channel?.close()
    this.#world.peers.close()
    this.#world.sasl.close()
    this.#world.tls.close()
    this.#access.close()
    this.#closing ??= Promise.all([
      this.#broker?.close(0),
      this.#controller?.close(0),
      this.#http?.close(),
      this.#registry?.close(),
      this.#traces?.close(),
    ]).then(() => {})
    this.#settle.reject(error)
  }
}

function peerSettings(config: BrokerConfig) {
  return { connectTimeoutMs: config.get('socket.connection.setup.timeout.ms') }
}
