import { InvariantError } from '../base/assert.ts'
import { type ErrorName, KafkaError } from '../base/errors.ts'
import { METADATA_TOPIC_ID, type Uuid } from '../base/ids.ts'
import type { NetAddress, Timer } from '../io/ports.ts'
import { randomUuid } from '../io/random-uuid.ts'
import type { ControllerCommand, ReplyTo } from '../metadata/controller.ts'
import type { MetadataImage } from '../metadata/image.ts'
import { QuorumMetrics } from '../metrics/quorum-metrics.ts'
import type { LeaderHint, RaftRequest } from '../raft/messages.ts'
import type { QuorumDescription, Ready } from '../raft/types.ts'
import { NOBODY } from '../raft/types.ts'
import type { KnownLeader } from './controller-types.ts'
import { CommittedMetadata, type ImageListener } from './metadata-following.ts'
import { ActiveController, notActive } from './metadata-leading.ts'
import type { MetadataNodeOptions, QuorumStatus } from './metadata-node-options.ts'
import { foreignCluster, QuorumMember } from './metadata-quorum.ts'
import { SnapshotSchedule } from './metadata-retention.ts'
import { MetadataSnapshots } from './metadata-snapshots.ts'
import type { QuorumRefusal } from './quorum-refusal.ts'
import type { RaftAnswer, RaftMember, ReplyTo as RaftReplyTo } from './raft-answer.ts'
import { WriteTrouble } from './write-trouble.ts'

export type { ImageListener } from './metadata-following.ts'
export type { MetadataNodeOptions, QuorumOptions, QuorumStatus } from './metadata-node-options.ts'

const RETRY_MS = 1000

interface CatchUpWaiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * This node's part in the metadata quorum, as voter or observer: the raft machine on its log, the committed image, and the
 * controller while it leads.
 *
 *     log ─ raft ─┬─ committed ─ image ─ listeners
 *                 └─ leads, and has everything before its epoch ─ active controller ─ submit
 *
 * When the log can't be written, the controller is dropped, what is not durable is cut off, and the machine is made anew from
 * the files: the same code as at start.
 */
export class MetadataNode implements RaftMember {
  readonly clusterId: string
  readonly nodeId: number
  /** Of this process. */
  readonly incarnationId: Uuid
  readonly metrics = new QuorumMetrics()
  readonly #options: MetadataNodeOptions
  readonly #snapshots: MetadataSnapshots
  readonly #schedule: SnapshotSchedule
  readonly #committed: CommittedMetadata
  readonly #leaderListeners = new Set<() => void>()
  readonly #catchingUp = new Set<CatchUpWaiter>()
  #member: QuorumMember | undefined
  #active: ActiveController | undefined
  #known: { readonly id: number; readonly epoch: number; readonly address: string } = {
    id: NOBODY,
    epoch: -1,
    address: '',
  }
  /** What the leader says is committed. */
  #leaderHighWatermark = -1
  #foreign: QuorumRefusal | undefined
  /** The last whose leader was known. */
  #electedEpoch = -1
  /** Monotonic: since when this node stands for election. */
  #candidateSinceMs: number | undefined
  readonly #trouble: WriteTrouble
  #timer: Timer | undefined
  #closed = false

  private constructor(options: MetadataNodeOptions) {
    const { log, disk, clock, logger, clusterId, nodeId } = options
    this.#options = options
    this.clusterId = clusterId
    this.nodeId = nodeId
    this.incarnationId = randomUuid(options.random)
    this.#trouble = new WriteTrouble(clock, logger)
    this.#snapshots = new MetadataSnapshots({ disk, dir: log.dir, clock, logger })
    this.#committed = new CommittedMetadata({
      clusterId,
      log,
      logger,
      snapshots: this.#snapshots,
      onApplied: (bytes, timestamp) => this.#applied(bytes, timestamp),
      onLoaded: (timestamp) => {
        this.metrics.snapshots++
        this.metrics.appliedTimestamp = timestamp
        this.#schedule.loaded(timestamp)
      },
      onAdvanced: () => this.#advanced(),
      onFatal: this.#fatal,
    })
    this.#schedule = new SnapshotSchedule({
      log,
      clock,
      logger,
      snapshots: this.#snapshots,
      settings: options.retention,
      image: () => this.image,
      voters: (endOffset) => this.#voterSource(endOffset),
      isWhole: () => !this.#committed.transaction.isOpen && this.#member !== undefined,
    })
  }

  /** Resolves when what the files say of the quorum is read and this node takes part in it: then its listeners may serve. */
  static async open(options: MetadataNodeOptions): Promise<MetadataNode> {
    const node = new MetadataNode(options)
    if (options.log.topicId === undefined) options.log.setTopicId(METADATA_TOPIC_ID)
    await node.#snapshots.open()
    const { latest } = node.#snapshots
    if (latest) node.#committed.load(latest)
    try {
      await node.#start()
    } catch (error) {
      await node.close()
      throw error
    }
    node.#schedule.start()
    return node
  }

  /** Everything that is committed, as far as this node knows. */
  get image(): MetadataImage {
    return this.#committed.image
  }

  /** This node leads and its controller decides. */
  get isActive(): boolean {
    return this.#active !== undefined
  }

  onImage(listener: ImageListener): () => void {
    return this.#committed.onImage(listener)
  }

  /** Resolves when what was decided is committed and in `image`; rejects with the KafkaError of the refusal. */
  submit<C extends ControllerCommand>(command: C): Promise<ReplyTo<C>> {
    return this.#active?.submit(command) ?? Promise.reject(notActive())
  }

  ask<R extends RaftRequest>(request: R): Promise<RaftAnswer<RaftReplyTo<R>>> {
    if (this.#member) return this.#member.driver.ask(request)
    return Promise.reject(
      new KafkaError('BROKER_NOT_AVAILABLE', 'This node takes no part in the metadata quorum at present'),
    )
  }

  hint(error: ErrorName): LeaderHint {
    const { id: leaderId, epoch } = this.#known
    return this.#member?.driver.hint(error) ?? { error, leaderId, epoch, leaderEndpoints: [] }
  }

  /** Whom this node knows to lead, and where. */
  leader(): KnownLeader {
    const { id, epoch } = this.#known
    return { id, epoch, endpoint: this.#member?.leaderAddress }
  }

  /** Called when another node leads, or the same one elsewhere, and when this one begins or ends to decide. */
  onLeader(listener: () => void): () => void {
    this.#leaderListeners.add(listener)
    return () => this.#leaderListeners.delete(listener)
  }

  /** Resolves when the image holds what the leader said to be committed; on the leader, when its controller decides. */
  caughtUp(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#catchingUp.add({ resolve, reject })
      this.#checkCaughtUp()
    })
  }

  quorum(): QuorumStatus {
    const { voters, kraftVersion } = this.#voterSource()
    const raft = this.#member?.raft
    return {
      leaderId: this.#known.id,
      leaderEpoch: raft?.epoch ?? this.image.epoch,
      highWatermark: this.#committed.nextOffset,
      logEndOffset: this.#options.log.logEndOffset,
      kraftVersion,
      voters,
      role: raft?.role,
      votedId: raft?.voted?.id ?? NOBODY,
      logEndEpoch: raft?.logEnd.epoch ?? this.image.epoch,
    }
  }

  /** Undefined: this node does not lead. */
  describeQuorum(): QuorumDescription | undefined {
    return this.#member?.describe(this.#options.clock.now())
  }

  /** Waits for what was submitted; a leader resigns. The log stays open: its owner closes it. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#stop()
  }

  /** At once, without a word to the others: nothing may be written any more. */
  abort(): void {
    if (this.#closed) return
    this.#closed = true
    this.#trouble.close()
    this.#timer?.cancel()
    this.#member?.stop()
    this.#drop()
    for (const { reject } of this.#catchingUp) reject(notActive())
    this.#catchingUp.clear()
    void this.#committed.stop()
    void this.#schedule.close()
  }

  async #stop(): Promise<void> {
    this.#trouble.close()
    this.#timer?.cancel()
    await this.#member?.resign()
    this.#member?.stop()
    this.#drop()
    for (const { reject } of this.#catchingUp) reject(notActive())
    this.#catchingUp.clear()
    await this.#committed.stop()
    await this.#schedule.close()
  }

  async #start(): Promise<void> {
    const member = await QuorumMember.load(this.#options, this.#snapshots, {
      onReady: (ready) => this.#ready(ready),
      onSnapshot: (id) => this.#committed.load(id),
      onLeaderHighWatermark: (highWatermark) => {
        this.#leaderHighWatermark = Math.max(this.#leaderHighWatermark, highWatermark)
        this.#checkCaughtUp()
      },
      onForeignCluster: (address) => this.#isForeign(address),
      onFailed: (error) => this.#failed(error),
    })
    if (this.#closed) return
    this.#member = member
    member.step({ type: 'start' })
  }

  #ready({ role, leader, committed }: Pick<Ready, 'role' | 'leader' | 'committed'>): void {
    const active = this.#active
    if (active && (role !== 'leader' || leader.epoch !== active.epoch)) {
      this.#active = undefined
      active.close()
      this.#options.logger.info({ epoch: active.epoch }, 'this controller is not active any more')
    }
    if (committed !== undefined) {
      this.#trouble.committed(committed)
      if (this.#active) this.#active.committed(committed)
      else this.#committed.advance(committed)
    }
    this.#elected(role)
    this.#leaderIs(leader.id, leader.epoch)
    this.#advanced()
  }

  #applied(bytes: number, timestamp: number): void {
    this.metrics.appliedTimestamp = timestamp
    this.#schedule.applied(bytes, timestamp)
  }

  /** How long this node was a candidate, whoever was elected. */
  #elected(role: Ready['role']): void {
    const { clock } = this.#options
    if (role === 'prospective' || role === 'candidate') this.#candidateSinceMs ??= clock.monotonic()
    else if (this.#candidateSinceMs !== undefined && (role === 'leader' || role === 'follower')) {
      const nowMs = clock.monotonic()
      this.metrics.elections.record(nowMs - this.#candidateSinceMs, nowMs)
      this.#candidateSinceMs = undefined
    }
  }

  #leaderIs(id: number, epoch: number): void {
    const endpoint = this.#member?.leaderAddress
    const address = endpoint ? `${endpoint.host}:${endpoint.port}` : ''
    const { id: oldId, epoch: oldEpoch, address: oldAddress } = this.#known
    if (id === oldId && epoch === oldEpoch && address === oldAddress) return
    this.#known = { id, epoch, address }
    if (id !== NOBODY) this.#foreign = undefined
    if (id !== NOBODY && epoch !== this.#electedEpoch) {
      this.#electedEpoch = epoch
      this.metrics.newControllers++
    }
    this.#options.logger.info(
      { leaderId: id, epoch, address },
      id === NOBODY ? 'no leader is known' : 'a leader is known',
    )
    this.#tellLeader()
  }

  #tellLeader(): void {
    for (const listener of [...this.#leaderListeners]) {
      try {
        listener()
      } catch (error) {
        this.#fatal(error)
      }
    }
  }

  /** The image reached another offset, or the role changed. */
  #advanced(): void {
    this.#activate()
    this.#checkCaughtUp()
  }

  /** As soon as everything before its epoch, and its epoch's own beginning, is committed and in the image. */
  #activate(): void {
    const member = this.#member
    const epochStart = member?.raft.epochStartOffset
    if (this.#active || this.#closed || member === undefined || epochStart === undefined) return
    if (this.#committed.isBusy || this.#committed.nextOffset <= epochStart) return
    const { controller, nodeId, clock, random, managers, staticVoters } = this.#options
    const voterIds = staticVoters.map(({ voterId }) => voterId)
    const active = new ActiveController({
      epoch: member.raft.epoch,
      committed: this.#committed,
      clock,
      random,
      settings: { ...controller, nodeId, voterIds, incarnationId: this.incarnationId },
      managers,
      bootstrap: member.bootstrap,
      kraft: {
        current: () => member.voters.kraftVersion,
        upgrade: (version, validateOnly) => member.upgradeKraftVersion(version, validateOnly),
      },
      logEndOffset: () => member.raft.logEnd.offset,
      append: (values) => member.step({ type: 'propose', values }),
      metrics: this.metrics,
      onApplied: (bytes, timestamp) => this.#applied(bytes, timestamp),
      onFatal: this.#fatal,
    })
    this.#active = active
    active.activate()
    this.#options.logger.info({ epoch: active.epoch }, 'this controller is active')
    this.#tellLeader()
  }

  #checkCaughtUp(): void {
    if (this.#catchingUp.size === 0) return
    const leads = this.#member?.raft.role === 'leader'
    const isDone = leads
      ? this.#active !== undefined && !this.#committed.isEmpty && !this.#committed.transaction.isOpen
      : this.#leaderHighWatermark >= 0 && this.#committed.nextOffset >= this.#leaderHighWatermark
    if (!isDone && this.#foreign === undefined) return
    for (const { resolve, reject } of this.#catchingUp) {
      if (isDone || this.#foreign === undefined) resolve()
      else reject(this.#foreign)
    }
    this.#catchingUp.clear()
  }

  #isForeign(address: NetAddress): void {
    if (this.#known.id !== NOBODY || this.#foreign !== undefined) return
    this.#foreign = foreignCluster(this.clusterId, address)
    this.#options.logger.error(this.#foreign.message)
    this.#checkCaughtUp()
  }

  #voterSource(endOffset?: number) {
    const { staticVoters: voters } = this.#options
    return this.#member?.raft.voterSource(endOffset) ?? { voters, kraftVersion: 0 as const, fromBootstrap: false }
  }

  #drop(): void {
    this.#active?.close()
    this.#active = undefined
    this.#member = undefined
  }

  /** Out of the call that found it. */
  readonly #fatal = (error: unknown): void => {
    const { onFatal } = this.#options
    queueMicrotask(() => {
      if (onFatal === undefined) throw error
      onFatal(error instanceof Error ? error : new Error(String(error)))
    })
  }

  /** The log or the quorum state could not be written. */
  #failed(error: Error): void {
    const { log, clock } = this.#options
    if (error instanceof InvariantError) this.#fatal(error)
    // Others may count on what was fsynced; what follows it, nobody was told of.
    const durable = Math.max(this.#committed.nextOffset, this.#member?.driver.syncedOffset ?? 0)
    this.#member?.stop()
    this.#drop()
    this.#tellLeader()
    if (isBroken(error)) {
      log.fail(error)
      return
    }
    this.#trouble.failed(error, durable)
    const retry = async () => {
      if (this.#closed || this.#member) return
      try {
        await log.truncateTo(durable)
        await this.#start()
        if (this.#closed) await this.#stop()
      } catch {
        if (!this.#member) this.#timer = clock.after(RETRY_MS, retry)
      }
    }
    this.#timer = clock.after(RETRY_MS, retry)
  }
}

/** The disk itself, as it says: only for room is it worth waiting. */
function isBroken(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException
  return typeof code === 'string' && code !== 'ENOSPC' && code !== 'EDQUOT'
}
