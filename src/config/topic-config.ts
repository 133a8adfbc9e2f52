import { KafkaError } from '../base/errors.ts'
import type { CompressionType, LogConfig } from '../storage/log-config.ts'
import type { ConfigValue, Definition } from './definitions/types.ts'
import { type TopicConfigName, type TopicConfigValue, topicDefinitions } from './definitions.ts'
import { type BrokerLayers, ConfigSource, type ConfigTexts } from './layers.ts'
import { defaultOf, parseConfig } from './parse.ts'

/** The settings that a topic runs with: its own configs over the broker's, under their topic names. */
export interface TopicConfig {
  get<N extends TopicConfigName>(name: N): TopicConfigValue<N>
}

export function topicConfig(overrides: ConfigTexts, layers: BrokerLayers): TopicConfig {
  const values = new Map<string, ConfigValue>()
  return {
    get<N extends TopicConfigName>(name: N): TopicConfigValue<N> {
      let value = values.get(name)
      if (value === undefined) {
        value = resolve(name, overrides, layers)
        values.set(name, value)
      }
      return value as TopicConfigValue<N>
    },
  }
}

function resolve(name: TopicConfigName, overrides: ConfigTexts, layers: BrokerLayers): ConfigValue {
  const definition = topicDefinitions.get(name) as Definition
  const own = overrides.get(name)
  return own === undefined ? inherited(name, definition, layers) : parseConfig(name, definition, own)
}

/** What the broker's configs give: `log.retention.hours` becomes `retention.ms`. */
export function inherited(name: string, definition: Definition, layers: BrokerLayers): ConfigValue {
  const synonyms = definition.brokerSynonyms ?? []
  const found = layers.all(synonyms.map((synonym) => synonym.name))[0]
  if (found === undefined || found.source === ConfigSource.DEFAULT) return defaultOf(name, definition)
  const unit = synonyms.find((synonym) => synonym.name === found.name)?.unit ?? 1
  const value = parseConfig(
    found.name,
    { type: definition.type, default: null, importance: 'LOW', mode: 'read-only' },
    found.text,
  )
  if (typeof value !== 'number' || unit === 1) return value
  return value < 0 ? -1 : value * unit
}

/** How long topics without a setting of their own keep records; -1: for ever. */
export function inheritedRetentionMs(layers: BrokerLayers): number {
  return Number(inherited('retention.ms', topicDefinitions.get('retention.ms') as Definition, layers))
}

/**
 * Refuses what Kafka refuses in CreateTopics and in altering a topic: `configs` are all overrides that the topic would
 * have. Throws INVALID_CONFIG with Kafka's sentence.
 */
export function validateTopicConfigs(configs: ReadonlyMap<string, string | null>, layers: BrokerLayers): void {
  const texts = new Map<string, string>()
  const missing: string[] = []
  for (const [name, text] of configs) {
    if (text === null) missing.push(name)
    else texts.set(name, text)
  }
  if (missing.length > 0) refuse(`Null value not supported for topic configs: ${missing.join(',')}`)
  for (const name of texts.keys()) if (!topicDefinitions.has(name)) refuse(`Unknown topic config name: ${name}`)
  for (const [name, text] of texts) parseConfig(name, topicDefinitions.get(name) as Definition, text)
  validateTogether(topicConfig(texts, layers), layers)
}

function validateTogether(topic: TopicConfig, layers: BrokerLayers): void {
  const [min, max] = [topic.get('min.compaction.lag.ms'), topic.get('max.compaction.lag.ms')]
  if (min > max) {
    refuse(
      `conflict topic config setting min.compaction.lag.ms (${whole(min)}) > max.compaction.lag.ms (${whole(max)})`,
    )
  }
  if (topic.get('remote.storage.enable') && !layers.config.get('remote.log.storage.system.enable')) {
    const consequence = 'Topic cannot be configured with remote log storage.'
    refuse(`Tiered Storage functionality is disabled in the broker. ${consequence}`)
  }
}

/** A LONG as Java prints it: the nearest double of its largest value is one too large. */
function whole(value: number): string {
  return value >= 2 ** 63 ? '9223372036854775807' : String(value)
}

function refuse(sentence: string): never {
  throw new KafkaError('INVALID_CONFIG', sentence)
}

/** The settings of a log of the topic. */
export function logConfig(topic: TopicConfig): LogConfig {
  const cleanup = topic.get('cleanup.policy')
  return {
    segmentBytes: topic.get('internal.segment.bytes') ?? topic.get('segment.bytes'),
    segmentMs: topic.get('segment.ms'),
    segmentJitterMs: topic.get('segment.jitter.ms'),
    segmentIndexBytes: topic.get('segment.index.bytes'),
    indexIntervalBytes: topic.get('index.interval.bytes'),
    flushMessages: topic.get('flush.messages'),
    flushMs: topic.get('flush.ms'),
    retentionBytes: topic.get('retention.bytes'),
    retentionMs: topic.get('retention.ms'),
    cleanupDelete: cleanup.includes('delete'),
    cleanupCompact: cleanup.includes('compact'),
    deleteRetentionMs: topic.get('delete.retention.ms'),
    fileDeleteDelayMs: topic.get('file.delete.delay.ms'),
    minCompactionLagMs: topic.get('min.compaction.lag.ms'),
    maxCompactionLagMs: topic.get('max.compaction.lag.ms'),
    minCleanableDirtyRatio: topic.get('min.cleanable.dirty.ratio'),
    maxMessageBytes: topic.get('max.message.bytes'),
    compressionType: topic.get('compression.type') as CompressionType,
    gzipLevel: topic.get('compression.gzip.level'),
    lz4Level: topic.get('compression.lz4.level'),
    zstdLevel: topic.get('compression.zstd.level'),
    logAppendTime: topic.get('message.timestamp.type') === 'LogAppendTime',
    timestampBeforeMaxMs: topic.get('message.timestamp.before.max.ms'),
    timestampAfterMaxMs: topic.get('message.timestamp.after.max.ms'),
    preallocate: topic.get('preallocate'),
  }
}
