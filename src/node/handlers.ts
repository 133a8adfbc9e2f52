import { present } from '../base/assert.ts'
import type { KafkaError } from '../base/errors.ts'
import type { ControllerPort } from '../broker/admin.ts'
import { FORWARDABLE, forwarded } from '../broker/forwarding.ts'
import type { Handler } from '../broker/handler.ts'
import { createAclsHandler, deleteAclsHandler, describeAclsHandler } from '../broker/handlers/acls.ts'
import { alterReplicaLogDirsHandler } from '../broker/handlers/alter-replica-log-dirs.ts'
import { alterUserScramCredentialsHandler } from '../broker/handlers/alter-user-scram-credentials.ts'
import { apiVersionsHandler } from '../broker/handlers/api-versions.ts'
import { brokerConfigChangeHandlers } from '../broker/handlers/broker-config-changes.ts'
import { alterClientQuotasHandler, describeClientQuotasHandler } from '../broker/handlers/client-quotas.ts'
import { clusterAdminHandlers } from '../broker/handlers/controller/index.ts'
import { createPartitionsHandler } from '../broker/handlers/create-partitions.ts'
import { createTopicsHandler } from '../broker/handlers/create-topics.ts'
import { brokerTokenHandlers } from '../broker/handlers/delegation-tokens.ts'
import { deleteRecordsHandler } from '../broker/handlers/delete-records.ts'
import { deleteTopicsHandler } from '../broker/handlers/delete-topics.ts'
import { describeClusterHandler } from '../broker/handlers/describe-cluster.ts'
import { type ConfigCatalog, describeConfigsHandler } from '../broker/handlers/describe-configs.ts'
import { describeDelegationTokenHandler } from '../broker/handlers/describe-delegation-token.ts'
import { describeLogDirsHandler } from '../broker/handlers/describe-log-dirs.ts'
import { describeProducersHandler } from '../broker/handlers/describe-producers.ts'
import { describeQuorumHandler } from '../broker/handlers/describe-quorum.ts'
import { describeTopicPartitionsHandler } from '../broker/handlers/describe-topic-partitions.ts'
import { describeUserScramCredentialsHandler } from '../broker/handlers/describe-user-scram-credentials.ts'
import { fetchHandler } from '../broker/handlers/fetch.ts'
import { listConfigResourcesHandler } from '../broker/handlers/list-config-resources.ts'
import { listOffsetsHandler } from '../broker/handlers/list-offsets.ts'
import { metadataHandler } from '../broker/handlers/metadata.ts'
import { offsetForLeaderEpochHandler } from '../broker/handlers/offset-for-leader-epoch.ts'
import { produceHandler } from '../broker/handlers/produce.ts'
import type { ProduceVerificationDeps } from '../broker/handlers/produce-verification.ts'
import { addRaftVoterHandler, removeRaftVoterHandler } from '../broker/handlers/quorum/raft-voters.ts'
import { saslHandlers } from '../broker/handlers/sasl.ts'
import { LoggerLevels } from '../broker/logger-levels.ts'
import { checkedOnBroker } from '../broker/request-access.ts'
import {
  describeBroker,
  describeClientMetrics,
  describeClusterDefaults,
  describeGroup,
  describeTopic,
} from '../config/describe.ts'
import type { BrokerLayers } from '../config/layers.ts'
import { addressOf } from '../io/host-names.ts'
import {
  ELR_VERSION,
  FEATURES,
  GROUP_VERSION,
  KRAFT_VERSION,
  LATEST_METADATA_VERSION,
  METADATA_VERSION,
  MIN_METADATA_VERSION,
  SHARE_VERSION,
  STREAMS_VERSION,
  TRANSACTION_VERSION,
} from '../metadata/features.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'
import { brokerChecks } from './broker-checks.ts'
import type { BrokerParts } from './broker-parts.ts'
import { delegationTokensOf } from './delegation-tokens.ts'
import { documentationOf } from './documentation.ts'
import { isCordonedBy } from './effective-config.ts'
import type { Transactions } from './transactions.ts'

/** Features that this broker serves; levels of others may stand in the metadata log, but clients are not told of them. */
const SERVED_FEATURES: ReadonlySet<string> = new Set([
  METADATA_VERSION,
  KRAFT_VERSION,
  ELR_VERSION,
  SHARE_VERSION,
  GROUP_VERSION,
  STREAMS_VERSION,
  TRANSACTION_VERSION,
])

/** Every API that is served; ApiVersions lists exactly these. */
export function brokerHandlers(
  parts: BrokerParts,
  groups: readonly Handler[],
  transactions: Pick<Transactions, 'handlers' | 'verification'>,
  others: readonly Handler[],
): Handler[] {
  const { access, channel, logger } = parts
  const admin = adminHandlers(parts, parts.metadata).map((served) => forForwarding(served, parts))
  const loggers = new LoggerLevels(parts.config.nodeId, logger.levels)
  const configChanges = brokerConfigChangeHandlers({ checks: brokerChecks(parts), loggers, channel, logger, access })
  const handlers: Handler[] = [
    ...dataHandlers(parts, transactions.verification),
    ...admin,
    ...configChanges,
    ...saslHandlers(),
    ...brokerTokenHandlers({ access, channel, logger }),
    describeDelegationTokenHandler({
      access,
      tokens: delegationTokensOf(parts.config, () => parts.metadata.image),
    }),
    ...groups,
    ...transactions.handlers,
    ...others,
  ]
  const apiVersions = apiVersionsHandler({
    apis: () => handlers.map(({ api }) => api),
    features: () => featuresOf(parts.metadata),
  })
  handlers.push(apiVersions)
  return checkedOnBroker(handlers, access)
}

/** What only the controller may answer goes there. */
function forForwarding({ api, ...served }: Handler, parts: BrokerParts): Handler {
  if (!FORWARDABLE.has(api.key)) return { api, ...served }
  const { channel, logger } = parts
  const refusing = (error: KafkaError) => {
    const refused = adminHandlers(parts, { submit: () => Promise.reject(error) })
    return present(
      refused.find((one) => one.api.key === api.key),
      `the handler of ${api.name}`,
    )
  }
  return forwarded(api, { channel, logger }, NEED_NO_DECISION.has(api.key) ? undefined : refusing)
}

/** Their answers begin with an error of their own. */
const NEED_NO_DECISION: ReadonlySet<number> = new Set<number>([
  ApiKey.DescribeQuorum,
  ApiKey.ListPartitionReassignments,
  ApiKey.AddRaftVoter,
  ApiKey.RemoveRaftVoter,
])

function dataHandlers(
  { config, effective, clock, logger, logs, ...parts }: BrokerParts,
  verification: ProduceVerificationDeps,
): Handler[] {
  const { replicas, sessions, throttle, selectReplica, throttles: quota, moves, access, insight } = parts
  const maxBytes = () => config.get('fetch.max.bytes')
  const isCordoned = (dir: string) => isCordonedBy(effective.value('cordoned.log.dirs'), dir)
  const tooLarge = insight.tooLarge.bind(insight)
  return [
    produceHandler({ replicas, logger, access, quota, tooLarge, ...verification }),
    fetchHandler({ replicas, sessions, clock, logger, access, maxBytes, throttle, selectReplica, quota }),
    listOffsetsHandler({ replicas, logger, access }),
    offsetForLeaderEpochHandler({ replicas, access }),
    deleteRecordsHandler({ replicas, clock, access }),
    describeLogDirsHandler({ logs, logger, isCordoned }),
    alterReplicaLogDirsHandler({ moves }),
    describeProducersHandler({ replicas, access }),
  ]
}

function adminHandlers(parts: BrokerParts, controller: ControllerPort): Handler[] {
  const { config, effective, metadata, endpoints, autoCreate, lostLeaders, access } = parts
  const image = () => metadata.image
  const { clusterId } = metadata
  const loggers = new LoggerLevels(config.nodeId, parts.logger.levels)
  const autoCreateEnabled = config.get('auto.create.topics.enable')
  return [
    metadataHandler({ clusterId, image, endpoints, autoCreate, autoCreateEnabled, lostLeaders, access }),
    describeTopicPartitionsHandler({ image, maxPartitions: config.get('max.request.partition.size.limit'), access }),
    describeClusterHandler({ clusterId, endpoints, access }),
    describeQuorumHandler({ metadata }),
    addRaftVoterHandler({ clusterId, quorum: metadata }),
    removeRaftVoterHandler({ clusterId, quorum: metadata }),
    createTopicsHandler({ controller, access }),
    deleteTopicsHandler({ controller, image, access, deletionEnabled: config.get('delete.topic.enable') }),
    createPartitionsHandler({ controller, access }),
    ...clusterAdminHandlers({ controller, image }),
    describeConfigsHandler({
      nodeId: config.nodeId,
      image,
      catalog: catalogOf(() => effective.layers, loggers),
      access,
    }),
    listConfigResourcesHandler({ image }),
    describeClientQuotasHandler({ image }),
    describeUserScramCredentialsHandler({ image }),
    alterUserScramCredentialsHandler({ controller }),
    alterClientQuotasHandler({ controller, addressOf }),
    createAclsHandler({ controller, access }),
    deleteAclsHandler({ controller, access }),
    describeAclsHandler({ image, access }),
  ]
}

export function catalogOf(layers: () => BrokerLayers, loggers: LoggerLevels): ConfigCatalog {
  return {
    loggers: () => loggers.all(),
    topic: (overrides) => describeTopic(overrides, layers()),
    group: (overrides) => describeGroup(overrides, layers()),
    broker: () => describeBroker(layers()),
    clientMetrics: describeClientMetrics,
    clusterDefaults: () => describeClusterDefaults(layers()),
    documentation: documentationOf,
  }
}

export function featuresOf(metadata: MetadataNode) {
  const { image } = metadata
  const levels = [...image.features, [KRAFT_VERSION, metadata.quorum().kraftVersion] as const]
  const supported = FEATURES.map(({ name, min, max }) => ({ name, minVersion: min, maxVersion: max }))
  supported.push({ name: METADATA_VERSION, minVersion: MIN_METADATA_VERSION, maxVersion: LATEST_METADATA_VERSION })
  return {
    supported: supported.filter(({ name }) => SERVED_FEATURES.has(name)),
    finalizedEpoch: image.offset,
    finalized: levels.filter(([name]) => SERVED_FEATURES.has(name)),
  }
}
