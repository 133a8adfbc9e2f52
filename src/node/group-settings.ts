import type { ShareGroupConfigs } from '../broker/share/share-partitions.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { ConfigError } from '../config/config-error.ts'
import type { BrokerConfigName, GroupConfigName } from '../config/definitions.ts'
import { groupConfigValue } from '../config/group-config.ts'
import type { BrokerLayers, ConfigTexts } from '../config/layers.ts'
import {
  type ConsumerGroupSettings,
  type ConsumerGroupTimes,
  type MigrationPolicy,
  SERVER_ASSIGNORS,
  type ServerAssignorName,
} from '../group/consumer/settings.ts'
import type { ShareGroupSettings, ShareGroupTimes } from '../group/share/settings.ts'
import type { StreamsGroupConfigs, StreamsGroupSettings } from '../group/streams/settings.ts'
import { ConfigResource } from '../metadata/image.ts'
import type { BrokerParts } from './broker-parts.ts'

interface Bounded {
  readonly name: GroupConfigName
  readonly min?: BrokerConfigName
  readonly max: BrokerConfigName
}

/** A group's own config and the broker's bounds of it, as most are named. */
function bounds<const K extends string, const W extends string>(kind: K, what: W) {
  return { name: `${kind}.${what}`, min: `group.${kind}.min.${what}`, max: `group.${kind}.max.${what}` } as const
}

type Kind = 'consumer' | 'share' | 'streams'

function timesOf<const K extends Kind>(kind: K) {
  return {
    sessionTimeoutMs: bounds(kind, 'session.timeout.ms'),
    heartbeatIntervalMs: bounds(kind, 'heartbeat.interval.ms'),
    assignmentIntervalMs: bounds(kind, 'assignment.interval.ms'),
  }
}
const TIMES = { consumer: timesOf('consumer'), share: timesOf('share'), streams: timesOf('streams') }
const SHARE_LIMITS = {
  lockDurationMs: bounds('share', 'record.lock.duration.ms'),
  maxDeliveries: bounds('share', 'delivery.count.limit'),
  maxRecordLocks: bounds('share', 'partition.max.record.locks'),
}
const STREAMS_STANDBYS: Bounded = { name: 'streams.num.standby.replicas', max: 'group.streams.max.standby.replicas' }

export interface ConfiguredGroups {
  readonly config: BrokerConfig
  readonly layers: () => BrokerLayers
  /** What is set for one group. */
  readonly overrides: (groupId: string) => ConfigTexts
}

export function configuredGroups({
  config,
  effective,
  metadata,
}: Pick<BrokerParts, 'config' | 'effective' | 'metadata'>): ConfiguredGroups {
  return {
    config,
    layers: () => effective.layers,
    overrides: (groupId) => metadata.image.configs(ConfigResource.GROUP, groupId),
  }
}

/** group.share.*, and what groups have of their own, for the group coordinator. */
export function shareGroupSettings({ config, layers, overrides }: ConfiguredGroups): ShareGroupSettings {
  if (config.get('group.share.assignors').some((name) => name !== 'simple')) {
    throw new ConfigError('Set group.share.assignors to simple: other Java classes can not be loaded.')
  }
  return {
    maxSize: config.get('group.share.max.size'),
    initializeRetryMs: config.get('group.share.initialize.retry.interval.ms'),
    ofGroup: (groupId): ShareGroupTimes => allBounded(TIMES.share, overrides(groupId), layers()),
  }
}

/** The same for the leaders of share partitions. */
export function shareGroupConfigs({ layers, overrides }: ConfiguredGroups): (groupId: string) => ShareGroupConfigs {
  return (groupId) => {
    const own = overrides(groupId)
    const now = layers()
    return {
      ...allBounded(SHARE_LIMITS, own, now),
      mayRenew: groupConfigValue('share.renew.acknowledge.enable', own, now),
      committedOnly: groupConfigValue('share.isolation.level', own, now) === 'read_committed',
      offsetReset: offsetReset(groupConfigValue('share.auto.offset.reset', own, now)),
    }
  }
}

const BY_DURATION = /^by_duration:P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d*)?)S)?)?$/i

function offsetReset(text: string): ShareGroupConfigs['offsetReset'] {
  if (text === 'latest' || text === 'earliest') return text
  const parts = (BY_DURATION.exec(text) ?? []).slice(1).map((number) => Number(number ?? 0))
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts
  return Math.floor((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}

/** group.consumer.*, and what groups have of their own. */
export function consumerGroupSettings({ config, layers, overrides }: ConfiguredGroups): ConsumerGroupSettings {
  return {
    maxSize: config.get('group.consumer.max.size'),
    assignors: assignorsOf(config),
    migrationPolicy: config.get('group.consumer.migration.policy').toLowerCase() as MigrationPolicy,
    regexRefreshIntervalMs: config.get('group.consumer.regex.refresh.interval.ms'),
    ofGroup: (groupId): ConsumerGroupTimes => allBounded(TIMES.consumer, overrides(groupId), layers()),
  }
}

/** A group's own value stays within what the broker allows, which may have been changed after it was set. */
function bounded({ name, min, max }: Bounded, own: ConfigTexts, layers: BrokerLayers): number {
  const value = Number(groupConfigValue(name, own, layers))
  if (!own.has(name)) return value
  const lowest = min === undefined ? value : Number(layers.config.get(min))
  return Math.min(Math.max(value, lowest), Number(layers.config.get(max)))
}

function allBounded<N extends string>(all: Readonly<Record<N, Bounded>>, own: ConfigTexts, layers: BrokerLayers) {
  const entries = Object.entries<Bounded>(all).map(([setting, one]) => [setting, bounded(one, own, layers)])
  return Object.fromEntries(entries) as Record<N, number>
}

/** group.streams.*, and what groups have of their own. */
export function streamsGroupSettings({ config, layers, overrides }: ConfiguredGroups): StreamsGroupSettings {
  return {
    maxSize: config.get('group.streams.max.size'),
    ofGroup: (groupId): StreamsGroupConfigs => {
      const own = overrides(groupId)
      const now = layers()
      return {
        ...allBounded(TIMES.streams, own, now),
        initialRebalanceDelayMs: groupConfigValue('streams.initial.rebalance.delay.ms', own, now),
        numStandbyReplicas: bounded(STREAMS_STANDBYS, own, now),
      }
    },
  }
}

function assignorsOf(config: BrokerConfig): [ServerAssignorName, ...ServerAssignorName[]] {
  const named = config.get('group.consumer.assignors')
  const known = SERVER_ASSIGNORS.filter((name) => named.includes(name))
  const inOrder = named.flatMap((name) => known.filter((assignor) => assignor === name))
  const [first, ...others] = inOrder
  if (first === undefined || inOrder.length < named.length) {
    const all = SERVER_ASSIGNORS.join(', ')
    throw new ConfigError(`Set group.consumer.assignors to some of ${all}: other Java classes can not be loaded.`)
  }
  return [first, ...others]
}
