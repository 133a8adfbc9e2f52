import type { DirectoryId, TopicId, Uuid } from '../base/ids.ts'
import type { AccessControlEntryRecordData, DelegationTokenRecordData } from '../protocol/stored/metadata-records.ts'

/** The values of an image. They are never changed: a change puts a new value in the old one's place. */

export interface Endpoint {
  readonly name: string
  readonly host: string
  readonly port: number
  /** 0 PLAINTEXT, 1 SSL, 2 SASL_PLAINTEXT, 3 SASL_SSL. */
  readonly securityProtocol: number
}

export interface SupportedRange {
  readonly min: number
  readonly max: number
}

export interface BrokerImage {
  readonly id: number
  readonly epoch: number
  readonly incarnationId: Uuid
  readonly endpoints: readonly Endpoint[]
  readonly features: ReadonlyMap<string, SupportedRange>
  readonly rack: string | null
  readonly fenced: boolean
  readonly inControlledShutdown: boolean
  readonly isMigratingZkBroker: boolean
  readonly directories: readonly DirectoryId[]
  /** null: the broker has not said yet (KIP-1066). */
  readonly cordonedDirectories: readonly DirectoryId[] | null
}

export interface ControllerImage {
  readonly id: number
  readonly incarnationId: Uuid
  readonly zkMigrationReady: boolean
  readonly endpoints: readonly Endpoint[]
  readonly features: ReadonlyMap<string, SupportedRange>
}

export const NO_LEADER = -1

export interface PartitionImage {
  readonly partition: number
  readonly replicas: readonly number[]
  /** As long as `replicas`: the log directory of each replica (KIP-858). */
  readonly directories: readonly DirectoryId[]
  readonly isr: readonly number[]
  readonly removingReplicas: readonly number[]
  readonly addingReplicas: readonly number[]
  /** Eligible leader replicas (KIP-966). */
  readonly elr: readonly number[]
  readonly lastKnownElr: readonly number[]
  readonly leader: number
  /** 0 recovered, 1 recovering. */
  readonly leaderRecoveryState: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
}

export interface TopicImage {
  readonly name: string
  readonly id: TopicId
  /** By partition id. The list is the image's own and changes with it; its values do not. */
  readonly partitions: readonly PartitionImage[]
}

/** The resource types that ConfigRecord knows, as numbers of the wire. */
export const ConfigResource = {
  TOPIC: 2,
  BROKER: 4,
  BROKER_LOGGER: 8,
  CLIENT_METRICS: 16,
  GROUP: 32,
} as const

export interface QuotaEntityPart {
  readonly entityType: string
  /** null: the default entity of its type. */
  readonly entityName: string | null
}

export interface ClientQuotaImage {
  readonly entity: readonly QuotaEntityPart[]
  readonly quotas: ReadonlyMap<string, number>
}

export interface ScramCredentialImage {
  readonly name: string
  /** 1 SCRAM-SHA-256, 2 SCRAM-SHA-512. */
  readonly mechanism: number
  readonly salt: Buffer
  readonly storedKey: Buffer
  readonly serverKey: Buffer
  readonly iterations: number
}

export type AclImage = Readonly<AccessControlEntryRecordData>
export type DelegationTokenImage = Readonly<DelegationTokenRecordData>
