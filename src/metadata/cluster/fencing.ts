import { metadataVersionOf, supportsCordonedDirectories, supportsDirectories } from '../features.ts'
import type { BrokerImage, MetadataImage, PartitionImage } from '../image.ts'
import { brokerMoves } from '../partitions/moves.ts'
import type { LeaderDefaults } from '../partitions/rules.ts'
import { type MetadataRecord, metadataRecord } from '../records.ts'
import type { BrokerHeartbeat } from './commands.ts'

const FENCE = 1
const UNFENCE = -1

type Key = Pick<BrokerImage, 'id' | 'epoch'>

function registrationOf({ id, epoch }: Key) {
  return { brokerId: id, brokerEpoch: epoch }
}

/** The broker leaves every ISR and leads nothing, then is fenced. */
export function fenced(image: MetadataImage, broker: Key, leaders: LeaderDefaults): MetadataRecord[] {
  const fence = metadataRecord('BrokerRegistrationChangeRecord', { ...registrationOf(broker), fenced: FENCE }, 0)
  return [...withdrawn(image, broker.id, leaders), fence]
}

/** The broker may lead what has no leader, unless it was about to leave: then it waits to be registered anew. */
export function unfenced(image: MetadataImage, broker: BrokerImage, leaders: LeaderDefaults): MetadataRecord[] {
  const unfence = metadataRecord('BrokerRegistrationChangeRecord', { ...registrationOf(broker), fenced: UNFENCE }, 0)
  if (broker.inControlledShutdown) return [unfence]
  return [unfence, ...brokerMoves(image, image.partitionIndex.leaderless, { add: broker.id }, leaders)]
}

/** The broker gives up what it leads, and goes on following until the others know. */
export function leaving(image: MetadataImage, broker: BrokerImage, leaders: LeaderDefaults): MetadataRecord[] {
  const changes = withdrawn(image, broker.id, leaders)
  if (broker.inControlledShutdown) return changes
  const change = { ...registrationOf(broker), inControlledShutdown: 1 }
  return [metadataRecord('BrokerRegistrationChangeRecord', change, 1), ...changes]
}

export function unregistered(image: MetadataImage, broker: Key, leaders: LeaderDefaults): MetadataRecord[] {
  const concerned = image.partitionIndex.withMember(broker.id)
  return [
    ...brokerMoves(image, concerned, { remove: broker.id }, leaders),
    metadataRecord('UnregisterBrokerRecord', registrationOf(broker)),
  ]
}

/** Another process takes the broker's id. After a stop that was not clean it may have lost records (KIP-966). */
export function previousProcessGone(
  image: MetadataImage,
  broker: number,
  mayHaveLostRecords: boolean,
  leaders: LeaderDefaults,
): MetadataRecord[] {
  if (!mayHaveLostRecords) return withdrawn(image, broker, leaders)
  return brokerMoves(image, image.partitionIndex.withMember(broker), { unclean: broker }, leaders)
}

function withdrawn(image: MetadataImage, broker: number, leaders: LeaderDefaults): MetadataRecord[] {
  const members = image.partitionIndex.withMember(broker)
  return brokerMoves(image, members, { remove: broker }, leaders, ({ isr }) => isr.includes(broker))
}

/** What a heartbeat says of the broker's directories: failed ones (KIP-858), cordoned ones (KIP-1066). */
export function directoryChanges(
  image: MetadataImage,
  broker: BrokerImage,
  { offlineLogDirs, cordonedLogDirs }: Pick<BrokerHeartbeat, 'offlineLogDirs' | 'cordonedLogDirs'>,
  leaders: LeaderDefaults,
): MetadataRecord[] {
  const records: MetadataRecord[] = []
  const version = metadataVersionOf(image)
  const failed = broker.directories.filter((directory) => offlineLogDirs.includes(directory))
  if (failed.length > 0 && supportsDirectories(version)) {
    const lost = ({ isr, replicas, directories }: PartitionImage) => {
      const directory = directories[replicas.indexOf(broker.id)]
      return isr.includes(broker.id) && directory !== undefined && failed.includes(directory)
    }
    const members = image.partitionIndex.withMember(broker.id)
    records.push(...brokerMoves(image, members, { remove: broker.id }, leaders, lost))
    const logDirs = broker.directories.filter((directory) => !failed.includes(directory))
    records.push(metadataRecord('BrokerRegistrationChangeRecord', { ...registrationOf(broker), logDirs }, 2))
  }
  if (cordonedLogDirs !== null && supportsCordonedDirectories(version) && !isCordoned(broker, cordonedLogDirs)) {
    records.push(metadataRecord('BrokerRegistrationChangeRecord', { ...registrationOf(broker), cordonedLogDirs }, 3))
  }
  return records
}

function isCordoned({ cordonedDirectories }: BrokerImage, wanted: readonly string[]): boolean {
  if (cordonedDirectories === null || cordonedDirectories.length !== wanted.length) return false
  return cordonedDirectories.every((directory) => wanted.includes(directory))
}
