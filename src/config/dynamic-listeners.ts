import type { BrokerLayers } from './layers.ts'
import { type ListenerConfig, parseEndpoint, protocolMapOf, resolveListeners } from './listeners.ts'

const LISTENERS = 'listeners'
const PROTOCOL_MAP = 'listener.security.protocol.map'

type Refuse = (sentence: string) => never

/** How a broker says no: at once, for a requirement that fails, and for what a part of it objects to. */
export interface Refusals {
  readonly refuse: Refuse
  readonly failed: Refuse
  readonly notNow: Refuse
}

function isDynamic({ ownTexts }: BrokerLayers): boolean {
  return ownTexts.has(LISTENERS) || ownTexts.has(PROTOCOL_MAP)
}

/** The listeners of a broker as they count now, and of a controller beside it. */
function listenersOf(layers: BrokerLayers): readonly ListenerConfig[] {
  const { config } = layers
  return isDynamic(layers) ? resolveListeners(inputOf(layers)).listeners : config.listeners
}

/** Throws a `ConfigError` where they can't be: what is in the metadata may have been said by another controller. */
export function brokerListenersOf(layers: BrokerLayers): readonly ListenerConfig[] {
  return listenersOf(layers).filter(({ role }) => role === 'broker')
}

function inputOf(layers: BrokerLayers) {
  const { config, ownTexts } = layers
  return {
    listeners: layers.value(LISTENERS),
    advertised: config.get('advertised.listeners'),
    controllerNames: config.get('controller.listener.names'),
    protocolMap: layers.value(PROTOCOL_MAP),
    protocolMapGiven: ownTexts.has(PROTOCOL_MAP) || config.given.has(PROTOCOL_MAP),
  }
}

/** Whether a running broker may get these listeners (KIP-226). Refuses with Kafka's sentences, in Kafka's order. */
export function checkListeners(now: BrokerLayers, next: BrokerLayers, refusals: Refusals): void {
  if (!isDynamic(next)) return
  checkProtocolMap(next, refusals)
  checkEndpoints(next, refusals)
  checkRoles(next, refusals)
  const before = new Map(listenersOf(now).map(({ name, securityProtocol }) => [name, securityProtocol]))
  for (const { name, securityProtocol } of listenersOf(next)) {
    const old = before.get(name)
    if (old !== undefined && old !== securityProtocol) {
      refusals.notNow(`Security protocol cannot be updated for existing listener ListenerName(${name})`)
    }
    if (old === undefined && securityProtocol.endsWith('SSL')) {
      refusals.refuse(`Restart the broker to add ${name}: a listener with TLS can not be added while it runs.`)
    }
  }
}

const PROTOCOLS: ReadonlySet<string> = new Set(['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'])

function checkProtocolMap(next: BrokerLayers, { refuse }: Refusals): void {
  for (const entry of next.value(PROTOCOL_MAP).split(',')) {
    const protocol = entry.slice(entry.indexOf(':') + 1).trim()
    if (entry.trim() !== '' && !PROTOCOLS.has(protocol)) {
      refuse(`Invalid security protocol \`${protocol}\` defined in ${PROTOCOL_MAP}`)
    }
  }
}

function checkEndpoints(next: BrokerLayers, { refuse }: Refusals): void {
  const entries = next.value(LISTENERS)
  const list = `[${entries.join(', ')}]`
  const cause = (sentence: string) => refuse(`Error creating broker listeners from '${list}': ${sentence}`)
  const protocols = protocolMapOf(inputOf(next))
  const endpoints = entries.map((entry) => {
    const endpoint = parseEndpoint(entry) ?? cause(`Unable to parse ${entry} to a broker endpoint`)
    if (!protocols.has(endpoint.name)) cause(`No security protocol defined for listener ${endpoint.name}`)
    return endpoint
  })
  const names = new Set(endpoints.map(({ name }) => name))
  if (names.size < endpoints.length) cause(`Each listener must have a different name, listeners: ${list}`)
  for (const [port, sharing] of Map.groupBy(endpoints, (endpoint) => endpoint.port)) {
    const [first, second, ...more] = sharing.map(({ host }) => host.includes(':'))
    if (port === 0 || sharing.length === 1) continue
    if (first !== second && more.length === 0) continue
    const rule = 'If you have two listeners on the same port then one needs to be IPv4 and the other IPv6'
    cause(`${rule}, listeners: ${list}, port: ${port}`)
  }
}

function checkRoles(next: BrokerLayers, { failed, notNow }: Refusals): void {
  const { config } = next
  const all = listenersOfNames(next)
  const controllers = config.get('controller.listener.names').map((name) => name.toUpperCase())
  const named = controllers.some((name) => all.includes(name))
  const rule = "a value appearing in the 'listeners' configuration when running"
  if (config.isController && !named) {
    failed(`controller.listener.names must contain at least one ${rule.slice(2)} the KRaft controller role`)
  }
  if (!config.isController && named) {
    failed(`controller.listener.names must not contain ${rule} KRaft with just the broker role`)
  }
  const given = config.get('advertised.listeners')?.flatMap((entry) => parseEndpoint(entry)?.name ?? [])
  const advertised = given ?? all.filter((name) => !controllers.includes(name))
  const { interBrokerListenerName } = config
  if (!advertised.includes(interBrokerListenerName)) {
    failed(
      'inter.broker.listener.name must be a listener name defined in advertised.listeners. ' +
        `The valid options based on currently configured listeners are ${advertised.join(',')}`,
    )
  }
  if (!advertised.every((name) => all.includes(name))) {
    failed(
      'advertised.listeners listener names must be equal to or a subset of the ones defined in listeners. ' +
        `Found ${advertised.join(',')}. The valid options based on the current configuration are ${all.join(',')}`,
    )
  }
  const told = config.brokerListeners.map(({ name }) => name)
  const known = given ?? told
  if (!known.every((name) => all.includes(name))) {
    const shown = (names: readonly string[]) => `Set(${names.map((name) => `ListenerName(${name})`).join(', ')})`
    notNow(`Advertised listeners '${shown(known)}' must be a subset of listeners '${shown(all)}'`)
  }
}

function listenersOfNames(layers: BrokerLayers): string[] {
  return layers.value(LISTENERS).flatMap((entry) => parseEndpoint(entry)?.name ?? [])
}
