import { KafkaError } from '../base/errors.ts'
import type { Uuid } from '../base/ids.ts'
import type { Decision, Machine, Token } from '../base/machine.ts'
import type { AclCommands } from './acls/commands.ts'
import { aclManager } from './acls/manager.ts'
import { activationRecords } from './activation.ts'
import type { ClientQuotaCommands } from './client-quotas/commands.ts'
import { clientQuotaManager } from './client-quotas/manager.ts'
import type { ClusterCommands } from './cluster/commands.ts'
import { ClusterManager } from './cluster/manager.ts'
import type { ConfigCommands } from './configs/commands.ts'
import type { DelegationTokenCommands } from './delegation-tokens/commands.ts'
import { type DelegationTokenSettings, delegationTokenManager, TokenSweep } from './delegation-tokens/manager.ts'
import { MetadataDelta } from './delta.ts'
import type { FeatureCommands } from './feature-commands.ts'
import { featureManager, type KraftVersions } from './feature-manager.ts'
import type { MetadataImage } from './image.ts'
import type { ControllerEnv, ControllerRandom, Manager, Outcome } from './manager.ts'
import type { PartitionCommands } from './partitions/commands.ts'
import { partitionManager } from './partitions/manager.ts'
import type { LeaderDefaults } from './partitions/rules.ts'
import { type ElectionIntervals, PeriodicElections } from './periodic-elections.ts'
import { type ProducerIdCommands, producerIdManager } from './producer-ids.ts'
import { type MetadataRecord, metadataRecord } from './records.ts'
import type { ScramCommands } from './scram/commands.ts'
import { scramManager } from './scram/manager.ts'
import type { TopicCommands } from './topics/commands.ts'
import type { MetadataTransaction } from './transaction.ts'

/** Everything that the controller can be asked; each manager adds its own. */
export interface ControllerCommands
  extends ClusterCommands,
    PartitionCommands,
    ProducerIdCommands,
    FeatureCommands,
    TopicCommands,
    ConfigCommands,
    ClientQuotaCommands,
    AclCommands,
    DelegationTokenCommands,
    ScramCommands {}

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
  /** Of this process: its own broker, if any, is alive as long as it is. */
  readonly incarnationId: Uuid
  /** controller.quorum.voters */
  readonly voterIds: readonly number[]
  /** broker.session.timeout.ms */
  readonly sessionTimeoutMs: number
  /** metadata.max.idle.interval.ms; 0: no NoOp records. */
  readonly maxIdleIntervalMs: number
  readonly leaders: LeaderDefaults
  /** Left out: nothing is elected that nobody asked for. */
  readonly elections?: ElectionIntervals
  /** Left out: there is no key, and every request about delegation tokens is refused. */
  readonly delegationTokens?: DelegationTokenSettings | undefined
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
  /** Ms since 1970. */
  readonly wallClock: () => number
  /** Left out: a quorum whose kraft.version is 0 and stays it. */
  readonly kraft?: KraftVersions
}

/**
 * Decides what the metadata log says next. Its image includes records that are not committed yet; a failed append means
 * that the whole machine is thrown away and made anew from the log.
 */
export class Controller implements Machine<ControllerCommand, MetadataRecord, ControllerReply> {
  readonly image: MetadataImage
  readonly #random: ControllerRandom
  readonly #wallClock: () => number
  readonly #settings: ControllerSettings
  readonly #cluster: ClusterManager
  readonly #elections: PeriodicElections
  readonly #tokenSweep: TokenSweep
  readonly #managers: Manager<ControllerCommands>
  readonly #transaction: MetadataTransaction
  #isEmpty: boolean
  #epoch = -1
  #nextOffset = 0
  /** Asked for by nobody: renewed with every decision so that it stays small. */
  #changes = new MetadataDelta()
  #lastAppendMs = Number.POSITIVE_INFINITY

  constructor({ start, random, wallClock, settings, managers, kraft = KRAFT_0 }: ControllerOptions) {
    this.image = start.image
    this.#transaction = start.transaction
    this.#isEmpty = start.isEmpty
    this.#random = random
    this.#wallClock = wallClock
    this.#settings = settings
    const { nodeId, voterIds } = settings
    const leaders = { ...settings.leaders, nodeId }
    this.#cluster = new ClusterManager({ ...settings, leaders, kraftVersion: () => kraft.current() })
    this.#elections = new PeriodicElections(leaders, settings.elections ?? NO_ELECTIONS)
    this.#tokenSweep = new TokenSweep(settings.delegationTokens)
    const { registerBroker, unregisterBroker, brokerLost, registerController, brokerHeartbeat } = this.#cluster
    this.#managers = {
      ...managers.topics,
      ...managers.configs,
      ...producerIdManager(),
      ...clientQuotaManager(),
      ...aclManager(),
      ...scramManager(),
      ...delegationTokenManager(settings.delegationTokens),
      ...partitionManager(leaders),
      ...featureManager({ nodeId, voterIds, minInsyncReplicas: leaders.minInsyncReplicas, kraft }),
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
    this.#cluster.activate({ image: this.image, nowMs })
    this.#elections.activate(nowMs)
    this.#tokenSweep.activate(nowMs)
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
      wallMs: this.#wallClock(),
      controllerEpoch: this.#epoch,
      nextOffset: this.#nextOffset,
      random: this.#random,
    }
  }

  /** Fences brokers that fell silent, elects; writes a NoOp where nothing was written for long, so that lag is seen. */
  tick(nowMs: number): Decision<MetadataRecord, ControllerReply> {
    const env = this.#env(nowMs)
    const records = this.#cluster.tick(env)
    // What comes next must see what was decided before: the rest is due at once.
    if (records.length === 0) records.push(...this.#elections.tick(env))
    if (records.length === 0) records.push(...this.#tokenSweep.tick(env))
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

  /** Records that are not the controller's stand before its next ones. */
  skipTo(nextOffset: number): void {
    this.#nextOffset = nextOffset
  }

  deadlineMs(): number {
    return Math.min(
      this.#cluster.deadlineMs(),
      this.#elections.deadlineMs(),
      this.#tokenSweep.deadlineMs(),
      this.#idleDeadlineMs(),
    )
  }
}

const KRAFT_0: KraftVersions = { current: () => 0 }
const NO_ELECTIONS: ElectionIntervals = { balanceMs: 0, uncleanMs: 0 }
