import { authorizerConfig } from './authorizer.ts'
import type { BrokerConfig } from './broker-config.ts'
import { ConfigError } from './config-error.ts'
import type { BrokerConfigName } from './definitions.ts'

/** Settings that promise something that is not there: running without it would be worse than not running. */
const REFUSED: readonly (readonly [BrokerConfigName, string])[] = [
  ['remote.log.storage.system.enable', 'tiered storage is not there yet'],
  ['create.topic.policy.class.name', 'Java classes can not be loaded'],
  ['alter.config.policy.class.name', 'Java classes can not be loaded'],
  ['client.quota.callback.class', 'Java classes can not be loaded'],
  ['security.providers', 'Java providers can not be loaded'],
  ['principal.builder.class', 'Java classes can not be loaded'],
]

/** On one listener or on all. */
const FOREIGN_TLS: ReadonlyMap<string, string> = new Map([
  ['ssl.engine.factory.class', 'Java classes can not be loaded'],
  ['ssl.provider', 'Java providers can not be loaded'],
])

/** Where consumers may read: at the leader (the default), or at a replica in their rack (KIP-392). */
const REPLICA_SELECTORS: ReadonlySet<string> = new Set(
  ['LeaderSelector', 'RackAwareReplicaSelector'].map((name) => `org.apache.kafka.common.replica.${name}`),
)

/** Refuses what a node could only ignore. Throws a `ConfigError`. */
export function refuseUnsupported(config: BrokerConfig): void {
  for (const [name, reason] of REFUSED) {
    const text = config.given.get(name)?.text.trim()
    if (text !== undefined && text !== '' && text !== 'false') {
      throw new ConfigError(`Take ${name} out of the configuration: ${reason}.`)
    }
  }
  authorizerConfig(config.get('authorizer.class.name'), config.given)
  const selector = config.get('replica.selector.class')
  if (selector !== null && selector !== '' && !REPLICA_SELECTORS.has(selector)) {
    const known = [...REPLICA_SELECTORS].join(' or ')
    throw new ConfigError(`Set replica.selector.class to ${known}: other Java classes can not be loaded.`)
  }
  refuseForeignTls(config)
}

function refuseForeignTls({ given }: BrokerConfig): void {
  for (const [key, { text }] of given) {
    const reason = FOREIGN_TLS.get(key.replace(/^listener\.name\.[^.]+\./, ''))
    if (reason !== undefined && text.trim() !== '') {
      throw new ConfigError(`Take ${key} out of the configuration: ${reason}.`)
    }
  }
}
