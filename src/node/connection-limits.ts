import type { BrokerConfig } from '../config/broker-config.ts'
import { listenerText } from '../config/dynamic-broker.ts'
import type { ListenerConfig } from '../config/listeners.ts'
import { addressOf } from '../io/host-names.ts'
import { type ConnectionCounts, SharedLimits } from '../network/limits.ts'
import { type ConnectionRateLimits, ConnectionRates } from '../security/quotas/connection-rates.ts'
import type { EffectiveConfig } from './effective-config.ts'
import { LimitedHosts } from './limited-hosts.ts'

/** Java's largest INT: no limit. */
const UNLIMITED = 0x7fff_ffff

/** The limits that these listeners share, kept as the configuration and the quotas of addresses say. */
export function connectionLimits(
  config: BrokerConfig,
  effective: EffectiveConfig,
  listenersNow: () => readonly ListenerConfig[],
): SharedLimits {
  const queuedBytes = config.get('queued.max.request.bytes')
  const rates = new ConnectionRates({
    samples: config.get('quota.window.num'),
    sampleMs: config.get('quota.window.size.seconds') * 1000,
  })
  const limits = new SharedLimits({ rates, ...(queuedBytes > 0 && { maxInFlightBytes: queuedBytes }) })
  const { interBrokerListenerName } = config
  const listeners = listenersNow()
  const isProtected = listeners.length > 1 && listeners.some(({ name }) => name === interBrokerListenerName)
  const protectedListener = isProtected ? interBrokerListenerName : undefined
  rates.protectedListener = protectedListener
  const apply = () => {
    const listeners = listenersNow()
    limits.reconfigure({ ...countsOf(effective, listeners, hosts), protectedListener })
    rates.limits = ratesOf(effective, listeners, hosts)
  }
  const hosts = new LimitedHosts(addressOf, apply)
  effective.follow(apply)
  return limits
}

function countsOf(
  effective: EffectiveConfig,
  listeners: readonly ListenerConfig[],
  hosts: LimitedHosts,
): ConnectionCounts {
  return {
    maxConnections: effective.value('max.connections'),
    maxConnectionsPerIp: effective.value('max.connections.per.ip'),
    perIpOverrides: hosts.byAddress(perIpOverrides(effective.value('max.connections.per.ip.overrides'))),
    maxOfListeners: ofListeners(effective, listeners, 'max.connections'),
  }
}

function ratesOf(
  effective: EffectiveConfig,
  listeners: readonly ListenerConfig[],
  hosts: LimitedHosts,
): ConnectionRateLimits {
  const addresses = new Map<string, number>()
  let anyAddress: number | undefined
  for (const { entity, quotas } of effective.image?.clientQuotas.values() ?? []) {
    const address = entity.find(({ entityType }) => entityType === 'ip')
    const rate = quotas.get('connection_creation_rate')
    if (address === undefined || rate === undefined) continue
    if (address.entityName === null) anyAddress = rate
    else addresses.set(address.entityName, rate)
  }
  return {
    broker: effective.value('max.connection.creation.rate') || UNLIMITED,
    listeners: ofListeners(effective, listeners, 'max.connection.creation.rate'),
    addresses: hosts.byAddress(addresses),
    anyAddress,
  }
}

function ofListeners(
  effective: EffectiveConfig,
  listeners: readonly ListenerConfig[],
  config: string,
): Map<string, number> {
  const found = new Map<string, number>()
  for (const { name } of listeners) {
    const text = listenerText(effective.layers, name, config)
    if (text !== undefined) found.set(name, Number(text))
  }
  return found
}

/** `host:n` pairs; the config's own check has refused anything else. */
function perIpOverrides(text: string): Map<string, number> {
  const overrides = new Map<string, number>()
  for (const entry of text.split(',')) {
    const colon = entry.lastIndexOf(':')
    if (colon > 0) overrides.set(entry.slice(0, colon).trim(), Number(entry.slice(colon + 1)))
  }
  return overrides
}
