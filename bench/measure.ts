import { startBroker, type Target, type TestBroker } from '../test/support/broker.ts'
import { usage } from '../test/support/process.ts'
import { type ToolName, Tools } from '../test/support/tools.ts'
import { until } from '../test/support/wait.ts'
import type { Load } from './matrix.ts'
import { consumerReport, endToEndReport, producerReport, recordsIn } from './parse.ts'
import type { Measures } from './table.ts'
import { warmMemory } from './warm.ts'

const GB = 1_000_000_000
const MEBIBYTE = 1_048_576
/** What the client's heap takes, and more. */
const CLIENTS_BYTES = 2 * GB

/** Apache Kafka gets the heap and collector of its own start script. */
export const KAFKA_JVM = [
  '-Xmx1G',
  '-Xms1G',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
]

async function tool(tools: Tools, which: ToolName, args: readonly string[]): Promise<string> {
  return tools.ok(which, args, { timeoutSeconds: 600 })
}

/** Runs `work` and adds what the broker spent on each GB of it. */
async function spent<T>(
  broker: TestBroker,
  bytes: number,
  work: () => Promise<T>,
): Promise<{ result: T; cpuPerGb: number; resident: number }> {
  const before = usage(broker.pid)
  const result = await work()
  const after = usage(broker.pid)
  return { result, cpuPerGb: (after.cpuSeconds - before.cpuSeconds) / (bytes / GB), resident: after.residentBytes }
}

export interface RoundOptions {
  readonly target: Target
  readonly loads: readonly Load[]
  readonly latency: { readonly records: number; readonly perSecond: number; readonly endToEnd: number }
  readonly nameOf: (load: Load) => string
}

/** One fresh broker through the whole matrix. */
export async function round(options: RoundOptions): Promise<Measures> {
  const measures: Measures = {}
  await using tools = new Tools(['-Xmx1G', '-XX:+UseG1GC'])
  await using broker = await startBroker({ target: options.target, jvmOptions: KAFKA_JVM })
  const server = ['--bootstrap-server', broker.bootstrap]
  measures['memory idle, MiB'] = usage(broker.pid).residentBytes / MEBIBYTE

  let highest = 0
  for (const [i, load] of options.loads.entries()) {
    const topic = `bench-${i}`
    const records = Math.ceil(load.volume / load.recordBytes)
    const bytes = records * load.recordBytes
    const label = options.nameOf(load)
    await tool(tools, 'kafka-topics', [
      ...server,
      '--create',
      '--topic',
      topic,
      '--partitions',
      String(load.partitions),
    ])
    // Once every partition answers its leader is at work: an idempotent producer that is too early stalls on Apache Kafka.
    await until(`the partitions of ${topic}`, async () => {
      const { out } = await tools.run('kafka-get-offsets', [...server, '--topic', topic])
      return out.split('\n').filter((line) => line.startsWith(`${topic}:`)).length === load.partitions
    })
    const props = [
      `bootstrap.servers=${broker.bootstrap}`,
      'acks=all',
      'batch.size=131072',
      'linger.ms=5',
      'max.request.size=2000000',
      `compression.type=${load.compression}`,
    ]
    warmMemory(bytes + CLIENTS_BYTES)
    const sent = await spent(broker, bytes, () =>
      tool(tools, 'kafka-producer-perf-test', [
        '--topic',
        topic,
        '--num-records',
        String(records),
        '--record-size',
        String(load.recordBytes),
        '--throughput',
        '-1',
        '--producer-props',
        ...props,
      ]),
    )
    measures[`produce MB/s: ${label}`] = producerReport(sent.result).mbPerSecond
    measures[`produce CPU s/GB: ${label}`] = sent.cpuPerGb
    const stored = recordsIn(await tool(tools, 'kafka-get-offsets', [...server, '--topic', topic]))
    // A producer that gave up on a batch shows here; the consumer would wait for it.
    if (stored !== records) console.error(`${options.target}, ${label}: ${stored} of ${records} records are stored`)
    const read = await spent(broker, stored * load.recordBytes, () =>
      tool(tools, 'kafka-consumer-perf-test', [
        ...server,
        '--topic',
        topic,
        '--num-records',
        String(stored),
        '--timeout',
        '60000',
      ]),
    )
    measures[`consume MB/s: ${label}`] = consumerReport(read.result).mbPerSecond
    measures[`consume CPU s/GB: ${label}`] = read.cpuPerGb
    highest = Math.max(highest, sent.resident, read.resident)
    await tool(tools, 'kafka-topics', [...server, '--delete', '--topic', topic])
  }
  measures['memory under load, MiB'] = highest / MEBIBYTE

  await tool(tools, 'kafka-topics', [...server, '--create', '--topic', 'rate', '--partitions', '6'])
  const { records, perSecond, endToEnd } = options.latency
  const paced = producerReport(
    await tool(tools, 'kafka-producer-perf-test', [
      '--topic',
      'rate',
      '--num-records',
      String(records),
      '--record-size',
      '1000',
      '--throughput',
      String(perSecond),
      '--producer-props',
      `bootstrap.servers=${broker.bootstrap}`,
      'acks=all',
    ]),
  )
  measures[`produce p50 ms at ${perSecond}/s`] = paced.p50Ms
  measures[`produce p99 ms at ${perSecond}/s`] = paced.p99Ms
  await tool(tools, 'kafka-topics', [...server, '--create', '--topic', 'e2e', '--partitions', '1'])
  const e2e = endToEndReport(
    await tool(tools, 'kafka-e2e-latency', [
      ...server,
      '--topic',
      'e2e',
      '--num-records',
      String(endToEnd),
      '--producer-acks',
      'all',
      '--record-size',
      '100',
    ]),
  )
  measures['end to end p50 ms'] = e2e.p50Ms
  measures['end to end p99 ms'] = e2e.p99Ms

  await broker.stop()
  const begun = performance.now()
  await broker.start()
  measures['start to first answer, s'] = (performance.now() - begun) / 1_000
  return measures
}
