import { fileURLToPath } from 'node:url'
import type { FastifyInstance } from 'fastify'
import { packageVersion } from '../cli/version.ts'
import { HTTP_ENDPOINT, HTTP_LISTENERS } from '../config/own-configs.ts'
import type { HttpServer, Indoors } from '../http/front-door.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { BrokerSide } from './broker-side.ts'
import type { ControllerSide } from './controller-side.ts'
import { openDoors } from './http-doors.ts'
import type { World } from './world.ts'

/** Where the build puts them, seen from the sources and from what is built of them. */
const CONSOLE_FILES = fileURLToPath(new URL('../../dist/console', import.meta.url))

/** What of a node can be looked at. */
export interface NodeParts {
  readonly metadata: MetadataNode
  readonly logs: LogManager
  readonly controller: ControllerSide | undefined
  /** Undefined: a controller only, or not there yet. */
  readonly broker: () => BrokerSide | undefined
}

/** Serves metrics, health and the console where the configuration says so; what that takes is loaded when somebody comes. */
export async function openHttp(world: World, parts: NodeParts): Promise<HttpServer | undefined> {
  const { config, logger } = world
  if (config.httpListeners.length === 0) return undefined
  const server = await openDoors(world, {
    endpoint: HTTP_ENDPOINT,
    setting: HTTP_LISTENERS,
    listeners: config.httpListeners,
    open: () => indoors(world, parts),
    unbound: ({ host, port }, error) => {
      logger.warn({ host, port, code: error.code }, 'the web console is not served: its address can not be bound')
    },
    failed: (error) => logger.error({ err: error }, 'HTTP can not be served'),
  })
  for (const { host, port } of server.addresses) {
    logger.info({ host, port }, 'HTTP is served: the console, /metrics, /healthz, /readyz')
  }
  return server
}

async function indoors(world: World, parts: NodeParts): Promise<Indoors> {
  const { openHttpServer } = await import('../http/server.ts')
  const { metricFamilies } = await import('./metric-families.ts')
  return openHttpServer({
    ...metricFamilies(world, parts),
    unready: () => unready(world, parts),
    ...(world.config.isBroker && { more: (server: FastifyInstance) => serveTheConsole(server, world, parts) }),
  })
}

async function serveTheConsole(server: FastifyInstance, world: World, parts: NodeParts) {
  const { serveConsole } = await import('../http/console/console.ts')
  const { consoleNode } = await import('./console.ts')
  return serveConsole(server, consoleNode(world, parts, CONSOLE_FILES, packageVersion()))
}

/** What keeps the node from its work. */
function unready({ config }: World, { metadata, broker }: NodeParts): string[] {
  const { id } = metadata.leader()
  const waiting = id < 0 ? ['the metadata quorum has no leader'] : []
  if (!config.isBroker) return waiting
  const side = broker()
  const own = metadata.image.broker(config.nodeId)
  if (side === undefined) waiting.push('the metadata is not caught up')
  else if (side.brokerEpoch < 0 || own === undefined) waiting.push('the broker is not registered')
  else if (own.fenced) waiting.push('the broker is fenced')
  else if (!side.isServing) waiting.push('the replicas are not loaded')
  return waiting
}
