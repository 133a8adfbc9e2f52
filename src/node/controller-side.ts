import { ProtocolError } from '../base/errors.ts'
import { BrokerWatch } from '../broker/broker-watch.ts'
import { Dispatcher } from '../broker/dispatch.ts'
import { answerLocally, type LocalAnswer } from '../broker/local-dispatch.ts'
import { trustingOwn } from '../broker/own-access.ts'
import { countedLogger } from '../io/counted-logger.ts'
import type { Endpoint } from '../metadata/image-types.ts'
import type { ConnectionInfo } from '../protocol/frame-handler.ts'
import type { ControllerChannel } from '../runtime/controller-channel.ts'
import { ControllerRegistration } from '../runtime/controller-registration.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'
import { controllerListenerHandlers } from './controller-handlers.ts'
import { type BoundListener, endpointsOf, openListeners } from './listeners.ts'
import { StartGate } from './start-gate.ts'
import type { World } from './world.ts'

/** What becomes of requests and connections; known when the quorum is. */
interface ListenerEvents {
  handle: Dispatcher['handle']
  refusal: Dispatcher['refusal']
  closed: (connection: ConnectionInfo) => void
}

/**
 * A node with the controller role, as the others see it: its listeners are bound before the quorum is opened, since its
 * members must reach each other, and serve as soon as it is.
 */
export class ControllerSide {
  readonly bound: readonly BoundListener[]
  readonly #world: World
  readonly #gate: StartGate
  readonly #events: ListenerEvents
  #dispatcher: Dispatcher | undefined
  #requestsLogger: ReturnType<typeof countedLogger> | undefined
  #watch: BrokerWatch | undefined
  #registration: ControllerRegistration | undefined
  readonly #own: ConnectionInfo

  private constructor(world: World, bound: readonly BoundListener[], gate: StartGate, events: ListenerEvents) {
    this.#world = world
    this.bound = bound
    this.#gate = gate
    this.#events = events
    this.#own = ownConnection(world.config.controllerListenerName)
  }

  static async bind(world: World): Promise<ControllerSide> {
    const { config } = world
    const gate = new StartGate()
    const events: ListenerEvents = {
      handle: (_frame, _connection, slot) => slot.close('this controller does not serve yet'),
      refusal: () => undefined,
      closed: () => {},
    }
    const bound = await openListeners({
      ...world,
      listeners: config.controllerListeners,
      gate,
      handle: (frame, connection, slot) => events.handle(frame, connection, slot),
      refusal: (frame, connection, code) => events.refusal(frame, connection, code),
      closed: (connection) => events.closed(connection),
    })
    return new ControllerSide(world, bound, gate, events)
  }

  get endpoints(): Endpoint[] {
    return endpointsOf(this.bound)
  }

  serve(metadata: MetadataNode): void {
    const { config, net, clock, logger, onFatal, metrics, trace } = this.#world
    const { nodeId, interBrokerListenerName: listenerName } = config
    const watch = new BrokerWatch({ nodeId, controller: metadata, net, clock, logger, listenerName })
    const answer = (frame: Buffer, connection: ConnectionInfo) => this.answer(frame, connection)
    const access = trustingOwn(this.#world.access, this.#own)
    const counted = countedLogger(logger, clock)
    this.#requestsLogger = counted
    const handlers = controllerListenerHandlers({ ...this.#world, logger: counted, access, metadata, watch, answer })
    const measures = { requests: metrics.requests, trace, monotonicMs: () => clock.monotonic() }
    const dispatcher = new Dispatcher({ handlers, logger: counted, onFatal, measures })
    this.#dispatcher = dispatcher
    this.#watch = watch
    this.#events.handle = dispatcher.handle
    this.#events.refusal = dispatcher.refusal
    this.#events.closed = (connection) => watch.connectionClosed(connection)
    let wasActive = false
    metadata.onImage(({ elections }) => {
      metrics.controller.elections += elections.all
      metrics.controller.uncleanElections += elections.unclean
      metrics.controller.electionsFromEligible += elections.fromEligible
    })
    const look = (): void => {
      if (metadata.isActive && !wasActive) watch.elected()
      wasActive = metadata.isActive
    }
    metadata.onLeader(look)
    look()
    this.#openGate(metadata)
  }

  /** early.start.listeners: a listener that is not among them waits until it is known who may do what. */
  #openGate(metadata: MetadataNode): void {
    const { config, access } = this.#world
    const early = config.get('early.start.listeners')?.map((name) => name.toUpperCase())
    const isEarly = early === undefined || config.controllerListeners.every(({ name }) => early.includes(name))
    // Rejected: the node stops.
    if (isEarly || !access.isOn) this.#gate.open()
    else
      metadata.caughtUp().then(
        () => this.#gate.open(),
        () => {},
      )
  }

  /** What this node asks of its own controller takes the way of everybody's requests, without the socket. */
  async answer(frame: Buffer, connection: ConnectionInfo = this.#own): Promise<LocalAnswer> {
    if (this.#dispatcher === undefined) throw new ProtocolError('this controller does not serve yet')
    return answerLocally(this.#dispatcher, frame, connection)
  }

  /** Tells the cluster of this controller, and of every later change that it must know. */
  register(metadata: MetadataNode, channel: ControllerChannel): void {
    const { config, clock, logger } = this.#world
    const { nodeId } = config
    const { incarnationId } = metadata
    const endpoints = this.endpoints
    this.#registration = new ControllerRegistration({
      nodeId,
      incarnationId,
      endpoints,
      channel,
      metadata,
      clock,
      logger,
    })
    this.#registration.check()
  }

  /** Others go on without it: nothing is registered or looked for any more. */
  leave(): void {
    this.#registration?.close()
    this.#watch?.close()
  }

  async close(graceMs: number): Promise<void> {
    this.leave()
    await Promise.all(this.bound.map(({ listener }) => listener.close(graceMs)))
    this.#requestsLogger?.flush()
  }
}

/** What a node has with itself. */
function ownConnection(listenerName: string): ConnectionInfo {
  return {
    id: `local-${listenerName}`,
    listenerName,
    securityProtocol: 'PLAINTEXT',
    peerAddress: '127.0.0.1',
    peerPort: 0,
    localAddress: '127.0.0.1',
    localPort: 0,
    principal: 'User:ANONYMOUS',
    tokenAuthenticated: false,
    clientSoftwareName: 'unknown',
    clientSoftwareVersion: 'unknown',
  }
}
