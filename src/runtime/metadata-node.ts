import { assert, InvariantError } from '../base/assert.ts'
import { KafkaError } from '../base/errors.ts'
import { type DirectoryId, METADATA_TOPIC_ID, type Uuid } from '../base/ids.ts'
import type { Decision } from '../base/machine.ts'
import type { Timer } from '../io/ports.ts'
import { randomUuid } from '../io/random-uuid.ts'
import { Controller, type ControllerCommand, type ControllerReply, type ReplyTo } from '../metadata/controller.ts'
import { MetadataDelta } from '../metadata/delta.ts'
import { metadataVersionOf, supportedFeatures, supportsControllerRegistration } from '../metadata/features.ts'
import { MetadataImage } from '../metadata/image.ts'
import { encodeMetadataRecord, type MetadataRecord } from '../metadata/records.ts'
import { MetadataTransaction } from '../metadata/transaction.ts'
import { Raft } from '../raft/raft.ts'
import type { VoterSource } from '../raft/types.ts'
import { controllerRandom } from './controller-random.ts'
import { loadMetadata, readBootstrap, readQuorumState } from './metadata-load.ts'
import type { ImageListener, MetadataNodeOptions, NodeRegistration, QuorumStatus } from './metadata-node-options.ts'
import { PendingDecisions, settle, type Waiter } from './metadata-pending.ts'
import { SnapshotSchedule } from './metadata-retention.ts'
import { MetadataSnapshots } from './metadata-snapshots.ts'
import { RaftDriver } from './raft-driver.ts'

export type { ImageListener, MetadataNodeOptions, NodeRegistration, QuorumStatus } from './metadata-node-options.ts'

/**
 * This node's part in the metadata quorum: its log, the controller on it, and the committed image.
 *
 *     submit ─ controller decides and replays ─ raft ─ append + fsync ─ committed ─ image ─ listeners ─ reply
 *
 * When the log can't be written, everything that waits is refused, what is not committed is cut off, and the controller is
 * made anew from the log in a new epoch: the same code as at start.
 */
export class MetadataNode {
  readonly clusterId: string
  readonly nodeId: number
  /** Of this process. */
  readonly incarnationId: Uuid
  /** Everything that is committed. */
  readonly image: MetadataImage
  readonly #options: MetadataNodeOptions
  readonly #snapshots: MetadataSnapshots
  readonly #schedule: SnapshotSchedule
  readonly #listeners = new Set<ImageListener>()
  readonly #pending = new PendingDecisions()
  readonly #transaction = new MetadataTransaction()
  #waiters = new Map<number, Waiter>()
  #nextToken = 0
  #voters: VoterSource
  #leading: { readonly controller: Controller; readonly raft: Raft; readonly driver: RaftDriver } | undefined
  /** No record of the log was ever committed. */
  #isEmpty = true
  #brokerEpoch = -1
  #isShutDown = false
  #timer: Timer | undefined
  #closed = false

  private constructor(options: MetadataNodeOptions) {
    const { log, disk, clock, logger } = options
    this.#options = options
    this.clusterId = options.clusterId
    this.nodeId = options.nodeId
    this.incarnationId = randomUuid(options.random)
    this.image = new MetadataImage(options.clusterId)
    this.#voters = { voters: options.staticVoters, kraftVersion: 0, fromBootstrap: false }
    this.#snapshots = new MetadataSnapshots({ disk, dir: log.dir, clock, logger })
    this.#schedule = new SnapshotSchedule({
      log,
      clock,
      logger,
      snapshots: this.#snapshots,
      settings: options.retention,
      image: () => this.image,
      voters: () => this.#voters,
    })
  }

  /** Resolves when this node leads and its image holds everything that was ever committed. */
  static async open(options: MetadataNodeOptions): Promise<MetadataNode> {
    const node = new MetadataNode(options)
    if (options.log.topicId === undefined) options.log.setTopicId(METADATA_TOPIC_ID)
    await node.#snapshots.open()
    try {
      await node.#load()
    } catch (error) {
      await node.close()
      throw error
    }
    return node
  }

  /** This broker's epoch once it registered, else -1; also what a clean stop leaves in its marker. */
  get brokerEpoch(): number {
    return this.#brokerEpoch
  }

  onImage(listener: ImageListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Resolves when what was decided is committed and in `image`; rejects with the KafkaError of the refusal. */
  submit<C extends ControllerCommand>(command: C): Promise<ReplyTo<C>> {
    return new Promise((resolve, reject) => {
      if (!this.#leading) {
        reject(this.#unavailable())
        return
      }
      const token = this.#nextToken++
      this.#waiters.set(token, { resolve: resolve as (value: unknown) => void, reject })
      try {
        this.#propose(this.#leading.controller.handle(command, token, this.#options.clock.now()))
      } catch (error) {
        // Half decided: nothing may be built on this state.
        this.#waiters.delete(token)
        escalate(error)
        throw error
      }
      this.#scheduleTick()
    })
  }

  /** Registers this node as controller and broker, the broker still fenced. Call when the listeners have their ports. */
  async register(registration: NodeRegistration): Promise<void> {
    const { controllerEndpoints, ...broker } = registration
    const identity = { incarnationId: this.incarnationId, features: supportedFeatures() }
    const asController =
      controllerEndpoints.length > 0 && supportsControllerRegistration(metadataVersionOf(this.image))
        ? this.submit({
            type: 'registerController',
            controllerId: this.nodeId,
            zkMigrationReady: false,
            endpoints: controllerEndpoints,
            ...identity,
          })
        : undefined
    const { brokerEpoch } = await this.submit({
      type: 'registerBroker',
      brokerId: this.nodeId,
      clusterId: this.clusterId,
      ...identity,
      ...broker,
    })
    await asController
    this.#brokerEpoch = brokerEpoch
  }

  /** The broker serves: it may lead partitions from now on. */
  async unfence(): Promise<void> {
    const { isFenced } = await this.#heartbeat({})
    assert(!isFenced, 'the broker stays fenced')
  }

  /** Log directories of this broker failed: their replicas lead nothing any more. */
  async directoriesOffline(offlineLogDirs: readonly DirectoryId[]): Promise<void> {
    await this.#heartbeat({ offlineLogDirs })
  }

  /** Gives up what this broker leads, then fences it: the first step of a clean stop. */
  async controlledShutdown(): Promise<void> {
    if (this.#brokerEpoch < 0 || this.#isShutDown) return
    const first = await this.#heartbeat({ wantShutDown: true })
    if (!first.shouldShutDown) await this.#heartbeat({ wantShutDown: true })
    this.#isShutDown = true
  }

  #heartbeat(wants: { readonly wantShutDown?: boolean; readonly offlineLogDirs?: readonly DirectoryId[] }) {
    return this.submit({
      type: 'brokerHeartbeat',
      brokerId: this.nodeId,
      brokerEpoch: this.#brokerEpoch,
      currentMetadataOffset: this.image.offset,
      wantFence: false,
      wantShutDown: wants.wantShutDown ?? false,
      offlineLogDirs: wants.offlineLogDirs ?? [],
      cordonedLogDirs: [],
    })
  }

  quorum(): QuorumStatus {
    const raft = this.#leading?.raft
    return {
      leaderId: raft?.leaderId ?? -1,
      leaderEpoch: raft?.epoch ?? this.image.epoch,
      highWatermark: this.image.offset + 1,
      logEndOffset: this.#options.log.logEndOffset,
      kraftVersion: this.#voters.kraftVersion,
      voters: this.#voters.voters,
    }
  }

  /** Waits for what was submitted. The log stays open: its owner closes it. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#stop()
  }

  async #stop(): Promise<void> {
    this.#timer?.cancel()
    await this.#leading?.driver.idle()
    this.#leading?.driver.stop()
    await this.#schedule.close()
    this.#leading = undefined
    this.#refuse(this.#unavailable())
  }

  async #load(): Promise<void> {
    const { log, disk, clock, random, nodeId, directoryId, staticVoters } = this.#options
    let loadedDelta: MetadataDelta | undefined = new MetadataDelta()
    const delta = loadedDelta
    const upTo = this.image.offset
    const loaded = await loadMetadata(log, this.#snapshots, staticVoters, (record, offset) => {
      if (offset <= upTo) return
      this.#apply(record, delta)
    })
    const controller = new Controller({
      start: { image: this.image.copy(), transaction: this.#transaction.copy(), isEmpty: this.#isEmpty },
      random: controllerRandom(random),
      settings: {
        ...this.#options.controller,
        nodeId,
        incarnationId: this.incarnationId,
        voterIds: staticVoters.map(({ voterId }) => voterId),
      },
      managers: this.#options.managers,
    })
    const quorumStatePath = `${log.dir}/quorum-state`
    const raft = new Raft({
      self: { id: nodeId, directoryId },
      voters: loaded.voters,
      hardState: await readQuorumState(disk, quorumStatePath),
      logEnd: { offset: log.logEndOffset, epoch: loaded.epoch },
      electionTimeoutMs: this.#options.electionTimeoutMs,
      fetchTimeoutMs: this.#options.fetchTimeoutMs,
      random: (bound) => random.below(bound),
    })
    if (!raft.isOnlyVoter) throw new KafkaError('INVALID_CONFIG', notTheVoter(nodeId, directoryId, loaded.voters))
    this.#voters = loaded.voters
    this.#schedule.loaded(loaded.bytesSinceSnapshot, loaded.lastTimestamp)
    const bootstrap = await readBootstrap(disk, log.parentDir)
    await new Promise<void>((resolve, reject) => {
      const driver = new RaftDriver({
        raft,
        log,
        disk,
        clock,
        quorumStatePath,
        send: () => assert(false, 'the only voter has nobody to write to'),
        onCommitted: (highWatermark) => {
          this.#committed(highWatermark, raft.epoch, loadedDelta)
          loadedDelta = undefined
          resolve()
        },
        onFailed: (error) => {
          reject(error)
          if (error instanceof InvariantError) escalate(error)
          this.#failed(error)
        },
      })
      this.#leading = { controller, raft, driver }
      driver.step({ type: 'start' })
      assert(raft.role === 'leader', `the only voter is ${raft.role}`)
      this.#propose(controller.activate(raft.epoch, raft.logEnd.offset, bootstrap, clock.now()))
    })
    if (this.#voters.fromBootstrap) this.#voters = { ...this.#voters, fromBootstrap: false }
    this.#scheduleTick()
  }

  #propose({ records, replies }: Decision<MetadataRecord, ControllerReply>): void {
    const leading = this.#leading
    assert(leading !== undefined, 'a node that does not lead has nothing to propose')
    const { raft, controller, driver } = leading
    let offset = raft.logEnd.offset
    const waiting = replies.map(({ to, reply }) => {
      const waiter = this.#waiters.get(to)
      assert(waiter !== undefined, `nobody waits for reply ${to}`)
      this.#waiters.delete(to)
      return { waiter, reply }
    })
    const values = records.map(encodeMetadataRecord)
    for (const record of records) controller.replay(record, offset++)
    const decision = { records, lastOffset: offset - 1, replies: waiting }
    if (records.length === 0 && decision.lastOffset <= this.image.offset) {
      // Nothing that it could depend on is under way.
      for (const reply of waiting) settle(reply)
      return
    }
    this.#pending.push(decision)
    if (values.length === 0) return
    this.#schedule.appended(values)
    for (let from = 0; from < values.length; from += MAX_RECORDS_PER_BATCH) {
      driver.step({ type: 'propose', values: values.slice(from, from + MAX_RECORDS_PER_BATCH) })
    }
  }

  #committed(highWatermark: number, epoch: number, delta = new MetadataDelta()): void {
    const decisions = this.#pending.committed(highWatermark)
    for (const { records } of decisions) {
      for (const record of records) this.#apply(record, delta)
    }
    this.image.offset = highWatermark - 1
    this.image.epoch = epoch
    this.#schedule.committed()
    if (!delta.isEmpty) for (const listener of this.#listeners) this.#notify(listener, delta)
    for (const { replies } of decisions) replies.forEach(settle)
  }

  #apply(record: MetadataRecord, delta: MetadataDelta): void {
    this.#transaction.replay(record, (applied) => {
      this.#isEmpty = false
      this.image.replay(applied, delta)
    })
  }

  #notify(listener: ImageListener, delta: MetadataDelta): void {
    try {
      listener(delta, this.image)
    } catch (error) {
      // What is committed is committed: a listener that fails is a fault of its own.
      escalate(error)
    }
  }

  #scheduleTick(): void {
    this.#timer?.cancel()
    const deadline = this.#leading?.controller.deadlineMs() ?? Number.POSITIVE_INFINITY
    if (this.#closed || !Number.isFinite(deadline)) return
    const { clock } = this.#options
    this.#timer = clock.after(Math.max(0, deadline - clock.now()), () => {
      if (!this.#leading) return
      this.#propose(this.#leading.controller.tick(clock.now()))
      this.#scheduleTick()
    })
  }

  /** The log or the quorum state could not be written. */
  #failed(error: Error): void {
    const { log, clock, logger } = this.#options
    this.#leading = undefined
    this.#timer?.cancel()
    logger.error({ err: error }, 'the metadata log can not be written; waiting for the disk')
    this.#refuse(this.#unavailable())
    const retry = async () => {
      if (this.#closed || this.#leading) return
      try {
        await log.truncateTo(this.image.offset + 1)
        await this.#load()
        if (this.#closed) await this.#stop()
        else logger.info('the metadata log is written again')
      } catch {
        if (!this.#leading) this.#timer = clock.after(RETRY_MS, retry)
      }
    }
    this.#timer = clock.after(RETRY_MS, retry)
  }

  #refuse(error: KafkaError): void {
    for (const { replies } of this.#pending.drop()) for (const { waiter } of replies) waiter.reject(error)
    for (const waiter of this.#waiters.values()) waiter.reject(error)
    this.#waiters.clear()
  }

  #unavailable(): KafkaError {
    return new KafkaError('NOT_CONTROLLER', 'The controller of this node is not active')
  }
}

const RETRY_MS = 1000
/** What managers promise all or nothing stays below; a broker that comes or goes may move more partitions than that. */
const MAX_RECORDS_PER_BATCH = 10_000

/** Out of the call that found it, to the process, which stops. */
function escalate(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}

function notTheVoter(nodeId: number, directoryId: DirectoryId, { voters }: VoterSource): string {
  const names = voters.map(({ voterId, voterDirectoryId }) => `${voterId} (${voterDirectoryId})`).join(', ')
  return (
    `Node ${nodeId} with directory.id ${directoryId} is not the only voter of its metadata quorum (voters: ${names}); ` +
    'this version runs quorums of one'
  )
}
