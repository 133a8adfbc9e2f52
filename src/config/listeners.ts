import { ConfigError } from './config-error.ts'

export type ProcessRole = 'broker' | 'controller'
export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

export interface HostAndPort {
  readonly host: string
  readonly port: number
}

export interface ListenerConfig extends HostAndPort {
  /** Upper case, as Kafka compares them. */
  readonly name: string
  readonly securityProtocol: SecurityProtocol
  /** Whom it serves. `host` and `port` say where to bind: an empty host is every interface, port 0 any free one. */
  readonly role: ProcessRole
  /** What clients are told; where undefined that is `host`, or for every interface the address that they used. */
  readonly advertised: HostAndPort | undefined
}

/** A member of the metadata quorum, from `controller.quorum.voters`. */
export interface VoterAddress extends HostAndPort {
  readonly id: number
}

interface Endpoint extends HostAndPort {
  readonly name: string
}

export interface ListenerInput {
  readonly listeners: readonly string[]
  readonly advertised: readonly string[] | null
  readonly controllerNames: readonly string[]
  /** `listener.security.protocol.map` and whether it was set, not defaulted. */
  readonly protocolMap: string
  readonly protocolMapGiven: boolean
}

const PROTOCOLS: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL']
const ENDPOINT = /^([^:/]*):\/\/\[?([0-9a-zA-Z\-%._:]*)\]?:(-?\d{1,10})$/

/** The listeners with their protocols and advertised addresses; also the names that the protocol map knows. */
export function resolveListeners(input: ListenerInput): {
  listeners: ListenerConfig[]
  protocols: ReadonlyMap<string, SecurityProtocol>
} {
  const bound = parseEndpoints('listeners', input.listeners)
  requireDistinct(
    'listeners',
    bound.map((endpoint) => endpoint.name),
    'name',
  )
  requireDistinctPorts(bound)
  const told = parseEndpoints('advertised.listeners', input.advertised ?? [])
  requireDistinct(
    'advertised.listeners',
    told.map((endpoint) => endpoint.name),
    'name',
  )
  const protocols = protocolsOf(input, bound)
  const controllers = new Set(input.controllerNames.map((name) => name.toUpperCase()))
  const listeners = bound.map((endpoint): ListenerConfig => {
    const securityProtocol = protocols.get(endpoint.name)
    if (securityProtocol === undefined) {
      throw new ConfigError(
        `Add ${endpoint.name}:<protocol> to listener.security.protocol.map: the listener ${endpoint.name} has no security protocol.`,
      )
    }
    const advertised = told.find((other) => other.name === endpoint.name)
    return { ...endpoint, securityProtocol, role: controllers.has(endpoint.name) ? 'controller' : 'broker', advertised }
  })
  const stranger = told.find((endpoint) => !bound.some((other) => other.name === endpoint.name))
  if (stranger) {
    throw new ConfigError(
      `Take ${stranger.name} out of advertised.listeners or add it to listeners: only a listener that exists can be advertised.`,
    )
  }
  return { listeners, protocols }
}

function parseEndpoints(config: string, entries: readonly string[]): Endpoint[] {
  return entries.map((entry) => {
    const endpoint = parseEndpoint(entry)
    if (endpoint !== undefined) return endpoint
    throw new ConfigError(`Write ${config} as NAME://host:port, separated by commas: '${entry}' is none.`)
  })
}

/** `NAME://host:port`; undefined: it is none. */
export function parseEndpoint(entry: string): Endpoint | undefined {
  const match = ENDPOINT.exec(entry.trim())
  const port = Number(match?.[3])
  if (!match?.[1] || port < -1 || port > 65_535) return undefined
  return { name: match[1].toUpperCase(), host: match[2] ?? '', port: Math.max(port, 0) }
}

function requireDistinct(config: string, values: readonly string[], what: string): void {
  const twice = values.find((value, at) => values.indexOf(value) !== at)
  if (twice !== undefined)
    throw new ConfigError(`Give each entry of ${config} its own ${what}: ${twice} is there twice.`)
}

/** Kafka allows one port twice only for one host in an IPv4 and an IPv6 form. */
function requireDistinctPorts(endpoints: readonly Endpoint[]): void {
  const byPort = new Map<number, Endpoint[]>()
  for (const endpoint of endpoints) {
    if (endpoint.port === 0) continue
    const others = byPort.get(endpoint.port) ?? []
    others.push(endpoint)
    byPort.set(endpoint.port, others)
  }
  for (const [port, sharing] of byPort) {
    const families = new Set(sharing.map((endpoint) => familyOf(endpoint.host)))
    const bothFamilies = sharing.length === 2 && families.has(4) && families.has(6)
    if (sharing.length > 1 && !bothFamilies) {
      throw new ConfigError(`Give each entry of listeners its own port: ${port} is there twice.`)
    }
  }
}

function familyOf(host: string): 4 | 6 | undefined {
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return 4
  return host.includes(':') ? 6 : undefined
}

/** The security protocols by listener, those that Kafka adds by itself among them. Throws a `ConfigError`. */
export function protocolMapOf(input: ListenerInput): ReadonlyMap<string, SecurityProtocol> {
  return protocolsOf(
    input,
    input.listeners.flatMap((entry) => parseEndpoint(entry) ?? []),
  )
}

function protocolsOf(input: ListenerInput, bound: readonly Endpoint[]): Map<string, SecurityProtocol> {
  const map = new Map<string, SecurityProtocol>()
  for (const entry of input.protocolMap.split(',').map((part) => part.trim())) {
    if (entry === '') continue
    const [name, protocol] = entry.split(':').map((part) => part.trim())
    const known = PROTOCOLS.find((candidate) => candidate === protocol)
    if (!name || !known) {
      throw new ConfigError(
        `Write listener.security.protocol.map as NAME:PROTOCOL with one of ${PROTOCOLS.join(', ')}: '${entry}' is none.`,
      )
    }
    map.set(name.toUpperCase(), known)
  }
  const secured = (name: string): boolean => name !== 'PLAINTEXT' && PROTOCOLS.some((protocol) => protocol === name)
  // Kafka maps controller listeners to PLAINTEXT by itself as long as no listener is named after a secured protocol.
  const plain = !input.protocolMapGiven && ![...input.controllerNames, ...bound.map((b) => b.name)].some(secured)
  if (plain) for (const name of input.controllerNames) map.set(name.toUpperCase(), 'PLAINTEXT')
  return map
}

export function parseVoters(entries: readonly string[]): VoterAddress[] {
  return entries.map((entry) => {
    const [id, address] = entry.split('@')
    return { id: Number(id), ...parseAddress(address ?? '') }
  })
}

/** `host:port` that the definition's validator has accepted. */
export function parseAddress(text: string): HostAndPort {
  const colon = text.lastIndexOf(':')
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) }
}
