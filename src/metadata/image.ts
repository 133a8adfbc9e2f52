import { unreachable } from '../base/assert.ts'
import type { TopicId, Uuid } from '../base/ids.ts'
import type { Acl } from '../protocol/acl-codes.ts'
import { configKey, MetadataDelta } from './delta.ts'
import { ClusterState } from './image-cluster.ts'
import { quotaEntityKey, SettingsState, scramKey } from './image-settings.ts'
import { TopicsState } from './image-topics.ts'
import type {
  AclImage,
  BrokerImage,
  ClientQuotaImage,
  ControllerImage,
  DelegationTokenImage,
  PartitionImage,
  QuotaEntityPart,
  ScramCredentialImage,
  TopicImage,
} from './image-types.ts'
import type { PartitionIndex } from './partition-index.ts'
import type { MetadataRecord } from './records.ts'

export * from './image-types.ts'

const NO_CONFIGS: ReadonlyMap<string, string> = new Map()

/**
 * What the metadata log says up to an offset. `replay` is its only mutator: the controller has an instance that includes
 * what is not committed yet, the broker another that does not. It changes in place, so code that awaits reads it again
 * afterwards; the values that it gives (a PartitionImage, a BrokerImage) never change.
 */
export class MetadataImage {
  readonly clusterId: string
  /** The last record that is in the image, -1 for none, and the epoch of its leader. */
  offset = -1
  epoch = -1
  #cluster = new ClusterState()
  #topics = new TopicsState()
  #settings = new SettingsState()

  constructor(clusterId: string) {
    this.clusterId = clusterId
  }

  /** An image of its own with the same values, as of now. */
  copy(): MetadataImage {
    const copy = new MetadataImage(this.clusterId)
    copy.assign(this)
    return copy
  }

  /** Takes over the values of another one, as of now: a snapshot was loaded. */
  assign(other: MetadataImage): void {
    this.offset = other.offset
    this.epoch = other.epoch
    this.#cluster = new ClusterState()
    this.#cluster.assign(other.#cluster)
    this.#topics = new TopicsState()
    this.#topics.assign(other.#topics)
    this.#settings = new SettingsState()
    this.#settings.assign(other.#settings)
  }

  get brokers(): ReadonlyMap<number, BrokerImage> {
    return this.#cluster.brokers
  }

  get controllers(): ReadonlyMap<number, ControllerImage> {
    return this.#cluster.controllers
  }

  /** Registered, not fenced and not shutting down: may lead and be given replicas. */
  isActive(brokerId: number): boolean {
    const broker = this.#cluster.brokers.get(brokerId)
    return broker !== undefined && !broker.fenced && !broker.inControlledShutdown
  }

  broker(id: number): BrokerImage | undefined {
    return this.#cluster.brokers.get(id)
  }

  get topics(): ReadonlyMap<TopicId, TopicImage> {
    return this.#topics.byId
  }

  get topicsByName(): ReadonlyMap<string, TopicImage> {
    return this.#topics.byName
  }

  topic(name: string): TopicImage | undefined {
    return this.#topics.byName.get(name)
  }

  topicById(id: TopicId): TopicImage | undefined {
    return this.#topics.byId.get(id)
  }

  partition(topic: string, partition: number): PartitionImage | undefined {
    return this.#topics.byName.get(topic)?.partitions[partition]
  }

  get partitionCount(): number {
    return this.#topics.partitionCount
  }

  /** Kept up to date from when it is first asked for. */
  get partitionIndex(): PartitionIndex {
    return this.#topics.index
  }

  /** The dynamic configs of a resource (see ConfigResource); a broker's cluster-wide defaults have the name ''. */
  configs(resourceType: number, name: string): ReadonlyMap<string, string> {
    return this.#settings.configs.get(configKey(resourceType, name))?.values ?? NO_CONFIGS
  }

  configResources(): Iterable<{
    readonly resourceType: number
    readonly name: string
    readonly values: ReadonlyMap<string, string>
  }> {
    return this.#settings.configs.values()
  }

  /** Finalized feature levels; a feature at level 0 is not among them. */
  get features(): ReadonlyMap<string, number> {
    return this.#settings.features
  }

  featureLevel(name: string): number {
    return this.#settings.features.get(name) ?? 0
  }

  get clientQuotas(): ReadonlyMap<string, ClientQuotaImage> {
    return this.#settings.clientQuotas
  }

  clientQuota(entity: readonly QuotaEntityPart[]): ClientQuotaImage | undefined {
    return this.#settings.clientQuotas.get(quotaEntityKey(entity))
  }

  get acls(): ReadonlyMap<Uuid, AclImage> {
    return this.#settings.acls
  }

  /** Whether there is one that says the same. */
  hasAcl(acl: Acl): boolean {
    return this.#settings.hasAcl(acl)
  }

  scramCredential(mechanism: number, user: string): ScramCredentialImage | undefined {
    return this.#settings.scram.get(scramKey(mechanism, user))
  }

  scramCredentials(): Iterable<ScramCredentialImage> {
    return this.#settings.scram.values()
  }

  get delegationTokens(): ReadonlyMap<string, DelegationTokenImage> {
    return this.#settings.tokens
  }

  /** The first producer id that no block has given out; -1: none was ever given. */
  get nextProducerId(): number {
    return this.#settings.nextProducerId
  }

  /** Applies one record. Transaction markers are the loader's matter (`MetadataLoader`) and change nothing here. */
  replay(record: MetadataRecord, delta: MetadataDelta = new MetadataDelta()): void {
    switch (record.type) {
      case 'RegisterBrokerRecord':
        this.#cluster.brokerRegistered(record.data, delta)
        break
      case 'UnregisterBrokerRecord':
        this.#cluster.brokerUnregistered(record.data, delta)
        break
      case 'FenceBrokerRecord':
        this.#cluster.brokerFenced(record.data.id, record.data.epoch, true, delta)
        break
      case 'UnfenceBrokerRecord':
        this.#cluster.brokerFenced(record.data.id, record.data.epoch, false, delta)
        break
      case 'BrokerRegistrationChangeRecord':
        this.#cluster.brokerChanged(record.data, delta)
        break
      case 'RegisterControllerRecord':
        this.#cluster.controllerRegistered(record.data, delta)
        break
      case 'TopicRecord':
        this.#topics.created(record.data, delta)
        break
      case 'RemoveTopicRecord':
        this.#settings.topicRemoved(this.#topics.removed(record.data, delta), delta)
        break
      case 'PartitionRecord':
        this.#topics.partition(record.data, delta)
        break
      case 'PartitionChangeRecord':
        this.#topics.changed(record.data, delta)
        break
      case 'ClearElrRecord':
        this.#topics.elrCleared(record.data, delta)
        break
      default:
        this.#replaySetting(record, delta)
        break
    }
  }

  #replaySetting(record: SettingRecord, delta: MetadataDelta): void {
    const settings = this.#settings
    switch (record.type) {
      case 'ConfigRecord':
        settings.configChanged(record.data, delta)
        break
      case 'FeatureLevelRecord':
        settings.featureLevel(record.data, delta)
        break
      case 'ClientQuotaRecord':
        settings.quotaChanged(record.data, delta)
        break
      case 'ProducerIdsRecord':
        settings.producerIds(record.data, delta)
        break
      case 'AccessControlEntryRecord':
        settings.aclAdded(record.data, delta)
        break
      case 'RemoveAccessControlEntryRecord':
        settings.aclRemoved(record.data.id, delta)
        break
      case 'UserScramCredentialRecord':
        settings.scramSet(record.data, delta)
        break
      case 'RemoveUserScramCredentialRecord':
        settings.scramRemoved(record.data, delta)
        break
      case 'DelegationTokenRecord':
        settings.tokenSet(record.data, delta)
        break
      case 'RemoveDelegationTokenRecord':
        settings.tokenRemoved(record.data.tokenId, delta)
        break
      // Nothing to keep: ZooKeeper's migration ended with Kafka 4.0.
      case 'ZkMigrationStateRecord':
      case 'NoOpRecord':
      case 'BeginTransactionRecord':
      case 'EndTransactionRecord':
      case 'AbortTransactionRecord':
        break
      default:
        unreachable(record)
        break
    }
  }
}

type TopicOrClusterRecord =
  | 'RegisterBrokerRecord'
  | 'UnregisterBrokerRecord'
  | 'FenceBrokerRecord'
  | 'UnfenceBrokerRecord'
  | 'BrokerRegistrationChangeRecord'
  | 'RegisterControllerRecord'
  | 'TopicRecord'
  | 'RemoveTopicRecord'
  | 'PartitionRecord'
  | 'PartitionChangeRecord'
  | 'ClearElrRecord'
type SettingRecord = Exclude<MetadataRecord, { readonly type: TopicOrClusterRecord }>
