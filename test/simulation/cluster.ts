import type { Logger } from '../../src/io/ports.ts'
import { Addressing } from './addressing.ts'
import type { Fault } from './faults.ts'
import { Life, SeededRandom } from './machine-room.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedNet } from './simulated-net.ts'
import { SimulatedNode } from './simulated-node.ts'

export interface ClusterSettings {
  readonly seed: number
  readonly nodes: number
  readonly logger?: (node: number) => Logger
}

const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAg'

/** All nodes of a simulated cluster, each broker and controller, and what can be done to them. */
export class SimulatedCluster {
  readonly scheduler = new Scheduler()
  readonly random: SeededRandom
  readonly net: SimulatedNet
  readonly nodes: readonly SimulatedNode[]
  readonly #failedToSync = new Set<number>()
  #clients = 0

  constructor({ seed, nodes, logger }: ClusterSettings) {
    this.random = new SeededRandom(seed)
    this.net = new SimulatedNet(this.scheduler, new SeededRandom(seed + 1))
    const ids = Array.from({ length: nodes }, (_, index) => index + 1)
    this.nodes = ids.map((id) => {
      const properties = propertiesOf(id, ids)
      const own = { id, properties, clusterId: CLUSTER_ID, seed: seed * 31 + id, ...(logger && { logger: logger(id) }) }
      return new SimulatedNode(own, this.scheduler, this.net)
    })
  }

  start(): void {
    for (const node of this.nodes) {
      node.format()
      node.start()
    }
  }

  get isUp(): boolean {
    return this.nodes.every(({ node }) => node !== undefined)
  }

  client(): Addressing {
    const bootstrap = this.nodes.map(({ host }) => `${host}:9092`)
    return new Addressing(this.scheduler, this.net.of(`client-${++this.#clients}`, new Life()), bootstrap)
  }

  node(id: number): SimulatedNode {
    const node = this.nodes[id - 1]
    if (node === undefined) throw new RangeError(`there is no node ${id}`)
    return node
  }

  /** Lets a fault begin; its end is an event of its own. */
  inflict(fault: Fault): void {
    switch (fault.kind) {
      case 'kill':
      case 'power-failure':
        this.#stop(fault)
        break
      case 'cut':
        this.#cut(fault.from, fault.to, fault.forMs)
        if (!fault.oneWay) this.#cut(fault.to, fault.from, fault.forMs)
        break
      case 'isolate':
        for (const { id } of this.nodes) {
          if (id === fault.node) continue
          this.#cut(fault.node, id, fault.forMs)
          this.#cut(id, fault.node, fault.forMs)
        }
        break
      case 'clock-jump': {
        const node = this.node(fault.node)
        node.setSkew(node.skewMs + fault.byMs)
        break
      }
      default:
        this.#harmDisk(fault)
    }
  }

  #stop({ kind, node: id, downMs, keep }: Extract<Fault, { readonly downMs: number }>): void {
    const node = this.node(id)
    if (!node.isRunning) return
    if (kind === 'kill') node.kill()
    else node.powerFails((unsynced) => Math.floor((unsynced * keep) / 100))
    this.scheduler.after(downMs, `restart ${id}`, () => node.start())
  }

  #cut(from: number, to: number, forMs: number): void {
    if (from === to) return
    const [a, b] = [this.node(from).host, this.node(to).host]
    this.net.cut(a, b)
    this.scheduler.after(forMs, `heal ${from}>${to}`, () => this.net.heal(a, b))
  }

  #harmDisk(fault: Extract<Fault, { readonly kind: 'slow-disk' | 'full-disk' | 'failing-sync' }>): void {
    const node = this.node(fault.node)
    const { disk } = node
    if (fault.kind === 'slow-disk') {
      node.syncMs = fault.syncMs
      this.scheduler.after(fault.forMs, 'disk is fast', () => {
        node.syncMs = 1
      })
    } else if (fault.kind === 'full-disk') {
      disk.faults.capacity = disk.usedBytes
      this.scheduler.after(fault.forMs, 'disk has room', () => {
        delete disk.faults.capacity
      })
    } else {
      this.#failedToSync.add(fault.node)
      disk.faults.fail = (operation) => (operation === 'sync' ? 'EIO' : undefined)
      this.scheduler.after(fault.forMs, 'disk syncs', () => {
        delete disk.faults.fail
      })
    }
  }

  /** The healing phase: nothing is wrong any more, whoever is down starts. */
  heal(): void {
    for (const a of this.nodes) {
      for (const b of this.nodes) if (a !== b) this.net.heal(a.host, b.host)
      a.syncMs = 1
      a.setSkew(0)
      delete a.disk.faults.capacity
      const failedToSync = a.disk.faults.fail !== undefined || this.#failedToSync.delete(a.id)
      delete a.disk.faults.fail
      // Whoever watches over a node starts it again when it gave up, or when a directory went offline because its disk failed.
      if (a.failure !== undefined || failedToSync) {
        a.failure = undefined
        a.kill()
      }
      a.start()
    }
  }
}

function propertiesOf(id: number, ids: readonly number[]): ReadonlyMap<string, string> {
  const factor = String(Math.min(3, ids.length))
  const minIsr = String(Math.min(2, ids.length))
  const host = `node-${id}`
  const quorum: [string, string][] =
    ids.length === 1 ? [] : [['controller.quorum.voters', ids.map((other) => `${other}@node-${other}:9093`).join(',')]]
  return new Map([
    ['listeners', `PLAINTEXT://${host}:9092,CONTROLLER://${host}:9093`],
    ...quorum,
    ['default.replication.factor', factor],
    ['min.insync.replicas', minIsr],
    ['offsets.topic.replication.factor', factor],
    ['offsets.topic.num.partitions', '3'],
    ['num.partitions', '3'],
  ])
}
