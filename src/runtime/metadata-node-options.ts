import type { DirectoryId } from '../base/ids.ts'
import type { Clock, Disk, Logger, Random } from '../io/ports.ts'
import type { RegisterBroker } from '../metadata/cluster/commands.ts'
import type { ControllerSettings, GivenManagers } from '../metadata/controller.ts'
import type { MetadataDelta } from '../metadata/delta.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { Endpoint } from '../metadata/image-types.ts'
import type { Voters } from '../raft/types.ts'
import type { Log } from '../storage/log.ts'
import type { RetentionSettings } from './metadata-retention.ts'

/** Called when committed records have changed `image`: at once, in the order of registration, before any reply leaves. */
export type ImageListener = (delta: MetadataDelta, image: MetadataImage) => void

/** The quorum as DescribeQuorum shows it. */
export interface QuorumStatus {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly logEndOffset: number
  readonly kraftVersion: number
  readonly voters: Voters
}

/** What this node tells the controller of itself; its ids and features are added. */
export type NodeRegistration = Pick<RegisterBroker, 'endpoints' | 'rack' | 'logDirs' | 'previousBrokerEpoch'> & {
  /** Empty: no controller is registered. */
  readonly controllerEndpoints: readonly Endpoint[]
}

export interface MetadataNodeOptions {
  readonly clusterId: string
  readonly nodeId: number
  /** The directory.id of the metadata log directory: the voter's other half. */
  readonly directoryId: DirectoryId
  /** `__cluster_metadata-0`, opened; the caller closes it after this node. */
  readonly log: Log
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** controller.quorum.voters; used where no log or snapshot says more. */
  readonly staticVoters: Voters
  readonly controller: Omit<ControllerSettings, 'nodeId' | 'incarnationId' | 'voterIds'>
  readonly managers: GivenManagers
  readonly retention: RetentionSettings
  /** controller.quorum.election.timeout.ms */
  readonly electionTimeoutMs: number
  /** controller.quorum.fetch.timeout.ms */
  readonly fetchTimeoutMs: number
}
