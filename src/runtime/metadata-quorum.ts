import { KafkaError } from '../base/errors.ts'
import type { NetAddress } from '../io/ports.ts'
import type { MetadataRecord } from '../metadata/records.ts'
import { Raft } from '../raft/raft.ts'
import type { QuorumDescription, RaftEvent, Ready, SnapshotId, VoterSource } from '../raft/types.ts'
import { NOBODY } from '../raft/types.ts'
import { loadQuorum, readBootstrap, readQuorumState } from './metadata-load.ts'
import type { MetadataNodeOptions } from './metadata-node-options.ts'
import type { MetadataSnapshots } from './metadata-snapshots.ts'
import { QuorumRefusal } from './quorum-refusal.ts'
import { RaftDriver } from './raft-driver.ts'
import { RaftNetwork } from './raft-network.ts'

export interface QuorumMemberEvents {
  readonly onReady: (ready: Pick<Ready, 'role' | 'leader' | 'committed'>) => void
  readonly onSnapshot: (id: SnapshotId) => void
  /** What the leader says is committed; this node may not have it yet. */
  readonly onLeaderHighWatermark: (highWatermark: number) => void
  readonly onForeignCluster: (address: NetAddress) => void
  readonly onFailed: (error: Error) => void
}

/** How long a clean stop waits for the others to hear that this node leads no more. */
const RESIGN_GRACE_MS = 1000

/** One life of the raft machine on the log: from what the files say to a stop, or to a file that can't be written. */
export class QuorumMember {
  readonly raft: Raft
  readonly driver: RaftDriver
  /** What a log that holds nothing begins with. */
  readonly bootstrap: readonly MetadataRecord[]
  readonly #options: MetadataNodeOptions
  readonly #network: RaftNetwork

  private constructor(
    options: MetadataNodeOptions,
    raft: Raft,
    snapshots: MetadataSnapshots,
    bootstrap: readonly MetadataRecord[],
    events: QuorumMemberEvents,
  ) {
    const { log, disk, clock, logger, peers, clusterId, controllerListenerName = raft.options.listenerName } = options
    this.#options = options
    this.raft = raft
    this.bootstrap = bootstrap
    this.#network = new RaftNetwork({
      peers,
      logger,
      clock,
      caller: { clusterId, listenerName: controllerListenerName },
      step: (event) => this.step(event),
      leaderId: () => raft.leaderId,
      onLeaderHighWatermark: events.onLeaderHighWatermark,
      onForeignCluster: events.onForeignCluster,
    })
    this.driver = new RaftDriver({
      raft,
      log,
      disk,
      clock,
      snapshots,
      quorumStatePath: quorumStatePath(options),
      send: (request) => this.#network.send(request),
      onReady: events.onReady,
      onSnapshot: events.onSnapshot,
      onFailed: events.onFailed,
    })
  }

  /** Reads the files; nothing happens before `step({ type: 'start' })`. */
  static async load(
    options: MetadataNodeOptions,
    snapshots: MetadataSnapshots,
    events: QuorumMemberEvents,
  ): Promise<QuorumMember> {
    const { log, disk, random, nodeId, directoryId, staticVoters } = options
    const loaded = await loadQuorum(log, snapshots, staticVoters)
    const hardState = await readQuorumState(disk, quorumStatePath(options))
    const bootstrap = await readBootstrap(disk, log.parentDir)
    const raft = new Raft({
      ...loaded,
      self: { id: nodeId, directoryId },
      hardState,
      logEnd: { offset: log.logEndOffset, epoch: loaded.epochs.at(-1)?.epoch ?? 0 },
      log: snapshots.view(log),
      random: (bound) => random.below(bound),
      electionTimeoutMs: options.electionTimeoutMs,
      fetchTimeoutMs: options.fetchTimeoutMs,
      ...defined({
        canVote: options.canVote,
        endpoints: options.controllerEndpoints,
        listenerName: options.controllerListenerName,
        bootstrapServers: options.bootstrapServers,
        autoJoin: options.autoJoin,
        electionBackoffMaxMs: options.electionBackoffMaxMs,
        requestTimeoutMs: options.requestTimeoutMs,
        retryBackoffMs: options.retryBackoffMs,
        fetchMaxBytes: options.fetchMaxBytes,
        snapshotMaxBytes: options.snapshotMaxBytes,
      }),
    })
    const isFixed = loaded.voters.kraftVersion === 0 && staticVoters.length > 0 && raft.voterSource().kraftVersion === 0
    if (isFixed && options.canVote !== false && !raft.isVoter) throw notAVoter(nodeId)
    return new QuorumMember(options, raft, snapshots, bootstrap, events)
  }

  get voters(): VoterSource {
    return this.raft.voterSource()
  }

  get leaderAddress(): NetAddress | undefined {
    const { id, endpoints } = this.raft.leader
    const target = id === NOBODY ? undefined : this.raft.target(id, endpoints)
    return target && { host: target.host, port: target.port }
  }

  describe(nowMs: number): QuorumDescription | undefined {
    return this.raft.describe(nowMs)
  }

  step(event: RaftEvent): void {
    this.driver.step(event)
  }

  /** @throws KafkaError where the voters can't go along */
  upgradeKraftVersion(version: number, validateOnly: boolean): void {
    const { error, message } = this.driver.upgradeKraftVersion(version, validateOnly)
    if (error !== 'NONE') throw new KafkaError(error, message ?? undefined)
  }

  /** What was begun ends; a leader tells the others, so that they elect another one at once. */
  async resign(): Promise<void> {
    await this.driver.idle()
    if (this.raft.role !== 'leader' || this.raft.isOnlyVoter) return
    this.step({ type: 'resign' })
    await this.driver.idle()
    await this.#network.farewell(this.#options.clock, RESIGN_GRACE_MS)
  }

  stop(): void {
    this.driver.stop()
    this.#network.close()
  }
}

function notAVoter(nodeId: number): QuorumRefusal {
  return new QuorumRefusal(
    `Add node ${nodeId} to controller.quorum.voters, or take the controller role from it: the quorum does not contain it.`,
  )
}

function quorumStatePath({ log }: MetadataNodeOptions): string {
  return `${log.dir}/quorum-state`
}

function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

/** Said where this node finds that it was formatted for another cluster than the one it was sent to. */
export function foreignCluster(clusterId: string, { host, port }: NetAddress): QuorumRefusal {
  return new QuorumRefusal(
    `Format this node with the cluster.id of the controller at ${host}:${port}, or set the controllers of cluster ${clusterId} in ` +
      'controller.quorum.bootstrap.servers (or controller.quorum.voters): that one belongs to another cluster.',
  )
}
