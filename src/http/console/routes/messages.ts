import { Readable } from 'node:stream'
import { z } from 'zod'
import { KafkaError } from '../../../base/errors.ts'
import type { KafkaClient } from '../../../client/client.ts'
import { readRecords } from '../../../client/fetch.ts'
import { Producer } from '../../../client/produce.ts'
import type { MessagesQuery, ProduceBody, ProduceBytes, ProduceRecord } from '../api.ts'
import { histogramOf } from '../histogram.ts'
import { messageOf } from '../message.ts'
import type { ConsoleNode } from '../node.ts'
import { linesOf } from '../reading.ts'
import {
  Download,
  flag,
  name,
  partitionList,
  partitionNumber,
  type RouteDefinition,
  route,
  Streamed,
  time,
  topicName,
  whole,
} from '../route.ts'
import { registryFor } from './schemas.ts'

const MOST_RECORDS = 100_000
const MOST_SHOWN_BYTES = 1024 * 1024
const MOST_BUCKETS = 200
const MOST_SENT = 10_000
/** Base64 of a record as large as topics take by default, several times. */
const MOST_PRODUCE_BYTES = 32 * 1024 * 1024
const MOST_HEADERS = 1_000
/** Sooner than the browser gives up. */
const DELIVERY_TIMEOUT_MS = 20_000

const messagesQuery: z.ZodType<MessagesQuery> = z
  .strictObject({
    from: z.enum(['beginning', 'end', 'offset', 'timestamp', 'last', 'offsets']),
    offset: whole(0, Number.MAX_SAFE_INTEGER).optional(),
    timestamp: time.optional(),
    offsets: z
      .string()
      .max(200_000)
      .regex(/^(?:\d{1,7}:\d{1,16}(?:,\d{1,7}:\d{1,16})*)?$/, 'partition:offset pairs separated by commas are expected')
      .optional(),
    partitions: partitionList.optional(),
    limit: whole(1, MOST_RECORDS).optional(),
    tail: flag.optional(),
    until: time.optional(),
    maxBytes: whole(0, MOST_SHOWN_BYTES).optional(),
    uncommitted: flag.optional(),
  })
  .refine(({ from, offset }) => from !== 'offset' || offset !== undefined, { path: ['offset'], error: 'is missing' })
  .refine(({ from, timestamp }) => from !== 'timestamp' || timestamp !== undefined, {
    path: ['timestamp'],
    error: 'is missing',
  })
  .refine(({ from, offsets }) => from !== 'offsets' || offsets !== undefined, {
    path: ['offsets'],
    error: 'is missing',
  })

const produceBytes: z.ZodType<ProduceBytes | null> = z
  .union([
    z.strictObject({ text: z.string() }),
    z.strictObject({ base64: z.base64() }),
    z.strictObject({ json: z.string(), subject: name, message: name.optional() }),
  ])
  .nullable()

const produceBody: z.ZodType<ProduceBody> = z.strictObject({
  topic: topicName,
  partition: partitionNumber.optional(),
  records: z
    .array(
      z.strictObject({
        key: produceBytes,
        value: produceBytes,
        headers: z
          .array(z.strictObject({ key: z.string().max(32_767), value: produceBytes }))
          .max(MOST_HEADERS)
          .optional(),
        timestamp: z.number().int().min(0).max(8.64e15).optional(),
      }),
    )
    .min(1)
    .max(MOST_SENT),
  compression: z.enum(['none', 'gzip', 'snappy', 'lz4', 'zstd']).optional(),
})

export const messageRoutes: readonly RouteDefinition[] = [
  route('GET /api/topics/:topic/messages', { query: messagesQuery }, async ({ topic, query, client, signal }) => {
    // What can't be read is refused before anything is written.
    const lines = await linesOf(client, topic, query, signal)
    return new Streamed(Readable.from(lines, { objectMode: true, highWaterMark: 16 }))
  }),

  route(
    'GET /api/topics/:topic/message',
    {
      query: z.strictObject({
        partition: whole(0, 1_000_000),
        offset: whole(0, Number.MAX_SAFE_INTEGER),
        part: z.enum(['key', 'value']).optional(),
      }),
    },
    async ({ topic, query: { partition, offset, part }, client, signal }) => {
      const from = { offsets: new Map([[partition, offset]]) }
      for await (const record of readRecords(client, { topic, partitions: [partition], from, limit: 1, signal })) {
        if (record.offset !== offset) break
        if (part === undefined) return messageOf(record, Number.POSITIVE_INFINITY)
        return new Download(record[part] ?? Buffer.alloc(0), `${topic}-${partition}-${offset}-${part}`)
      }
      throw new KafkaError('RESOURCE_NOT_FOUND', `${topic}-${partition} has no record at ${offset} (any more).`)
    },
  ),

  route(
    'GET /api/topics/:topic/histogram',
    {
      query: z.strictObject({
        from: time.optional(),
        until: time.optional(),
        buckets: whole(1, MOST_BUCKETS).optional(),
        partitions: partitionList.optional(),
      }),
    },
    ({ topic, query, client }) => histogramOf(client, topic, query),
  ),

  route(
    'POST /api/produce',
    { body: produceBody, maxBodyBytes: MOST_PRODUCE_BYTES },
    async ({ body, client, node }) => {
      const { topic, partition, records, compression = 'none' } = body
      const { partitions } = await client.topic(topic)
      if (partition !== undefined && partition >= partitions.length) {
        throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION', `${topic} has only ${partitions.length} partitions.`)
      }
      // All are made before the first is sent: one that does not fit its schema is no reason to write half of them.
      const made = await Promise.all(records.map((record) => recordOf(record, client, node)))
      const producer = new Producer(client, { compression, deliveryTimeoutMs: DELIVERY_TIMEOUT_MS, idempotent: false })
      const sent = made.map((record) => producer.send({ topic, partition, ...record }))
      const answers = await Promise.all([...sent, producer.flush()].map((each) => each))
      return {
        records: answers.flatMap((each) =>
          each ? [{ partition: each.partition, offset: each.offset, timestamp: each.timestamp }] : [],
        ),
      }
    },
  ),
]

async function recordOf(
  { key, value, headers = [], timestamp }: ProduceRecord,
  client: KafkaClient,
  node: ConsoleNode,
) {
  const bytesOf = async (bytes: ProduceBytes | null): Promise<Buffer | null> => {
    if (bytes === null) return null
    if ('text' in bytes) return Buffer.from(bytes.text)
    if ('base64' in bytes) return Buffer.from(bytes.base64, 'base64')
    const registry = await registryFor('READ', client, node)
    return registry.encode(bytes.subject, bytes.json, bytes.message)
  }
  return {
    key: await bytesOf(key),
    value: await bytesOf(value),
    headers: await Promise.all(
      headers.map(async (header) => ({ key: header.key, value: await bytesOf(header.value) })),
    ),
    timestamp,
  }
}
