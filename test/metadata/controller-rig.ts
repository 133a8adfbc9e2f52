import { present } from '../../src/base/assert.ts'
import { KafkaError } from '../../src/base/errors.ts'
import type { TopicId, Uuid } from '../../src/base/ids.ts'
import { featureRecords } from '../../src/metadata/bootstrap.ts'
import type { BrokerHeartbeat, RegisterBroker } from '../../src/metadata/cluster/commands.ts'
import { configManager } from '../../src/metadata/configs/manager.ts'
import {
  Controller,
  type ControllerCommand,
  type ControllerOptions,
  type ControllerSettings,
  type ReplyTo,
} from '../../src/metadata/controller.ts'
import { defaultFeatureLevels, LATEST_METADATA_VERSION, supportedFeatures } from '../../src/metadata/features.ts'
import { MetadataImage, type PartitionImage } from '../../src/metadata/image.ts'
import { decodeMetadataRecord, encodeMetadataRecord, type MetadataRecord } from '../../src/metadata/records.ts'
import { topicManager } from '../../src/metadata/topics/manager.ts'
import { MetadataTransaction } from '../../src/metadata/transaction.ts'

export const CLUSTER_ID = 'cluster'
export const SESSION_MS = 9000
/** The time of day when `nowMs` is 0. */
export const START_MS = 1_700_000_000_000

export const uuid = (n: number): Uuid => Buffer.alloc(16, n + 10).toString('base64url') as Uuid
/** The only log directory of a broker that registers without saying more. */
export const dirOf = (broker: number): Uuid => uuid(broker + 50)

/** The rest of a heartbeat of a broker that wants nothing. */
export const WELL = { wantFence: false, wantShutDown: false, offlineLogDirs: [], cordonedLogDirs: null } as const

export function registrationOf(brokerId: number, more: Partial<RegisterBroker> = {}): RegisterBroker {
  return {
    brokerId,
    clusterId: CLUSTER_ID,
    incarnationId: uuid(brokerId),
    endpoints: [{ name: 'PLAINTEXT', host: 'h', port: 9092, securityProtocol: 0 }],
    features: supportedFeatures(),
    rack: null,
    logDirs: [dirOf(brokerId)],
    previousBrokerEpoch: -1,
    ...more,
  }
}

const ANY = { isApplied: () => true, validate: () => undefined, isList: () => false, defaultOf: () => null }
const schema = { validate: () => undefined, isList: () => false, defaultOf: () => null, effective: () => [] }

export interface RigOptions {
  readonly settings?: Partial<ControllerSettings>
  readonly features?: Readonly<Record<string, number>>
  readonly below?: (bound: number) => number
  readonly kraft?: ControllerOptions['kraft']
}

/** A controller whose records are committed at once, and go through their bytes into a second image. */
export class ControllerRig {
  nowMs = 0
  offset = 0
  /** What a broker's image would be. */
  readonly committed = new MetadataImage(CLUSTER_ID)
  readonly #options: RigOptions
  readonly #transaction = new MetadataTransaction()
  #controller: Controller
  #lastTopic = 100
  /** What the last command or tick decided. */
  last: readonly MetadataRecord[] = []

  constructor(options: RigOptions = {}) {
    this.#options = options
    this.#controller = this.#newController(new MetadataImage(CLUSTER_ID), true)
    this.#activate()
  }

  #newController(image: MetadataImage, isEmpty: boolean): Controller {
    const defaults = { numPartitions: 1, replicationFactor: 1 }
    const { kraft, below = () => 0 } = this.#options
    return new Controller({
      start: { image, transaction: new MetadataTransaction(), isEmpty },
      random: { uuid: () => this.#nextTopicId(), below },
      wallClock: () => START_MS + this.nowMs,
      managers: { topics: topicManager({ schema, defaults }), configs: configManager({ schema, brokers: ANY }) },
      settings: {
        nodeId: 100,
        incarnationId: uuid(99),
        voterIds: [100],
        sessionTimeoutMs: SESSION_MS,
        maxIdleIntervalMs: 0,
        leaders: { minInsyncReplicas: 1, uncleanLeaderElection: false },
        ...this.#options.settings,
      },
      ...(kraft && { kraft }),
    })
  }

  #nextTopicId(): Uuid {
    const bytes = Buffer.alloc(16, 7)
    bytes.writeUInt32BE(this.#lastTopic++, 12)
    return bytes.toString('base64url') as Uuid
  }

  #activate(): void {
    const levels = new Map([
      ...defaultFeatureLevels(LATEST_METADATA_VERSION),
      ...Object.entries(this.#options.features ?? {}),
    ])
    this.#apply(this.#controller.activate(1, this.offset, featureRecords(levels), this.nowMs).records)
  }

  /** Another node becomes the active controller. */
  failover(): void {
    this.#controller = this.#newController(this.committed.copy(), false)
    this.#activate()
  }

  get image(): MetadataImage {
    return this.#controller.image
  }

  get deadlineMs(): number {
    return this.#controller.deadlineMs()
  }

  submit<C extends ControllerCommand>(command: C): ReplyTo<C> {
    const { records, replies } = this.#controller.handle(command, 0, this.nowMs)
    this.#apply(records)
    const reply = present(replies[0], 'reply').reply
    if (!reply.ok) throw reply.error
    return reply.value as ReplyTo<C>
  }

  tick(): readonly MetadataRecord[] {
    this.#apply(this.#controller.tick(this.nowMs).records)
    return this.last
  }

  #apply(records: readonly MetadataRecord[]): void {
    this.last = records
    for (const record of records) {
      const decoded = decodeMetadataRecord(encodeMetadataRecord(record))
      this.#controller.replay(record, this.offset)
      this.#transaction.replay(decoded, (applied) => this.committed.replay(applied))
      this.offset++
    }
  }

  register(brokerId: number, more: Partial<RegisterBroker> = {}): number {
    return this.submit({ type: 'registerBroker', ...registrationOf(brokerId, more) }).brokerEpoch
  }

  epochOf(brokerId: number): number {
    return this.image.broker(brokerId)?.epoch ?? -1
  }

  heartbeat(brokerId: number, more: Partial<BrokerHeartbeat> = {}) {
    return this.submit({
      type: 'brokerHeartbeat',
      brokerId,
      brokerEpoch: this.epochOf(brokerId),
      currentMetadataOffset: this.offset,
      ...WELL,
      ...more,
    })
  }

  /** Registered and unfenced. */
  join(...brokers: readonly number[]): this {
    for (const broker of brokers) {
      this.register(broker)
      this.heartbeat(broker)
    }
    return this
  }

  fence(broker: number): void {
    this.heartbeat(broker, { wantFence: true })
  }

  /** One partition for each list of replicas. */
  topic(name: string, ...lists: readonly number[][]): TopicId {
    const assignments = lists.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }))
    const topic = { name, numPartitions: -1, replicationFactor: -1, assignments, configs: [] }
    const [result] = this.submit({ type: 'createTopics', topics: [topic], validateOnly: false })
    if (result?.error !== 'NONE') throw new KafkaError(result?.error ?? 'NONE', result?.message ?? '')
    return result.topicId
  }

  config(resourceName: string, name: string, value: string | null, resourceType = 2) {
    const configs = [{ name, configOperation: value === null ? 1 : 0, value }]
    const resources = [{ resourceType, resourceName, configs }]
    return this.submit({ type: 'incrementalAlterConfigs', resources, validateOnly: false })[0]
  }

  partition(topic: string, partition = 0): PartitionImage {
    return present(this.image.partition(topic, partition), `${topic}-${partition}`)
  }

  /** AlterPartition by the leader as it is now. */
  alter(topic: string, isr: readonly number[], more: { leaderRecoveryState?: number; partition?: number } = {}) {
    const { partition = 0, leaderRecoveryState = 0 } = more
    const { leader, leaderEpoch, partitionEpoch } = this.partition(topic, partition)
    const topicId = present(this.image.topic(topic), topic).id
    const members = isr.map((brokerId) => ({ brokerId, brokerEpoch: this.epochOf(brokerId) }))
    const proposal = { partition, leaderEpoch, partitionEpoch, leaderRecoveryState, isr: members }
    const topics = [{ topicId, partitions: [proposal] }]
    const [result] = this.submit({
      type: 'alterPartition',
      brokerId: leader,
      brokerEpoch: this.epochOf(leader),
      topics,
    })
    return present(result?.partitions[0], 'result')
  }

  reassign(topic: string, replicas: number[] | null, more: { allow?: boolean; partition?: number } = {}) {
    const { allow: allowReplicationFactorChange = true, partition: partitionIndex = 0 } = more
    const topics = [{ name: topic, partitions: [{ partitionIndex, replicas }] }]
    const results = this.submit({ type: 'alterPartitionReassignments', allowReplicationFactorChange, topics })
    return present(results[0]?.partitions[0], 'result')
  }
}
