import { COORDINATOR_CONFIGS } from './definitions/coordinator.ts'
import { GROUP_CONFIGS } from './definitions/group.ts'
import { LOG_CONFIGS } from './definitions/log.ts'
import { NETWORK_CONFIGS } from './definitions/network.ts'
import { QUORUM_CONFIGS } from './definitions/quorum.ts'
import { REPLICATION_CONFIGS } from './definitions/replication.ts'
import { REPLICATION_QUOTA_CONFIGS } from './definitions/replication-quota.ts'
import { SECURITY_CONFIGS } from './definitions/security.ts'
import { SERVER_CONFIGS } from './definitions/server.ts'
import { TIERED_LOG_CONFIGS } from './definitions/tiered-log.ts'
import { TOPIC_CONFIGS } from './definitions/topic.ts'
import type { Definition, ValueOf } from './definitions/types.ts'

/** Every config of a broker or controller, by family. */
export const BROKER_CONFIGS = {
  ...QUORUM_CONFIGS,
  ...NETWORK_CONFIGS,
  ...LOG_CONFIGS,
  ...TIERED_LOG_CONFIGS,
  ...REPLICATION_CONFIGS,
  ...COORDINATOR_CONFIGS,
  ...SECURITY_CONFIGS,
  ...SERVER_CONFIGS,
} as const

export type BrokerConfigName = keyof typeof BROKER_CONFIGS
export type TopicConfigName = keyof typeof TOPIC_CONFIGS
export type GroupConfigName = keyof typeof GROUP_CONFIGS

export type BrokerConfigValue<N extends BrokerConfigName> = ValueOf<(typeof BROKER_CONFIGS)[N]>
export type TopicConfigValue<N extends TopicConfigName> = ValueOf<(typeof TOPIC_CONFIGS)[N]>
export type GroupConfigValue<N extends GroupConfigName> = ValueOf<(typeof GROUP_CONFIGS)[N]>

export type Definitions = ReadonlyMap<string, Definition>

export const brokerDefinitions: Definitions = inOrder(BROKER_CONFIGS)
/** Of brokers, but only while they run. */
export const dynamicDefinitions: Definitions = inOrder(REPLICATION_QUOTA_CONFIGS)
export const topicDefinitions: Definitions = inOrder(TOPIC_CONFIGS)
export const groupDefinitions: Definitions = inOrder(GROUP_CONFIGS)

const LISTENER_PREFIX = /^listener\.name\.[^.]+\.(.+)$/

/** The definition behind a key of server.properties; `listener.name.<listener>.<config>` is that config on one listener. */
export function brokerDefinition(key: string): Definition | undefined {
  return brokerDefinitions.get(key) ?? brokerDefinitions.get(withoutListener(key))
}

/** The config that a key sets, without its listener prefix and without the SASL mechanism in front of it. */
function withoutListener(key: string): string {
  const config = LISTENER_PREFIX.exec(key)?.[1]
  if (config === undefined) return key
  return brokerDefinitions.has(config) ? config : config.replace(/^[^.]+\./, '')
}

export function isSensitive(definition: Definition | undefined): boolean {
  return definition === undefined || definition.type === 'PASSWORD'
}

function inOrder(table: Readonly<Record<string, Definition>>): Definitions {
  return new Map(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)))
}
