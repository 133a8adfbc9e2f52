import { KafkaError } from '../base/errors.ts'
import type { Decision, Machine, Token } from '../base/machine.ts'
import { activationRecords } from './activation.ts'
import type { ClusterCommands } from './cluster/commands.ts'
import { ClusterManager } from './cluster/manager.ts'
import type { ConfigCommands } from './configs/commands.ts'
import { MetadataDelta } from './delta.ts'
import type { FeatureCommands } from './feature-commands.ts'
import { featureManager } from './feature-manager.ts'
import type { MetadataImage } from './image.ts'
import type { ControllerEnv, ControllerRandom, Manager, Outcome } from './manager.ts'
import type { LeaderDefaults } from './partition-change.ts'
import type { PartitionCommands } from './partitions/commands.ts'
import { partitionManager } from './partitions/manager.ts'
import { type ProducerIdCommands, producerIdManager } from './producer-ids.ts'
import { type MetadataRecord, metadataRecord } from './records.ts'
import type { TopicCommands } from './topics/commands.ts'
import type { MetadataTransaction } from './transaction.ts'

/** Everything that the controller can be asked; each manager adds its own. */
export interface ControllerCommands
  extends ClusterCommands,
    PartitionCommands,
    ProducerIdCommands,
    FeatureCommands,
    TopicCommands,
    ConfigCommands {}

export type ControllerCommandType = keyof ControllerCommands
/** `{ type: 'createTopics', … } | { type: 'registerBroker', … } | …` */
export type ControllerCommand = {
  [N in ControllerCommandType]: { readonly type: N } & ControllerCommands[N]['command']
}[ControllerCommandType]
export type ReplyTo<C extends { readonly type: ControllerCommandType }> = ControllerCommands[C['type']]['reply']
export type ControllerReply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: KafkaError }

/** The managers that need more than the image and its settings are made outside and given in. */
export interface GivenManagers {
  readonly topics: Manager<TopicCommands>
  readonly configs: Manager<ConfigCommands>
}

export interface ControllerSettings {
  readonly nodeId: number
  /** broker.session.timeout.ms */
  readonly sessionTimeoutMs: number
  /** metadata.max.idle.interval.ms; 0: no NoOp records. */
  readonly maxIdleIntervalMs: number
  readonly leaders: LeaderDefaults
}

/** What the log said when this node became leader; the controller's own from then on. */
export interface ControllerStart {
  readonly image: MetadataImage
  readonly transaction: MetadataTransaction
  /** No record of the log counts. */
  readonly isEmpty: boolean
}

export interface ControllerOptions {
  readonly start: ControllerStart
  readonly random: ControllerRandom
  readonly settings: ControllerSettings
  readonly managers: GivenManagers
}

/**
 * Decides what the metadata log says next. Its image includes records that are not committed yet; a failed append means
 * that the whole machine is thrown away and made anew from the log.
 */
export class Controller implements Machine<ControllerCommand, MetadataRecord, ControllerReply> {
  readonly image: MetadataImage
  readonly #random: ControllerRandom
  readonly #settings: ControllerSettings
  readonly #cluster: ClusterManager
  readonly #managers: Manager<ControllerCommands>
  readonly #transaction: MetadataTransaction
  #isEmpty: boolean
  #epoch = -1
  #nextOffset = 0
  /** Asked for by nobody: renewed with every decision so that it stays small. */
  #changes = new MetadataDelta()
  #lastAppendMs = Number.POSITIVE_INFINITY

  constructor({ start, random, settings, managers }: ControllerOptions) {
    this.image = start.image
    this.#transaction = start.transaction
    this.#isEmpty = start.isEmpty
    this.#random = random
    this.#settings = settings
    const { nodeId, sessionTimeoutMs, leaders } = settings
    this.#cluster = new ClusterManager({ nodeId, sessionTimeoutMs, leaders })
    const { registerBroker, unregisterBroker, brokerLost, registerController, brokerHeartbeat } = this.#cluster
    this.#managers = {
      ...managers.topics,
      ...managers.configs,
      ...producerIdManager(),
      ...partitionManager(),
      ...featureManager(),
      registerBroker,
      unregisterBroker,
      brokerLost,
      registerController,
      brokerHeartbeat,
    }
  }

  /** This node leads from now on; the records of what it decides get offsets from `nextOffset` on. */
  activate(
    epoch: number,
    nextOffset: number,
    bootstrap: readonly MetadataRecord[],
    nowMs: number,
  ): Decision<MetadataRecord, ControllerReply> {
    this.#epoch = epoch
    this.#nextOffset = nextOffset
    this.#lastAppendMs = nowMs
    const records = activationRecords({
      isEmpty: this.#isEmpty,
      transactionOpen: this.#transaction.isOpen,
      bootstrap,
      minInsyncReplicas: this.#settings.leaders.minInsyncReplicas,
    })
    return { records, replies: [] }
  }

  handle(command: ControllerCommand, token: Token, nowMs: number): Decision<MetadataRecord, ControllerReply> {
    try {
      const { records, reply } = this.#dispatch(command, nowMs)
      if (records.length > 0) this.#lastAppendMs = nowMs
      return { records, replies: [{ to: token, reply: { ok: true, value: reply } }] }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { records: [], replies: [{ to: token, reply: { ok: false, error } }] }
    }
  }

  #dispatch(command: ControllerCommand, nowMs: number): Outcome<unknown> {
    // The mapped types make every entry fit its command; the compiler cannot follow that through an index.
    const handle = this.#managers[command.type] as (command: ControllerCommand, env: ControllerEnv) => Outcome<unknown>
    return handle(command, this.#env(nowMs))
  }

  #env(nowMs: number): ControllerEnv {
    this.#changes = new MetadataDelta()
    return {
      image: this.image,
      nowMs,
      controllerEpoch: this.#epoch,
      nextOffset: this.#nextOffset,
      random: this.#random,
    }
  }

  /** Fences brokers that fell silent; writes a NoOp where nothing was written for long, so that lag can be measured. */
  tick(nowMs: number): Decision<MetadataRecord, ControllerReply> {
    const records = this.#cluster.tick(this.#env(nowMs))
    if (records.length === 0 && nowMs >= this.#idleDeadlineMs()) records.push(metadataRecord('NoOpRecord', {}))
    if (records.length > 0) this.#lastAppendMs = nowMs
    return { records, replies: [] }
  }

  #idleDeadlineMs(): number {
    const { maxIdleIntervalMs } = this.#settings
    return maxIdleIntervalMs > 0 ? this.#lastAppendMs + maxIdleIntervalMs : Number.POSITIVE_INFINITY
  }

  replay(record: MetadataRecord, offset: number): void {
    this.#transaction.replay(record, (applied) => {
      this.#isEmpty = false
      this.image.replay(applied, this.#changes)
    })
    this.image.offset = offset
    this.#nextOffset = offset + 1
  }

  deadlineMs(): number {
    return Math.min(this.#cluster.deadlineMs(), this.#idleDeadlineMs())
  }
}
