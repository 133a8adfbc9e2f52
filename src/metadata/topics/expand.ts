import { present } from '../../base/assert.ts'
import { KafkaError } from '../../base/errors.ts'
import type { MetadataImage, TopicImage } from '../image.ts'
import type { ControllerEnv, Outcome } from '../manager.ts'
import type { MetadataRecord } from '../records.ts'
import type { CountMutations, NewPartitions, TopicCommands } from './commands.ts'
import { checkRecordCount, checkTotalPartitions } from './limits.ts'
import { activeReplicas, allFenced, checkManualAssignment, newPartition, noneActive, place } from './partitions.ts'

type Result = TopicCommands['createPartitions']['reply'][number]

export function createPartitions(
  { topics, validateOnly, count = () => {} }: TopicCommands['createPartitions']['command'],
  env: ControllerEnv,
): Outcome<readonly Result[]> {
  const records: MetadataRecord[] = []
  const refused: Result[] = []
  const results: Result[] = []
  for (const [name, [request, second]] of Map.groupBy(topics, (topic) => topic.name)) {
    if (second !== undefined) {
      refused.push({ name, error: 'INVALID_REQUEST', message: 'Duplicate topic name.' })
      continue
    }
    results.push(attempt(name, () => records.push(...expand(present(request, name), env, count))))
  }
  checkRecordCount(records)
  return { records: validateOnly ? [] : records, reply: [...refused, ...results] }
}

function attempt(name: string, work: () => void): Result {
  try {
    work()
    return { name, error: 'NONE', message: null }
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error
    return { name, error: error.error, message: error.detail }
  }
}

function expand(
  { name, count, assignments }: NewPartitions,
  { image, random }: ControllerEnv,
  countMutations: CountMutations,
): MetadataRecord[] {
  const topic = image.topic(name)
  if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
  const first = topic.partitions.length
  const additional = additionalPartitions(topic, count)
  if (assignments !== null && assignments.length !== additional) {
    throw new KafkaError(
      'INVALID_REPLICA_ASSIGNMENT',
      `Attempted to add ${additional} additional partition(s), but only ${assignments.length} assignment(s) were ` +
        'specified.',
    )
  }
  checkTotalPartitions(additional)
  countMutations(additional)
  const replicationFactor = present(topic.partitions[0], `the first partition of ${name}`).replicas.length
  const lists =
    assignments === null
      ? place(image, additional, replicationFactor, (bound) => random.below(bound))
      : assignments.map(({ brokerIds }, i) => manual(image, brokerIds, replicationFactor, first + i))
  return lists.map((replicas, i) => {
    if (activeReplicas(image, replicas).length === 0) throw noneActive(replicationFactor)
    return newPartition(image, topic.id, first + i, replicas)
  })
}

function additionalPartitions(topic: TopicImage, count: number): number {
  const before = topic.partitions.length
  if (count === before) throw new KafkaError('INVALID_PARTITIONS', `Topic already has ${before} partition(s).`)
  if (count < before) {
    throw new KafkaError(
      'INVALID_PARTITIONS',
      `The topic ${topic.name} currently has ${before} partition(s); ${count} would not be an increase.`,
    )
  }
  return count - before
}

function manual(image: MetadataImage, brokerIds: number[], replicationFactor: number, partition: number): number[] {
  checkManualAssignment(image, brokerIds, replicationFactor)
  if (activeReplicas(image, brokerIds).length === 0) throw allFenced(partition)
  return brokerIds
}
