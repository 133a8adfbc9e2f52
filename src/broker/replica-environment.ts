import type { Clock, Logger } from '../io/ports.ts'
import type { BrokerMetrics } from '../metrics/broker-metrics.ts'
import type { BrokerStanding } from '../partition/partition.ts'
import type { IsrSubmitter } from '../runtime/isr-proposals.ts'

/** What the replicas of a broker need of the cluster around them. */
export interface ReplicationParts {
  /** This broker's own epoch, -1 before it registered. */
  readonly brokerEpoch: () => number
  /** replica.lag.time.max.ms */
  readonly lagTimeMaxMs: number
  /** After so much silence of a replica in sync its leader may have been replaced without knowing. */
  readonly silenceMs: number
  readonly minInSyncReplicas: (topic: string) => number
  readonly isr: IsrSubmitter
}

export interface ReplicaEnvironment extends ReplicationParts {
  readonly nodeId: number
  readonly clock: Clock
  readonly logger: Logger
  readonly broker: (id: number) => BrokerStanding | undefined
  readonly metrics: BrokerMetrics
}
