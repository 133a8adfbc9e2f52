import { KafkaError } from '../../base/errors.ts'
import {
  FEATURES,
  METADATA_VERSION,
  metadataVersionOf,
  registerBrokerVersion,
  supportsControllerRegistration,
  supportsCordonedDirectories,
  supportsDirectories,
} from '../features.ts'
import type { BrokerImage, MetadataImage } from '../image.ts'
import type { ControllerEnv, Manager, Outcome } from '../manager.ts'
import { type LeaderDefaults, leaderAndIsrChanges } from '../partition-change.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import type { BrokerHeartbeat, ClusterCommands, HeartbeatReply, RegisterBroker, SupportedFeature } from './commands.ts'
import { checkDirectories } from './directories.ts'
import { BrokerSessions } from './sessions.ts'

const FENCE = 1
const UNFENCE = -1

export interface ClusterOptions {
  /** This node: it shares the controller's process, so it has no session that could expire. */
  readonly nodeId: number
  /** broker.session.timeout.ms */
  readonly sessionTimeoutMs: number
  readonly leaders: LeaderDefaults
}

/** Brokers and controllers: registration, heartbeats, fencing, controlled shutdown. */
export class ClusterManager implements Manager<ClusterCommands> {
  readonly #options: ClusterOptions
  readonly #sessions: BrokerSessions

  constructor(options: ClusterOptions) {
    this.#options = options
    this.#sessions = new BrokerSessions(options.sessionTimeoutMs)
  }

  registerBroker = (command: RegisterBroker, env: ControllerEnv): Outcome<{ readonly brokerEpoch: number }> => {
    const { image } = env
    const { brokerId, incarnationId } = command
    if (command.clusterId !== image.clusterId) {
      throw new KafkaError(
        'INCONSISTENT_CLUSTER_ID',
        `Expected cluster ID ${image.clusterId}, but got cluster ID ${command.clusterId}`,
      )
    }
    const existing = image.broker(brokerId)
    const sameProcess = existing?.incarnationId === incarnationId
    if (existing && !sameProcess && this.#sessions.isAlive(brokerId, env.nowMs)) {
      throw new KafkaError('DUPLICATE_BROKER_REGISTRATION', 'Another broker is registered with that broker id.')
    }
    const version = metadataVersionOf(image)
    if (supportsDirectories(version)) checkDirectories(image, brokerId, command.logDirs)
    checkFeatures(image, command.features)
    const records: MetadataRecord[] = sameProcess ? [] : this.#previousIncarnationGone(command, existing, image)
    const brokerEpoch = sameProcess && existing ? existing.epoch : env.nextOffset
    const register = metadataRecord(
      'RegisterBrokerRecord',
      {
        brokerId,
        incarnationId,
        brokerEpoch,
        endPoints: command.endpoints,
        features: featuresOf(command.features),
        rack: command.rack,
        fenced: sameProcess && existing ? existing.fenced : true,
        inControlledShutdown: sameProcess && existing ? existing.inControlledShutdown : false,
        logDirs: supportsDirectories(version) ? command.logDirs : [],
      },
      registerBrokerVersion(version),
    )
    if (!sameProcess) this.#sessions.forget(brokerId)
    this.#touch(brokerId, -1, env.nowMs)
    return { records: [...records, register], reply: { brokerEpoch } }
  }

  /** KIP-966: a clean stop left every record that the broker acknowledged on its disk; any other may not have. */
  #previousIncarnationGone(command: RegisterBroker, existing: BrokerImage | undefined, image: MetadataImage) {
    const { brokerId } = command
    const clean = existing !== undefined && command.previousBrokerEpoch === existing.epoch
    const { leaders } = this.#options
    if (clean) {
      const moving = { remove: brokerId }
      return [...leaderAndIsrChanges(image, moving, leaders, ({ isr }) => isr.includes(brokerId))]
    }
    const moving = { unclean: brokerId }
    const affected = ({ isr, elr }: { isr: readonly number[]; elr: readonly number[] }) =>
      isr.includes(brokerId) || elr.includes(brokerId)
    return [...leaderAndIsrChanges(image, moving, leaders, affected)]
  }

  unregisterBroker = ({ brokerId }: { readonly brokerId: number }, { image }: ControllerEnv): Outcome<undefined> => {
    const broker = image.broker(brokerId)
    if (!broker) throw new KafkaError('BROKER_ID_NOT_REGISTERED', `Broker ID ${brokerId} is not currently registered`)
    this.#sessions.forget(brokerId)
    const records: MetadataRecord[] = [
      ...leaderAndIsrChanges(
        image,
        { remove: brokerId },
        this.#options.leaders,
        ({ isr, elr }) => isr.includes(brokerId) || elr.includes(brokerId),
      ),
      metadataRecord('UnregisterBrokerRecord', { brokerId, brokerEpoch: broker.epoch }),
    ]
    return { records, reply: undefined }
  }

  brokerLost = (
    { brokerId, brokerEpoch }: ClusterCommands['brokerLost']['command'],
    { image }: ControllerEnv,
  ): Outcome<undefined> => {
    const broker = image.broker(brokerId)
    if (!broker || broker.epoch !== brokerEpoch || broker.fenced) return { records: [], reply: undefined }
    this.#sessions.forget(brokerId)
    const fence = metadataRecord('BrokerRegistrationChangeRecord', { brokerId, brokerEpoch, fenced: FENCE }, 0)
    return { records: [...this.#withdrawn(image, brokerId), fence], reply: undefined }
  }

  registerController = (
    command: ClusterCommands['registerController']['command'],
    { image }: ControllerEnv,
  ): Outcome<undefined> => {
    if (!supportsControllerRegistration(metadataVersionOf(image))) {
      throw new KafkaError(
        'UNSUPPORTED_VERSION',
        'The current MetadataVersion is too old to support controller registrations.',
      )
    }
    const record = metadataRecord('RegisterControllerRecord', {
      controllerId: command.controllerId,
      incarnationId: command.incarnationId,
      zkMigrationReady: command.zkMigrationReady,
      endPoints: command.endpoints,
      features: featuresOf(command.features),
    })
    return { records: [record], reply: undefined }
  }

  brokerHeartbeat = (command: BrokerHeartbeat, env: ControllerEnv): Outcome<HeartbeatReply> => {
    const { image } = env
    const broker = image.broker(command.brokerId)
    if (!broker) {
      throw new KafkaError('BROKER_ID_NOT_REGISTERED', `Broker ID ${command.brokerId} is not currently registered`)
    }
    if (broker.epoch !== command.brokerEpoch) {
      throw new KafkaError(
        'STALE_BROKER_EPOCH',
        `Expected broker epoch ${broker.epoch}, but got broker epoch ${command.brokerEpoch}`,
      )
    }
    const isCaughtUp = command.currentMetadataOffset >= broker.epoch
    const next = this.#nextState(broker, command, isCaughtUp, env)
    const records: MetadataRecord[] = []
    if (next !== stateOf(broker)) records.push(...this.#enter(next, broker, env))
    this.#touch(broker.id, command.currentMetadataOffset, env.nowMs)
    records.push(...this.#directoryChanges(broker, command, image))
    const isFenced = next === 'fenced' || next === 'stop'
    return { records, reply: { isCaughtUp, isFenced, shouldShutDown: next === 'stop' } }
  }

  #nextState(broker: BrokerImage, command: BrokerHeartbeat, isCaughtUp: boolean, env: ControllerEnv): BrokerState {
    const now = stateOf(broker)
    if (now === 'fenced') {
      if (command.wantShutDown) return 'stop'
      return !command.wantFence && isCaughtUp ? 'active' : 'fenced'
    }
    if (now === 'active') {
      if (command.wantFence) return command.wantShutDown ? 'stop' : 'fenced'
      if (!command.wantShutDown) return 'active'
      return leadsAny(env.image, broker.id) ? 'leaving' : 'stop'
    }
    const done = !leadsAny(env.image, broker.id) && this.#sessions.mayStop(broker.id, env.nowMs)
    return done ? 'stop' : 'leaving'
  }

  #enter(state: BrokerState, broker: BrokerImage, env: ControllerEnv): MetadataRecord[] {
    const { image } = env
    const key = { brokerId: broker.id, brokerEpoch: broker.epoch }
    if (state === 'active') {
      return [
        metadataRecord('BrokerRegistrationChangeRecord', { ...key, fenced: UNFENCE }, 0),
        ...leaderAndIsrChanges(image, { add: broker.id }, this.#options.leaders, ({ leader }) => leader === -1),
      ]
    }
    const withdrawn = this.#withdrawn(image, broker.id)
    if (state !== 'leaving') {
      return broker.fenced
        ? []
        : [...withdrawn, metadataRecord('BrokerRegistrationChangeRecord', { ...key, fenced: FENCE }, 0)]
    }
    this.#sessions.shutdownBegins(broker.id, env.nextOffset)
    return [metadataRecord('BrokerRegistrationChangeRecord', { ...key, inControlledShutdown: 1 }, 1), ...withdrawn]
  }

  #withdrawn(image: MetadataImage, broker: number): MetadataRecord[] {
    return [...leaderAndIsrChanges(image, { remove: broker }, this.#options.leaders, ({ isr }) => isr.includes(broker))]
  }

  #directoryChanges(broker: BrokerImage, command: BrokerHeartbeat, image: MetadataImage): MetadataRecord[] {
    const records: MetadataRecord[] = []
    const key = { brokerId: broker.id, brokerEpoch: broker.epoch }
    const version = metadataVersionOf(image)
    const failed = broker.directories.filter((directory) => command.offlineLogDirs.includes(directory))
    if (failed.length > 0 && supportsDirectories(version)) {
      const hit = ({
        replicas,
        directories,
        isr,
      }: {
        replicas: readonly number[]
        directories: readonly string[]
        isr: readonly number[]
      }) =>
        isr.includes(broker.id) && failed.some((directory) => directories[replicas.indexOf(broker.id)] === directory)
      records.push(...leaderAndIsrChanges(image, { remove: broker.id }, this.#options.leaders, hit))
      const logDirs = broker.directories.filter((directory) => !failed.includes(directory))
      records.push(metadataRecord('BrokerRegistrationChangeRecord', { ...key, logDirs }, 2))
    }
    const cordoned = command.cordonedLogDirs
    if (cordoned !== null && supportsCordonedDirectories(version) && !sameSet(cordoned, broker.cordonedDirectories)) {
      records.push(metadataRecord('BrokerRegistrationChangeRecord', { ...key, cordonedLogDirs: cordoned }, 3))
    }
    return records
  }

  #touch(brokerId: number, metadataOffset: number, nowMs: number): void {
    if (brokerId !== this.#options.nodeId) this.#sessions.touch(brokerId, metadataOffset, nowMs)
  }

  /** Fences one broker whose session ended; the next is due at once. */
  tick({ image, nowMs }: ControllerEnv): MetadataRecord[] {
    const [expired] = this.#sessions.expired(nowMs)
    if (expired === undefined) return []
    this.#sessions.forget(expired)
    const broker = image.broker(expired)
    if (!broker || broker.fenced) return []
    const fence = { brokerId: broker.id, brokerEpoch: broker.epoch, fenced: FENCE }
    return [...this.#withdrawn(image, broker.id), metadataRecord('BrokerRegistrationChangeRecord', fence, 0)]
  }

  deadlineMs(): number {
    return this.#sessions.nextExpiryMs()
  }
}

type BrokerState = 'fenced' | 'active' | 'leaving' | 'stop'

function stateOf(broker: BrokerImage): BrokerState {
  if (broker.fenced) return 'fenced'
  return broker.inControlledShutdown ? 'leaving' : 'active'
}

function leadsAny(image: MetadataImage, broker: number): boolean {
  for (const topic of image.topics.values()) {
    for (const partition of topic.partitions) if (partition.leader === broker) return true
  }
  return false
}

function sameSet(a: readonly string[], b: readonly string[] | null): boolean {
  return b !== null && a.length === b.length && a.every((value) => b.includes(value))
}

function featuresOf(features: readonly SupportedFeature[]) {
  return features.map(({ name, min, max }) => ({ name, minSupportedVersion: min, maxSupportedVersion: max }))
}

/** A broker must support every feature at the level that the cluster has finalized. */
function checkFeatures(image: MetadataImage, features: readonly SupportedFeature[]): void {
  const named = new Map(features.map((feature) => [feature.name, feature]))
  const names = new Set([
    METADATA_VERSION,
    ...FEATURES.map(({ name }) => name),
    ...image.features.keys(),
    ...named.keys(),
  ])
  for (const name of names) {
    const least = name === METADATA_VERSION ? 1 : 0
    const { min, max } = named.get(name) ?? { min: least, max: least }
    const level = image.features.get(name) ?? (name === METADATA_VERSION ? metadataVersionOf(image) : 0)
    if (level >= min && level <= max) continue
    throw new KafkaError(
      'UNSUPPORTED_VERSION',
      `Unable to register because the broker does not support finalized version ${level} of ${name}. ` +
        `The broker wants a version between ${min} and ${max}, inclusive.`,
    )
  }
}
