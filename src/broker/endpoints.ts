import type { BrokerImage, MetadataImage } from '../metadata/image.ts'
import type { ConnectionInfo } from '../protocol/frame-handler.ts'

/** Where a client is sent to. */
export interface BrokerNode {
  readonly id: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface EndpointOptions {
  readonly nodeId: number
  /** Names of the listeners whose configuration says the address: an advertised one, or a host that is bound. */
  readonly advertised: ReadonlySet<string>
  /** Where it is not given, the first will do for `any`. */
  readonly random?: (bound: number) => number
}

type Client = Pick<ConnectionInfo, 'listenerName' | 'localAddress' | 'localPort'>

/** Addresses of brokers as a client on a listener is told them. */
export class Endpoints {
  readonly #options: EndpointOptions
  readonly #image: () => Pick<MetadataImage, 'brokers' | 'broker'>

  constructor(options: EndpointOptions, image: () => Pick<MetadataImage, 'brokers' | 'broker'>) {
    this.#options = options
    this.#image = image
  }

  /** undefined: no such broker, or it does not have the listener that the client came by. */
  node(id: number, client: Client): BrokerNode | undefined {
    const broker = this.#image().broker(id)
    return broker && this.#nodeOf(broker, client)
  }

  /** Brokers that are not fenced. */
  alive(client: Client): BrokerNode[] {
    return [...this.#nodes(client, false)]
  }

  /**
   * Whom clients are told as the controller: any broker, which passes on what is for the controller, whatever listeners it
   * has. -1: none is alive.
   */
  any(): number {
    const alive = [...this.#image().brokers.values()].filter(({ fenced }) => !fenced)
    return alive[this.#options.random?.(Math.max(1, alive.length)) ?? 0]?.id ?? -1
  }

  /** Fenced ones too (DescribeCluster v2). */
  registered(client: Client): { readonly node: BrokerNode; readonly fenced: boolean }[] {
    const fenced = new Set([...this.#image().brokers.values()].filter((broker) => broker.fenced).map(({ id }) => id))
    return [...this.#nodes(client, true)].map((node) => ({ node, fenced: fenced.has(node.id) }))
  }

  *#nodes(client: Client, withFenced: boolean): Iterable<BrokerNode> {
    for (const broker of this.#image().brokers.values()) {
      if (broker.fenced && !withFenced) continue
      const node = this.#nodeOf(broker, client)
      if (node) yield node
    }
  }

  #nodeOf(broker: BrokerImage, client: Client): BrokerNode | undefined {
    const endpoint = broker.endpoints.find(({ name }) => name === client.listenerName)
    if (!endpoint) return undefined
    const { id, rack } = broker
    // Where every interface is bound and none is advertised, this broker says what surely works for this client: the one that it used.
    if (id === this.#options.nodeId && !this.#options.advertised.has(endpoint.name)) {
      return { id, rack, host: client.localAddress, port: client.localPort }
    }
    return { id, rack, host: endpoint.host, port: endpoint.port }
  }
}
