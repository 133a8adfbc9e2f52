import { KafkaError } from '../base/errors.ts'
import type { Definition } from './definitions/types.ts'
import { type BrokerConfigName, type GroupConfigName, type GroupConfigValue, groupDefinitions } from './definitions.ts'
import type { BrokerLayers, ConfigTexts } from './layers.ts'
import { parseConfig } from './parse.ts'
import { inherited } from './topic-config.ts'

/** One setting of a group: its own config, or the broker's. */
export function groupConfigValue<N extends GroupConfigName>(
  name: N,
  overrides: ConfigTexts,
  layers: BrokerLayers,
): GroupConfigValue<N> {
  const definition = groupDefinitions.get(name) as Definition
  const own = overrides.get(name)
  const value = own === undefined ? inherited(name, definition, layers) : parseConfig(name, definition, own)
  return value as GroupConfigValue<N>
}

/** The brokers' bounds of a group config: [config, its lowest value, its highest value]. */
const BOUNDS: readonly (readonly [GroupConfigName, BrokerConfigName | undefined, BrokerConfigName | undefined])[] = [
  [
    'consumer.heartbeat.interval.ms',
    'group.consumer.min.heartbeat.interval.ms',
    'group.consumer.max.heartbeat.interval.ms',
  ],
  ['consumer.session.timeout.ms', 'group.consumer.min.session.timeout.ms', 'group.consumer.max.session.timeout.ms'],
  [
    'consumer.assignment.interval.ms',
    'group.consumer.min.assignment.interval.ms',
    'group.consumer.max.assignment.interval.ms',
  ],
  ['share.heartbeat.interval.ms', 'group.share.min.heartbeat.interval.ms', 'group.share.max.heartbeat.interval.ms'],
  ['share.session.timeout.ms', 'group.share.min.session.timeout.ms', 'group.share.max.session.timeout.ms'],
  ['share.assignment.interval.ms', 'group.share.min.assignment.interval.ms', 'group.share.max.assignment.interval.ms'],
  [
    'share.record.lock.duration.ms',
    'group.share.min.record.lock.duration.ms',
    'group.share.max.record.lock.duration.ms',
  ],
  ['share.delivery.count.limit', 'group.share.min.delivery.count.limit', 'group.share.max.delivery.count.limit'],
  [
    'share.partition.max.record.locks',
    'group.share.min.partition.max.record.locks',
    'group.share.max.partition.max.record.locks',
  ],
  [
    'streams.heartbeat.interval.ms',
    'group.streams.min.heartbeat.interval.ms',
    'group.streams.max.heartbeat.interval.ms',
  ],
  ['streams.session.timeout.ms', 'group.streams.min.session.timeout.ms', 'group.streams.max.session.timeout.ms'],
  [
    'streams.assignment.interval.ms',
    'group.streams.min.assignment.interval.ms',
    'group.streams.max.assignment.interval.ms',
  ],
  ['streams.num.standby.replicas', undefined, 'group.streams.max.standby.replicas'],
]

/** Each pair: the first must stay below the second. */
const BELOW: readonly (readonly [GroupConfigName, GroupConfigName])[] = [
  ['consumer.heartbeat.interval.ms', 'consumer.session.timeout.ms'],
  ['share.heartbeat.interval.ms', 'share.session.timeout.ms'],
  ['streams.heartbeat.interval.ms', 'streams.session.timeout.ms'],
]

/** Refuses what Kafka refuses in altering a group. Throws INVALID_CONFIG with Kafka's sentence. */
export function validateGroupConfigs(overrides: ConfigTexts, layers: BrokerLayers): void {
  for (const name of overrides.keys()) if (!groupDefinitions.has(name)) refuse(`Unknown group config name: ${name}`)
  for (const [name, text] of overrides) parseConfig(name, groupDefinitions.get(name) as Definition, text)
  for (const [name, min, max] of BOUNDS) {
    const value = Number(groupConfigValue(name, overrides, layers))
    if (min !== undefined && value < Number(layers.config.get(min))) {
      refuse(`${name} must be greater than or equal to ${min}`)
    }
    if (max !== undefined && value > Number(layers.config.get(max)))
      refuse(`${name} must be less than or equal to ${max}`)
  }
  for (const [low, high] of BELOW) {
    if (Number(groupConfigValue(low, overrides, layers)) >= Number(groupConfigValue(high, overrides, layers))) {
      refuse(`${high} must be greater than ${low}`)
    }
  }
}

function refuse(sentence: string): never {
  throw new KafkaError('INVALID_CONFIG', sentence)
}
