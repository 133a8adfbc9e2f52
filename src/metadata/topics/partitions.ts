import { KafkaError } from '../../base/errors.ts'
import type { TopicId } from '../../base/ids.ts'
import { defaultDirectory, hasOpenDirectory } from '../cluster/directories.ts'
import { metadataVersionOf, partitionRecordVersion } from '../features.ts'
import type { MetadataImage } from '../image.ts'
import { type MetadataRecordOf, metadataRecord } from '../records.ts'
import type { Below, UsableBroker } from './placement.ts'
import { placeReplicas } from './placement.ts'

/** Brokers that may be given replicas: not shutting down, and with a directory that takes new ones (KIP-1066). */
function usableBrokers(image: MetadataImage): UsableBroker[] {
  const usable: UsableBroker[] = []
  for (const broker of image.brokers.values()) {
    // One that is fenced has left: it counts like any other that is down.
    if (broker.inControlledShutdown && !broker.fenced) continue
    if (hasOpenDirectory(broker)) usable.push({ id: broker.id, rack: broker.rack, fenced: broker.fenced })
  }
  return usable
}

export function place(image: MetadataImage, partitions: number, replicationFactor: number, below: Below): number[][] {
  return placeReplicas(usableBrokers(image), partitions, replicationFactor, below)
}

/** Those replicas that are in sync from the start; the first of them leads. */
export function activeReplicas(image: MetadataImage, replicas: readonly number[]): number[] {
  return replicas.filter((broker) => image.isActive(broker))
}

/** Replicas as a user lists them. `replicationFactor` is what the partitions before have; undefined: it is the first. */
export function checkManualAssignment(
  image: MetadataImage,
  replicas: readonly number[],
  replicationFactor: number | undefined,
): void {
  if (replicas.length === 0) refuse('The manual partition assignment includes an empty replica list.')
  let previous: number | undefined
  for (const broker of [...replicas].sort((a, b) => a - b)) {
    if (!image.brokers.has(broker)) {
      refuse(`The manual partition assignment includes broker ${broker}, but no such broker is registered.`)
    }
    if (broker === previous) {
      refuse(`The manual partition assignment includes the broker ${broker} more than once.`)
    }
    previous = broker
  }
  if (replicationFactor !== undefined && replicas.length !== replicationFactor) {
    refuse(
      `The manual partition assignment includes a partition with ${replicas.length} replica(s), but this is not ` +
        `consistent with previous partitions, which have ${replicationFactor} replica(s).`,
    )
  }
}

/** Why no replica of a manual assignment can lead. */
export function allFenced(partition: number): KafkaError {
  return new KafkaError(
    'INVALID_REPLICA_ASSIGNMENT',
    `All brokers specified in the manual partition assignment for partition ${partition} are fenced or in ` +
      'controlled shutdown.',
  )
}

/** Why no replica of a placed partition can lead. */
export function noneActive(replicationFactor: number): KafkaError {
  return new KafkaError(
    'INVALID_REPLICATION_FACTOR',
    `Unable to replicate the partition ${replicationFactor} time(s): All brokers are currently fenced or in ` +
      'controlled shutdown.',
  )
}

export function newPartition(
  image: MetadataImage,
  topicId: TopicId,
  partitionId: number,
  replicas: readonly number[],
): MetadataRecordOf<'PartitionRecord'> {
  const isr = activeReplicas(image, replicas)
  const data = {
    partitionId,
    topicId,
    replicas,
    isr,
    removingReplicas: [],
    addingReplicas: [],
    leader: isr[0] ?? -1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: replicas.map((broker) => defaultDirectory(image, broker)),
  }
  return metadataRecord('PartitionRecord', data, partitionRecordVersion(metadataVersionOf(image)))
}

function refuse(sentence: string): never {
  throw new KafkaError('INVALID_REPLICA_ASSIGNMENT', sentence)
}
