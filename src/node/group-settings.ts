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
import type { StreamsGroupConfigs, StreamsGroupSettings } from '../group/streams/settings.ts'

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

export interface ConfiguredGroups {
  readonly config: BrokerConfig
  readonly layers: () => BrokerLayers
  /** What is set for one group. */
  readonly overrides: (groupId: string) => ConfigTexts
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
