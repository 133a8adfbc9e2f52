import type { ClusterView, ReplicaRegistry } from '../replicas.ts'

export interface CurrentLeader {
  readonly leaderId: number
  readonly leaderEpoch: number
}

export interface LeaderNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

/** Tells a client that asked the wrong broker who leads and where that is (KIP-951), so that it need not ask for metadata. */
export class LeaderHints {
  readonly #replicas: ReplicaRegistry
  readonly #listenerName: string
  readonly #nodes = new Map<number, LeaderNode>()

  constructor(replicas: ReplicaRegistry, listenerName: string) {
    this.#replicas = replicas
    this.#listenerName = listenerName
  }

  get nodes(): LeaderNode[] {
    return [...this.#nodes.values()]
  }

  of(topic: string, partition: number): CurrentLeader {
    const { image } = this.#replicas
    const known = this.#replicas.find(topic, partition) ?? image.topic(topic)?.partitions[partition]
    const leaderId = known?.leader ?? -1
    const node = nodeOf(image, leaderId, this.#listenerName)
    if (node !== undefined) this.#nodes.set(leaderId, node)
    return { leaderId, leaderEpoch: known?.leaderEpoch ?? -1 }
  }
}

function nodeOf(image: ClusterView, id: number, listenerName: string): LeaderNode | undefined {
  const broker = image.broker(id)
  if (broker === undefined || broker.fenced) return undefined
  const endpoint = broker.endpoints.find((candidate) => candidate.name === listenerName)
  return endpoint && { nodeId: id, host: endpoint.host, port: endpoint.port, rack: broker.rack }
}
