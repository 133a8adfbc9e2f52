import { KafkaError } from '../base/errors.ts'
import { type TopicPartition, topicPartitionKey } from '../base/ids.ts'
import { type Isolation, listOffsets, offsetRanges } from './admin/offsets.ts'
import type { KafkaClient } from './client.ts'
import { type ReadRecord, recordsIn } from './decode.ts'
import { Fetcher } from './fetcher.ts'

export type { ReadRecord } from './decode.ts'

/** `last`: so many offsets before the end of each partition. `offset` the same for each; offsets of the past begin where the log does. */
export type ReadFrom =
  | 'beginning'
  | 'end'
  | { readonly offset: number }
  | { readonly offsets: ReadonlyMap<number, number> }
  | { readonly timestamp: number }
  | { readonly last: number }

export interface ReadOptions {
  readonly topic: string
  /** All where left out. */
  readonly partitions?: readonly number[] | undefined
  readonly from: ReadFrom
  /** Ends where each partition's log ended when it began, unless it is told to follow what comes. */
  readonly follow?: boolean
  /** Ends, partition by partition, with the first record that is younger. */
  readonly untilTimestamp?: number
  readonly isolation?: Isolation
  /** Ends after so many records, or with the record that makes their bytes more than these. */
  readonly limit?: number
  readonly maxBytes?: number
  /** Ends quietly. */
  readonly signal?: AbortSignal
  readonly maxWaitMs?: number
  /** Of one answer. */
  readonly fetchBytes?: number
}

export const DEFAULT_FETCH_BYTES = 8 * 1024 * 1024
const DEFAULT_PARTITION_BYTES = 1024 * 1024
const DEFAULT_WAIT_MS = 500
const FOREVER_MS = 0x7fff_ffff

interface Span extends TopicPartition {
  readonly start: number
  /** Where reading ends: `Infinity` where it follows. */
  readonly end: number
}

/** Reads records of a topic; of one partition they come in their order. @throws KafkaError, ClientError */
export async function* readRecords(client: KafkaClient, options: ReadOptions): AsyncGenerator<ReadRecord, void, void> {
  const { isolation = 'read_uncommitted', signal, limit = Number.POSITIVE_INFINITY, untilTimestamp } = options
  if (signal?.aborted || limit <= 0) return
  const spans = await spansOf(client, options)
  const open = new Map(spans.filter(({ start, end }) => start < end).map((span) => [keyOf(span), span]))
  const fetcher = fetcherOf(client, options)
  for (const span of open.values()) fetcher.add(span, span.start)
  const interrupt = () => fetcher.interrupt()
  signal?.addEventListener('abort', interrupt)
  try {
    let count = 0
    let bytes = 0
    while (open.size > 0 && !signal?.aborted) {
      const fetched = await fetcher.next(FOREVER_MS)
      if (fetched === undefined) continue
      const span = open.get(keyOf(fetched))
      if (span === undefined) continue
      let isOver = fetched.next >= span.end
      for (const record of recordsIn(fetched, { isCommittedOnly: isolation === 'read_committed' })) {
        isOver ||= untilTimestamp !== undefined && record.timestamp > untilTimestamp
        if (record.offset >= span.end || (untilTimestamp !== undefined && record.timestamp > untilTimestamp)) break
        yield record
        bytes += record.sizeInBytes
        if (++count >= limit || bytes >= (options.maxBytes ?? Number.POSITIVE_INFINITY) || signal?.aborted) return
      }
      if (isOver) {
        open.delete(keyOf(span))
        fetcher.remove(span)
      }
    }
  } finally {
    signal?.removeEventListener('abort', interrupt)
    for (const span of open.values()) fetcher.remove(span)
  }
}

/** What comes from now on, without an end but the signal's. */
export function tail(
  client: KafkaClient,
  options: Omit<ReadOptions, 'from' | 'follow'>,
): AsyncGenerator<ReadRecord, void, void> {
  return readRecords(client, { ...options, from: 'end', follow: true })
}

/** The `count` youngest records of all partitions, the oldest of them first. */
export async function newestRecords(
  client: KafkaClient,
  options: Omit<ReadOptions, 'from' | 'follow' | 'limit'> & { readonly count: number },
): Promise<ReadRecord[]> {
  const { count, ...others } = options
  const perPartition = new Map<number, ReadRecord[]>()
  for (let reach = count; ; reach *= REACH_FURTHER) {
    perPartition.clear()
    for await (const record of readRecords(client, { ...others, from: { last: reach } })) {
      const mine = perPartition.get(record.partition) ?? []
      mine.push(record)
      if (mine.length > count) mine.shift()
      perPartition.set(record.partition, mine)
    }
    const found = [...perPartition.values()].reduce((sum, mine) => sum + mine.length, 0)
    if (
      found >= count ||
      options.signal?.aborted ||
      reach > LONGEST_REACH ||
      (await isAllWithin(client, options, reach))
    )
      break
  }
  const all = [...perPartition.values()].flat()
  all.sort((a, b) => a.timestamp - b.timestamp || a.partition - b.partition || a.offset - b.offset)
  return all.slice(-count)
}

/** Offsets without records lie between: markers of transactions, what compaction took away. */
const REACH_FURTHER = 10
const LONGEST_REACH = 1_000_000

async function isAllWithin(client: KafkaClient, options: Omit<ReadOptions, 'from'>, reach: number): Promise<boolean> {
  const ranges = await offsetRanges(client, await partitionsOf(client, options), options.isolation)
  return ranges.every(({ result }) => result instanceof Error || result.end - result.begin <= reach)
}

function fetcherOf(client: KafkaClient, options: ReadOptions): Fetcher {
  const { isolation = 'read_uncommitted', maxWaitMs = DEFAULT_WAIT_MS, fetchBytes = DEFAULT_FETCH_BYTES } = options
  const maxPartitionBytes = Math.min(DEFAULT_PARTITION_BYTES, fetchBytes)
  return new Fetcher(client, { isolation, maxWaitMs, maxBytes: fetchBytes, maxPartitionBytes })
}

function keyOf({ topic, partition }: TopicPartition): string {
  return topicPartitionKey(topic, partition)
}

async function partitionsOf(
  client: KafkaClient,
  { topic, partitions }: Omit<ReadOptions, 'from'>,
): Promise<TopicPartition[]> {
  const view = await client.topic(topic)
  const numbers = view.partitions.map(({ partition }) => partition)
  const missing = partitions?.find((partition) => !numbers.includes(partition))
  if (missing !== undefined) {
    throw new KafkaError(
      'UNKNOWN_TOPIC_OR_PARTITION',
      `${topic} has no partition ${missing}, but ${numbers.length} partitions.`,
    )
  }
  return (partitions ?? numbers).map((partition) => ({ topic, partition }))
}

async function spansOf(client: KafkaClient, options: ReadOptions): Promise<Span[]> {
  const { from, isolation, follow = false } = options
  const partitions = await partitionsOf(client, options)
  const ranges = await offsetRanges(client, partitions, isolation)
  const starts =
    typeof from === 'object' && 'timestamp' in from ? await startsAt(client, partitions, from.timestamp) : undefined
  return ranges.map(({ topic, partition, result }) => {
    if (result instanceof Error) throw result
    const { begin, end } = result
    const start = startOf(from, partition, begin, end, starts?.get(partition))
    return { topic, partition, start, end: follow ? Number.POSITIVE_INFINITY : end }
  })
}

/** A partition without a record so young is absent. */
async function startsAt(
  client: KafkaClient,
  partitions: readonly TopicPartition[],
  timestamp: number,
): Promise<Map<number, number>> {
  const found = await listOffsets(
    client,
    partitions.map((one) => ({ ...one, at: { timestamp } })),
  )
  const starts = new Map<number, number>()
  for (const { partition, result } of found) {
    if (result instanceof Error) throw result
    if (result.offset >= 0) starts.set(partition, result.offset)
  }
  return starts
}

function startOf(from: ReadFrom, partition: number, begin: number, end: number, byTime: number | undefined): number {
  if (from === 'beginning') return begin
  if (from === 'end') return end
  if ('timestamp' in from) return byTime ?? end
  if ('last' in from) return Math.max(begin, end - from.last)
  return Math.max(begin, 'offset' in from ? from.offset : (from.offsets.get(partition) ?? begin))
}
