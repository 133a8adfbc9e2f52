import type { BrokerConfig } from '../config/broker-config.ts'
import { topicDefinitions } from '../config/definitions.ts'
import { describeBroker, describeClusterDefaults, describeGroup, describeTopic } from '../config/describe.ts'
import type { BrokerLayers } from '../config/layers.ts'
import { validateTopicConfigs } from '../config/topic-config.ts'
import type { TopicConfigSchema } from '../metadata/configs/schema.ts'
import type { AutoCreateSettings } from './auto-create.ts'
import type { ConfigCatalog } from './handlers/describe-configs.ts'

/** What the controller must know of topic configs. `layers`: the broker's configs as they count now. */
export function topicConfigSchema(layers: () => BrokerLayers): TopicConfigSchema {
  return {
    validate: (overrides) => validateTopicConfigs(overrides, layers()),
    isList: (name) => topicDefinitions.get(name)?.type === 'LIST',
    defaultOf: (name) => topicDefinitions.get(name)?.default ?? null,
    effective: (overrides) =>
      describeTopic(overrides, layers())
        .map(({ name, value, readOnly, configSource, isSensitive }) => {
          // An override as it was given: CreateTopics tells it before anything parsed it.
          const shown = isSensitive ? null : (overrides.get(name) ?? value)
          return { name, value: shown, readOnly, configSource, isSensitive }
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

/** What DescribeConfigs tells. */
export function configCatalog(layers: () => BrokerLayers): ConfigCatalog {
  return {
    topic: (overrides) => describeTopic(overrides, layers()),
    group: (overrides) => describeGroup(overrides, layers()),
    broker: () => describeBroker(layers()),
    clusterDefaults: () => describeClusterDefaults(layers()),
  }
}

export function autoCreateSettings(config: BrokerConfig): AutoCreateSettings {
  return {
    topics: {
      partitions: config.get('num.partitions'),
      replicationFactor: config.get('default.replication.factor'),
    },
    offsets: {
      partitions: config.get('offsets.topic.num.partitions'),
      replicationFactor: config.get('offsets.topic.replication.factor'),
      segmentBytes: config.get('offsets.topic.segment.bytes'),
    },
    transactions: {
      partitions: config.get('transaction.state.log.num.partitions'),
      replicationFactor: config.get('transaction.state.log.replication.factor'),
      segmentBytes: config.get('transaction.state.log.segment.bytes'),
      minIsr: config.get('transaction.state.log.min.isr'),
    },
    shareState: {
      partitions: config.get('share.coordinator.state.topic.num.partitions'),
      replicationFactor: config.get('share.coordinator.state.topic.replication.factor'),
      segmentBytes: config.get('share.coordinator.state.topic.segment.bytes'),
      minIsr: config.get('share.coordinator.state.topic.min.isr'),
    },
  }
}
