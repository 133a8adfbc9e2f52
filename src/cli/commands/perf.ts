import { Command, Option } from 'commander'
import type { KafkaClient } from '../../client/client.ts'
import { readRecords } from '../../client/fetch.ts'
import { Producer } from '../../client/produce.ts'
import { COMPRESSIONS, type Compression } from '../../record/header.ts'
import { print, printJson } from '../terminal/output.ts'
import { Progress } from '../terminal/progress.ts'
import { bytesText } from '../terminal/table.ts'
import { asking, type ClientFlags, group, interrupted, wholeNumber, withClient } from './common.ts'

const MOST_WAITING_BYTES = 32 * 1024 * 1024

interface PerfFlags extends ClientFlags {
  readonly records: number
  readonly size: number
  readonly compression: Compression
  readonly acks: string
  readonly rate?: number
}

export function perfCommand(): Command {
  const perf = group('perf', 'measure how fast records are written and read')
  perf.addCommand(
    writing(
      asking(
        new Command('produce').description('write records, and say how long acknowledgements take').argument('<topic>'),
        ['perf produce load --records 1000000 --size 200 --compression lz4', 'perf produce load --rate 10000 --json'],
      ),
    )
      .option('--rate <n>', 'no more records in a second', wholeNumber)
      .action((topic: string, flags: PerfFlags) => withClient(flags, (client) => producing(client, topic, flags))),
  )
  perf.addCommand(
    asking(new Command('consume').description('read records from the beginning').argument('<topic>'), [
      'perf consume load --records 1000000',
    ])
      .option('-n, --records <n>', 'how many (default: all that there are)', wholeNumber)
      .action((topic: string, flags: PerfFlags) => withClient(flags, (client) => consuming(client, topic, flags))),
  )
  perf.addCommand(
    writing(
      asking(
        new Command('end-to-end')
          .description('write a record, read it, then the next, and say how long each takes')
          .argument('<topic>'),
        ['perf end-to-end load --records 1000'],
      ),
    ).action((topic: string, flags: PerfFlags) => withClient(flags, (client) => endToEnd(client, topic, flags))),
  )
  return perf
}

function writing(command: Command): Command {
  return command
    .option('-n, --records <n>', 'how many', wholeNumber, 10_000)
    .option('-s, --size <bytes>', 'of each', wholeNumber, 100)
    .addOption(new Option('-z, --compression <type>', 'of batches').choices(COMPRESSIONS).default('none'))
    .addOption(new Option('-a, --acks <acks>', 'who has to have it').choices(['all', '1']).default('all'))
}

/** Times, of which percentiles are told. */
class Times {
  readonly #ms: number[] = []

  add(ms: number): void {
    this.#ms.push(ms)
  }

  summary() {
    const sorted = Float64Array.from(this.#ms).sort()
    const at = (part: number) => round(sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0)
    const sum = sorted.reduce((total, ms) => total + ms, 0)
    return {
      averageMs: round(sum / Math.max(1, sorted.length)),
      p50Ms: at(0.5),
      p95Ms: at(0.95),
      p99Ms: at(0.99),
      p999Ms: at(0.999),
      maxMs: at(1),
    }
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function payload(size: number): Buffer {
  // Text that compresses as text does, not as zeros do.
  return Buffer.from(Array.from({ length: Math.max(0, size) }, () => 97 + Math.floor(Math.random() * 26)))
}

function producerOf(client: KafkaClient, { compression, acks }: PerfFlags, lingerMs: number): Producer {
  return new Producer(client, { compression, acks: acks === '1' ? 1 : -1, lingerMs })
}

async function producing(client: KafkaClient, topic: string, flags: PerfFlags): Promise<void> {
  const { records, size, rate } = flags
  const producer = producerOf(client, flags, 5)
  const value = payload(size)
  const times = new Times()
  const progress = new Progress('Written', records)
  const { signal } = interrupted()
  const startedAt = performance.now()
  let done = 0
  let failure: { readonly error: unknown } | undefined
  for (let sent = 0; sent < records && !signal.aborted && failure === undefined; sent++) {
    if (rate !== undefined) await notBefore(startedAt + (sent * 1000) / rate)
    const at = performance.now()
    producer.send({ topic, key: null, value }).then(
      () => {
        times.add(performance.now() - at)
        progress.at(++done, 'records')
      },
      (error: unknown) => {
        failure ??= { error }
      },
    )
    await producer.ready(MOST_WAITING_BYTES)
  }
  await producer.flush()
  await new Promise((resolve) => setImmediate(resolve))
  progress.end()
  if (failure !== undefined) throw failure.error
  report(flags, { records: done, bytes: done * size, ms: performance.now() - startedAt, latency: times.summary() })
}

async function notBefore(at: number): Promise<void> {
  const wait = at - performance.now()
  if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait))
}

async function consuming(client: KafkaClient, topic: string, flags: PerfFlags): Promise<void> {
  const { signal } = interrupted()
  const progress = new Progress('Read', flags.records ?? Number.POSITIVE_INFINITY)
  const startedAt = performance.now()
  let records = 0
  let bytes = 0
  for await (const record of readRecords(client, {
    topic,
    from: 'beginning',
    limit: flags.records ?? Number.POSITIVE_INFINITY,
    signal,
    fetchBytes: 32 * 1024 * 1024,
  })) {
    bytes += record.sizeInBytes
    progress.at(++records, 'records')
  }
  progress.end()
  report(flags, { records, bytes, ms: performance.now() - startedAt })
}

async function endToEnd(client: KafkaClient, topic: string, flags: PerfFlags): Promise<void> {
  const { records, size } = flags
  const producer = producerOf(client, flags, 0)
  const { partitions } = await client.topic(topic)
  const partition = partitions[0]?.partition ?? 0
  const value = payload(size)
  const times = new Times()
  const progress = new Progress('Sent and read', records)
  const stop = interrupted()
  const startedAt = performance.now()
  // One record first tells where reading begins.
  const first = await producer.send({ topic, partition, key: null, value })
  const reading = readRecords(client, {
    topic,
    partitions: [partition],
    from: { offset: first.offset + 1 },
    follow: true,
    signal: stop.signal,
  })
  const arrivals = reading[Symbol.asyncIterator]()
  let done = 0
  while (done < records && !stop.signal.aborted) {
    const at = performance.now()
    const arrival = arrivals.next()
    await producer.send({ topic, partition, key: null, value })
    if ((await arrival).done) break
    times.add(performance.now() - at)
    progress.at(++done, 'records')
  }
  stop.abort()
  progress.end()
  report(flags, { records: done, bytes: done * size, ms: performance.now() - startedAt, latency: times.summary() })
}

interface Result {
  readonly records: number
  readonly bytes: number
  readonly ms: number
  readonly latency?: ReturnType<Times['summary']>
}

function report(flags: ClientFlags, { records, bytes, ms, latency }: Result): void {
  const perSecond = Math.round((records * 1000) / ms)
  const bytesPerSecond = Math.round((bytes * 1000) / ms)
  if (flags.json) {
    printJson({
      records,
      bytes,
      ms: round(ms),
      recordsPerSecond: perSecond,
      bytesPerSecond,
      ...(latency && { latency }),
    })
    return
  }
  print(`${records} records in ${(ms / 1000).toFixed(1)} s: ${perSecond} a second, ${bytesText(bytesPerSecond)}/s`)
  if (latency === undefined) return
  const { averageMs, p50Ms, p95Ms, p99Ms, p999Ms, maxMs } = latency
  print(
    `latency: ${averageMs} ms on average, 50 % ${p50Ms}, 95 % ${p95Ms}, 99 % ${p99Ms}, 99.9 % ${p999Ms}, most ${maxMs}`,
  )
}
