import type { Access } from '../broker/access.ts'
import type { BrokerWatch } from '../broker/broker-watch.ts'
import type { Handler } from '../broker/handler.ts'
import { createAclsHandler, deleteAclsHandler, describeAclsHandler } from '../broker/handlers/acls.ts'
import { alterConfigsHandler } from '../broker/handlers/alter-configs.ts'
import { alterUserScramCredentialsHandler } from '../broker/handlers/alter-user-scram-credentials.ts'
import { apiVersionsHandler } from '../broker/handlers/api-versions.ts'
import { alterClientQuotasHandler } from '../broker/handlers/client-quotas.ts'
import { controllerHandlers } from '../broker/handlers/controller/index.ts'
import { createPartitionsHandler } from '../broker/handlers/create-partitions.ts'
import { createTopicsHandler } from '../broker/handlers/create-topics.ts'
import { controllerTokenHandlers } from '../broker/handlers/delegation-tokens.ts'
import { deleteTopicsHandler } from '../broker/handlers/delete-topics.ts'
import { describeControllersHandler } from '../broker/handlers/describe-cluster.ts'
import { describeConfigsHandler } from '../broker/handlers/describe-configs.ts'
import { type EnvelopeDeps, envelopeHandler } from '../broker/handlers/envelope.ts'
import { incrementalAlterConfigsHandler } from '../broker/handlers/incremental-alter-configs.ts'
import { quorumHandlers } from '../broker/handlers/quorum/quorum-handlers.ts'
import { saslHandlers } from '../broker/handlers/sasl.ts'
import { LoggerLevels } from '../broker/logger-levels.ts'
import { checkedOnController } from '../broker/request-access.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { addressOf } from '../io/host-names.ts'
import type { Clock, Logger } from '../io/ports.ts'
import { ApiKey } from '../protocol/apis.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'
import { mutationThrottle } from './client-quotas.ts'
import type { EffectiveConfig } from './effective-config.ts'
import { catalogOf, featuresOf } from './handlers.ts'

export interface ControllerHandlerParts extends EnvelopeDeps {
  readonly config: BrokerConfig
  readonly effective: EffectiveConfig
  readonly metadata: MetadataNode
  readonly logger: Logger
  readonly access: Access
  readonly clock: Clock
  readonly watch: BrokerWatch
}

/** What a controller's listener serves: its quorum, the brokers, and those who administrate the cluster. */
export function controllerListenerHandlers(parts: ControllerHandlerParts): Handler[] {
  const { metadata, watch, answer } = parts
  const { clusterId } = metadata
  const cluster = controllerHandlers({ controller: metadata, image: () => metadata.image })
  const handlers: Handler[] = [
    ...quorumHandlers({ clusterId, quorum: metadata, metadata }),
    ...cluster.map((served) => (served.api.key === ApiKey.BrokerHeartbeat ? watch.watching(served) : served)),
    ...adminHandlers(parts),
    envelopeHandler({ answer }),
  ]
  handlers.push(
    apiVersionsHandler({
      apis: () => handlers.map(({ api }) => api),
      features: () => featuresOf(metadata),
    }),
  )
  return checkedOnController(handlers, parts.access)
}

function adminHandlers(parts: ControllerHandlerParts): Handler[] {
  const { config, effective, metadata, logger, access } = parts
  const mutations = mutationThrottle(parts)
  const loggers = new LoggerLevels(config.nodeId, logger.levels)
  const image = () => metadata.image
  const controller = metadata
  const { clusterId } = metadata
  return [
    createTopicsHandler({ controller, access, mutations }),
    deleteTopicsHandler({ controller, image, access, deletionEnabled: config.get('delete.topic.enable'), mutations }),
    createPartitionsHandler({ controller, access, mutations }),
    describeControllersHandler({ clusterId, image, leaderId: () => metadata.leader().id, access }),
    describeConfigsHandler({
      nodeId: config.nodeId,
      image,
      catalog: catalogOf(() => effective.layers, loggers),
      access,
    }),
    incrementalAlterConfigsHandler({ controller, loggers, access }),
    alterConfigsHandler({ controller, access }),
    alterClientQuotasHandler({ controller, addressOf }),
    alterUserScramCredentialsHandler({ controller }),
    ...saslHandlers(),
    createAclsHandler({ controller, access }),
    deleteAclsHandler({ controller, access }),
    describeAclsHandler({ image, access }),
    ...controllerTokenHandlers({ controller, access: parts.access }),
  ]
}
