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
import type { BrokerParts } from './handlers.ts'

interface Bounded {
  readonly name: GroupConfigName
  readonly min?: BrokerConfigName
  readonly max: BrokerConfigName
}

const SESSION: Bounded = {
  name: 'consumer.session.timeout.ms',
  min: 'group.consumer.min.session.timeout.ms',
  max: 'group.consumer.max.session.timeout.ms',
}
const HEARTBEAT: Bounded = {
  name: 'consumer.heartbeat.interval.ms',
  min: 'group.consumer.min.heartbeat.interval.ms',
  max: 'group.consumer.max.heartbeat.interval.ms',
}
const ASSIGNMENT: Bounded = {
  name: 'consumer.assignment.interval.ms',
  min: 'group.consumer.min.assignment.interval.ms',
  max: 'group.consumer.max.assignment.interval.ms',
}

const SHARE_SESSION: Bounded = {
  name: 'share.session.timeout.ms',
  min: 'group.share.min.session.timeout.ms',
  max: 'group.share.max.session.timeout.ms',
}
const SHARE_HEARTBEAT: Bounded = {
  name: 'share.heartbeat.interval.ms',
  min: 'group.share.min.heartbeat.interval.ms',
  max: 'group.share.max.heartbeat.interval.ms',
}
const SHARE_ASSIGNMENT: Bounded = {
  name: 'share.assignment.interval.ms',
  min: 'group.share.min.assignment.interval.ms',
  max: 'group.share.max.assignment.interval.ms',
}
const SHARE_LOCK: Bounded = {
  name: 'share.record.lock.duration.ms',
  min: 'group.share.min.record.lock.duration.ms',
  max: 'group.share.max.record.lock.duration.ms',
}
const SHARE_DELIVERIES: Bounded = {
  name: 'share.delivery.count.limit',
  min: 'group.share.min.delivery.count.limit',
  max: 'group.share.max.delivery.count.limit',
}
const SHARE_LOCKS: Bounded = {
  name: 'share.partition.max.record.locks',
  min: 'group.share.min.partition.max.record.locks',
  max: 'group.share.max.partition.max.record.locks',
}

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
    ofGroup: (groupId): ShareGroupTimes => {
      const own = overrides(groupId)
      const now = layers()
      return {
        sessionTimeoutMs: bounded(SHARE_SESSION, own, now),
        heartbeatIntervalMs: bounded(SHARE_HEARTBEAT, own, now),
        assignmentIntervalMs: bounded(SHARE_ASSIGNMENT, own, now),
      }
    },
  }
}

/** The same for the leaders of share partitions. */
export function shareGroupConfigs({ layers, overrides }: ConfiguredGroups): (groupId: string) => ShareGroupConfigs {
  return (groupId) => {
    const own = overrides(groupId)
    const now = layers()
    return {
      lockDurationMs: bounded(SHARE_LOCK, own, now),
      maxDeliveries: bounded(SHARE_DELIVERIES, own, now),
      maxRecordLocks: bounded(SHARE_LOCKS, own, now),
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
    ofGroup: (groupId): ConsumerGroupTimes => {
      const own = overrides(groupId)
      const now = layers()
      return {
        sessionTimeoutMs: bounded(SESSION, own, now),
        heartbeatIntervalMs: bounded(HEARTBEAT, own, now),
        assignmentIntervalMs: bounded(ASSIGNMENT, own, now),
      }
    },
  }
}

/** A group's own value stays within what the broker allows, which may have been changed after it was set. */
function bounded({ name, min, max }: Bounded, own: ConfigTexts, layers: BrokerLayers): number {
  const value = Number(groupConfigValue(name, own, layers))
  if (!own.has(name)) return value
  const lowest = min === undefined ? value : Number(layers.config.get(min))
  return Math.min(Math.max(value, lowest), Number(layers.config.get(max)))
}

const STREAMS_SESSION: Bounded = {
  name: 'streams.session.timeout.ms',
  min: 'group.streams.min.session.timeout.ms',
  max: 'group.streams.max.session.timeout.ms',
}
const STREAMS_HEARTBEAT: Bounded = {
  name: 'streams.heartbeat.interval.ms',
  min: 'group.streams.min.heartbeat.interval.ms',
  max: 'group.streams.max.heartbeat.interval.ms',
}
const STREAMS_ASSIGNMENT: Bounded = {
  name: 'streams.assignment.interval.ms',
  min: 'group.streams.min.assignment.interval.ms',
  max: 'group.streams.max.assignment.interval.ms',
}
const STREAMS_STANDBYS: Bounded = {
  name: 'streams.num.standby.replicas',
  max: 'group.streams.max.standby.replicas',
}

/** group.streams.*, and what groups have of their own. */
export function streamsGroupSettings({ config, layers, overrides }: ConfiguredGroups): StreamsGroupSettings {
  return {
    maxSize: config.get('group.streams.max.size'),
    ofGroup: (groupId): StreamsGroupConfigs => {
      const own = overrides(groupId)
      const now = layers()
      return {
        sessionTimeoutMs: bounded(STREAMS_SESSION, own, now),
        heartbeatIntervalMs: bounded(STREAMS_HEARTBEAT, own, now),
        assignmentIntervalMs: bounded(STREAMS_ASSIGNMENT, own, now),
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
