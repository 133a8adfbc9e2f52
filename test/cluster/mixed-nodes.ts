import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NODE_OPTIONS } from '../../tools/node-options.ts'
import { nodeBinary, odradek, odradekMain, type Target } from '../support/broker.ts'
import { jars, LIGHT_JVM } from '../support/kafka.ts'
import { freePort } from '../support/ports.ts'
import { Running } from '../support/running.ts'
import type { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import { answers } from '../support/wire.ts'
import { ClusterView } from './view.ts'

export interface MixedNodeOptions {
  readonly target: Target
  readonly roles: 'broker' | 'controller' | 'broker,controller'
}

const HOST = '127.0.0.1'
const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw'

/** Silent brokers are given up soon, and groups wait for nobody. */
const IMPATIENT = {
  'broker.session.timeout.ms': '2000',
  'broker.heartbeat.interval.ms': '500',
  'group.initial.rebalance.delay.ms': '0',
}

/** A node of either kind as a process of its own. */
export class MixedNode {
  readonly id: number
  readonly target: Target
  readonly isBroker: boolean
  readonly port: number
  readonly dir: string
  readonly #file: string
  #process: Running | undefined

  constructor(id: number, options: MixedNodeOptions, port: number, dir: string, properties: Record<string, string>) {
    this.id = id
    this.target = options.target
    this.isBroker = options.roles.includes('broker')
    this.port = port
    this.dir = join(dir, `node-${id}`)
    this.#file = join(dir, `node-${id}.properties`)
    const lines = Object.entries({ ...properties, 'log.dirs': this.dir }).map(([name, value]) => `${name}=${value}\n`)
    writeFileSync(this.#file, lines.join(''))
  }

  get running(): boolean {
    return this.#process?.running ?? false
  }

  get output(): string {
    return this.#process?.output ?? ''
  }

  async format(tools: Tools): Promise<void> {
    const args = ['format', '-t', CLUSTER_ID, '-c', this.#file]
    if (this.target === 'kafka') {
      await tools.ok('kafka-storage', args)
      return
    }
    const done = await odradek(['storage', ...args])
    if (done.code !== 0) throw new Error(`storage format exited with ${done.code}\n${done.out}\n${done.err}`)
  }

  start(): void {
    this.#process =
      this.target === 'kafka'
        ? new Running('java', [...LIGHT_JVM, '-cp', jars('kafka'), 'kafka.Kafka', this.#file])
        : new Running(nodeBinary(), [...NODE_OPTIONS, odradekMain(), 'start', this.#file])
  }

  /** Controllers are ready when they are running: what they are good for is seen at the brokers. */
  async ready(): Promise<void> {
    const well = async () => !this.running || !this.isBroker || (await answers(this.port))
    await until(`node ${this.id} (${this.target}) to answer`, well, 60_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.output.slice(-3_000)}`)
    })
    if (!this.running) throw new Error(`node ${this.id} (${this.target}) ended:\n${this.output.slice(-3_000)}`)
  }

  async stop(): Promise<void> {
    await this.#process?.stop()
  }

  async kill(): Promise<void> {
    await this.#process?.kill()
  }
}

/** Nodes of Odradek and of Apache Kafka that make one cluster. */
export class MixedCluster {
  readonly nodes: readonly MixedNode[]
  readonly #dir: string

  private constructor(nodes: readonly MixedNode[], dir: string) {
    this.nodes = nodes
    this.#dir = dir
  }

  /** Started; `layout` is by node id. Every topic has as many replicas as there are brokers. */
  static async up(layout: Readonly<Record<number, MixedNodeOptions>>, tools: Tools): Promise<MixedCluster> {
    const dir = mkdtempSync(join(tmpdir(), 'odradek-mixed-'))
    const ports = new Map<number, { broker: number; controller: number }>()
    const taken = new Set<number>()
    const another = async (): Promise<number> => {
      const port = await freePort()
      if (taken.has(port)) return another()
      taken.add(port)
      return port
    }
    for (const id of Object.keys(layout))
      ports.set(Number(id), { broker: await another(), controller: await another() })
    const entries = Object.entries(layout).map(([id, options]) => ({ id: Number(id), options }))
    const voters = entries.filter(({ options }) => options.roles.includes('controller')).map(({ id }) => id)
    const brokers = entries.filter(({ options }) => options.roles.includes('broker')).length
    const common = {
      ...IMPATIENT,
      'controller.quorum.voters': voters.map((id) => `${id}@${HOST}:${ports.get(id)?.controller}`).join(),
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'PLAINTEXT',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      'default.replication.factor': String(brokers),
      'offsets.topic.replication.factor': String(brokers),
      'offsets.topic.num.partitions': '4',
    }
    const nodes = entries.map(({ id, options }) => {
      const { broker = 0, controller = 0 } = ports.get(id) ?? {}
      const listeners = [
        ...(options.roles.includes('broker') ? [`PLAINTEXT://${HOST}:${broker}`] : []),
        ...(options.roles.includes('controller') ? [`CONTROLLER://${HOST}:${controller}`] : []),
      ]
      const own = { 'node.id': String(id), 'process.roles': options.roles, listeners: listeners.join() }
      return new MixedNode(id, options, broker, dir, { ...common, ...own })
    })
    const cluster = new MixedCluster(nodes, dir)
    try {
      for (const node of nodes) await node.format(tools)
      for (const node of nodes) node.start()
      for (const node of nodes) await node.ready()
      await cluster.view.joined(cluster.brokers.map(({ id }) => id))
    } catch (error) {
      await cluster[Symbol.asyncDispose]()
      throw cluster.explained(error)
    }
    return cluster
  }

  get brokers(): readonly MixedNode[] {
    return this.nodes.filter(({ isBroker }) => isBroker)
  }

  get bootstrap(): string {
    return this.brokers.map(({ port }) => `${HOST}:${port}`).join()
  }

  get view(): ClusterView {
    return new ClusterView(() => this.brokers.filter(({ running }) => running).map(({ port }) => port))
  }

  node(id: number): MixedNode {
    const found = this.nodes.find((each) => each.id === id)
    if (found === undefined) throw new Error(`there is no node ${id}`)
    return found
  }

  /** Where a node keeps a partition. */
  files(id: number, topic: string, partition: number): string {
    return join(this.node(id).dir, `${topic}-${partition}`)
  }

  /** Starts it again and waits until it is one of the brokers. */
  async restart(node: MixedNode): Promise<void> {
    node.start()
    await node.ready()
    await until(`${node.id} to be back`, async () => (await this.view.brokers()).includes(node.id))
  }

  explained(error: unknown): Error {
    const tails = this.nodes.map(({ id, target, output }) => `${id}, ${target}:\n${output.slice(-3_000)}`)
    return new Error(`${String(error)}\n${tails.join('\n')}`, { cause: error })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()))
    rmSync(this.#dir, { recursive: true, force: true })
  }
}
