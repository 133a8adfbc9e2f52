import { ZERO_UUID } from '../base/ids.ts'
import type { AutoCreateSettings } from '../broker/auto-create.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { brokerDefinitions, groupDefinitions, topicDefinitions } from '../config/definitions.ts'
import { describeNewTopic } from '../config/describe.ts'
import { checkDynamicType, isReadOnly } from '../config/dynamic-names.ts'
import { validateGroupConfigs } from '../config/group-config.ts'
import type { BrokerLayers } from '../config/layers.ts'
import { validateTopicConfigs } from '../config/topic-config.ts'
import type { BrokerConfigSchema, GroupConfigSchema, TopicConfigSchema } from '../metadata/configs/schema.ts'
import type { Endpoint } from '../metadata/image-types.ts'
import type { Voters } from '../raft/types.ts'
import type { MetadataLogSettings } from '../runtime/metadata-log-config.ts'
import type { MetadataNodeOptions, QuorumOptions } from '../runtime/metadata-node.ts'
import { delegationTokenSettings } from './delegation-tokens.ts'

/** Kafka's topic configs as the controller needs to know them. */
export function topicConfigSchema(layers: () => BrokerLayers): TopicConfigSchema {
  return {
    validate: (overrides) => validateTopicConfigs(overrides, layers()),
    isList: (name) => topicDefinitions.get(name)?.type === 'LIST',
    defaultOf: (name) => topicDefinitions.get(name)?.default ?? null,
    effective: (overrides) => describeNewTopic(overrides, layers()),
  }
}

/**
 * Broker configs as the controller needs to know them. The brokers have checked a change against what they run with; here
 * only what no broker could take is refused.
 */
export function brokerConfigSchema(): BrokerConfigSchema {
  return {
    isApplied: (name) => !isReadOnly(name),
    validate: (overrides) => {
      for (const [name, text] of overrides) checkDynamicType(name, text)
    },
    isList: (name) => brokerDefinitions.get(name)?.type === 'LIST',
    defaultOf: (name) => brokerDefinitions.get(name)?.default ?? null,
  }
}

/** Configs that groups apply; a name that Kafka does not know is refused with its own sentence. */
export function groupConfigSchema(layers: () => BrokerLayers): GroupConfigSchema {
  return {
    isApplied: (name) => /^(consumer|share|streams)\./.test(name) || !groupDefinitions.has(name),
    validate: (overrides) => validateGroupConfigs(overrides, layers()),
    isList: (name) => groupDefinitions.get(name)?.type === 'LIST',
    defaultOf: (name) => groupDefinitions.get(name)?.default ?? null,
  }
}

/** controller.quorum.voters, where the quorum is a fixed set. */
export function staticVoters(config: BrokerConfig): Voters {
  return config.quorumVoters.map(({ id, host, port }) => ({
    voterId: id,
    voterDirectoryId: ZERO_UUID,
    endpoints: [{ name: config.controllerListenerName, host, port }],
    kRaftVersionFeature: { minSupportedVersion: 0, maxSupportedVersion: 1 },
  }))
}

/** This node's part in the quorum: what is not said of it in records. */
export function quorumSettings(config: BrokerConfig, controllerEndpoints: readonly Endpoint[]): QuorumOptions {
  const { isController, quorumVoters, quorumBootstrapServers } = config
  return {
    staticVoters: staticVoters(config),
    canVote: isController,
    controllerEndpoints,
    controllerListenerName: config.controllerListenerName,
    bootstrapServers: quorumBootstrapServers.length > 0 ? quorumBootstrapServers : quorumVoters,
    autoJoin: config.get('controller.quorum.auto.join.enable'),
    electionTimeoutMs: config.get('controller.quorum.election.timeout.ms'),
    electionBackoffMaxMs: config.get('controller.quorum.election.backoff.max.ms'),
    fetchTimeoutMs: config.get('controller.quorum.fetch.timeout.ms'),
    requestTimeoutMs: config.get('controller.quorum.request.timeout.ms'),
    retryBackoffMs: config.get('controller.quorum.retry.backoff.ms'),
    fetchMaxBytes: config.get('controller.quorum.fetch.max.bytes'),
    snapshotMaxBytes: config.get('controller.quorum.fetch.snapshot.max.bytes'),
  }
}

export function controllerSettings(config: BrokerConfig): MetadataNodeOptions['controller'] {
  return {
    sessionTimeoutMs: config.get('broker.session.timeout.ms'),
    maxIdleIntervalMs: config.get('metadata.max.idle.interval.ms'),
    elections: {
      balanceMs: config.get('auto.leader.rebalance.enable')
        ? config.get('leader.imbalance.check.interval.seconds') * 1000
        : 0,
      uncleanMs: config.get('unclean.leader.election.interval.ms'),
    },
    delegationTokens: delegationTokenSettings(config),
    leaders: {
      minInsyncReplicas: config.get('min.insync.replicas'),
      uncleanLeaderElection: config.get('unclean.leader.election.enable'),
    },
  }
}

export function metadataRetention(config: BrokerConfig): MetadataNodeOptions['retention'] {
  return {
    maxBytesBetweenSnapshots: config.get('metadata.log.max.record.bytes.between.snapshots'),
    maxSnapshotIntervalMs: config.get('metadata.log.max.snapshot.interval.ms'),
    maxRetentionBytes: config.get('metadata.max.retention.bytes'),
    maxRetentionMs: config.get('metadata.max.retention.ms'),
  }
}

export function autoCreateSettings(config: BrokerConfig): AutoCreateSettings {
  return {
    topics: { partitions: config.get('num.partitions'), replicationFactor: config.get('default.replication.factor') },
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

export function metadataLogSettings(config: BrokerConfig): MetadataLogSettings {
  return { segmentBytes: config.get('metadata.log.segment.bytes'), segmentMs: config.get('metadata.log.segment.ms') }
}
