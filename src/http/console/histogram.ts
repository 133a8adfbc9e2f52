import { listOffsets, offsetRanges } from '../../client/admin/offsets.ts'
import type { KafkaClient } from '../../client/client.ts'
import type { Histogram, HistogramQuery } from './api.ts'
import { numbersIn } from './reading.ts'

const DEFAULT_BUCKETS = 60
/** Offsets that are looked up for one histogram. */
const MOST_LOOKUPS = 20_000
const AT_A_TIME = 8

interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** Counts records by asking only where each bucket begins: none is read. */
export async function histogramOf(client: KafkaClient, topic: string, query: HistogramQuery): Promise<Histogram> {
  const { partitions: all } = await client.topic(topic)
  const wanted = numbersIn(query.partitions) ?? all.map(({ partition }) => partition)
  const partitions = [...new Set(wanted)].map((partition) => ({ topic, partition }))
  const [fromMs, untilMs] = await boundsOf(client, partitions, query)
  const most = Math.max(1, Math.floor(MOST_LOOKUPS / Math.max(1, partitions.length)) - 1)
  const buckets = Math.min(query.buckets ?? DEFAULT_BUCKETS, most, Math.max(1, untilMs - fromMs))
  const bucketMs = Math.max(1, Math.ceil((untilMs - fromMs) / buckets))
  const edges = Array.from({ length: buckets + 1 }, (_, at) => fromMs + at * bucketMs)
  const ends = await endsOf(client, partitions)
  const offsets = await inTurns(edges, (timestamp) => offsetsAt(client, partitions, timestamp, ends))
  const counts = edges.slice(1).map((_, at) => {
    let count = 0
    for (const [partition, offset] of offsets[at + 1] ?? []) {
      count += Math.max(0, offset - (offsets[at]?.get(partition) ?? offset))
    }
    return count
  })
  return { fromMs, untilMs: fromMs + buckets * bucketMs, bucketMs, counts, total: counts.reduce((a, b) => a + b, 0) }
}

async function boundsOf(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  { from, until }: HistogramQuery,
): Promise<readonly [number, number]> {
  const [oldest, newest] = await Promise.all([
    from === undefined ? timestampsOf(client, partitions, { timestamp: 0 }) : [from],
    until === undefined ? timestampsOf(client, partitions, 'max-timestamp') : [until - 1],
  ])
  const untilMs = Math.max(...newest, -1) + 1
  const fromMs = oldest.length === 0 ? Math.max(0, untilMs - 1) : Math.min(...oldest)
  return [fromMs, Math.max(untilMs, fromMs + 1)]
}

/** Of partitions that have any record. */
async function timestampsOf(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  at: { readonly timestamp: number } | 'max-timestamp',
): Promise<number[]> {
  const found = await listOffsets(
    client,
    partitions.map((one) => ({ ...one, at })),
  )
  return found.flatMap(({ result }) => {
    if (result instanceof Error) throw result
    return result.timestamp < 0 ? [] : [result.timestamp]
  })
}

async function endsOf(client: KafkaClient, partitions: readonly TopicPartition[]): Promise<Map<number, number>> {
  const ranges = await offsetRanges(client, partitions)
  return new Map(
    ranges.map(({ partition, result }) => {
      if (result instanceof Error) throw result
      return [partition, result.end]
    }),
  )
}

async function offsetsAt(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  timestamp: number,
  ends: ReadonlyMap<number, number>,
): Promise<Map<number, number>> {
  const found = await listOffsets(
    client,
    partitions.map((one) => ({ ...one, at: { timestamp } })),
  )
  return new Map(
    found.map(({ partition, result }) => {
      if (result instanceof Error) throw result
      return [partition, result.offset < 0 ? (ends.get(partition) ?? 0) : result.offset]
    }),
  )
}

async function inTurns<T, R>(values: readonly T[], ask: (value: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  for (let at = 0; at < values.length; at += AT_A_TIME) {
    answers.push(...(await Promise.all(values.slice(at, at + AT_A_TIME).map(ask))))
  }
  return answers
}
