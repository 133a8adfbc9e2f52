import { ErrorCode, KafkaError } from '../base/errors.ts'
import { type TopicPartition, topicPartitionKey } from '../base/ids.ts'
import type { KafkaClient } from './client.ts'
import { ClientError, type ClientErrorKind, kafkaError } from './client-error.ts'
import { LEADER_MOVED } from './retries.ts'

export interface PartitionAnswer<T> extends TopicPartition {
  readonly errorCode: number
  readonly errorMessage?: string | null
  readonly value: T
}

/** Asks one broker about partitions that it leads; once, because it is called again. */
export type AskLeader<P extends TopicPartition, T> = (
  broker: number,
  partitions: readonly P[],
) => Promise<readonly PartitionAnswer<T>[]>

export interface PartitionResult<T> extends TopicPartition {
  readonly result: T | KafkaError
}

const PAUSE_MS = 100

/**
 * Asks the leaders of partitions, each about its own, all at a time; again about those whose leader moved, as long as there
 * is time. What remains an error is told of partition by partition.
 */
export async function askLeaders<P extends TopicPartition, T>(
  client: KafkaClient,
  partitions: readonly P[],
  ask: AskLeader<P, T>,
): Promise<PartitionResult<T>[]> {
  const results = new Map<string, T | KafkaError>()
  const deadline = performance.now() + client.requestTimeoutMs
  for (let left = partitions; left.length > 0; ) {
    const { byLeader, failed } = await groupByLeader(client, left)
    for (const { partition, error } of failed) results.set(keyOf(partition), error)
    await Promise.all(
      [...byLeader].map(async ([leader, mine]) => {
        for (const [key, result] of await asked(leader, mine, ask)) results.set(key, result)
      }),
    )
    left = left.filter((partition) => hasMoved(results.get(keyOf(partition))))
    if (left.length === 0 || performance.now() + PAUSE_MS > deadline) break
    for (const { topic } of left) client.forgetTopic(topic)
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  return partitions.map(({ topic, partition }) => ({
    topic,
    partition,
    result: results.get(topicPartitionKey(topic, partition)) ?? kafkaError(ErrorCode.UNKNOWN_SERVER_ERROR),
  }))
}

async function asked<P extends TopicPartition, T>(
  leader: number,
  partitions: readonly P[],
  ask: AskLeader<P, T>,
): Promise<[string, T | KafkaError][]> {
  try {
    const answers = await ask(leader, partitions)
    return answers.map((answer) => {
      const { errorCode, errorMessage, value } = answer
      return [keyOf(answer), errorCode === 0 ? value : kafkaError(errorCode, errorMessage, keyOf(answer))]
    })
  } catch (error) {
    if (!(error instanceof ClientError) || !GONE.has(error.kind)) throw error
    return partitions.map((partition) => [keyOf(partition), new KafkaError('NETWORK_EXCEPTION', error.message)])
  }
}

/** The leader may be another soon. */
const GONE: ReadonlySet<ClientErrorKind> = new Set(['unreachable', 'disconnected', 'timeout'])

function keyOf({ topic, partition }: TopicPartition): string {
  return topicPartitionKey(topic, partition)
}

function hasMoved(result: unknown): boolean {
  return result instanceof KafkaError && (LEADER_MOVED.has(result.code) || result.error === 'NETWORK_EXCEPTION')
}

interface Grouped<P> {
  readonly byLeader: ReadonlyMap<number, readonly P[]>
  readonly failed: readonly { readonly partition: P; readonly error: KafkaError }[]
}

async function groupByLeader<P extends TopicPartition>(
  client: KafkaClient,
  partitions: readonly P[],
): Promise<Grouped<P>> {
  const topics = new Set(partitions.map(({ topic }) => topic))
  // One request for them all, not one for each.
  if (topics.size > 1) await client.metadata([...topics])
  const byLeader = new Map<number, P[]>()
  const failed: { partition: P; error: KafkaError }[] = []
  for (const partition of partitions) {
    try {
      const leader = await client.leaderOf(partition.topic, partition.partition)
      const mine = byLeader.get(leader)
      if (mine === undefined) byLeader.set(leader, [partition])
      else mine.push(partition)
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      failed.push({ partition, error })
    }
  }
  return { byLeader, failed }
}

/** As requests have them: partitions below their topic. */
export function byTopic<P extends TopicPartition>(partitions: readonly P[]): Map<string, P[]> {
  const topics = new Map<string, P[]>()
  for (const partition of partitions) {
    const mine = topics.get(partition.topic)
    if (mine === undefined) topics.set(partition.topic, [partition])
    else mine.push(partition)
  }
  return topics
}
