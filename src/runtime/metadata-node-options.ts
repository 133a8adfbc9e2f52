import type { DirectoryId } from '../base/ids.ts'
import type { Clock, Disk, Logger, Random } from '../io/ports.ts'
import type { ControllerSettings, GivenManagers } from '../metadata/controller.ts'
import type { Endpoint, HostPort, RoleName, Voters } from '../raft/types.ts'
import type { Log } from '../storage/log.ts'
import type { RetentionSettings } from './metadata-retention.ts'
import type { PeerDirectory } from './peer-types.ts'

/** The quorum as this node knows it. */
export interface QuorumStatus {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly logEndOffset: number
  readonly kraftVersion: number
  readonly voters: Voters
  /** Of this node; undefined: it takes no part at present. */
  readonly role: RoleName | undefined
  /** Whom this node voted for in this epoch; -1: nobody. */
  readonly votedId: number
  /** Of the last record of the log. */
  readonly logEndEpoch: number
}

/** The part of a node in its quorum; what is left out has Kafka's default. */
export interface QuorumOptions {
  /** controller.quorum.voters; used where no log or snapshot says more. */
  readonly staticVoters: Voters
  /** False: a broker without the controller role, which only ever looks on. */
  readonly canVote?: boolean | undefined
  /** This node's controller listeners, as others reach them. */
  readonly controllerEndpoints?: readonly Endpoint[] | undefined
  /** The first of controller.listener.names. */
  readonly controllerListenerName?: string | undefined
  /** controller.quorum.bootstrap.servers, or the addresses of a fixed voter set. */
  readonly bootstrapServers?: readonly HostPort[] | undefined
  /** controller.quorum.auto.join.enable */
  readonly autoJoin?: boolean | undefined
  /** controller.quorum.election.timeout.ms */
  readonly electionTimeoutMs: number
  /** controller.quorum.election.backoff.max.ms */
  readonly electionBackoffMaxMs?: number | undefined
  /** controller.quorum.fetch.timeout.ms */
  readonly fetchTimeoutMs: number
  /** controller.quorum.request.timeout.ms */
  readonly requestTimeoutMs?: number | undefined
  /** controller.quorum.retry.backoff.ms */
  readonly retryBackoffMs?: number | undefined
  /** controller.quorum.fetch.max.bytes, controller.quorum.fetch.snapshot.max.bytes */
  readonly fetchMaxBytes?: number | undefined
  readonly snapshotMaxBytes?: number | undefined
}

export interface MetadataNodeOptions extends QuorumOptions {
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
  readonly peers: PeerDirectory
  readonly controller: Omit<ControllerSettings, 'nodeId' | 'incarnationId' | 'voterIds'>
  readonly managers: GivenManagers
  readonly retention: RetentionSettings
  /** What is committed can't be read or followed: the node must not go on. Nothing given: the process ends. */
  readonly onFatal?: (error: Error) => void
}
