import type { Logger } from '../../src/io/ports.ts'
import type { MetadataImage } from '../../src/metadata/image.ts'
import { Addressing } from './addressing.ts'
import { type Layout, placesOf } from './layout.ts'
import { Life, SeededRandom } from './machine-room.ts'
import { Scheduler } from './scheduler.ts'
import { SimulatedNet } from './simulated-net.ts'
import { SimulatedNode } from './simulated-node.ts'

export interface ClusterSettings {
  readonly seed: number
  readonly layout: Layout
  readonly logger?: (node: number) => Logger
}

const CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAg'

/** All nodes of a simulated cluster and the network between them. */
export class SimulatedCluster {
  readonly scheduler = new Scheduler()
  readonly random: SeededRandom
  readonly net: SimulatedNet
  readonly nodes: readonly SimulatedNode[]
  #clients = 0

  constructor({ seed, layout, logger }: ClusterSettings) {
    this.random = new SeededRandom(seed)
    this.net = new SimulatedNet(this.scheduler, new SeededRandom(seed + 1))
    this.nodes = placesOf(layout, this.random).map((place) => {
      const own = { ...place, clusterId: CLUSTER_ID, seed: seed * 31 + place.id }
      return new SimulatedNode({ ...own, ...(logger && { logger: logger(place.id) }) }, this.scheduler, this.net)
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

  get brokers(): readonly SimulatedNode[] {
    return this.nodes.filter(({ isBroker }) => isBroker)
  }

  client(timeoutMs?: number): Addressing {
    const bootstrap = this.brokers.map(({ host }) => `${host}:9092`)
    return new Addressing(this.scheduler, this.net.of(`client-${++this.#clients}`, new Life()), bootstrap, timeoutMs)
  }

  node(id: number): SimulatedNode {
    const node = this.nodes[id - 1]
    if (node === undefined) throw new RangeError(`there is no node ${id}`)
    return node
  }

  /** The newest metadata that anybody who runs has committed. */
  get image(): MetadataImage | undefined {
    let newest: MetadataImage | undefined
    for (const { inside } of this.nodes) {
      const image = inside?.metadata?.image
      if (image !== undefined && image.offset > (newest?.offset ?? -1)) newest = image
    }
    return newest
  }

  /** Every replica of every partition is in sync, and nothing is being moved. */
  get isWhole(): boolean {
    const { image } = this
    if (image === undefined || !this.isUp) return false
    for (const topic of image.topics.values()) {
      for (const { replicas, isr, addingReplicas, removingReplicas, leader } of topic.partitions.filter(Boolean)) {
        if (leader < 0 || isr.length < replicas.length) return false
        if (addingReplicas.length > 0 || removingReplicas.length > 0) return false
      }
    }
    return this.brokers.every(({ id }) => image.isActive(id))
  }

  /** Each node is well and has no replica that would be alone. */
  get canBearALoss(): boolean {
    const { image } = this
    if (image === undefined || !this.isWhole || this.nodes.some(({ isHarmed }) => isHarmed)) return false
    for (const topic of image.topics.values()) {
      if (topic.partitions.some((partition) => partition !== undefined && partition.replicas.length < 2)) return false
    }
    return true
  }
}
