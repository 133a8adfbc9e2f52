import { KafkaError } from '../../base/errors.ts'
import type { Uuid } from '../../base/ids.ts'
import { elrEnabled } from '../features.ts'
import type { BrokerImage, MetadataImage } from '../image.ts'
import type { ControllerEnv, Manager, Outcome } from '../manager.ts'
import type { LeaderDefaults } from '../partitions/rules.ts'
import type { MetadataRecord } from '../records.ts'
import { checkRecordCount } from '../topics/limits.ts'
import type {
  BrokerHeartbeat,
  ClusterCommands,
  HeartbeatReply,
  RegisterBroker,
  RegisterController,
} from './commands.ts'
import { brokerInEpoch } from './epochs.ts'
import { directoryChanges, fenced, leaving, previousProcessGone, unfenced, unregistered } from './fencing.ts'
import { brokerRecord, checkRegistration, controllerRecord } from './registration.ts'
import { BrokerSessions } from './sessions.ts'

export interface ClusterOptions {
  readonly nodeId: number
  /** Of this process: where its own broker shares it, that broker lives as long as this controller. */
  readonly incarnationId: Uuid
  /** broker.session.timeout.ms */
  readonly sessionTimeoutMs: number
  readonly leaders: LeaderDefaults
  /** The quorum's kraft.version, which no metadata record says. */
  readonly kraftVersion: () => number
}

type BrokerState = 'fenced' | 'active' | 'leaving' | 'stop'

/** Brokers and controllers: registration, heartbeats, fencing, controlled shutdown. */
export class ClusterManager implements Manager<ClusterCommands> {
  readonly #options: ClusterOptions
  readonly #sessions: BrokerSessions
  /** Where in the log a broker's registration stands: it has caught up when it has read that. */
  readonly #registeredAt = new Map<number, number>()

  constructor(options: ClusterOptions) {
    this.#options = options
    this.#sessions = new BrokerSessions(options.sessionTimeoutMs)
  }

  /** This controller is active from now on: nobody is late who had no chance to write to it. */
  activate({ image, nowMs }: Pick<ControllerEnv, 'image' | 'nowMs'>): void {
    for (const broker of image.brokers.values()) {
      if (!broker.fenced) this.#sessions.heard(broker.id, broker.epoch, nowMs)
    }
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
    const sameProcess = existing?.incarnationId === incarnationId ? existing : undefined
    if (existing && !sameProcess && !this.#isOwn(brokerId, incarnationId)) this.#refuseDuplicate(existing, env.nowMs)
    checkRegistration(command, image, this.#options.kraftVersion())
    const records: MetadataRecord[] = []
    if (!sameProcess) {
      const clean = existing !== undefined && command.previousBrokerEpoch === existing.epoch
      const mayHaveLostRecords = elrEnabled(image) && !clean
      records.push(...previousProcessGone(image, brokerId, mayHaveLostRecords, this.#options.leaders))
      this.#sessions.restart(brokerId)
    }
    const brokerEpoch = sameProcess?.epoch ?? env.nextOffset
    this.#registeredAt.set(brokerId, env.nextOffset + records.length)
    records.push(brokerRecord(command, sameProcess, brokerEpoch, image))
    return { records, reply: { brokerEpoch } }
  }

  #refuseDuplicate(existing: BrokerImage, nowMs: number): void {
    if (!this.#isThisProcess(existing) && !this.#sessions.isAlive(existing.id, existing.epoch, nowMs)) return
    throw new KafkaError(
      'DUPLICATE_BROKER_REGISTRATION',
      'Another broker is registered with that broker id. If the broker was recently restarted this should ' +
        "self-resolve once the heartbeat manager expires the broker's session.",
    )
  }

  #isOwn(brokerId: number, incarnationId: Uuid): boolean {
    return brokerId === this.#options.nodeId && incarnationId === this.#options.incarnationId
  }

  #isThisProcess({ id, incarnationId }: BrokerImage): boolean {
    return this.#isOwn(id, incarnationId)
  }

  unregisterBroker = ({ brokerId }: { readonly brokerId: number }, { image }: ControllerEnv): Outcome<undefined> => {
    const broker = image.broker(brokerId)
    if (!broker) throw new KafkaError('BROKER_ID_NOT_REGISTERED', `Broker ID ${brokerId} is not currently registered`)
    const records = unregistered(image, broker, this.#options.leaders)
    checkRecordCount(records)
    this.#sessions.restart(brokerId)
    return { records, reply: undefined }
  }

  brokerLost = (
    { brokerId, brokerEpoch }: ClusterCommands['brokerLost']['command'],
    { image }: ControllerEnv,
  ): Outcome<undefined> => {
    const broker = image.broker(brokerId)
    if (!broker || broker.epoch !== brokerEpoch || this.#isThisProcess(broker)) return { records: [], reply: undefined }
    this.#sessions.end(brokerId)
    return { records: broker.fenced ? [] : fenced(image, broker, this.#options.leaders), reply: undefined }
  }

  registerController = (command: RegisterController, { image }: ControllerEnv): Outcome<undefined> => {
    return { records: [controllerRecord(command, image)], reply: undefined }
  }

  brokerHeartbeat = (command: BrokerHeartbeat, env: ControllerEnv): Outcome<HeartbeatReply> => {
    const { image } = env
    const { brokerId, brokerEpoch, currentMetadataOffset } = command
    if (!image.brokers.has(brokerId)) {
      throw new KafkaError('STALE_BROKER_EPOCH', `Receive a heartbeat from broker ${brokerId} before registration`)
    }
    const broker = brokerInEpoch(image, brokerId, brokerEpoch)
    this.#sessions.heard(brokerId, brokerEpoch, env.nowMs)
    const isCaughtUp = currentMetadataOffset >= (this.#registeredAt.get(brokerId) ?? broker.epoch)
    const before = this.#stateOf(broker)
    const next = this.#nextState(before, broker, command, isCaughtUp, env)
    const records = next === before ? [] : this.#enter(next, broker, image)
    const isFenced = next === 'fenced' || next === 'stop'
    this.#sessions.advanced(brokerId, currentMetadataOffset, isFenced)
    records.push(...directoryChanges(image, broker, command, this.#options.leaders))
    // It says no more from now on: the process that comes after it need not wait for the session.
    if (next === 'stop') this.#sessions.end(brokerId)
    if (next === 'leaving') this.#sessions.leaves(brokerId, env.nextOffset + records.length - 1)
    return { records, reply: { isCaughtUp, isFenced, shouldShutDown: next === 'stop' } }
  }

  #stateOf(broker: BrokerImage): BrokerState {
    if (broker.fenced) return 'fenced'
    return this.#sessions.isLeaving(broker.id) ? 'leaving' : 'active'
  }

  #nextState(
    now: BrokerState,
    { id, directories }: BrokerImage,
    { wantFence, wantShutDown, offlineLogDirs }: BrokerHeartbeat,
    isCaughtUp: boolean,
    { image }: ControllerEnv,
  ): BrokerState {
    if (now === 'fenced') {
      if (wantShutDown) return 'stop'
      // A directory that just failed is taken out first: nothing in it may be led, however short.
      const failed = directories.some((directory) => offlineLogDirs.includes(directory))
      return !wantFence && isCaughtUp && !failed ? 'active' : 'fenced'
    }
    const leads = image.partitionIndex.leadsAny(id)
    if (now === 'active') {
      if (wantFence) return wantShutDown ? 'stop' : 'fenced'
      if (!wantShutDown) return 'active'
      return leads ? 'leaving' : 'stop'
    }
    return !leads && this.#sessions.mayStop(id, this.#activeOthers(image, id)) ? 'stop' : 'leaving'
  }

  /** Those that clients may still ask. The broker of this process knows what is committed as soon as anybody can. */
  *#activeOthers(image: MetadataImage, broker: number): IterableIterator<number> {
    for (const other of image.brokers.values()) {
      if (other.id !== broker && image.isActive(other.id) && !this.#isThisProcess(other)) yield other.id
    }
  }

  #enter(state: BrokerState, broker: BrokerImage, image: MetadataImage): MetadataRecord[] {
    const { leaders } = this.#options
    switch (state) {
      case 'active':
        return unfenced(image, broker, leaders)
      case 'leaving':
        return leaving(image, broker, leaders)
      default:
        return broker.fenced ? [] : fenced(image, broker, leaders)
    }
  }

  /** Fences one broker whose session ended; the next is due at once. */
  tick({ image, nowMs }: ControllerEnv): MetadataRecord[] {
    for (;;) {
      const expired = this.#sessions.expired(nowMs)
      if (expired === undefined) return []
      this.#sessions.end(expired.broker)
      const broker = image.broker(expired.broker)
      if (!broker || broker.epoch !== expired.epoch || broker.fenced) continue
      if (this.#isThisProcess(broker)) this.#sessions.heard(broker.id, broker.epoch, nowMs)
      else return fenced(image, broker, this.#options.leaders)
    }
  }

  deadlineMs(): number {
    return this.#sessions.nextExpiryMs()
  }
}
