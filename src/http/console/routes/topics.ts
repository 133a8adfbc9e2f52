import { z } from 'zod'
import { ErrorCode, KafkaError } from '../../../base/errors.ts'
import { deleteRecords, listOffsets } from '../../../client/admin/offsets.ts'
import { addPartitions, createTopic, deleteTopics } from '../../../client/admin/topics.ts'
import type { KafkaClient } from '../../../client/client.ts'
import type { TopicView } from '../../../client/types.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import type { CreateTopicBody, DeleteRecordsBody, Topic, TopicConsumer, TopicRow } from '../api.ts'
import type { ClusterLook, Sizes } from '../cluster-look.ts'
import { type Commits, lagsOf } from '../commits.ts'
import { operationNames } from '../may.ts'
import { outcomes } from '../outcomes.ts'
import { matching, sliceOf } from '../paging.ts'
import { flag, offsetNumber, page, partitionNumber, type RouteDefinition, route, topicName, whole } from '../route.ts'

const MOST_CONFIGS = 100
const MOST_TOPICS = 1_000
const MOST_MAP_TOPICS = 1_000

const createBody: z.ZodType<CreateTopicBody> = z.strictObject({
  name: topicName,
  partitions: z.number().int().min(-1).max(100_000).optional(),
  replicationFactor: z.number().int().min(-1).max(1_000).optional(),
  configs: z
    .record(z.string().max(1_000), z.string().max(32_767))
    .refine((configs) => Object.keys(configs).length <= MOST_CONFIGS)
    .optional(),
  validateOnly: z.boolean().optional(),
})

const deleteRecordsBody: z.ZodType<DeleteRecordsBody> = z.strictObject({
  topic: topicName,
  before: z.union([
    z.literal('end'),
    z.strictObject({ timestamp: z.number().int().min(0) }),
    z.array(z.strictObject({ partition: partitionNumber, offset: offsetNumber })).max(10_000),
  ]),
  partitions: z.array(partitionNumber).min(1).max(10_000).optional(),
})

export const topicRoutes: readonly RouteDefinition[] = [
  route(
    'GET /api/topics',
    {
      query: z.strictObject({
        ...page,
        sort: z.enum(['name', 'partitions', 'replicationFactor', 'size', 'records', 'rate', 'lag']).optional(),
        internal: flag.optional(),
      }),
    },
    async ({ query, visitor: { look } }) => {
      const { sort = 'name', internal = false } = query
      const topics = (await look.topics()).filter(({ isInternal }) => internal || !isInternal)
      const facts = new Facts(look)
      // What is ordered by has to be known of all of them; else only what is shown.
      if (sort === 'records' || sort === 'lag') await facts.learn(topics, sort === 'lag')
      if (sort === 'size') await facts.learnSizes()
      const rules = {
        query,
        textOf: ({ name }: TopicView) => name,
        keyOf: (topic: TopicView) => facts.keyOf(topic, sort),
      }
      const found = matching(topics, rules)
      const shown = sliceOf(found, query)
      await facts.learn(shown, true)
      return { rows: shown.map((topic) => facts.rowOf(topic)), total: found.length, warnings: facts.warnings }
    },
  ),

  route('GET /api/topics/:topic', {}, async ({ topic: name, client, visitor: { look } }): Promise<Topic> => {
    const topic = await client.topic(name)
    const [ranges, sizes, operations] = await Promise.all([
      look.ranges([topic]),
      look.sizes(),
      topicOperations(client, name),
    ])
    const mine = ranges.get(name)
    const sizeInBytes = sizes.byTopic.get(name)
    const recordsPerSecond = look.sampler.rateOf(name)
    return {
      name,
      id: topic.topicId,
      internal: topic.isInternal,
      replicationFactor: replicationFactorOf(topic),
      ...(sizeInBytes !== undefined && { sizeInBytes }),
      ...(recordsPerSecond !== undefined && { recordsPerSecond }),
      partitions: topic.partitions.map(({ offlineReplicas: offline, ...partition }) => {
        const range = mine?.get(partition.partition)
        const size = replicaSize(sizes, name, partition.partition, partition.leader)
        return {
          ...partition,
          offline,
          ...(range && { startOffset: range.begin, endOffset: range.end }),
          ...(size !== undefined && { sizeInBytes: size }),
        }
      }),
      operations,
      warnings: sizes.warnings,
    }
  }),

  route('GET /api/topics/:topic/consumers', {}, async ({ topic: name, client, visitor: { look } }) => {
    const [topic, commits] = await Promise.all([client.topic(name), look.commits()])
    const ranges = (await look.ranges([topic])).get(name)
    const consumers = commits.groups.flatMap(({ groupId: group, type: kind, state }): TopicConsumer[] => {
      const offsets = commits.byGroup.get(group)?.get(name)
      if (offsets === undefined) return []
      const partitions = [...offsets].map(([partition, offset]) => {
        const endOffset = ranges?.get(partition)?.end
        return {
          partition,
          offset,
          ...(endOffset !== undefined && { endOffset, lag: Math.max(0, endOffset - offset) }),
        }
      })
      const lag = partitions.reduce((sum, each) => sum + (each.lag ?? 0), 0)
      return [{ group, kind, state, lag, partitions: partitions.sort((a, b) => a.partition - b.partition) }]
    })
    return { consumers: consumers.sort((a, b) => (a.group < b.group ? -1 : 1)), warnings: commits.warnings }
  }),

  route('POST /api/topics/create', { body: createBody }, async ({ body, client }) => {
    const { name, partitions, replicationFactor, configs, validateOnly = false } = body
    const topic = {
      name,
      ...(partitions !== undefined && { partitions }),
      ...(replicationFactor !== undefined && { replicationFactor }),
      ...(configs && { configs }),
    }
    const made = await createTopic(client, topic, { validateOnly })
    return {
      name,
      ...(!validateOnly && { id: made.topicId }),
      partitions: made.partitions,
      replicationFactor: made.replicationFactor,
    }
  }),

  route(
    'POST /api/topics/add-partitions',
    {
      body: z.strictObject({
        topic: topicName,
        total: z.number().int().min(1).max(100_000),
        validateOnly: z.boolean().optional(),
      }),
    },
    async ({ body: { topic, total, validateOnly = false }, client }) => {
      await addPartitions(client, topic, total, { validateOnly })
      return {}
    },
  ),

  route(
    'POST /api/topics/delete',
    { body: z.strictObject({ topics: z.array(topicName).min(1).max(MOST_TOPICS) }) },
    async ({ body: { topics }, client }) => outcomes(await deleteTopics(client, topics)),
  ),

  route('POST /api/topics/delete-records', { body: deleteRecordsBody }, async ({ body, client }) => {
    const results = await deleteRecords(client, await offsetsBefore(client, body))
    const failures = results.flatMap(({ result }) => (result instanceof Error ? [result] : []))
    if (failures.length === results.length && failures[0] !== undefined) throw failures[0]
    return {
      partitions: results.map(({ partition, result }) => {
        if (!(result instanceof Error)) return { partition, startOffset: result }
        return { partition, startOffset: -1, error: { code: result.error, message: result.detail ?? result.message } }
      }),
    }
  }),

  route(
    'GET /api/partition-map',
    {
      query: z.strictObject({
        search: page.search,
        offset: page.offset,
        limit: whole(1, MOST_MAP_TOPICS).optional(),
        internal: flag.optional(),
      }),
    },
    async ({ query, client, visitor: { look } }) => {
      const [{ brokers }, topics] = await Promise.all([client.cluster(), look.topics()])
      const shown = topics.filter(({ isInternal }) => query.internal === true || !isInternal)
      const textOf = ({ name }: TopicView) => name
      const found = matching(shown, { query, textOf, keyOf: textOf })
      return {
        brokers: brokers.map(({ id }) => id).sort((a, b) => a - b),
        topics: sliceOf(found, { limit: MOST_MAP_TOPICS, ...query }).map(({ name, isInternal, partitions }) => ({
          name,
          internal: isInternal,
          partitions: partitions.map(({ leader, replicas, isr }) => ({ leader, replicas, isr })),
        })),
        total: found.length,
      }
    },
  ),
]

/** What is shown of topics besides what the metadata says. */
class Facts {
  readonly #look: ClusterLook
  readonly #records = new Map<string, number>()
  readonly #lags = new Map<string, { readonly maxLag: number; readonly groups: number }>()
  #sizes: Sizes | undefined
  #commits: Commits | undefined

  constructor(look: ClusterLook) {
    this.#look = look
  }

  get warnings(): string[] {
    return [...(this.#sizes?.warnings ?? []), ...(this.#commits?.warnings ?? [])]
  }

  async learnSizes(): Promise<void> {
    this.#sizes ??= await this.#look.sizes()
  }

  async learn(topics: readonly TopicView[], withLags: boolean): Promise<void> {
    await this.learnSizes()
    const missing = topics.filter(({ name }) => !this.#records.has(name))
    const ranges = await this.#look.ranges(missing)
    for (const [topic, mine] of ranges) {
      let records = 0
      for (const { begin, end } of mine.values()) records += end - begin
      this.#records.set(topic, records)
    }
    if (!withLags || this.#commits !== undefined) return
    this.#commits = await this.#commitsOrNone()
    const known = await this.#look.ranges(topics)
    const ends = new Map(
      [...known].map(([topic, mine]) => [topic, new Map([...mine].map(([partition, { end }]) => [partition, end]))]),
    )
    for (const offsets of this.#commits?.byGroup.values() ?? []) {
      for (const [topic, lag] of lagsOf(offsets, ends)) {
        const before = this.#lags.get(topic) ?? { maxLag: 0, groups: 0 }
        this.#lags.set(topic, { maxLag: Math.max(before.maxLag, lag), groups: before.groups + 1 })
      }
    }
  }

  async #commitsOrNone(): Promise<Commits | undefined> {
    try {
      return await this.#look.commits()
    } catch (error) {
      // Groups are not for this user to see.
      if (error instanceof KafkaError) return undefined
      throw error
    }
  }

  keyOf(topic: TopicView, sort: string): string | number | undefined {
    switch (sort) {
      case 'partitions':
        return topic.partitions.length
      case 'replicationFactor':
        return replicationFactorOf(topic)
      case 'size':
        return this.#sizes?.byTopic.get(topic.name)
      case 'records':
        return this.#records.get(topic.name)
      case 'rate':
        return this.#look.sampler.rateOf(topic.name)
      case 'lag':
        return this.#lags.get(topic.name)?.maxLag
      default:
        return topic.name
    }
  }

  rowOf(topic: TopicView): TopicRow {
    const { name, topicId, isInternal, partitions } = topic
    const sizeInBytes = this.#sizes?.byTopic.get(name)
    const records = this.#records.get(name)
    const recordsPerSecond = this.#look.sampler.rateOf(name)
    const lag = this.#commits === undefined ? undefined : (this.#lags.get(name) ?? { maxLag: 0, groups: 0 })
    return {
      name,
      id: topicId,
      internal: isInternal,
      partitions: partitions.length,
      replicationFactor: replicationFactorOf(topic),
      underReplicated: partitions.filter(({ isr, replicas }) => isr.length < replicas.length).length,
      offline: partitions.filter(({ leader }) => leader < 0).length,
      ...(sizeInBytes !== undefined && { sizeInBytes }),
      ...(records !== undefined && { records }),
      ...(recordsPerSecond !== undefined && { recordsPerSecond }),
      ...lag,
    }
  }
}

function replicationFactorOf({ partitions }: TopicView): number {
  return Math.max(0, ...partitions.map(({ replicas }) => replicas.length))
}

function replicaSize({ directories }: Sizes, topic: string, partition: number, broker: number): number | undefined {
  for (const { broker: of, replicas } of directories) {
    if (of !== broker) continue
    const found = replicas.find((one) => one.topic === topic && one.partition === partition && !one.isFuture)
    if (found !== undefined) return found.sizeInBytes
  }
  return undefined
}

/** The first versions that tell them, and the last that takes names without ids. */
const WITH_OPERATIONS = { minVersion: 8, maxVersion: 12 } as const

export async function topicOperations(client: KafkaClient, name: string): Promise<string[]> {
  const { topics } = await client.any({
    api: ApiKey.Metadata,
    body: { topics: [{ name }], allowAutoTopicCreation: false, includeTopicAuthorizedOperations: true },
    ...WITH_OPERATIONS,
  })
  const [topic] = topics
  // Also of one that is yet to be made: by what is allowed with its name.
  const isKnown = topic?.errorCode === ErrorCode.NONE || topic?.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
  return isKnown && topic !== undefined ? operationNames(topic.topicAuthorizedOperations) : []
}

async function offsetsBefore(client: KafkaClient, { topic, before, partitions: some }: DeleteRecordsBody) {
  if (Array.isArray(before)) return before.map(({ partition, offset }) => ({ topic, partition, offset }))
  const wanted = new Set(some)
  const { partitions: all } = await client.topic(topic)
  const partitions = some === undefined ? all : all.filter(({ partition }) => wanted.has(partition))
  if (partitions.length < (some === undefined ? 0 : wanted.size)) {
    throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `The topic has ${all.length} partitions`)
  }
  if (before === 'end') return partitions.map(({ partition }) => ({ topic, partition, offset: -1 }))
  const { timestamp } = before as { readonly timestamp: number }
  const found = await listOffsets(
    client,
    partitions.map(({ partition }) => ({ topic, partition, at: { timestamp } })),
  )
  return found.map(({ partition, result }) => {
    if (result instanceof Error) throw result
    // No record is so young: all of them are older.
    return { topic, partition, offset: result.offset }
  })
}
