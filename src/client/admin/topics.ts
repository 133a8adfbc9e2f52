import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { kafkaError, throwIfError } from '../client-error.ts'
import type { TopicView } from '../types.ts'
import { settled } from './settled-topics.ts'

/** All that this user may see, by name. */
export async function listTopics(client: KafkaClient): Promise<TopicView[]> {
  const { topics } = await client.metadata(null)
  return [...topics.values()]
    .flatMap((topic) => (topic instanceof KafkaError ? [] : [topic]))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/** In the order of the names. */
export async function describeTopics(
  client: KafkaClient,
  names: readonly string[],
): Promise<Map<string, TopicView | KafkaError>> {
  const { topics } = await client.metadata(names)
  const missing = (name: string) => kafkaError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, null, name)
  return new Map(names.map((name) => [name, topics.get(name) ?? missing(name)]))
}

export interface NewTopic {
  readonly name: string
  /** Where left out, the broker's num.partitions. */
  readonly partitions?: number
  /** Where left out, the broker's default.replication.factor. */
  readonly replicationFactor?: number
  /** By partition number; in place of the two above. */
  readonly assignments?: readonly (readonly number[])[]
  readonly configs?: Readonly<Record<string, string>>
}

export interface CreatedTopic {
  readonly name: string
  readonly topicId: string
  /** −1 where this user may not see it. */
  readonly partitions: number
  readonly replicationFactor: number
}

interface CreateOptions {
  /** Nothing is made: would it be? */
  readonly validateOnly?: boolean
}

export async function createTopics(
  client: KafkaClient,
  topics: readonly NewTopic[],
  { validateOnly = false }: CreateOptions = {},
): Promise<Map<string, CreatedTopic | KafkaError>> {
  const answer = await client.controller({
    api: ApiKey.CreateTopics,
    body: {
      topics: topics.map(({ name, partitions = -1, replicationFactor = -1, assignments, configs = {} }) => ({
        name,
        numPartitions: assignments === undefined ? partitions : -1,
        replicationFactor: assignments === undefined ? replicationFactor : -1,
        assignments: (assignments ?? []).map((brokerIds, partitionIndex) => ({
          partitionIndex,
          brokerIds: [...brokerIds],
        })),
        configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
      })),
      timeoutMs: client.requestTimeoutMs,
      validateOnly,
    },
    errorOf: ({ topics: made }) => made[0]?.errorCode ?? 0,
  })
  const made = answer.topics.filter(({ errorCode, numPartitions }) => errorCode === 0 && numPartitions > 0)
  if (!validateOnly) await settled(client, new Map(made.map(({ name, numPartitions }) => [name, numPartitions])))
  return new Map(
    answer.topics.map(({ name, topicId, errorCode, errorMessage, numPartitions, replicationFactor }) => [
      name,
      errorCode === 0
        ? { name, topicId, partitions: numPartitions, replicationFactor }
        : kafkaError(errorCode, errorMessage),
    ]),
  )
}

/** @throws KafkaError */
export async function createTopic(
  client: KafkaClient,
  topic: NewTopic,
  options?: CreateOptions,
): Promise<CreatedTopic> {
  const made = (await createTopics(client, [topic], options)).get(topic.name)
  if (made === undefined || made instanceof Error) throw made ?? kafkaError(ErrorCode.UNKNOWN_SERVER_ERROR)
  return made
}

/** What went wrong, by name; undefined: the topic is deleted. */
export async function deleteTopics(
  client: KafkaClient,
  names: readonly string[],
): Promise<Map<string, KafkaError | undefined>> {
  const { responses } = await client.controller({
    api: ApiKey.DeleteTopics,
    body: {
      topics: names.map((name) => ({ name, topicId: ZERO_UUID })),
      topicNames: [...names],
      timeoutMs: client.requestTimeoutMs,
    },
    errorOf: (answer) => answer.responses[0]?.errorCode ?? 0,
  })
  for (const name of names) client.forgetTopic(name)
  return new Map(
    responses.map(({ name, errorCode, errorMessage }) => [
      name ?? '',
      errorCode === 0 ? undefined : kafkaError(errorCode, errorMessage),
    ]),
  )
}

/** @throws KafkaError */
export async function addPartitions(
  client: KafkaClient,
  topic: string,
  /** All of them together, afterwards. */
  count: number,
  options: { readonly assignments?: readonly (readonly number[])[]; readonly validateOnly?: boolean } = {},
): Promise<void> {
  const { assignments, validateOnly = false } = options
  const { results } = await client.controller({
    api: ApiKey.CreatePartitions,
    body: {
      topics: [
        { name: topic, count, assignments: assignments?.map((brokerIds) => ({ brokerIds: [...brokerIds] })) ?? null },
      ],
      timeoutMs: client.requestTimeoutMs,
      validateOnly,
    },
    errorOf: (answer) => answer.results[0]?.errorCode ?? 0,
  })
  client.forgetTopic(topic)
  for (const result of results) throwIfError(result)
  if (!validateOnly) await settled(client, new Map([[topic, count]]))
}
