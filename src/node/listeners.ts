import { hostname } from 'node:os'
import type { SlabPool } from '../base/slab-pool.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { ListenerConfig } from '../config/listeners.ts'
import type { Insight } from '../insight/insight.ts'
import { areaOf } from '../io/log-levels.ts'
import type { Clock, Logger, Net } from '../io/ports.ts'
import type { Endpoint } from '../metadata/image-types.ts'
import type { ListenerMetrics } from '../metrics/broker-metrics.ts'
import { frameMemory } from '../network/frame-memory.ts'
import { Listener } from '../network/listener.ts'
import { SaslGate } from '../network/sasl-gate.ts'
import type { LoginFailure } from '../network/sasl-settings.ts'
import type { ConnectionControl, ConnectionInfo, FrameHandler, FrameRefusal } from '../protocol/frame-handler.ts'
import { connectionLimits } from './connection-limits.ts'
import type { EffectiveConfig } from './effective-config.ts'
import { isSasl, type SaslSetup } from './sasl.ts'
import type { StartGate } from './start-gate.ts'
import type { NodeTls } from './tls/node-tls.ts'

export interface BoundListener {
  readonly config: ListenerConfig
  readonly listener: Listener
}

/** In metadata records. */
const PROTOCOL_CODES = { PLAINTEXT: 0, SSL: 1, SASL_PLAINTEXT: 2, SASL_SSL: 3 } as const

export interface OpenListeners {
  readonly config: BrokerConfig
  readonly effective: EffectiveConfig
  /** Those to bind; all of them share the node's limits. */
  readonly listeners: readonly ListenerConfig[]
  readonly handle: FrameHandler
  /** The answer to a request that comes in the middle of a login. */
  readonly refusal: FrameRefusal
  /** Everything waits for it, logins too: whoever is known may stand in the metadata. */
  readonly gate: StartGate
  readonly sasl: SaslSetup
  readonly tls: NodeTls
  readonly memory: SlabPool
  readonly clock: Clock
  readonly logger: Logger
  readonly net: Net
  readonly insight: Insight
  readonly closed?: (connection: ConnectionInfo) => void
}

/** Binds listeners; on a failure those that were bound are closed again. */
export function openListeners({ listeners, ...options }: OpenListeners): Promise<BoundListener[]> {
  return bindAll(listeners, openerOf({ ...options, listeners: () => listeners }))
}

export async function bindAll(
  listeners: readonly ListenerConfig[],
  open: (listener: ListenerConfig) => Promise<BoundListener>,
): Promise<BoundListener[]> {
  const bound: BoundListener[] = []
  try {
    for (const listener of listeners) bound.push(await open(listener))
  } catch (error) {
    await Promise.all(bound.map(({ listener }) => listener.close(0)))
    throw error
  }
  return bound
}

type OpenerOptions = Omit<OpenListeners, 'listeners'> & {
  /** Those that there are now. */
  readonly listeners: () => readonly ListenerConfig[]
}

/** What binds one listener after another; all of them share the node's limits. */
export function openerOf(options: OpenerOptions): (own: ListenerConfig) => Promise<BoundListener> {
  const { config, clock, logger, net, insight } = options
  const closed = (connection: ConnectionInfo): void => {
    insight.closed(connection)
    options.closed?.(connection)
  }
  const shared = connectionLimits(config, options.effective, options.listeners)
  const settings = {
    maxFrameBytes: config.get('socket.request.max.bytes'),
    maxIdleMs: config.get('connections.max.idle.ms'),
    backlog: config.get('socket.listen.backlog.size'),
  }
  const memory = frameMemory(options.memory)
  return async (own) => {
    const { name, host, port, securityProtocol } = own
    const tls = options.tls.listener(name, securityProtocol)
    const listener = await Listener.open({
      name,
      host,
      port,
      securityProtocol,
      ...standingBefore(own, options),
      shared,
      memory,
      clock,
      logger: areaOf(logger, 'network'),
      net,
      settings,
      ...(tls && { tls }),
      closed,
      watch: insight,
    })
    return { config: own, listener }
  }
}

/** What comes first on a listener: the login, where it asks for one. */
function standingBefore({ name, securityProtocol }: ListenerConfig, options: OpenerOptions) {
  const { gate, handle, refusal, sasl, clock, logger, insight } = options
  if (!isSasl(securityProtocol)) return { handle: gate.guard(handle) }
  const settings = sasl.listener(name)
  const failedLogin = (connection: ConnectionInfo, failure: LoginFailure) => insight.loginFailed(connection, failure)
  const guard = (metrics: ListenerMetrics) => {
    const gated = { ...settings, handle, refusal, clock, logger: areaOf(logger, 'sasl'), metrics, failedLogin }
    const login = new SaslGate(gated)
    const waiting = gate.guard(login.handle)
    return {
      handle: waiting,
      opened: (connection: ConnectionInfo, control: ConnectionControl) => login.opened(connection, control),
      closed: (connection: ConnectionInfo) => login.closed(connection),
      stopped: () => login.stopped(),
    }
  }
  return { handle, guard }
}

/** What the cluster is told of the listeners: the advertised address, else the one that is bound. */
export function endpointsOf(bound: readonly BoundListener[]): Endpoint[] {
  return bound.map(({ config: { name, advertised, host, securityProtocol }, listener }) => ({
    name,
    host: advertised?.host ?? ownAddress(host),
    port: advertised?.port ?? listener.port,
    securityProtocol: PROTOCOL_CODES[securityProtocol],
  }))
}

/**
 * Names of the listeners of which every client is told the same address: one is advertised, or the listener names a host,
 * which clients compare with the one that they were given (and, with TLS, with its certificate).
 */
export function settledListeners(listeners: readonly ListenerConfig[]): Set<string> {
  return new Set(listeners.filter((l) => l.advertised !== undefined || !isWildcard(l.host)).map(({ name }) => name))
}

function ownAddress(host: string): string {
  return isWildcard(host) ? hostname() : host
}

/** Every interface, in each of the ways to write that. */
function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::'
}
