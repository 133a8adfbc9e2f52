import { hostname } from 'node:os'
import type { SlabPool } from '../base/slab-pool.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { ListenerConfig } from '../config/listeners.ts'
import { areaOf } from '../io/log-levels.ts'
import type { Clock, Logger, Net } from '../io/ports.ts'
import type { Endpoint } from '../metadata/image-types.ts'
import { frameMemory } from '../network/frame-memory.ts'
import { Listener } from '../network/listener.ts'
import type { ConnectionInfo, FrameHandler } from '../protocol/frame-handler.ts'
import { connectionLimits } from './connection-limits.ts'
import type { EffectiveConfig } from './effective-config.ts'

export interface BoundListener {
  readonly config: ListenerConfig
  readonly listener: Listener
}

/** The code of PLAINTEXT in metadata records. */
const PLAINTEXT = 0

export interface OpenListeners {
  readonly config: BrokerConfig
  readonly effective: EffectiveConfig
  /** Those to bind; all of them share the node's limits. */
  readonly listeners: readonly ListenerConfig[]
  readonly handle: FrameHandler
  readonly memory: SlabPool
  readonly clock: Clock
  readonly logger: Logger
  readonly net: Net
  readonly closed?: (connection: ConnectionInfo) => void
}

/** Binds listeners; on a failure those that were bound are closed again. */
export async function openListeners(options: OpenListeners): Promise<BoundListener[]> {
  const { config, handle, clock, logger, net, closed } = options
  const shared = connectionLimits(config, options.effective, options.listeners)
  const settings = {
    maxFrameBytes: config.get('socket.request.max.bytes'),
    maxIdleMs: config.get('connections.max.idle.ms'),
    backlog: config.get('socket.listen.backlog.size'),
  }
  const memory = frameMemory(options.memory)
  const bound: BoundListener[] = []
  try {
    for (const own of options.listeners) {
      const { name, host, port } = own
      const base = { name, host, port, securityProtocol: 'PLAINTEXT' } as const
      bound.push({
        config: own,
        listener: await Listener.open({
          ...base,
          handle,
          shared,
          memory,
          clock,
          logger: areaOf(logger, 'network'),
          net,
          settings,
          ...(closed && { closed }),
        }),
      })
    }
  } catch (error) {
    await Promise.all(bound.map(({ listener }) => listener.close(0)))
    throw error
  }
  return bound
}

/** What the cluster is told of the listeners: the advertised address, else the one that is bound. */
export function endpointsOf(bound: readonly BoundListener[]): Endpoint[] {
  return bound.map(({ config: { name, advertised, host }, listener }) => ({
    name,
    host: advertised?.host ?? ownAddress(host),
    port: advertised?.port ?? listener.port,
    securityProtocol: PLAINTEXT,
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
