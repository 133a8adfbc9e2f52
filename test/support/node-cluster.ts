import { formatDirectories, type InitialQuorum } from '../../src/cli/format-directories.ts'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { NodeClock } from '../../src/io/node-clock.ts'
import { NodeNet } from '../../src/io/node-net.ts'
import { NodeRandom } from '../../src/io/node-random.ts'
import type { Clock, Logger, Net, NetAddress, NetListen, NetServer, NetSocket, Timer } from '../../src/io/ports.ts'
import { randomUuid } from '../../src/io/random-uuid.ts'
import { defaultFeatureLevels, LATEST_METADATA_VERSION } from '../../src/metadata/features.ts'
import type { MetadataRecord } from '../../src/metadata/records.ts'
import { type RunningNode, startNode } from '../../src/node.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import { MetadataRequest, MetadataResponse } from '../../src/protocol/messages/metadata.ts'
import { freePort } from './ports.ts'
import { RawClient } from './raw-client.ts'
import { until } from './wait.ts'

const HOST = '127.0.0.1'
const METADATA = { key: ApiKey.Metadata, request: MetadataRequest, response: MetadataResponse }

/** A process's sockets: all gone at once, as when it is killed. */
class MortalNet implements Net {
  readonly #net = new NodeNet()
  readonly #servers = new Set<NetServer>()
  readonly #sockets = new Set<{ close(): unknown }>()
  #isDead = false

  async listen(options: NetListen): Promise<NetServer> {
    const server = await this.#net.listen({
      ...options,
      accepted: (socket) => {
        if (this.#isDead) {
          socket.destroy()
          return
        }
        this.#note(socket)
        options.accepted(socket)
      },
    })
    this.#servers.add(server)
    return server
  }

  connect(address: NetAddress): NetSocket {
    // A port where nobody listens.
    const socket = this.#net.connect(this.#isDead ? { host: HOST, port: 1 } : address)
    socket.on('connect', () => this.#note(socket))
    return socket
  }

  /** What the kernel knows the connection by: whoever reads from it directly gives it to a socket of its own. */
  #note(socket: NetSocket): void {
    const { _handle: handle } = socket as unknown as { _handle?: { close(): unknown } }
    if (handle) this.#sockets.add(handle)
  }

  kill(): void {
    this.#isDead = true
    for (const server of this.#servers) void server.close()
    for (const socket of this.#sockets) socket.close()
  }
}

class MortalClock implements Clock {
  readonly #clock = new NodeClock()
  readonly #timers = new Set<Timer>()
  #isDead = false

  now(): number {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  after(delayMs: number, run: () => void): Timer {
    if (this.#isDead) return { cancel: () => {} }
    const timer = this.#clock.after(delayMs, () => {
      this.#timers.delete(timer)
      run()
    })
    this.#timers.add(timer)
    return timer
  }

  kill(): void {
    this.#isDead = true
    for (const timer of this.#timers) timer.cancel()
  }
}

/** One node as this process runs it. */
export interface TestNode {
  readonly id: number
  readonly brokerPort: number
  readonly controllerPort: number
  readonly config: BrokerConfig
  readonly disk: MemoryDisk
  readonly log: string[]
  running: RunningNode | undefined
  life: { readonly net: MortalNet; readonly clock: MortalClock } | undefined
}

export interface NodeClusterOptions {
  /** By node id; the controllers are the voters of the quorum, as controller.quorum.voters says. */
  readonly roles: Readonly<Record<number, string>>
  readonly overrides?: Readonly<Record<string, string>>
  readonly clusterId?: string
  /** Of the new cluster, as `storage format` may write them. */
  readonly records?: readonly MetadataRecord[]
  /** Lines of level DEBUG are kept too, and those of every area. */
  readonly debug?: boolean
}

/** Whole nodes in this process, over real sockets and disks in memory. */
export class NodeCluster {
  readonly clusterId: string
  readonly nodes = new Map<number, TestNode>()
  readonly #replaced: TestNode[] = []
  readonly #records: readonly MetadataRecord[]
  readonly #debug: boolean

  private constructor(clusterId: string, { records = [], debug = false }: NodeClusterOptions) {
    this.clusterId = clusterId
    this.#records = records
    this.#debug = debug
  }

  /** Formatted, none of them started. */
  static async make(options: NodeClusterOptions): Promise<NodeCluster> {
    const cluster = new NodeCluster(options.clusterId ?? randomUuid(new NodeRandom()), options)
    const ports = new Map<number, { broker: number; controller: number }>()
    for (const id of Object.keys(options.roles).map(Number)) {
      ports.set(id, { broker: await freePort(), controller: await freePort() })
    }
    const voters = [...ports]
      .filter(([id]) => options.roles[id]?.includes('controller'))
      .map(([id, { controller }]) => `${id}@${HOST}:${controller}`)
      .join(',')
    for (const [id, port] of ports) {
      const properties = { ...propertiesOf(id, options.roles[id] ?? '', port, voters), ...options.overrides }
      cluster.add(id, port, properties)
    }
    return cluster
  }

  add(
    id: number,
    port: { readonly broker: number; readonly controller: number },
    properties: Readonly<Record<string, string>>,
    quorum: InitialQuorum = { kind: 'elsewhere' },
  ): TestNode {
    const config = new BrokerConfig({ overrides: new Map(Object.entries(properties)) })
    const disk = new MemoryDisk({ crashable: true })
    const features = defaultFeatureLevels(LATEST_METADATA_VERSION)
    const world = { disk: disk.blocking, random: new NodeRandom(), nowMs: Date.now(), say: () => {} }
    const plan = { config, clusterId: this.clusterId, quorum, features, records: this.#records, ignoreFormatted: false }
    formatDirectories(plan, world)
    const node: TestNode = {
      id,
      brokerPort: port.broker,
      controllerPort: port.controller,
      config,
      disk,
      log: [],
      running: undefined,
      life: undefined,
    }
    this.nodes.set(id, node)
    return node
  }

  node(id: number): TestNode {
    const node = this.nodes.get(id)
    if (!node) throw new Error(`no node ${id}`)
    return node
  }

  async start(...ids: number[]): Promise<void> {
    await Promise.all((ids.length > 0 ? ids : [...this.nodes.keys()]).map((id) => this.#start(this.node(id))))
  }

  /** Another process with a node's id, on a disk and a port of its own; it takes the node's place in this list. */
  twin(id: number, port: number): TestNode {
    const { config, controllerPort } = this.node(id)
    const given = Object.fromEntries([...config.given].map(([name, { text }]) => [name, text]))
    const listeners = `PLAINTEXT://${HOST}:${port}`
    this.#replaced.push(this.node(id))
    return this.add(id, { broker: port, controller: controllerPort }, { ...given, listeners })
  }

  /** What makes a node of elsewhere look for this cluster's controllers. */
  quorum(): Record<string, string> {
    const voters = [...this.nodes.values()].map(
      ({ config }) => config.given.get('controller.quorum.voters')?.text ?? '',
    )
    return { 'controller.quorum.voters': voters[0] ?? '' }
  }

  startUntil(id: number, signal: AbortSignal): Promise<void> {
    return this.#start(this.node(id), signal)
  }

  async #start(node: TestNode, signal?: AbortSignal): Promise<void> {
    const life = { net: new MortalNet(), clock: new MortalClock() }
    node.life = life
    node.running = await startNode(node.config, {
      ...life,
      disk: node.disk,
      logger: loggerTo(node.log, this.#debug),
      ...(signal && { signal }),
    })
  }

  /** As kill -9: its sockets are reset, it does nothing any more, and what it did not fsync is lost. */
  kill(id: number): void {
    const node = this.node(id)
    node.life?.clock.kill()
    node.life?.net.kill()
    node.running = undefined
    node.disk.crash()
  }

  async stop(id: number): Promise<void> {
    const { running } = this.node(id)
    await running?.close()
    this.node(id).running = undefined
  }

  /** Until every copy is in sync, as one node knows it: who is killed next is not the only one that has everything. */
  async whole(id: number): Promise<void> {
    const client = await this.client(id)
    try {
      await until('all copies to be in sync', async () => {
        const body = { topics: null, allowAutoTopicCreation: false }
        const { topics } = await client.call(METADATA, 12, body)
        const partitions = topics.flatMap((topic) => topic.partitions)
        return partitions.every(({ isrNodes, replicaNodes }) => isrNodes.length === replicaNodes.length)
      })
    } finally {
      client.close()
    }
  }

  client(id: number): Promise<RawClient> {
    return RawClient.connect(this.node(id).brokerPort)
  }

  controllerClient(id: number): Promise<RawClient> {
    return RawClient.connect(this.node(id).controllerPort)
  }

  /** Nobody waits for an orderly end. */
  close(): void {
    for (const { life } of [...this.#replaced, ...this.nodes.values()]) {
      life?.clock.kill()
      life?.net.kill()
    }
  }
}

function propertiesOf(
  id: number,
  roles: string,
  port: { readonly broker: number; readonly controller: number },
  voters: string,
): Record<string, string> {
  const listeners = [
    ...(roles.includes('broker') ? [`PLAINTEXT://${HOST}:${port.broker}`] : []),
    ...(roles.includes('controller') ? [`CONTROLLER://${HOST}:${port.controller}`] : []),
  ]
  return {
    'process.roles': roles,
    'node.id': String(id),
    listeners: listeners.join(','),
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': voters,
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': `/data-${id}`,
    'group.initial.rebalance.delay.ms': '0',
  }
}

function loggerTo(lines: string[], debug: boolean): Logger {
  const write = (level: string) => (fields: object | string, message?: string) => {
    const text = typeof fields === 'string' ? fields : `${message} ${JSON.stringify(fields)}`
    lines.push(`${level} ${text}`)
    if (process.env.TEST_LOG) process.stderr.write(`${performance.now().toFixed(0)} ${level} ${text}\n`)
  }
  const logger: Logger = {
    ...silentLogger,
    debug: () => {},
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  }
  return debug ? { ...logger, debug: write('debug'), area: () => loggerTo(lines, true), writes: () => true } : logger
}
