import type { SimulatedCluster } from './cluster.ts'
import type { Fault } from './faults.ts'
import type { SeededRandom } from './machine-room.ts'
import type { SimulatedNode } from './simulated-node.ts'

type Of<K extends Fault['kind']> = Extract<Fault, { readonly kind: K }>

const DIRECTORY = { all: '/', data: '/data/', metadata: '/meta/' } as const
/** How long a node may take to stop cleanly; others would not wait for ever either. */
const CLOSE_MS = 60_000

/** What can be done to a cluster. Each fault ends by itself; `heal` ends them all. */
export class Trouble {
  readonly #cluster: SimulatedCluster
  readonly #random: SeededRandom
  #isOver = false
  /** A machine has forgotten bytes, and may be without them still. */
  #hasForgotten = false
  /** How many faults did something. */
  inflicted = 0

  constructor(cluster: SimulatedCluster, random: SeededRandom) {
    this.#cluster = cluster
    this.#random = random
  }

  inflict(fault: Fault): void {
    if (this.#isOver) return
    this.inflicted++
    switch (fault.kind) {
      case 'kill':
      case 'power-failure':
      case 'disk-loss':
        this.#stop(fault)
        break
      case 'restart':
        void this.#restart(fault)
        break
      case 'cut':
        this.#cut(fault.from, fault.to, fault.forMs)
        if (!fault.oneWay) this.#cut(fault.to, fault.from, fault.forMs)
        break
      case 'isolate':
        for (const { id } of this.#cluster.nodes) {
          this.#cut(fault.node, id, fault.forMs)
          this.#cut(id, fault.node, fault.forMs)
        }
        break
      case 'reset':
        this.#cluster.net.reset(this.#node(fault).host, () => this.#random.below(100) < fault.percent)
        break
      case 'slow-net':
        this.#slowNet(fault)
        break
      case 'clock-jump': {
        const node = this.#node(fault)
        node.setSkew(node.skewMs + fault.byMs)
        break
      }
      default:
        this.#harmDisk(fault)
    }
  }

  #node({ node }: { readonly node: number }): SimulatedNode {
    return this.#cluster.node(node)
  }

  /**
   * Bytes that a single machine forgets are promised only by the others: with everybody in sync and well. A machine that
   * forgets while another one did so shortly before takes acknowledged records along, with Kafka as here.
   */
  #stop(fault: Of<'kill' | 'power-failure' | 'disk-loss'>): void {
    const { kind, downMs, keep } = fault
    const node = this.#node(fault)
    if (!node.isRunning) return
    if (kind !== 'kill') {
      if (!this.#cluster.canBearALoss) {
        this.inflicted--
        return
      }
      this.#hasForgotten = true
    }
    if (kind === 'kill') node.kill()
    else if (kind === 'power-failure') node.powerFails((unsynced) => Math.floor((unsynced * keep) / 100))
    else node.losesData()
    this.#later(downMs, `restart ${node.id}`, () => node.start())
  }

  async #restart(fault: Of<'restart'>): Promise<void> {
    const { nodes, scheduler } = this.#cluster
    for (const node of fault.all ? nodes : [this.#node(fault)]) {
      if (this.#isOver) return
      if (node.node === undefined) continue
      const isStopped = await node.stops((run) => scheduler.after(CLOSE_MS, 'too long', run))
      if (!isStopped) continue
      await new Promise<void>((resolve) => scheduler.after(fault.downMs, `restart ${node.id}`, resolve))
      node.start()
      // The next one goes when this one is back.
      for (let tries = 0; fault.all && node.node === undefined && tries < 100; tries++) {
        await new Promise<void>((resolve) => scheduler.after(200, 'wait', resolve))
      }
    }
  }

  #cut(from: number, to: number, forMs: number): void {
    if (from === to) return
    const { net } = this.#cluster
    const [a, b] = [this.#cluster.node(from).host, this.#cluster.node(to).host]
    net.cut(a, b)
    this.#later(forMs, `heal ${from}>${to}`, () => net.heal(a, b))
  }

  #slowNet(fault: Of<'slow-net'>): void {
    const { net } = this.#cluster
    const { host } = this.#node(fault)
    net.slow(host, fault.mostMs)
    this.#later(fault.forMs, 'net is fast', () => net.slow(host, 0))
  }

  #harmDisk(fault: Of<'slow-disk' | 'full-disk' | 'failing-sync' | 'failing-write'>): void {
    const node = this.#node(fault)
    const { disk } = node
    if (fault.kind === 'slow-disk') {
      node.syncMs = fault.syncMs
      this.#later(fault.forMs, 'disk is fast', () => {
        node.syncMs = 1
      })
      return
    }
    if (!this.#hasAllCopies) {
      this.inflicted--
      return
    }
    node.isHarmed = true
    if (fault.kind === 'full-disk') {
      disk.faults.capacity = disk.usedBytes
      this.#later(fault.forMs, 'disk has room', () => {
        delete disk.faults.capacity
      })
      return
    }
    const fails = fault.kind === 'failing-sync' ? 'sync' : 'write'
    const where = DIRECTORY[fault.part]
    disk.faults.fail = (operation, path) => (operation === fails && path.startsWith(where) ? 'EIO' : undefined)
    this.#later(fault.forMs, 'disk works', () => {
      delete disk.faults.fail
    })
  }

  /** A disk that refuses takes its copies away as well: not those that a machine which forgot its own is still to be given. */
  get #hasAllCopies(): boolean {
    if (this.#hasForgotten && this.#cluster.canBearALoss) this.#hasForgotten = false
    return !this.#hasForgotten
  }

  #later(ms: number, what: string, run: () => void): void {
    this.#cluster.scheduler.after(ms, what, run)
  }

  /** The healing phase: nothing is wrong any more, whoever is down starts. */
  heal(): void {
    this.#isOver = true
    const { net, nodes } = this.#cluster
    for (const a of nodes) {
      for (const b of nodes) if (a !== b) net.heal(a.host, b.host)
      net.slow(a.host, 0)
      a.syncMs = 1
      a.setSkew(0)
      delete a.disk.faults.capacity
      delete a.disk.faults.fail
      // Whoever watches over a node starts it again when it gave up, or when a directory went offline because its disk failed.
      if (a.failure !== undefined || a.isHarmed) a.kill()
      a.start()
    }
  }
}
