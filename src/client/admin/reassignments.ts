import { ErrorCode, type KafkaError } from '../../base/errors.ts'
import { type TopicPartition, topicPartitionKey } from '../../base/ids.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { kafkaError, throwIfError } from '../client-error.ts'
import { byTopic } from '../partitions.ts'

export interface Reassignment extends TopicPartition {
  /** Those that there are to be, and those that still go. */
  readonly replicas: readonly number[]
  readonly adding: readonly number[]
  readonly removing: readonly number[]
}

/** Those that are under way. @throws KafkaError */
export async function listReassignments(
  client: KafkaClient,
  partitions: readonly TopicPartition[] | null = null,
): Promise<Reassignment[]> {
  const answer = await client.controller({
    api: ApiKey.ListPartitionReassignments,
    body: {
      timeoutMs: client.requestTimeoutMs,
      topics:
        partitions === null
          ? null
          : [...byTopic(partitions)].map(([name, mine]) => ({
              name,
              partitionIndexes: mine.map(({ partition }) => partition),
            })),
    },
  })
  throwIfError(answer)
  return answer.topics.flatMap(({ name, partitions: moving }) =>
    moving.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
      topic: name,
      partition: partitionIndex,
      replicas,
      adding: addingReplicas,
      removing: removingReplicas,
    })),
  )
}

export interface NewAssignment extends TopicPartition {
  /** null: what is under way is cancelled. */
  readonly replicas: readonly number[] | null
}

/** What went wrong, by `topicPartitionKey`; undefined: it has begun. @throws KafkaError */
export async function alterReassignments(
  client: KafkaClient,
  assignments: readonly NewAssignment[],
): Promise<Map<string, KafkaError | undefined>> {
  const answer = await client.controller({
    api: ApiKey.AlterPartitionReassignments,
    body: {
      timeoutMs: client.requestTimeoutMs,
      topics: [...byTopic(assignments)].map(([name, mine]) => ({
        name,
        partitions: mine.map(({ partition, replicas }) => ({
          partitionIndex: partition,
          replicas: replicas === null ? null : [...replicas],
        })),
      })),
    },
  })
  throwIfError(answer)
  return new Map(
    answer.responses.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex, errorCode, errorMessage }) => [
        topicPartitionKey(name, partitionIndex),
        errorCode === 0 ? undefined : kafkaError(errorCode, errorMessage),
      ]),
    ),
  )
}

/** null: all partitions. Partitions that need no election are not told of. @throws KafkaError */
export async function electLeaders(
  client: KafkaClient,
  kind: 'preferred' | 'unclean',
  partitions: readonly TopicPartition[] | null = null,
): Promise<Map<string, KafkaError | undefined>> {
  const answer = await client.controller({
    api: ApiKey.ElectLeaders,
    body: {
      electionType: kind === 'preferred' ? 0 : 1,
      topicPartitions:
        partitions === null
          ? null
          : [...byTopic(partitions)].map(([topic, mine]) => ({
              topic,
              partitions: mine.map(({ partition }) => partition),
            })),
      timeoutMs: client.requestTimeoutMs,
    },
  })
  throwIfError(answer)
  return new Map(
    answer.replicaElectionResults.flatMap(({ topic, partitionResult }) =>
      partitionResult
        .filter(({ errorCode }) => errorCode !== ErrorCode.ELECTION_NOT_NEEDED)
        .map(({ partitionId, errorCode, errorMessage }) => [
          topicPartitionKey(topic, partitionId),
          errorCode === 0 ? undefined : kafkaError(errorCode, errorMessage),
        ]),
    ),
  )
}
