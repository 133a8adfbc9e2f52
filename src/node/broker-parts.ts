import type { Access } from '../broker/access.ts'
import type { AutoTopicCreation } from '../broker/auto-create.ts'
import type { ClientThrottles } from '../broker/client-throttles.ts'
import type { Endpoints } from '../broker/endpoints.ts'
import type { InternalTopicCreation } from '../broker/internal-topics.ts'
import type { LostLeaders } from '../broker/lost-leaders.ts'
import type { ProducerIds } from '../broker/producer-ids.ts'
import type { ReadReplicaSelector } from '../broker/read-replicas.ts'
import type { ReplicaMoves } from '../broker/replica-moves.ts'
import type { ReplicaRegistry } from '../broker/replicas.ts'
import type { ReplicationThrottle } from '../broker/replication-throttle.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Insight } from '../insight/insight.ts'
import type { Clock, Logger, Random } from '../io/ports.ts'
import type { FetchSessionCache } from '../partition/fetch-session-cache.ts'
import type { ControllerRequests } from '../runtime/controller-types.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { EffectiveConfig } from './effective-config.ts'
import type { NodeTls } from './tls/node-tls.ts'

/** Everything that the handlers of a broker listener stand on. */
export interface BrokerParts {
  readonly config: BrokerConfig
  readonly effective: EffectiveConfig
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly access: Access
  readonly tls: NodeTls
  readonly metadata: MetadataNode
  readonly logs: LogManager
  readonly replicas: ReplicaRegistry
  readonly sessions: FetchSessionCache
  readonly endpoints: Endpoints
  readonly autoCreate: AutoTopicCreation
  readonly internalTopics: InternalTopicCreation
  readonly producerIds: ProducerIds
  readonly channel: ControllerRequests
  readonly throttle: ReplicationThrottle
  readonly selectReplica: ReadReplicaSelector | undefined
  readonly lostLeaders: LostLeaders
  readonly throttles: ClientThrottles
  readonly moves: ReplicaMoves
  readonly insight: Insight
}
