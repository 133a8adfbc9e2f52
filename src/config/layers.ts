import type { BrokerConfig } from './broker-config.ts'
import type { Definition } from './definitions/types.ts'
import { type BrokerConfigName, type BrokerConfigValue, brokerDefinition, brokerDefinitions } from './definitions.ts'
import { parseConfig } from './parse.ts'

/** Where a value stands; the codes of DescribeConfigs. */
export const ConfigSource = {
  TOPIC: 1,
  DYNAMIC_BROKER: 2,
  DYNAMIC_DEFAULT_BROKER: 3,
  STATIC_BROKER: 4,
  DEFAULT: 5,
  CLIENT_METRICS: 7,
  GROUP: 8,
} as const
export type ConfigSource = (typeof ConfigSource)[keyof typeof ConfigSource]

export type ConfigTexts = ReadonlyMap<string, string>

const NONE: ConfigTexts = new Map()

interface Layer {
  readonly source: ConfigSource
  text(name: string): string | undefined
}

export interface FoundText {
  readonly name: string
  readonly text: string
  readonly source: ConfigSource
}

/** A broker's configs as they count now: set for this broker, set for all brokers, started with, Kafka's default. */
export class BrokerLayers {
  readonly config: BrokerConfig
  readonly ownTexts: ConfigTexts
  readonly defaultTexts: ConfigTexts
  readonly #layers: readonly Layer[]

  constructor(config: BrokerConfig, own: ConfigTexts = NONE, clusterDefaults: ConfigTexts = NONE) {
    this.config = config
    this.ownTexts = own
    this.defaultTexts = clusterDefaults
    this.#layers = [
      { source: ConfigSource.DYNAMIC_BROKER, text: (name) => own.get(name) },
      { source: ConfigSource.DYNAMIC_DEFAULT_BROKER, text: (name) => clusterDefaults.get(name) },
      { source: ConfigSource.STATIC_BROKER, text: (name) => config.given.get(name)?.text },
      { source: ConfigSource.DEFAULT, text: (name) => brokerDefinitions.get(name)?.default ?? undefined },
    ]
  }

  /** Everything that is set under one of the names, the one that counts first. */
  all(names: readonly string[]): FoundText[] {
    return this.#layers.flatMap(({ source, text }) =>
      names.flatMap((name) => {
        const found = text(name)
        return found === undefined ? [] : [{ name, text: found, source }]
      }),
    )
  }

  /** The text that counts for one config by its own name. A dynamic synonym takes the place of what is in the file. */
  text(name: string): string | null {
    const shadowed = synonymsOf(name).some((other) => this.ownTexts.has(other) || this.defaultTexts.has(other))
    const found = this.all([name]).find(({ source }) => !(shadowed && source === ConfigSource.STATIC_BROKER))
    return found?.text ?? null
  }

  /** The value that counts for one config by its own name. */
  value<N extends BrokerConfigName>(name: N): BrokerConfigValue<N> {
    const isDynamic = synonymsOf(name).some((other) => this.ownTexts.has(other) || this.defaultTexts.has(other))
    const text = isDynamic ? this.text(name) : null
    if (text === null) return this.config.get(name)
    return parseConfig(name, brokerDefinitions.get(name) as Definition, text) as BrokerConfigValue<N>
  }
}

const LISTENER_CONFIG = /^listener\.name\.[^.]+\.(.+)$/

/** The names that set what this config sets, the strongest first. */
export function synonymsOf(name: string): readonly string[] {
  const base = brokerDefinitions.has(name) ? undefined : LISTENER_CONFIG.exec(name)?.[1]
  if (base !== undefined && brokerDefinition(name)) return [name, base]
  return brokerDefinitions.get(name)?.synonyms ?? [name]
}
