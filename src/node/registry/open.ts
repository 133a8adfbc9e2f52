import type { Socket } from 'node:net'
import { hostname } from 'node:os'
import { REGISTRY_ENDPOINT, type RegistryListener } from '../../config/registry-config.ts'
import { type HttpServer, type Indoors, openFrontDoor } from '../../http/front-door.ts'
import type { Endpoint } from '../../metadata/image-types.ts'
import type { ListenerTls } from '../../network/handshakes.ts'
import type { Registry } from '../../registry/registry.ts'
import type { MetadataNode } from '../../runtime/metadata-node.ts'
import type { BrokerSide } from '../broker-side.ts'
import type { World } from '../world.ts'
import type { LoadedRegistry } from './loaded.ts'

const ANONYMOUS = 'User:ANONYMOUS'
const HANDSHAKE_MS = 10_000

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
  readonly #doors: HttpServer[] = []
  /** Who a connection belongs to, where a certificate said so. */
  readonly #principals = new WeakMap<object, string>()
  #loaded: Promise<LoadedRegistry> | undefined
  #indoors: Promise<Indoors> | undefined

  constructor(world: World, parts: RegistryParts) {
    this.#world = world
    this.#parts = parts
  }

  /** Rejects where an address that somebody asked for can't be bound. */
  async open(): Promise<void> {
    for (const listener of this.#world.config.registry.listeners) this.#doors.push(await this.#bind(listener))
  }

  get addresses(): readonly { readonly host: string; readonly port: number }[] {
    return this.#doors.flatMap(({ addresses }) => addresses)
  }

  /** The core, for who is in the same process. */
  async registry(): Promise<Registry> {
    return (await this.#load()).registry
  }

  /** What the cluster is told: the first address; one that stands for every interface is that of the broker. */
  endpoints(ofBroker: readonly Endpoint[]): Endpoint[] {
    const { config } = this.#world
    const at = this.#doors.findIndex(({ addresses }) => addresses.length > 0)
    const address = this.#doors[at]?.addresses[0]
    if (address === undefined) return []
    const own = ofBroker.find(({ name }) => name === config.interBrokerListenerName)
    const host = isWildcard(address.host) ? (own?.host ?? hostname()) : address.host
    const isTls = config.registry.listeners[at]?.isTls === true
    return [{ name: REGISTRY_ENDPOINT, host, port: address.port, securityProtocol: isTls ? 1 : 0 }]
  }

  async #bind(listener: RegistryListener): Promise<HttpServer> {
    const { tls, logger } = this.#world
    const secured = listener.isTls ? tls.listener(REGISTRY_ENDPOINT, 'SSL') : undefined
    const door = await openFrontDoor({
      listeners: [listener],
      open: async () => {
        this.#indoors ??= this.#openServer()
        const inside = await this.#indoors
        // The server is closed once, with the first of the doors or the last.
        return secured === undefined ? inside : { ...inside, accept: (socket) => this.#secure(socket, secured, inside) }
      },
      unbound: ({ host, port }, error) => {
        logger.warn({ host, port, code: error.code }, 'the schema registry is not served: its address can not be bound')
      },
      failed: (error) => logger.error({ err: error }, 'the schema registry can not be served'),
    })
    for (const { host, port } of door.addresses) logger.info({ host, port }, 'the schema registry is served')
    return door
  }

  #secure(socket: Socket, tls: ListenerTls, inside: Indoors): void {
    const timer = this.#world.clock.after(HANDSHAKE_MS, () => socket.destroy())
    socket.on('close', () => timer.cancel())
    tls.accept(socket, (outcome) => {
      timer.cancel()
      const principal = 'socket' in outcome ? tls.principalOf(outcome.certificate) : undefined
      if (!('socket' in outcome) || principal === undefined) {
        socket.destroy()
        return
      }
      this.#principals.set(outcome.socket, principal)
      inside.accept(outcome.socket as Socket)
    })
    socket.resume()
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
    return loadRegistry(this.#world, broker.parts)
  }

  async close(): Promise<void> {
    await Promise.all(this.#doors.map((door) => door.close()))
    const loaded = await this.#loaded?.catch(() => undefined)
    await loaded?.registry.close()
  }
}

function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::'
}
