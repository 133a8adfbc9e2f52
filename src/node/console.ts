import { hostname } from 'node:os'
import { listenerSetting } from '../config/listener-settings.ts'
import type { Mechanism } from '../http/console/api.ts'
import type { ConsoleNode, Way } from '../http/console/node.ts'
import { latencies } from '../http/latencies.ts'
import type { BrokerSide } from './broker-side.ts'
import type { NodeParts } from './http.ts'
import type { BoundListener } from './listeners.ts'
import { isSasl } from './sasl.ts'
import type { World } from './world.ts'

const MECHANISMS: readonly Mechanism[] = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'PLAIN', 'OAUTHBEARER']

/** What the console is told of its node. */
export function consoleNode(world: World, parts: NodeParts, files: string, version: string): ConsoleNode {
  const { config, clock, metrics, insight, logger, access } = world
  const bound = () => parts.broker()?.bound ?? []
  return {
    nodeId: config.nodeId,
    clusterId: parts.metadata.clusterId,
    version,
    hasAuthorizer: access.isOn,
    way: () => wayOf(world, parts.broker()),
    hosts: () => hostsOf(world),
    hasRegistry: config.registry.listeners.length > 0,
    registry: async () => parts.broker()?.registry(),
    insight,
    connections: () => bound().flatMap(({ listener }) => [...listener.connections()]),
    latencies: () => latencies(metrics.requests, clock.monotonic()),
    counters: () => {
      const listeners = bound().map(({ listener }) => listener)
      return {
        bytesIn: metrics.topics.total('bytesIn'),
        bytesOut: metrics.topics.total('bytesOut'),
        requests: listeners.reduce((sum, each) => sum + each.metrics.requests, 0),
        connections: listeners.reduce((sum, { connectionCount }) => sum + connectionCount, 0),
      }
    },
    bootstrap: () => {
      const [first] = config.brokerListeners.flatMap(({ name, securityProtocol }) => {
        const endpoint = parts.metadata.image.broker(config.nodeId)?.endpoints.find((each) => each.name === name)
        return endpoint === undefined ? [] : [{ ...endpoint, securityProtocol }]
      })
      if (first === undefined) return { bootstrap: 'localhost:9092', isSecured: false }
      return { bootstrap: `${first.host}:${first.port}`, isSecured: first.securityProtocol !== 'PLAINTEXT' }
    },
    monotonicMs: () => clock.monotonic(),
    logger,
    files,
  }
}

/**
 * The listener by which the console asks the cluster. Where one of them asks for a login, so does the console: nobody is to
 * get in by it who would not get in otherwise.
 */
function wayOf(world: World, broker: BrokerSide | undefined): Way | { readonly obstacle: string } {
  if (broker === undefined || !broker.isServing) return { obstacle: 'The broker is starting: try again in a moment.' }
  const { config, tls } = world
  const wanted = config.console.listener
  const listeners = broker.bound.filter(({ config: { name } }) => wanted === undefined || name === wanted)
  const [best] = listeners
    .map((each) => ({ each, rank: rankOf(each, world) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank)
  if (best === undefined) {
    return {
      obstacle:
        'The console has no way into the cluster: each listener wants a certificate, or a login by a mechanism that can not ' +
        'be typed. Add a listener with SASL and name it in odradek.console.listener.',
    }
  }
  const { config: listener, listener: opened } = best.each
  const host = isWildcard(listener.host) ? 'localhost' : listener.host
  const isThisNode = (name: string) => name === host || name === listener.advertised?.host || name === hostname()
  return {
    listener: listener.name,
    host,
    port: opened.port,
    tls: tls.visitorLink(listener.name, isThisNode),
    mechanisms: isSasl(listener.securityProtocol) ? mechanismsOf(listener.name, world) : [],
  }
}

/**
 * 0: it can't be used. SASL before none. Other brokers are best reached where brokers reach each other, but only users that
 * all brokers know (SCRAM, tokens) can log in there for certain.
 */
function rankOf({ config: { name, securityProtocol } }: BoundListener, world: World): number {
  const isInterBroker = name === world.config.interBrokerListenerName
  if (isSasl(securityProtocol)) {
    const mechanisms = mechanismsOf(name, world)
    if (mechanisms.length === 0) return 0
    const isOfCluster = mechanisms.some((mechanism) => mechanism !== 'PLAIN')
    return isInterBroker ? (isOfCluster ? 7 : 5) : 6
  }
  if (world.tls.wantsCertificates(name)) return 0
  return (securityProtocol === 'PLAINTEXT' ? 2 : 1) + (isInterBroker ? 2 : 0)
}

function mechanismsOf(listener: string, { effective }: World): Mechanism[] {
  const enabled = listenerSetting(effective.layers, listener, 'sasl.enabled.mechanisms')
  return MECHANISMS.filter((mechanism) => enabled.includes(mechanism))
}

function isWildcard(host: string): boolean {
  return host === '' || host === '0.0.0.0' || host === '::'
}

/** Names of this machine, those under which it is advertised, and those that the configuration allows. */
function hostsOf({ config }: World): string[] {
  const own = [...config.httpListeners.map(({ host }) => host), hostname()]
  const advertised = config.brokerListeners.map((each) => each.advertised?.host ?? each.host)
  return [...own, ...advertised, ...config.console.hosts]
    .map((host) => host.toLowerCase())
    .filter((host) => host !== '')
}
