import type { TopicId } from '../base/ids.ts'
import type { Clock, Logger } from '../io/ports.ts'
import type { Log } from '../storage/log.ts'
import type { LogConfig } from '../storage/log-config.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { AppendInfo, AppendOrigin } from '../storage/types.ts'

/** What the data plane needs of the committed metadata image; always the newest when asked. */
export interface ClusterView {
  topic(name: string): TopicView | undefined
  topicById(id: TopicId): TopicView | undefined
  topics(): Iterable<TopicView>
  /** Where a live broker's listener of that name is reached. */
  endpoint(brokerId: number, listenerName: string): NodeEndpoint | undefined
}

export interface TopicView {
  readonly name: string
  readonly id: TopicId
  readonly partitions: readonly PartitionView[]
}

export interface PartitionView {
  readonly replicas: readonly number[]
  readonly isr: readonly number[]
  readonly leader: number
  readonly leaderEpoch: number
  readonly partitionEpoch: number
}

export interface NodeEndpoint {
  readonly nodeId: number
  readonly host: string
  readonly port: number
  readonly rack: string | null
}

export interface RegistryChanges {
  /** Created or changed (partitions, leaders, ISR…). */
  readonly topics: Iterable<string>
  /** Deleted, by the name and id they had. */
  readonly deleted: Iterable<{ readonly name: string; readonly id: TopicId }>
  /** Whose topic configs changed (all names where a broker default did). */
  readonly configs: Iterable<string>
}

export interface RegistryOptions {
  readonly nodeId: number
  readonly cluster: ClusterView
  readonly logs: Pick<LogManager, 'get' | 'getOrCreate' | 'delete' | 'setAside' | 'logs'>
  readonly configFor: (topic: string) => LogConfig
  readonly clock: Clock
  readonly logger: Logger
}

/** One partition whose log this broker holds. */
export declare class Replica {
  readonly topic: string
  readonly topicId: TopicId
  readonly partition: number
  readonly log: Log
  get isLeader(): boolean
  get leaderEpoch(): number
  /** As the leader: appends, and when written moves the high watermark and wakes waiting readers. Throws KafkaError. */
  append(records: Buffer, origin: Exclude<AppendOrigin, 'replication'>): AppendInfo
  /** Resolves when the high watermark is at or beyond `offset`; rejects with NOT_LEADER_OR_FOLLOWER when leadership goes. */
  committed(offset: number): Promise<void>
}

/** The partitions of this broker, kept as the committed metadata says. */
export declare class ReplicaRegistry {
  constructor(options: RegistryOptions)
  /** At the start, when the image is caught up: opens or creates what is ours, sets aside logs of topics that are gone. */
  load(): void
  /** After every committed image change. */
  apply(changes: RegistryChanges): void
  find(topic: string, partition: number): Replica | undefined
  /** @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION, NOT_LEADER_OR_FOLLOWER or KAFKA_STORAGE_ERROR */
  require(topic: string, partition: number): Replica
  /** `require`, and this broker leads it at `currentLeaderEpoch` (-1: any). FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH. */
  requireLeader(topic: string, partition: number, currentLeaderEpoch?: number): Replica
  all(): Iterable<Replica>
  /** Called on every gain or loss of leadership: coordinators load and unload their shards by it. */
  onLeadership(listener: (replica: Replica, leads: boolean) => void): void
  /** Wakes all waiters with the error that makes their clients retry. */
  close(): void
}
