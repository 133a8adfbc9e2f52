import { startBroker, type Target, type TestBroker } from '../test/support/broker.ts'
import { usage } from '../test/support/process.ts'
import { type ToolName, Tools } from '../test/support/tools.ts'
import { until } from '../test/support/wait.ts'
import type { Load } from './matrix.ts'
import { consumerReport, endToEndReport, producerReport, recordsIn } from './parse.ts'
import type { Measures } from './table.ts'
import { textFile } from './text.ts'
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
  readonly loads: readonly Load[]
  readonly latency: { readonly records: number; readonly perSecond: number; readonly endToEnd: number }
  readonly nameOf: (load: Load) => string
  /** One broker of each target takes all loads; else each load gets one that was just started. */
  readonly keeps: boolean
}

/**
 * The whole matrix on each target. Each load goes to one broker and at once to the other, because how fast a virtual machine is
 * changes from minute to minute; the one that is not measured has nothing to do, or is not there.
 */
export async function round(targets: readonly Target[], options: RoundOptions): Promise<Map<Target, Measures>> {
  await using tools = new Tools(['-Xmx1G', '-XX:+UseG1GC'])
  const measured = new Map<Target, Measures>(targets.map((target) => [target, {}]))
  const { loads, keeps, latency, nameOf } = options
  await using stack = new AsyncDisposableStack()
  const kept = new Map<Target, MeasuredBroker>()
  for (const [target, measures] of keeps ? measured : []) {
    kept.set(target, stack.use(await MeasuredBroker.start(target, tools, measures)))
  }
  const use = async (target: Target, measures: Measures, work: (broker: MeasuredBroker) => Promise<void>) => {
    const running = kept.get(target)
    if (running !== undefined) return work(running)
    await using started = await MeasuredBroker.start(target, tools, measures)
    await work(started)
  }
  for (const [i, load] of loads.entries()) {
    // Whoever comes first finds another machine than whoever comes second.
    const inTurn = i % 2 === 0 ? [...measured] : [...measured].toReversed()
    for (const [target, measures] of inTurn) {
      await use(target, measures, (broker) => broker.load(`bench-${i}`, load, nameOf(load)))
    }
  }
  for (const [target, measures] of measured) {
    await use(target, measures, async (broker) => {
      await broker.latency(latency)
      await broker.restart()
    })
  }
  return measured
}

class MeasuredBroker implements AsyncDisposable {
  readonly target: Target
  readonly measures: Measures
  readonly #broker: TestBroker
  readonly #tools: Tools
  readonly #server: readonly string[]

  private constructor(target: Target, broker: TestBroker, tools: Tools, measures: Measures) {
    this.target = target
    this.measures = measures
    this.#broker = broker
    this.#tools = tools
    this.#server = ['--bootstrap-server', broker.bootstrap]
    this.measures['memory idle, MiB'] = usage(broker.pid).residentBytes / MEBIBYTE
  }

  static async start(target: Target, tools: Tools, measures: Measures): Promise<MeasuredBroker> {
    return new MeasuredBroker(target, await startBroker({ target, jvmOptions: KAFKA_JVM }), tools, measures)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#broker[Symbol.asyncDispose]()
  }

  async load(topic: string, load: Load, label: string): Promise<void> {
    console.error(`${this.target}: ${label}`)
    const { measures } = this
    const records = Math.ceil(load.volume / load.recordBytes)
    const bytes = records * load.recordBytes
    await this.#create(topic, load.partitions)
    warmMemory(bytes + CLIENTS_BYTES)
    const sent = await spent(this.#broker, bytes, () => this.#produce(topic, records, load))
    measures[`produce MB/s: ${label}`] = producerReport(sent.result).mbPerSecond
    measures[`produce CPU s/GB: ${label}`] = sent.cpuPerGb
    const stored = recordsIn(await this.#tool('kafka-get-offsets', '--topic', topic))
    // A producer that gave up on a batch shows here; the consumer would wait for it.
    if (stored !== records) console.error(`${this.target}, ${label}: ${stored} of ${records} records are stored`)
    const read = await spent(this.#broker, stored * load.recordBytes, () =>
      this.#tool('kafka-consumer-perf-test', '--topic', topic, '--num-records', String(stored), '--timeout', '60000'),
    )
    measures[`consume MB/s: ${label}`] = consumerReport(read.result).mbPerSecond
    measures[`consume CPU s/GB: ${label}`] = read.cpuPerGb
    const highest = Math.max(sent.resident, read.resident) / MEBIBYTE
    measures['memory under load, MiB'] = Math.max(measures['memory under load, MiB'] ?? 0, highest)
    await this.#tool('kafka-topics', '--delete', '--topic', topic)
  }

  async latency({ records, perSecond, endToEnd }: RoundOptions['latency']): Promise<void> {
    const { measures } = this
    await this.#create('rate', 6)
    const paced = producerReport(
      await this.#perfTest('rate', records, ['--record-size', '1000'], perSecond, [
        `bootstrap.servers=${this.#broker.bootstrap}`,
        'acks=all',
      ]),
    )
    measures[`produce p50 ms at ${perSecond}/s`] = paced.p50Ms
    measures[`produce p99 ms at ${perSecond}/s`] = paced.p99Ms
    await this.#create('e2e', 1)
    const sent = ['--topic', 'e2e', '--num-records', String(endToEnd), '--producer-acks', 'all', '--record-size', '100']
    const e2e = endToEndReport(await this.#tool('kafka-e2e-latency', ...sent))
    measures['end to end p50 ms'] = e2e.p50Ms
    measures['end to end p99 ms'] = e2e.p99Ms
  }

  async restart(): Promise<void> {
    await this.#broker.stop()
    const begun = performance.now()
    await this.#broker.start()
    this.measures['start to first answer, s'] = (performance.now() - begun) / 1_000
    await this.#broker.stop()
  }

  async #create(topic: string, partitions: number): Promise<void> {
    await this.#tool('kafka-topics', '--create', '--topic', topic, '--partitions', String(partitions))
    // Once every partition answers its leader is at work: an idempotent producer that is too early stalls on Apache Kafka.
    await until(`the partitions of ${topic}`, async () => {
      const { out } = await this.#tools.run('kafka-get-offsets', [...this.#server, '--topic', topic])
      return out.split('\n').filter((line) => line.startsWith(`${topic}:`)).length === partitions
    })
  }

  async #produce(topic: string, records: number, load: Load): Promise<string> {
    using text = load.isText ? textFile(load.recordBytes) : undefined
    const content = text ? ['--payload-file', text.path] : ['--record-size', String(load.recordBytes)]
    return await this.#perfTest(topic, records, content, -1, [
      `bootstrap.servers=${this.#broker.bootstrap}`,
      'acks=all',
      'batch.size=131072',
      'linger.ms=5',
      'max.request.size=2000000',
      `compression.type=${load.compression}`,
    ])
  }

  #perfTest(
    topic: string,
    records: number,
    content: readonly string[],
    perSecond: number,
    props: readonly string[],
  ): Promise<string> {
    const what = ['--topic', topic, '--num-records', String(records), ...content]
    const how = ['--throughput', String(perSecond), '--producer-props', ...props]
    return this.#tools.ok('kafka-producer-perf-test', [...what, ...how], { timeoutSeconds: 600 })
  }

  #tool(which: ToolName, ...args: readonly string[]): Promise<string> {
    return this.#tools.ok(which, [...this.#server, ...args], { timeoutSeconds: 600 })
  }
}
