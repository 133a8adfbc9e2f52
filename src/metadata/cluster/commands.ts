import type { DirectoryId, Uuid } from '../../base/ids.ts'
import type { Endpoint } from '../image-types.ts'

export interface SupportedFeature {
  readonly name: string
  readonly min: number
  readonly max: number
}

export interface RegisterBroker {
  readonly brokerId: number
  readonly clusterId: string
  readonly incarnationId: Uuid
  readonly endpoints: readonly Endpoint[]
  readonly features: readonly SupportedFeature[]
  readonly rack: string | null
  readonly logDirs: readonly DirectoryId[]
  /** The epoch that the broker found in its clean-shutdown file; -1: its last stop was not clean. */
  readonly previousBrokerEpoch: number
}

export interface RegisterController {
  readonly controllerId: number
  readonly incarnationId: Uuid
  readonly zkMigrationReady: boolean
  readonly endpoints: readonly Endpoint[]
  readonly features: readonly SupportedFeature[]
}

export interface BrokerHeartbeat {
  readonly brokerId: number
  readonly brokerEpoch: number
  readonly currentMetadataOffset: number
  readonly wantFence: boolean
  readonly wantShutDown: boolean
  readonly offlineLogDirs: readonly DirectoryId[]
  /** null: the broker does not say (KIP-1066). */
  readonly cordonedLogDirs: readonly DirectoryId[] | null
}

export interface HeartbeatReply {
  readonly isCaughtUp: boolean
  readonly isFenced: boolean
  readonly shouldShutDown: boolean
}

export interface ClusterCommands {
  registerBroker: { command: RegisterBroker; reply: { readonly brokerEpoch: number } }
  unregisterBroker: { command: { readonly brokerId: number }; reply: undefined }
  /**
   * The broker's connection was reset and its address refuses another: it is fenced at once. Nothing happens where it has
   * a newer epoch meanwhile.
   */
  brokerLost: { command: { readonly brokerId: number; readonly brokerEpoch: number }; reply: undefined }
  brokerHeartbeat: { command: BrokerHeartbeat; reply: HeartbeatReply }
  registerController: { command: RegisterController; reply: undefined }
}
