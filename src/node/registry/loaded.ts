import { hostname } from 'node:os'
import { packageVersion } from '../../cli/version.ts'
import { REGISTRY_ENDPOINT } from '../../config/registry-config.ts'
import type { Indoors } from '../../http/front-door.ts'
import { forwardTo } from '../../http/registry/forward.ts'
import { openRegistryServer, type RegistryServerOptions, type RegistryVisitor } from '../../http/registry/server.ts'
import { areaOf } from '../../io/log-levels.ts'
import { type Api, ApiKey, apiOf } from '../../protocol/apis.ts'
import type { ConnectionInfo } from '../../protocol/frame-handler.ts'
import { type Forward, NotForwarded } from '../../registry/ports.ts'
import { SCHEMAS_TOPIC } from '../../registry/records.ts'
import { Registry } from '../../registry/registry.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { BrokerParts } from '../broker-parts.ts'
import type { World } from '../world.ts'
import { NodeSchemaLog } from './schema-log.ts'
import type { BrokerUsers } from './users.ts'

export interface LoadedRegistry {
  readonly registry: Registry
  serve(visitorOf: RegistryServerOptions['visitorOf']): Promise<Indoors>
}

/** Everything that the registry is made of, loaded with the first question. */
export function loadRegistry(world: World, parts: BrokerParts, users: BrokerUsers): LoadedRegistry {
  const { config, clock, peers, access } = world
  const logger = areaOf(world.logger, 'registry')
  const log = new NodeSchemaLog({ ...parts, peers })
  const registry = new Registry({ log, forward: forwarding(world, parts), clock, logger })
  const logIn = async (user: string, password: string, peerAddress: string) => {
    const principal = await users.principalOf(user, password, peerAddress)
    if (principal === undefined) await new Promise<void>((done) => clock.after(users.failureDelayMs, done))
    return principal
  }
  return {
    registry,
    serve: (visitorOf) =>
      openRegistryServer({
        registry,
        clusterId: parts.metadata.clusterId,
        version: packageVersion(),
        logger,
        hosts: config.registry.listeners.map(({ host }) => host.toLowerCase()),
        visitorOf,
        logIn: config.registry.hasLogins ? logIn : undefined,
        may: (visitor, operation) => {
          if (!access.isOn) return true
          const api = operation === 'READ' ? ApiKey.Fetch : ApiKey.Produce
          const context = { api: apiOf(api) as Api, connection: connectionOf(visitor) }
          return access.may(context, AclOperation[operation], ResourceType.TOPIC, SCHEMAS_TOPIC)
        },
      }),
  }
}

/** What the authorizer and its audit want to know of a connection. */
function connectionOf({ peerAddress, principal }: RegistryVisitor): ConnectionInfo {
  return {
    id: `${hostname()}-${peerAddress}-registry`,
    listenerName: REGISTRY_ENDPOINT,
    securityProtocol: 'PLAINTEXT',
    peerAddress: peerAddress.replace(/^::ffff:/, ''),
    peerPort: 0,
    localAddress: '',
    localPort: 0,
    principal,
    tokenAuthenticated: false,
    clientSoftwareName: 'unknown',
    clientSoftwareVersion: 'unknown',
  }
}

/** The other broker's address is in the metadata, with its listeners. */
function forwarding({ tls }: World, { metadata }: BrokerParts): Forward {
  return (broker, request) => {
    const endpoints = metadata.image.broker(broker)?.endpoints
    const endpoint = endpoints?.find(({ name }) => name === REGISTRY_ENDPOINT)
    if (endpoint === undefined) {
      return Promise.reject(
        new NotForwarded('it serves no registry: set odradek.schema.registry.listeners there', false),
      )
    }
    const { host, port, securityProtocol } = endpoint
    const secured = securityProtocol === 1 ? tls.link(REGISTRY_ENDPOINT, 'SSL') : undefined
    return forwardTo({ host, port, tls: secured }, request)
  }
}
