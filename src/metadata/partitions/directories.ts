import { type ErrorName, KafkaError } from '../../base/errors.ts'
import { type DirectoryId, LOST_DIRECTORY, MIGRATING_DIRECTORY, UNASSIGNED_DIRECTORY } from '../../base/ids.ts'
import { brokerInEpoch } from '../cluster/epochs.ts'
import { metadataVersionOf, supportsDirectories } from '../features.ts'
import { type BrokerImage, type MetadataImage, NO_LEADER, type TopicImage } from '../image.ts'
import type { Outcome } from '../manager.ts'
import { PartitionSet } from '../partition-index.ts'
import type { AssignReplicasToDirs, PartitionCommands } from './commands.ts'
import { PartitionDraft } from './draft.ts'
import type { LeaderDefaults } from './rules.ts'

/** A broker says where its replicas are; those in a directory that is not online lead nothing. */
export function assignReplicasToDirs(
  { brokerId, brokerEpoch, directories }: AssignReplicasToDirs,
  image: MetadataImage,
  defaults: LeaderDefaults,
): Outcome<PartitionCommands['assignReplicasToDirs']['reply']> {
  if (!supportsDirectories(metadataVersionOf(image))) {
    throw new KafkaError('UNSUPPORTED_VERSION', 'Directory assignment is not supported yet.')
  }
  const broker = brokerInEpoch(image, brokerId, brokerEpoch)
  const draft = new PartitionDraft(image, defaults)
  const offline = new PartitionSet()
  const reply = directories.map(({ id, topics }) => {
    const isOnline = hasOnline(broker, id)
    return {
      id,
      topics: topics.map(({ topicId, partitions }) => {
        const topic = image.topicById(topicId)
        const results = partitions.map((partition) => {
          const error = assign(draft, topic, partition, brokerId, id)
          if (error === 'NONE' && !isOnline) offline.put(topicId, partition, true)
          return { partition, error }
        })
        return { topicId, partitions: results }
      }),
    }
  })
  withdrawFrom(draft, image, offline, brokerId)
  return { records: draft.records, reply }
}

function assign(
  draft: PartitionDraft,
  topic: TopicImage | undefined,
  partition: number,
  broker: number,
  directory: DirectoryId,
): ErrorName {
  if (topic === undefined) return 'UNKNOWN_TOPIC_ID'
  const before = draft.partition(topic, partition)
  if (before === undefined) return 'UNKNOWN_TOPIC_OR_PARTITION'
  if (!before.replicas.includes(broker)) return 'NOT_LEADER_OR_FOLLOWER'
  const after = draft.change(topic, before, { directories: new Map([[broker, directory]]) }, 'online')
  // Where it was before, it may not have been able to lead.
  if (after?.leader === NO_LEADER) draft.change(topic, after, {}, 'online')
  return 'NONE'
}

/** With the directory known, the replica can't lead; nor can it follow. */
function withdrawFrom(draft: PartitionDraft, image: MetadataImage, offline: PartitionSet, broker: number): void {
  for (const [topicId, ids] of offline.topics()) {
    const topic = image.topicById(topicId)
    if (topic === undefined) continue
    for (const id of ids) {
      const before = draft.partition(topic, id)
      if (before) draft.change(topic, before, { isr: before.isr.filter((replica) => replica !== broker) })
    }
  }
}

function hasOnline({ directories }: BrokerImage, directory: DirectoryId): boolean {
  if (directory === LOST_DIRECTORY) return false
  if (directory === UNASSIGNED_DIRECTORY || directory === MIGRATING_DIRECTORY) return true
  return directories.length === 0 || directories.includes(directory)
}
