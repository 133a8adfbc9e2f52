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
  ['principal.builder.class', 'Java classes can not be loaded'],
]

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
  const secured = config.listeners.find(({ securityProtocol }) => securityProtocol.endsWith('SSL'))
  if (secured) {
    const { name, securityProtocol } = secured
    throw new ConfigError(`Map the listener ${name} to PLAINTEXT: ${securityProtocol} is not there yet.`)
  }
}
