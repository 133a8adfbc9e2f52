import { METADATA_VERSION, metadataVersionOf, partitionRecordVersion, registerBrokerVersion } from './features.ts'
import type {
  BrokerImage,
  ControllerImage,
  MetadataImage,
  PartitionImage,
  SupportedRange,
  TopicImage,
} from './image.ts'
import { type MetadataRecord, metadataRecord } from './records.ts'

/**
 * The records that make an image anew, in Kafka's order: features, cluster, topics, configs, client quotas, producer ids,
 * ACLs, SCRAM credentials, delegation tokens. Replaying them into an empty image gives an equal one.
 */
export function* snapshotRecords(image: MetadataImage): IterableIterator<MetadataRecord> {
  yield* featureLevels(image)
  const version = metadataVersionOf(image)
  for (const broker of sortedById(image.brokers)) yield brokerRecord(broker, version)
  for (const controller of sortedById(image.controllers)) yield controllerRecord(controller)
  for (const topic of image.topics.values()) yield* topicRecords(topic, partitionRecordVersion(version))
  yield* settings(image)
}

/** metadata.version first: how the later records are read depends on it. */
function* featureLevels(image: MetadataImage): IterableIterator<MetadataRecord> {
  const names = [...image.features.keys()].sort()
  for (const name of [METADATA_VERSION, ...names.filter((name) => name !== METADATA_VERSION)]) {
    const featureLevel = image.featureLevel(name)
    if (featureLevel !== 0) yield metadataRecord('FeatureLevelRecord', { name, featureLevel })
  }
}

function sortedById<T extends { readonly id: number }>(byId: ReadonlyMap<number, T>): T[] {
  return [...byId.values()].sort((a, b) => a.id - b.id)
}

function featureRanges(features: ReadonlyMap<string, SupportedRange>) {
  return [...features].map(([name, { min, max }]) => ({ name, minSupportedVersion: min, maxSupportedVersion: max }))
}

function brokerRecord(broker: BrokerImage, metadataVersion: number): MetadataRecord {
  return metadataRecord(
    'RegisterBrokerRecord',
    {
      brokerId: broker.id,
      isMigratingZkBroker: broker.isMigratingZkBroker,
      incarnationId: broker.incarnationId,
      brokerEpoch: broker.epoch,
      endPoints: broker.endpoints,
      features: featureRanges(broker.features),
      rack: broker.rack,
      fenced: broker.fenced,
      inControlledShutdown: broker.inControlledShutdown,
      logDirs: broker.directories,
      cordonedLogDirs: broker.cordonedDirectories,
    },
    registerBrokerVersion(metadataVersion),
  )
}

function controllerRecord(controller: ControllerImage): MetadataRecord {
  return metadataRecord('RegisterControllerRecord', {
    controllerId: controller.id,
    incarnationId: controller.incarnationId,
    zkMigrationReady: controller.zkMigrationReady,
    endPoints: controller.endpoints,
    features: featureRanges(controller.features),
  })
}

function* topicRecords(topic: TopicImage, version: number): IterableIterator<MetadataRecord> {
  yield metadataRecord('TopicRecord', { name: topic.name, topicId: topic.id })
  for (const partition of topic.partitions) yield partitionRecord(topic, partition, version)
}

/** The whole state of a partition as one record. */
export function partitionRecord(
  topic: Pick<TopicImage, 'id'>,
  partition: PartitionImage,
  version: number,
): MetadataRecord {
  const hasElr = partition.elr.length > 0
  const hasLastKnownElr = partition.lastKnownElr.length > 0
  return metadataRecord(
    'PartitionRecord',
    {
      partitionId: partition.partition,
      topicId: topic.id,
      replicas: partition.replicas,
      isr: partition.isr,
      removingReplicas: partition.removingReplicas,
      addingReplicas: partition.addingReplicas,
      leader: partition.leader,
      leaderRecoveryState: partition.leaderRecoveryState,
      leaderEpoch: partition.leaderEpoch,
      partitionEpoch: partition.partitionEpoch,
      directories: partition.directories,
      // Null, not empty, where there are none: Kafka leaves these tags out then.
      eligibleLeaderReplicas: hasElr ? partition.elr : null,
      lastKnownElr: hasLastKnownElr ? partition.lastKnownElr : null,
    },
    version,
  )
}

function* settings(image: MetadataImage): IterableIterator<MetadataRecord> {
  for (const { resourceType, name: resourceName, values } of image.configResources()) {
    for (const [name, value] of values) {
      yield metadataRecord('ConfigRecord', { resourceType, resourceName, name, value })
    }
  }
  for (const { entity, quotas } of image.clientQuotas.values()) {
    for (const [key, value] of quotas) yield metadataRecord('ClientQuotaRecord', { entity, key, value, remove: false })
  }
  if (image.nextProducerId >= 0) {
    yield metadataRecord('ProducerIdsRecord', { brokerId: -1, nextProducerId: image.nextProducerId })
  }
  for (const acl of image.acls.values()) yield metadataRecord('AccessControlEntryRecord', acl)
  for (const credential of image.scramCredentials()) yield metadataRecord('UserScramCredentialRecord', credential)
  for (const token of image.delegationTokens.values()) yield metadataRecord('DelegationTokenRecord', token)
}
