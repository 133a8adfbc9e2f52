import { InvariantError } from '../base/assert.ts'
import { KafkaError } from '../base/errors.ts'
import { type DirectoryId, LOST_DIRECTORY, type TopicId, UNASSIGNED_DIRECTORY } from '../base/ids.ts'
import type { Clock, Logger, Timer } from '../io/ports.ts'
import type { MetadataDelta } from '../metadata/delta.ts'
import { metadataVersionOf, supportsDirectories } from '../metadata/features.ts'
import {
  ConfigResource,
  type MetadataImage,
  NO_LEADER,
  type PartitionImage,
  type TopicImage,
} from '../metadata/image.ts'
import { BrokerMetrics } from '../metrics/broker-metrics.ts'
import type { RoleChange } from '../partition/partition.ts'
import type { Followers } from '../runtime/followed-replica.ts'
import type { Log } from '../storage/log.ts'
import type { LogConfig } from '../storage/log-config.ts'
import type { LogManager } from '../storage/log-manager.ts'
import { Replica } from './replica.ts'
import type { ReplicaEnvironment, ReplicationParts } from './replica-environment.ts'

export { Replica } from './replica.ts'

/** What the data plane needs of the committed metadata image. */
export type ClusterView = Pick<MetadataImage, 'topic' | 'topicById' | 'topicsByName' | 'broker' | 'featureLevel'>

export type ReplicaLogs = Pick<
  LogManager,
  'getOrCreate' | 'delete' | 'setAside' | 'logs' | 'directories' | 'directoryOf' | 'refuses'
>

export interface RegistryOptions {
  readonly nodeId: number
  readonly image: () => ClusterView
  readonly logs: ReplicaLogs
  readonly configFor: (topic: string) => LogConfig
  readonly clock: Clock
  readonly logger: Logger
  readonly replication: ReplicationParts
  readonly followers: Followers
  /** Left out: nobody looks at them. */
  readonly metrics?: BrokerMetrics
  /** A replica lives in another log directory than the metadata says. */
  readonly onDirectory?: (topicId: TopicId, partition: number, directory: DirectoryId) => void
}

export type LeadershipListener = (replica: Replica, leads: boolean) => void

/** A replica, or `offline`: its log can't be used. */
type Hosted = Replica | 'offline'

/** The partitions of this broker, kept as the committed metadata says. */
export class ReplicaRegistry {
  readonly #options: RegistryOptions
  readonly #topics = new Map<string, Hosted[]>()
  readonly #listeners: LeadershipListener[] = []
  readonly #droppedListeners: ((topic: string, partition: number) => void)[] = []
  readonly #env: ReplicaEnvironment
  #ticks: Timer | undefined

  constructor(options: RegistryOptions) {
    this.#options = options
    const { nodeId, clock, logger, image, replication, metrics = new BrokerMetrics() } = options
    this.#env = { ...replication, nodeId, clock, logger, broker: (id) => image().broker(id), metrics }
  }

  get image(): ClusterView {
    return this.#options.image()
  }

  /** At the start, when the image is caught up: opens or creates what is ours, sets aside logs of topics that are gone. */
  load(): void {
    for (const log of [...this.#options.logs.logs()]) {
      const partition = this.image.topic(log.topic)?.partitions[log.partition]
      const isOurs = partition?.replicas.includes(this.#options.nodeId) ?? false
      const sameTopic = log.topicId === undefined || log.topicId === this.image.topic(log.topic)?.id
      // A log that lost its topic id with the power is taken for the topic's of its name, unless it knows of later epochs.
      const isNewer = log.topicId === undefined && (log.latestEpoch ?? -1) > (partition?.leaderEpoch ?? -1)
      if (!isOurs || !sameTopic || isNewer) this.#setAside(log.topic, log.partition)
    }
    for (const topic of this.image.topicsByName.values()) this.#update(topic)
  }

  get metrics(): BrokerMetrics {
    return this.#env.metrics
  }

  /** Partitions whose logs can't be used. */
  get offlineCount(): number {
    let count = 0
    for (const hosted of this.#topics.values()) for (const replica of hosted) if (replica === 'offline') count++
    return count
  }

  /** After every committed image change. */
  apply(delta: MetadataDelta): void {
    for (const deleted of delta.deletedTopics.values()) this.#deleteTopic(deleted.name, deleted.id)
    if (delta.reloaded) {
      for (const [name, hosted] of [...this.#topics]) {
        const id = hosted.find((replica) => replica !== undefined && replica !== 'offline')
        const known = this.image.topic(name)
        if (known === undefined || (id instanceof Replica && id.topicId !== known.id)) this.#dropAll(name)
      }
      for (const topic of this.image.topicsByName.values()) this.#update(topic)
    } else {
      for (const changed of delta.topics.values()) {
        const topic = this.image.topicById(changed.id)
        if (topic !== undefined) this.#update(topic, changed.partitions)
      }
    }
    this.#applyConfigs(delta)
    if (delta.brokers.size > 0) for (const replica of this.all()) replica.brokersChanged()
  }

  /** From now on followers that fall behind leave the ISR. */
  startSchedules(): void {
    const { clock, replication } = this.#options
    this.#ticks = clock.after(Math.max(1, replication.lagTimeMaxMs / 2), () => {
      for (const replica of this.all()) replica.tick()
      this.startSchedules()
    })
  }

  find(topic: string, partition: number): Replica | undefined {
    const hosted = this.#topics.get(topic)?.[partition]
    return hosted === 'offline' ? undefined : hosted
  }

  /** @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER or KAFKA_STORAGE_ERROR */
  require(topic: string, partition: number): Replica {
    const hosted = this.#topics.get(topic)?.[partition]
    if (hosted === 'offline') throw new KafkaError('KAFKA_STORAGE_ERROR')
    if (hosted !== undefined) return hosted
    const known = this.image.topic(topic)?.partitions[partition] !== undefined
    throw new KafkaError(known ? 'NOT_LEADER_OR_FOLLOWER' : 'UNKNOWN_TOPIC_OR_PARTITION')
  }

  /** `require`, and this broker leads it at `currentLeaderEpoch` (-1: any). FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH. */
  requireLeader(topic: string, partition: number, currentLeaderEpoch = -1): Replica {
    const replica = this.requireEpoch(topic, partition, currentLeaderEpoch)
    if (!replica.isLeader) throw new KafkaError('NOT_LEADER_OR_FOLLOWER')
    return replica
  }

  requireEpoch(topic: string, partition: number, currentLeaderEpoch: number): Replica {
    const replica = this.require(topic, partition)
    if (currentLeaderEpoch >= 0 && currentLeaderEpoch !== replica.leaderEpoch) {
      throw new KafkaError(currentLeaderEpoch < replica.leaderEpoch ? 'FENCED_LEADER_EPOCH' : 'UNKNOWN_LEADER_EPOCH')
    }
    return replica
  }

  *all(): Iterable<Replica> {
    for (const hosted of this.#topics.values()) {
      for (const replica of hosted) if (replica !== undefined && replica !== 'offline') yield replica
    }
  }

  /** The replica goes on with a copy of its log in another directory: to everybody it is as if its role were a new one. */
  logReplaced(topic: string, partition: number, log: Log): void {
    const hosted = this.#topics.get(topic)
    const before = hosted?.[partition]
    const now = this.image.topic(topic)?.partitions[partition]
    if (hosted === undefined || now === undefined || !(before instanceof Replica)) return
    const led = before.isLeader
    this.#options.followers.unfollow(before)
    before.close()
    if (led) this.#tell(before, false)
    const replica = new Replica(log, before.topicId, this.#env, this.#onRole)
    hosted[partition] = replica
    replica.assign(now)
    this.#checkDirectory(replica, now)
  }

  /** Called before the log of a replica that is here no more is deleted. */
  onDropped(listener: (topic: string, partition: number) => void): void {
    this.#droppedListeners.push(listener)
  }

  /** Called on every gain or loss of leadership: coordinators load and unload their shards by it. */
  onLeadership(listener: LeadershipListener): void {
    this.#listeners.push(listener)
  }

  /** Wakes all waiters with the error that makes their clients retry. */
  close(): void {
    this.#ticks?.cancel()
    for (const replica of this.all()) replica.close()
  }

  #update(topic: TopicImage, changed?: ReadonlySet<number>): void {
    for (const partition of topic.partitions) {
      if (partition === undefined || (changed !== undefined && !changed.has(partition.partition))) continue
      if (partition.replicas.includes(this.#options.nodeId)) this.#host(topic, partition)
      else if (this.#topics.get(topic.name)?.[partition.partition] !== undefined) {
        this.#drop(topic.name, partition.partition)
      }
    }
  }

  #host(topic: TopicImage, partition: PartitionImage): void {
    let hosted = this.#topics.get(topic.name)
    if (hosted === undefined) {
      hosted = []
      this.#topics.set(topic.name, hosted)
    }
    let replica = hosted[partition.partition]
    if (replica === 'offline') return
    if (replica === undefined) {
      replica = this.#open(topic, partition)
      hosted[partition.partition] = replica
      if (replica === 'offline') return
    }
    this.#assign(replica, partition)
  }

  /**
   * A replica that gives its leadership up leads no more before anybody else may: where the metadata can't be written either,
   * this broker would never hear of it.
   */
  #assign(replica: Replica, partition: PartitionImage): void {
    const { nodeId } = this.#options
    const givesUp = partition.leader === nodeId && this.#mustGiveUp(replica, partition)
    replica.assign(givesUp ? { ...partition, leader: NO_LEADER } : partition)
    this.#checkDirectory(replica, partition)
  }

  readonly #onRole = (replica: Replica, { gained, lost, newEpoch, newLeader }: RoleChange): void => {
    const { followers } = this.#options
    if (replica.isLeader) followers.unfollow(replica)
    if (gained || lost || newEpoch) this.#tell(replica, replica.isLeader)
    if (newLeader && replica.leader >= 0) followers.follow(replica)
    else if (newLeader) followers.unfollow(replica)
  }

  /** Log directories take records again, or take none any more. */
  directoriesChanged(): void {
    for (const [name, hosted] of this.#topics) {
      const topic = this.image.topic(name)
      for (const [index, replica] of hosted.entries()) {
        const partition = topic?.partitions[index]
        if (topic === undefined || partition === undefined || replica === undefined) continue
        if (replica !== 'offline') this.#assign(replica, partition)
        else if (partition.replicas.includes(this.#options.nodeId)) this.#hostAgain(topic, partition, hosted)
      }
    }
  }

  /** A log may not have been opened for want of room. */
  #hostAgain(topic: TopicImage, partition: PartitionImage, hosted: Hosted[]): void {
    delete hosted[partition.partition]
    this.#host(topic, partition)
  }

  #checkDirectory(replica: Replica, partition: PartitionImage): void {
    const { logs, onDirectory } = this.#options
    const actual = logs.directoryOf(replica.log)?.directoryId
    const known = this.#directory(partition)
    if (actual === undefined) return
    const says = this.#mustGiveUp(replica, partition) ? LOST_DIRECTORY : actual
    if (says !== known) onDirectory?.(replica.topicId, replica.partition, says)
  }

  /**
   * A replica that can't write is told to the controller as if its directory were lost, so that another one leads: until
   * there is room. The last one in sync stays where it is, since nobody else could serve its readers.
   */
  #mustGiveUp({ log }: Replica, partition: PartitionImage): boolean {
    const { nodeId, logs, image } = this.#options
    if (!logs.refuses(log) || !supportsDirectories(metadataVersionOf(image()))) return false
    const { isr } = partition
    if (!isr.includes(nodeId)) return this.#directory(partition) === LOST_DIRECTORY
    return isr.some((id) => id !== nodeId && this.image.broker(id)?.fenced === false)
  }

  #open(topic: TopicImage, partition: PartitionImage): Hosted {
    const { logs, configFor, logger } = this.#options
    const index = partition.partition
    const directory = this.#directory(partition)
    if (this.#mayBeOffline(directory)) {
      logger.warn({ topic: topic.name, partition: index, directory }, 'the log may be in a directory that is offline')
      return 'offline'
    }
    try {
      const log = logs.getOrCreate(topic.name, index, topic.id, configFor(topic.name), directory)
      return new Replica(log, topic.id, this.#env, this.#onRole)
    } catch (error) {
      if (error instanceof InvariantError) throw error
      logger.error(
        { err: error, topic: topic.name, partition: index },
        'a log could not be opened: its partition is offline',
      )
      return 'offline'
    }
  }

  /** An empty log in another directory would take the place of one that only can't be reached. */
  #mayBeOffline(directory: DirectoryId | undefined): boolean {
    const { directories } = this.#options.logs
    if (directory === undefined || directory === UNASSIGNED_DIRECTORY || directories.every(({ online }) => online)) {
      return false
    }
    return !directories.some(({ online, directoryId }) => online && directoryId === directory)
  }

  #directory(partition: PartitionImage): DirectoryId | undefined {
    return partition.directories[partition.replicas.indexOf(this.#options.nodeId)]
  }

  #tell(replica: Replica, leads: boolean): void {
    for (const listener of this.#listeners) listener(replica, leads)
  }

  #deleteTopic(name: string, id: TopicId): void {
    const hosted = this.#topics.get(name)
    const any = hosted?.find((replica) => replica instanceof Replica)
    if (hosted === undefined || (any instanceof Replica && any.topicId !== id)) return
    this.#dropAll(name)
  }

  #dropAll(name: string): void {
    const count = this.#topics.get(name)?.length ?? 0
    for (let partition = 0; partition < count; partition++) {
      if (this.#topics.get(name)?.[partition] !== undefined) this.#drop(name, partition)
    }
    this.#topics.delete(name)
    this.#env.metrics.topics.forget(name)
  }

  #drop(topic: string, partition: number): void {
    const hosted = this.#topics.get(topic) ?? []
    const replica = hosted[partition]
    delete hosted[partition]
    if (!(replica instanceof Replica)) return
    const led = replica.isLeader
    this.#options.followers.unfollow(replica)
    replica.close()
    if (led) this.#tell(replica, false)
    for (const listener of this.#droppedListeners) listener(topic, partition)
    this.#options.logs.delete(topic, partition).catch((error) => {
      this.#options.logger.error({ err: error, topic, partition }, 'a log could not be deleted')
    })
  }

  #setAside(topic: string, partition: number): void {
    this.#options.logger.warn({ topic, partition }, 'a log belongs to no topic of the cluster: it is set aside')
    this.#options.logs.setAside(topic, partition).catch((error) => {
      this.#options.logger.error({ err: error, topic, partition }, 'a log could not be set aside')
    })
  }

  #applyConfigs(delta: MetadataDelta): void {
    const names = new Set<string>()
    for (const { resourceType, name } of delta.configs.values()) {
      if (resourceType === ConfigResource.TOPIC) names.add(name)
      else if (resourceType === ConfigResource.BROKER) for (const topic of this.#topics.keys()) names.add(topic)
    }
    for (const name of names) {
      const config = this.#topics.has(name) ? this.#options.configFor(name) : undefined
      if (config === undefined) continue
      for (const replica of this.#topics.get(name) ?? [])
        if (replica instanceof Replica) replica.log.updateConfig(config)
    }
  }
}
