import { z } from 'zod'
import { topicPartitionKey } from '../../../base/ids.ts'
import { alterReassignments, electLeaders, listReassignments } from '../../../client/admin/reassignments.ts'
import {
  abortTransaction,
  describeProducers,
  describeTransaction,
  listTransactions,
  type ProducerView,
  terminateTransaction,
} from '../../../client/admin/transactions.ts'
import type { KafkaClient } from '../../../client/client.ts'
import type { PartitionResult } from '../../../client/partitions.ts'
import type { ActiveProducer, HangingAnswer } from '../api.ts'
import { withProgress } from '../move-progress.ts'
import { outcomes } from '../outcomes.ts'
import { pageOf } from '../paging.ts'
import {
  maybeEmptyName,
  offsetNumber,
  page,
  partitionNumber,
  type RouteDefinition,
  route,
  topicName,
  topicPartition,
  whole,
} from '../route.ts'

const MOST_PARTITIONS = 20_000
/** As Kafka's tool: the longest that a transaction may take by default, and some more. */
const HANGING_MS = 15 * 60_000 + 5 * 60_000

export const transactionRoutes: readonly RouteDefinition[] = [
  route(
    'GET /api/transactions',
    {
      query: z.strictObject({
        ...page,
        state: z.string().max(100).optional(),
        longerThanMs: whole(0, Number.MAX_SAFE_INTEGER).optional(),
      }),
    },
    async ({ query, client }) => {
      const { state, longerThanMs } = query
      const { transactions, failures } = await listTransactions(client, {
        ...(state !== undefined && { states: [state] }),
        ...(longerThanMs !== undefined && { longerThanMs }),
      })
      const id = ({ transactionalId }: (typeof transactions)[number]) => transactionalId
      const warnings = [...failures].map(([broker, { message }]) => `Broker ${broker} does not tell: ${message}`)
      return pageOf(transactions, { query, textOf: id, keyOf: id }, warnings)
    },
  ),

  route(
    'GET /api/transaction',
    { query: z.strictObject({ transactionalId: maybeEmptyName }) },
    async ({ query: { transactionalId }, client }) => {
      const { startedMs, ...transaction } = await describeTransaction(client, transactionalId)
      return { ...transaction, ...(startedMs >= 0 && { startedMs }) }
    },
  ),

  route(
    'GET /api/producers',
    { query: z.strictObject({ topic: topicName, partition: whole(0, 1_000_000).optional() }) },
    async ({ query: { topic, partition }, client }) => {
      const numbers = partition === undefined ? await partitionsOf(client, topic) : [partition]
      const results = await describeProducers(
        client,
        numbers.map((number) => ({ topic, partition: number })),
      )
      const [first] = results
      if (first?.result instanceof Error && results.every(({ result }) => result instanceof Error)) throw first.result
      return { producers: activeIn(results), warnings: warningsIn(results) }
    },
  ),

  route(
    'GET /api/transactions/hanging',
    {
      query: z.strictObject({
        topic: topicName.optional(),
        longerThanMs: whole(0, Number.MAX_SAFE_INTEGER).optional(),
      }),
    },
    async ({ query: { topic, longerThanMs = HANGING_MS }, client, visitor: { look } }): Promise<HangingAnswer> => {
      const topics = topic === undefined ? await look.topics() : [await client.topic(topic)]
      const all = topics.flatMap(({ name, partitions }) =>
        partitions.filter(({ leader }) => leader >= 0).map(({ partition }) => ({ topic: name, partition })),
      )
      const asked = all.slice(0, MOST_PARTITIONS)
      const results = await describeProducers(client, asked)
      const { transactions, failures } = await listTransactions(client)
      const known = new Map(transactions.map(({ producerId, transactionalId }) => [producerId, transactionalId]))
      const nowMs = Date.now()
      const hanging = activeIn(results)
        .filter(({ transactionStartOffset }) => transactionStartOffset !== undefined)
        .map((producer) => {
          const transactionalId = known.get(producer.producerId)
          const openForMs = Math.max(0, nowMs - producer.lastTimestamp)
          return { ...producer, openForMs, ...(transactionalId !== undefined && { transactionalId }) }
        })
        // Of one that its coordinator does not know nobody will ever hear again.
        .filter(({ openForMs, transactionalId }) => openForMs >= longerThanMs || transactionalId === undefined)
      const tooMany = all.length > asked.length ? [`Only the first ${MOST_PARTITIONS} partitions were looked at.`] : []
      const untold = [...failures.keys()].map((broker) => `Broker ${broker} does not tell its transactions.`)
      return { hanging, warnings: [...tooMany, ...untold, ...warningsIn(results)] }
    },
  ),

  route(
    'POST /api/transactions/abort',
    { body: z.strictObject({ topic: topicName, partition: partitionNumber, startOffset: offsetNumber }) },
    async ({ body: { startOffset, ...place }, client }) => {
      await abortTransaction(client, place, startOffset)
      return {}
    },
  ),

  route(
    'POST /api/transactions/terminate',
    { body: z.strictObject({ transactionalId: maybeEmptyName }) },
    async ({ body: { transactionalId }, client }) => {
      // InitProducerId would make one that is not there.
      await describeTransaction(client, transactionalId)
      await terminateTransaction(client, transactionalId)
      return {}
    },
  ),

  route('GET /api/reassignments', {}, async ({ client }) => ({
    reassignments: await withProgress(client, await listReassignments(client)),
  })),

  route(
    'POST /api/reassignments/alter',
    {
      body: z.strictObject({
        partitions: z
          .array(
            z.strictObject({
              ...topicPartition.shape,
              replicas: z.array(z.number().int().min(0)).min(1).max(1_000).nullable(),
            }),
          )
          .min(1)
          .max(MOST_PARTITIONS),
      }),
    },
    async ({ body: { partitions }, client }) => outcomes(await alterReassignments(client, partitions)),
  ),

  route(
    'POST /api/leaders/elect',
    {
      body: z.strictObject({
        kind: z.enum(['preferred', 'unclean']),
        partitions: z.array(topicPartition).min(1).max(MOST_PARTITIONS).optional(),
      }),
    },
    async ({ body: { kind, partitions = null }, client }) => outcomes(await electLeaders(client, kind, partitions)),
  ),
]

type Results = readonly PartitionResult<ProducerView[]>[]

async function partitionsOf(client: KafkaClient, topic: string): Promise<number[]> {
  return (await client.topic(topic)).partitions.map(({ partition }) => partition)
}

function activeIn(results: Results): ActiveProducer[] {
  return results.flatMap(({ topic, partition, result }) =>
    result instanceof Error
      ? []
      : result.map(({ transactionStartOffset, ...producer }) => ({
          topic,
          partition,
          ...producer,
          ...(transactionStartOffset >= 0 && { transactionStartOffset }),
        })),
  )
}

function warningsIn(results: Results): string[] {
  const failed = results.flatMap(({ topic, partition, result }) =>
    result instanceof Error ? [`${topicPartitionKey(topic, partition)}: ${result.detail ?? result.message}`] : [],
  )
  return failed.length <= 10 ? failed : [...failed.slice(0, 10), `and ${failed.length - 10} more partitions`]
}
