import { KafkaError } from '../../base/errors.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../image.ts'
import type { Outcome } from '../manager.ts'
import { isReassigning } from '../partition-index.ts'
import { checkRecordCount } from '../topics/limits.ts'
import { checkManualAssignment } from '../topics/partitions.ts'
import type { PartitionTarget } from './change.ts'
import type { AlterPartitionReassignments, TopicResults } from './commands.ts'
import { PartitionDraft } from './draft.ts'
import { type LeaderDefaults, uncleanElectionAllowed } from './rules.ts'

/**
 * Moves partitions to other brokers (KIP-455). New replicas join the list, those that shall go stay in it until all the
 * others are in sync: AlterPartition or a change of brokers then ends it. A new target replaces one under way.
 */
export function alterPartitionReassignments(
  { topics, allowReplicationFactorChange }: AlterPartitionReassignments,
  image: MetadataImage,
  defaults: LeaderDefaults,
): Outcome<readonly TopicResults[]> {
  const draft = new PartitionDraft(image, defaults)
  const reply = topics.map(({ name, partitions }): TopicResults => {
    const results = partitions.map(({ partitionIndex: partition, replicas }) => {
      try {
        const { topic, before } = find(draft, image, name, partition)
        if (replicas === null) cancel(draft, image, topic, before, defaults)
        else {
          checkManualAssignment(image, replicas, undefined)
          if (!allowReplicationFactorChange) checkReplicationFactor(before, replicas)
          draft.change(topic, before, moveTo(before, replicas), 'online')
        }
        return { partition, error: 'NONE' as const, message: null }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { partition, error: error.error, message: error.detail }
      }
    })
    return { topic: name, partitions: results }
  })
  checkRecordCount(draft.records)
  return { records: draft.records, reply }
}

function find(draft: PartitionDraft, image: MetadataImage, name: string, partition: number) {
  const topic = image.topic(name)
  if (topic === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find a topic named ${name}.`)
  }
  const before = draft.partition(topic, partition)
  if (before === undefined) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `Unable to find partition ${name}:${partition}.`)
  }
  return { topic, before }
}

function without(list: readonly number[], others: readonly number[]): number[] {
  return list.filter((id) => !others.includes(id))
}

function moveTo({ replicas }: PartitionImage, target: readonly number[]): PartitionTarget {
  const removing = without(replicas, target).sort((a, b) => a - b)
  const adding = without(target, replicas).sort((a, b) => a - b)
  return {
    replicas: [...target, ...removing],
    // What an earlier target left is not forgotten by one that adds or removes nothing.
    ...(removing.length > 0 && { removing }),
    ...(adding.length > 0 && { adding }),
  }
}

/** KIP-860: a tool that only means to move replicas can say so. */
function checkReplicationFactor(before: PartitionImage, target: readonly number[]): void {
  const current = isReassigning(before)
    ? new Set(without([...before.replicas, ...before.addingReplicas], before.removingReplicas)).size
    : before.replicas.length
  if (current === target.length) return
  throw new KafkaError(
    'INVALID_REPLICATION_FACTOR',
    `The replication factor is changed from ${current} to ${target.length}`,
  )
}

/** The replicas as they were before. Where none of them is in sync any more, one of them leads with what it has. */
function cancel(
  draft: PartitionDraft,
  image: MetadataImage,
  topic: TopicImage,
  before: PartitionImage,
  defaults: LeaderDefaults,
): void {
  if (!isReassigning(before)) throw new KafkaError('NO_REASSIGNMENT_IN_PROGRESS')
  const replicas = without(before.replicas, before.addingReplicas)
  const isr = without(before.isr, before.addingReplicas)
  const [first] = replicas
  if (first === undefined) {
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      'Invalid replica assignment: addingReplicas contains all replicas.',
    )
  }
  if (isr.length === 0) {
    if (!uncleanElectionAllowed(image, topic.name, defaults)) {
      throw new KafkaError(
        'INVALID_REPLICA_ASSIGNMENT',
        `Unable to revert partition assignment for ${topic.name}:${before.partition} because it would require an ` +
          'unclean leader election.',
      )
    }
    isr.push(first)
  }
  draft.change(topic, before, { isr, replicas, removing: [], adding: [] })
}
