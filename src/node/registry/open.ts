import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import { REGISTRY_ENDPOINT, REGISTRY_LISTENERS } from '../../config/registry-config.ts'
import type { HttpAddress, HttpServer, Indoors } from '../../http/front-door.ts'
import type { Endpoint } from '../../metadata/image-types.ts'
import type { Registry } from '../../registry/registry.ts'
import type { MetadataNode } from '../../runtime/metadata-node.ts'
import type { BrokerSide } from '../broker-side.ts'
import { openDoors } from '../http-doors.ts'
import type { World } from '../world.ts'
import type { LoadedRegistry } from './loaded.ts'
import { BrokerUsers } from './users.ts'

const ANONYMOUS = 'User:ANONYMOUS'

export interface RegistryParts {
  readonly metadata: MetadataNode
  /** Undefined: not there yet. */
  readonly broker: () => BrokerSide | undefined
}

/**
 * The schema registry of a broker: ports at first, and what is behind them when somebody comes. The cluster is told of its
 * address with the broker's listeners, so that any broker finds the one that writes.
 */
export class RegistrySide {
  readonly #world: World
  readonly #parts: RegistryParts
  #door: HttpServer | undefined
  /** Who a connection belongs to, where a certificate said so. */
  readonly #principals = new WeakMap<object, string>()
  #loaded: Promise<LoadedRegistry> | undefined

  constructor(world: World, parts: RegistryParts) {
    this.#world = world
    this.#parts = parts
  }

  /** Rejects where an address that somebody asked for can't be bound. */
  async open(): Promise<void> {
    const { config, logger } = this.#world
    this.#door = await openDoors(this.#world, {
      endpoint: REGISTRY_ENDPOINT,
      setting: REGISTRY_LISTENERS,
      listeners: config.registry.listeners,
      open: () => this.#openServer(),
      came: (socket, principal) => this.#principals.set(socket, principal),
      unbound: ({ host, port }, error) => {
        logger.warn({ host, port, code: error.code }, 'the schema registry is not served: its address can not be bound')
      },
      failed: (error) => logger.error({ err: error }, 'the schema registry can not be served'),
    })
    for (const { host, port } of this.addresses) logger.info({ host, port }, 'the schema registry is served')
  }

  get addresses(): readonly HttpAddress[] {
    return this.#door?.addresses ?? []
  }

  /** The core, for who is in the same process. */
  async registry(): Promise<Registry> {
    return (await this.#load()).registry
  }

  /** What the cluster is told: the first address; one that stands for every interface is that of the broker. */
  endpoints(ofBroker: readonly Endpoint[]): Endpoint[] {
    const { config } = this.#world
    const [address] = this.addresses
    if (address === undefined) return []
    const own = ofBroker.find(({ name }) => name === config.interBrokerListenerName)
    const host = isWildcard(address.host) ? (own?.host ?? hostname()) : address.host
    return [{ name: REGISTRY_ENDPOINT, host, port: address.port, securityProtocol: address.isTls ? 1 : 0 }]
  }

  async #openServer(): Promise<Indoors> {
    const loaded = await this.#load()
    return loaded.serve((socket) => {
      const { remoteAddress = '' } = socket as Socket
      return { peerAddress: remoteAddress, principal: this.#principals.get(socket as object) ?? ANONYMOUS }
    })
  }

  #load(): Promise<LoadedRegistry> {
    this.#loaded ??= this.#loadNow().catch((error) => {
      this.#loaded = undefined
      throw error
    })
    return this.#loaded
  }

  async #loadNow(): Promise<LoadedRegistry> {
    const { loadRegistry } = await import('./loaded.ts')
    const broker = this.#parts.broker()
    if (broker === undefined) throw new Error('the broker has not started yet')
    // They log in by what the node is made of, so they are of the same modules: see tools/lazy-modules.ts.
    return loadRegistry(this.#world, broker.parts, new BrokerUsers(this.#world))
  }

  async close(): Promise<void> {
    await this.#door?.close()
    const loaded = await this.#loaded?.catch(() => undefined)
    await loaded?.registry.close()
  }
}

function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::'
}
