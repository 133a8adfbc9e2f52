import { BrokerConfig } from './broker-config.ts'
import type { Definition } from './definitions/types.ts'
import { type BrokerConfigName, type BrokerConfigValue, brokerDefinitions } from './definitions.ts'
import { BrokerLayers } from './layers.ts'
import { parseConfig } from './parse.ts'

/** What a node was started with, or what counts while it runs. */
export type SettingsSource = BrokerConfig | BrokerLayers

/** In front of the names of a listener's own settings. Kafka compares it as it is written, so only lower case counts. */
export function listenerPrefix(listener: string): string {
  return `listener.name.${listener.toLowerCase()}.`
}

/**
 * A setting as it counts on one listener: `listener.name.<listener>.<mechanism>.<name>` where a mechanism is asked for, else
 * `listener.name.<listener>.<name>`, else the broker's own.
 */
export function listenerSetting<N extends BrokerConfigName>(
  source: SettingsSource,
  listener: string,
  name: N,
  mechanism?: string,
): BrokerConfigValue<N> {
  const layers = layersOf(source)
  for (const key of ownKeys(listener, name, mechanism)) {
    const text = layers.text(key)
    if (text !== null) return parseConfig(name, brokerDefinitions.get(name) as Definition, text) as BrokerConfigValue<N>
  }
  return layers.value(name)
}

/** Whether the listener has a value of its own, whatever the broker's is. */
export function isSetOnListener(
  source: SettingsSource,
  listener: string,
  name: BrokerConfigName,
  mechanism?: string,
): boolean {
  const layers = layersOf(source)
  return ownKeys(listener, name, mechanism).some((key) => layers.text(key) !== null)
}

function ownKeys(listener: string, name: string, mechanism: string | undefined): string[] {
  const prefix = listenerPrefix(listener)
  const own = `${prefix}${name}`
  return mechanism === undefined ? [own] : [`${prefix}${mechanism.toLowerCase()}.${name}`, own]
}

function layersOf(source: SettingsSource): BrokerLayers {
  return source instanceof BrokerConfig ? new BrokerLayers(source) : source
}
