import { KafkaError } from '../base/errors.ts'
import type { Clock, Logger, Net, NetAddress } from '../io/ports.ts'
import type { BrokerImage, MetadataImage } from '../metadata/image.ts'
import type { ConnectionInfo } from '../protocol/frame-handler.ts'
import type { BrokerHeartbeatRequestData } from '../protocol/messages/broker-heartbeat.ts'
import type { ControllerPort } from './admin.ts'
import type { Handler } from './handler.ts'

export interface BrokerWatchOptions {
  readonly nodeId: number
  readonly controller: ControllerPort & { readonly isActive: boolean; readonly image: MetadataImage }
  readonly net: Net
  readonly clock: Clock
  readonly logger: Logger
  /** inter.broker.listener.name: where a broker is looked for. */
  readonly listenerName: string
}

/** Nobody listens there, or there is no such host any more. A host that is merely silent may live. */
const GONE: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENOTFOUND'])
/** A process that dies closes its sockets one after another: the first look may come too early. */
const LOOK_AGAIN_MS = [15, 50, 150, 400]
const CONNECT_TIMEOUT_MS = 3_000

/**
 * Fences brokers that died without a word, at once instead of when their session ends: when the connection of a broker's
 * heartbeats breaks and nobody takes a new one at its address. A controller that has just been elected looks after all.
 */
export class BrokerWatch {
  readonly #options: BrokerWatchOptions
  /** The broker whose last heartbeat came by a connection. */
  readonly #brokers = new Map<ConnectionInfo, Pick<BrokerImage, 'id' | 'epoch'>>()
  readonly #looking = new Set<number>()
  #closed = false

  constructor(options: BrokerWatchOptions) {
    this.#options = options
  }

  /** BrokerHeartbeat as it is, and what the watch learns of it. */
  watching(heartbeats: Handler): Handler {
    return {
      ...heartbeats,
      handle: (request, context) => {
        const { brokerId, brokerEpoch } = request as BrokerHeartbeatRequestData
        if (brokerId !== this.#options.nodeId)
          this.#brokers.set(context.connection, { id: brokerId, epoch: brokerEpoch })
        return heartbeats.handle(request, context)
      },
    }
  }

  connectionClosed(connection: ConnectionInfo): void {
    const known = this.#brokers.get(connection)
    if (known === undefined) return
    this.#brokers.delete(connection)
    const broker = this.#options.controller.image.broker(known.id)
    // Who leaves in an orderly way closes its connection too.
    if (broker?.epoch === known.epoch && !broker.inControlledShutdown) this.#lookFor(broker)
  }

  /** This node has just become the active controller: a broker may have died with the one before. */
  elected(): void {
    for (const broker of this.#options.controller.image.brokers.values()) {
      if (broker.id !== this.#options.nodeId) this.#lookFor(broker)
    }
  }

  close(): void {
    this.#closed = true
  }

  #lookFor(broker: BrokerImage, attempt = 0): void {
    const { controller, listenerName } = this.#options
    if (broker.fenced || !controller.isActive || (attempt === 0 && this.#looking.has(broker.id))) return
    const endpoint = broker.endpoints.find(({ name }) => name === listenerName) ?? broker.endpoints[0]
    if (endpoint === undefined) return
    this.#looking.add(broker.id)
    this.#isGone(endpoint).then((isGone) => {
      if (isGone) this.#lost(broker)
      else this.#lookLater(broker, attempt)
    })
  }

  #lookLater(broker: BrokerImage, attempt: number): void {
    const delay = LOOK_AGAIN_MS[attempt]
    if (delay === undefined || this.#isHeard(broker)) {
      this.#looking.delete(broker.id)
      return
    }
    this.#options.clock.after(delay, () => {
      const current = this.#options.controller.image.broker(broker.id)
      if (this.#closed || current?.epoch !== broker.epoch || this.#isHeard(broker)) this.#looking.delete(broker.id)
      else this.#lookFor(current, attempt + 1)
    })
  }

  #isHeard({ id, epoch }: BrokerImage): boolean {
    return [...this.#brokers.values()].some((broker) => broker.id === id && broker.epoch === epoch)
  }

  /** Whether a connection to the address is refused. */
  #isGone(address: NetAddress): Promise<boolean> {
    const { net, clock } = this.#options
    return new Promise((resolve) => {
      const socket = net.connect({ host: address.host, port: address.port })
      const done = (isGone: boolean): void => {
        timer.cancel()
        socket.destroy()
        resolve(isGone)
      }
      const timer = clock.after(CONNECT_TIMEOUT_MS, () => done(false))
      socket.on('connect', () => done(false))
      socket.on('error', (error) => done(GONE.has(error.code ?? '')))
      socket.on('close', () => done(false))
    })
  }

  #lost({ id, epoch }: BrokerImage): void {
    this.#looking.delete(id)
    if (this.#closed) return
    const { controller, logger } = this.#options
    logger.warn({ broker: id }, `broker ${id} is gone: its connection broke and its address refuses another`)
    controller.submit({ type: 'brokerLost', brokerId: id, brokerEpoch: epoch }).catch((error: unknown) => {
      // The next controller looks for itself.
      if (!(error instanceof KafkaError)) throw error
    })
  }
}
