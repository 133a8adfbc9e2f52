import { CLIENT_METRICS_CONFIGS } from './client-metrics-config.ts'
import type { ConfigType, Definition } from './definitions/types.ts'
import {
  brokerDefinition,
  brokerDefinitions,
  dynamicDefinitions,
  groupDefinitions,
  isSensitive,
  topicDefinitions,
} from './definitions.ts'
import { type BrokerLayers, ConfigSource, type ConfigTexts, type FoundText, synonymsOf } from './layers.ts'
import { configText } from './parse.ts'
import { inherited } from './topic-config.ts'

/** DescribeConfigs' codes of the types. */
const TYPE_CODES: Readonly<Record<ConfigType, number>> = {
  BOOLEAN: 1,
  STRING: 2,
  INT: 3,
  SHORT: 4,
  LONG: 5,
  DOUBLE: 6,
  LIST: 7,
  CLASS: 8,
  PASSWORD: 9,
}
const UNKNOWN_TYPE = 0

export interface DescribedSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

/** One config as DescribeConfigs answers it; the names of the fields are those of the response. */
export interface DescribedConfig {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: ConfigSource
  readonly isSensitive: boolean
  readonly synonyms: readonly DescribedSynonym[]
  readonly configType: number
}

/** Every config of a topic. */
export function describeTopic(overrides: ConfigTexts, layers: BrokerLayers): DescribedConfig[] {
  return scoped(topicDefinitions, overrides, ConfigSource.TOPIC, layers)
}

/** What a new topic is told that it has: what brokers are told as it was set, blanks and all. */
export function describeNewTopic(overrides: ConfigTexts, layers: BrokerLayers): DescribedConfig[] {
  return describeTopic(overrides, layers).map((config) => {
    const { configSource, synonyms, value } = config
    const set = synonyms[0]?.value ?? null
    const isTold = configSource === ConfigSource.DYNAMIC_BROKER || configSource === ConfigSource.DYNAMIC_DEFAULT_BROKER
    const isSame = isTold && set !== null && normalText(topicDefinitions.get(config.name), set) === value
    return isSame ? { ...config, value: set } : config
  })
}

/** Every config of a group. */
export function describeGroup(overrides: ConfigTexts, layers: BrokerLayers): DescribedConfig[] {
  return scoped(groupDefinitions, overrides, ConfigSource.GROUP, layers)
}

function scoped(
  definitions: ReadonlyMap<string, Definition>,
  overrides: ConfigTexts,
  ownSource: ConfigSource,
  layers: BrokerLayers,
): DescribedConfig[] {
  const described: DescribedConfig[] = []
  for (const [name, definition] of definitions) {
    const own = overrides.get(name)
    if (definition.internal && own === undefined) continue
    const found = own === undefined ? [] : [{ name, text: normalText(definition, own), source: ownSource }]
    const first = definition.brokerSynonyms?.[0]?.name
    if (first !== undefined) found.push(...synonymsFrom(first, layers))
    // A group config that no broker config stands behind is its own synonym; a topic config has none then.
    else if (ownSource === ConfigSource.GROUP) {
      found.push({ name, text: definition.default ?? '', source: ConfigSource.DEFAULT })
    }
    const text = own ?? configText(definition, inherited(name, definition, layers))
    described.push(entry(name, definition, text, found, false))
  }
  return described
}

/** Every config of a client metrics subscription. */
export function describeClientMetrics(overrides: ConfigTexts): DescribedConfig[] {
  return [...CLIENT_METRICS_CONFIGS].sort().map(([name, definition]) => {
    const own = overrides.get(name)
    const text = normalText(definition, own ?? definition.default ?? '')
    const found = own === undefined ? [] : [{ name, text, source: ConfigSource.CLIENT_METRICS }]
    return entry(name, definition, text, found, false)
  })
}

/** Every config of a running broker: the known ones and whatever else was set. */
export function describeBroker(layers: BrokerLayers): DescribedConfig[] {
  const names = new Set<string>([
    ...layers.config.given.keys(),
    ...layers.ownTexts.keys(),
    ...layers.defaultTexts.keys(),
  ])
  for (const [name, definition] of brokerDefinitions) if (!definition.internal) names.add(name)
  return [...names].sort().map((name) => describeOne(name, layers.text(name), synonymsFrom(name, layers)))
}

/** What is set for all brokers: the resource BROKER with an empty name. The texts are as they were set. */
export function describeClusterDefaults(layers: BrokerLayers): DescribedConfig[] {
  const source = ConfigSource.DYNAMIC_DEFAULT_BROKER
  return [...layers.defaultTexts].map(([name, text]) => {
    const found = synonymsFrom(name, layers).filter((synonym) => synonym.source === source)
    const described = describeOne(name, text, found)
    return described.isSensitive ? described : { ...described, value: text }
  })
}

function describeOne(name: string, text: string | null, found: readonly FoundText[]): DescribedConfig {
  const definition = dynamicDefinitions.get(name) ?? brokerDefinition(name)
  const mode = (dynamicDefinitions.get(name) ?? brokerDefinitions.get(name))?.mode ?? 'read-only'
  return entry(name, definition, text, found, mode === 'read-only')
}

/** What is set under the config's names, from the config's own name on: a stronger name is listed under itself. */
function synonymsFrom(name: string, layers: BrokerLayers): FoundText[] {
  const all = layers.all(synonymsOf(name))
  const start = all.findIndex((found) => found.name === name)
  return start < 0 ? [] : all.slice(start)
}

function entry(
  name: string,
  definition: Definition | undefined,
  text: string | null,
  found: readonly FoundText[],
  readOnly: boolean,
): DescribedConfig {
  const secret = isSensitive(definition)
  return {
    name,
    value: secret || text === null ? null : normalText(definition, text),
    readOnly,
    configSource: found[0]?.source ?? ConfigSource.DEFAULT,
    isSensitive: secret,
    synonyms: found.map((synonym) => ({
      name: synonym.name,
      value: isSensitive(dynamicDefinitions.get(synonym.name) ?? brokerDefinition(synonym.name) ?? definition)
        ? null
        : synonym.text,
      source: synonym.source,
    })),
    configType: definition ? TYPE_CODES[definition.type] : UNKNOWN_TYPE,
  }
}

/** Numbers, booleans and lists as Kafka writes them: without the blanks that a file may have around them, or what a list says twice. */
function normalText(definition: Definition | undefined, text: string): string {
  const trimmed = text.trim()
  switch (definition?.type) {
    case 'BOOLEAN':
      return trimmed.toLowerCase()
    case 'SHORT':
    case 'INT':
    case 'LONG':
      return /^[+-]?\d{1,40}$/.test(trimmed) ? String(BigInt(trimmed.replace(/^\+/, ''))) : trimmed
    case 'LIST': {
      const items = trimmed.split(/\s*,\s*/)
      return (definition.valid?.distinct ? [...new Set(items)] : items).join(',')
    }
    default:
      return trimmed
  }
}
