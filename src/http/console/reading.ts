import { listOffsets, offsetRanges } from '../../client/admin/offsets.ts'
import type { KafkaClient } from '../../client/client.ts'
import { newestRecords, type ReadOptions, type ReadRecord, readRecords } from '../../client/fetch.ts'
import type { MessagesLine, MessagesQuery } from './api.ts'
import { errorAnswer } from './errors.ts'
import { messageOf } from './message.ts'

const DEFAULT_LIMIT = 100
const DEFAULT_SHOWN_BYTES = 16 * 1024
/** A reading that nobody filters further ends with so many bytes of records. */
const MOST_BYTES = 256 * 1024 * 1024
const MOST_LAST = 10_000
const PROGRESS_MS = 1_000

type Starts = ReadonlyMap<number, number>

interface Plan {
  readonly topic: string
  /** Where each partition is read from. */
  readonly starts: Starts
  /** Records that come first: the newest of those that are there. */
  readonly first: readonly ReadRecord[]
  readonly query: MessagesQuery
}

/**
 * The lines that answer a reading: records, now and then how far it is, and at last why it ended. What is wrong with the request
 * rejects before the first of them.
 */
export async function linesOf(
  client: KafkaClient,
  topic: string,
  query: MessagesQuery,
  signal: AbortSignal,
): Promise<AsyncIterable<string>> {
  const plan = await planOf(client, topic, query, signal)
  return stringified(read(client, plan, signal))
}

async function* stringified(lines: AsyncIterable<MessagesLine>): AsyncGenerator<string> {
  for await (const line of lines) yield `${JSON.stringify(line)}\n`
}

async function* read(client: KafkaClient, plan: Plan, signal: AbortSignal): AsyncGenerator<MessagesLine> {
  const { query, first, starts } = plan
  const next = new Map(starts)
  const counts = { records: 0, bytes: 0 }
  const noted = (record: ReadRecord): MessagesLine => {
    next.set(record.partition, record.offset + 1)
    counts.records++
    counts.bytes += record.sizeInBytes
    return { type: 'record', ...messageOf(record, query.maxBytes ?? DEFAULT_SHOWN_BYTES) }
  }
  const progress = () => ({ ...counts, next: offsetsText(next) })
  try {
    for (const record of first) yield noted(record)
    const limit = limitOf(query) - counts.records
    if (query.from !== 'last' || query.tail) {
      for await (const record of ticking(readRecords(client, optionsOf(plan, limit, signal)))) {
        yield record === undefined ? { type: 'progress', ...progress() } : noted(record)
      }
    }
    if (signal.aborted) return
    const isFull = query.from !== 'last' && (counts.records >= limitOf(query) || counts.bytes >= MOST_BYTES)
    yield { type: 'end', reason: isFull ? 'limit' : 'caught-up', ...progress() }
  } catch (error) {
    yield { type: 'error', ...errorAnswer(error).answer }
  }
}

function limitOf({ limit, tail }: MessagesQuery): number {
  return tail ? Number.POSITIVE_INFINITY : (limit ?? DEFAULT_LIMIT)
}

function isolationOf({ uncommitted }: MessagesQuery) {
  return uncommitted ? 'read_uncommitted' : 'read_committed'
}

function optionsOf({ topic, starts, query }: Plan, limit: number, signal: AbortSignal): ReadOptions {
  return {
    topic,
    partitions: [...starts.keys()],
    from: { offsets: starts },
    follow: query.tail ?? false,
    isolation: isolationOf(query),
    signal,
    ...(Number.isFinite(limit) && { limit, maxBytes: MOST_BYTES }),
    ...(query.until !== undefined && { untilTimestamp: query.until - 1 }),
  }
}

/** `undefined` now and then, where nothing comes for a second. */
async function* ticking<T>(values: AsyncIterator<T>): AsyncGenerator<T | undefined> {
  let pending: Promise<IteratorResult<T>> | undefined
  let timer: NodeJS.Timeout | undefined
  try {
    for (;;) {
      pending ??= values.next()
      const tick = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), PROGRESS_MS)
      })
      const outcome = await Promise.race([pending, tick])
      clearTimeout(timer)
      if (outcome === undefined) {
        yield undefined
        continue
      }
      pending = undefined
      if (outcome.done) return
      yield outcome.value
    }
  } finally {
    clearTimeout(timer)
    pending?.catch(() => {})
    // Not waited for: while it reads it ends with the signal only.
    values.return?.(undefined)?.catch(() => {})
  }
}

async function planOf(client: KafkaClient, topic: string, query: MessagesQuery, signal: AbortSignal): Promise<Plan> {
  const { partitions: all } = await client.topic(topic)
  const wanted = numbersIn(query.partitions) ?? all.map(({ partition }) => partition)
  const partitions = [...new Set(wanted)].map((partition) => ({ topic, partition }))
  const ranges = await offsetRanges(client, partitions, isolationOf(query))
  const byTime = query.from === 'timestamp' ? await startsAt(client, partitions, query.timestamp ?? 0) : undefined
  const given = query.from === 'offsets' ? offsetsIn(query.offsets ?? '') : undefined
  const starts = new Map<number, number>()
  for (const { partition, result } of ranges) {
    if (result instanceof Error) throw result
    const { begin, end } = result
    const start = {
      beginning: begin,
      end,
      last: end,
      offset: query.offset ?? begin,
      timestamp: byTime?.get(partition) ?? end,
      offsets: given?.get(partition) ?? begin,
    }[query.from]
    starts.set(partition, Math.min(Math.max(start, begin), end))
  }
  const count = Math.min(query.limit ?? DEFAULT_LIMIT, MOST_LAST)
  const first =
    query.from === 'last'
      ? await newestRecords(client, {
          topic,
          partitions: [...starts.keys()],
          count,
          isolation: isolationOf(query),
          signal,
        })
      : []
  for (const { partition, offset } of first) starts.set(partition, Math.max(starts.get(partition) ?? 0, offset + 1))
  return { topic, starts, first, query }
}

async function startsAt(
  client: KafkaClient,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
  timestamp: number,
): Promise<Starts> {
  const found = await listOffsets(
    client,
    partitions.map((one) => ({ ...one, at: { timestamp } })),
  )
  return new Map(
    found.flatMap(({ partition, result }) => {
      if (result instanceof Error) throw result
      return result.offset < 0 ? [] : [[partition, result.offset] as const]
    }),
  )
}

export function numbersIn(list: string | undefined): number[] | undefined {
  return list?.split(',').map(Number)
}

function offsetsIn(list: string): Starts {
  const pairs = list === '' ? [] : list.split(',').map((pair) => pair.split(':').map(Number))
  return new Map(pairs.map(([partition = 0, offset = 0]) => [partition, offset]))
}

function offsetsText(offsets: Starts): string {
  return [...offsets].map(([partition, offset]) => `${partition}:${offset}`).join()
}
