import { Compose, type UpOptions } from '../../test/cluster/compose.ts'
import type { Acknowledged } from '../../test/cluster/history.ts'
import { longestGapMs } from '../../test/cluster/history.ts'
import { within } from '../../test/cluster/network.ts'
import type { PartitionView } from '../../test/cluster/view.ts'
import type { Target } from '../../test/support/broker.ts'
import { usage } from '../../test/support/process.ts'
import { Tools } from '../../test/support/tools.ts'
import { until } from '../../test/support/wait.ts'

/** Apache Kafka gets the heap and collector of its own start script. */
const KAFKA_JVM = '-Xmx1G -Xms1G -server -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:InitiatingHeapOccupancyPercent=35'

/**
 * The three nodes of the compose file and a machine beside them for the clients, so that nothing but the kernel's bridge is
 * between client and broker.
 */
export class BenchCluster {
  readonly compose: Compose
  readonly tools: Tools
  readonly bootstrap: string
  /** See `java`. */
  readonly within: readonly string[]

  private constructor(compose: Compose) {
    this.compose = compose
    this.bootstrap = compose.containers.map(({ name }) => `${name}:19092`).join()
    this.within = within(compose.network.add('client'))
    this.tools = new Tools(['-Xmx1G', '-XX:+UseG1GC'], this.within)
  }

  /** Nothing runs yet. */
  static async create(target: Target, options: UpOptions = {}): Promise<BenchCluster> {
    const environment = { KAFKA_HEAP_OPTS: KAFKA_JVM, ...options.environment }
    return new BenchCluster(await Compose.create({ ...options, target, environment }))
  }

  get server(): string[] {
    return ['--bootstrap-server', this.bootstrap]
  }

  cpuSeconds(): number {
    return this.#sum(({ cpuSeconds }) => cpuSeconds)
  }

  residentMebibytes(): number {
    return this.#sum(({ residentBytes }) => residentBytes) / 1_048_576
  }

  #sum(of: (each: ReturnType<typeof usage>) => number): number {
    const running = this.compose.containers.filter((each) => each.running)
    return running.reduce((sum, { pid }) => sum + of(usage(pid)), 0)
  }

  /** With three nodes the replicas are 1:2:3, 2:3:1, 3:1:2, 1:2:3, … */
  async createTopic(topic: string, partitions: number, replicas = 3): Promise<void> {
    const { ids } = this.compose
    const order = (first: number) => Array.from({ length: replicas }, (_, i) => ids[(first + i) % ids.length]).join(':')
    const assignment = Array.from({ length: partitions }, (_, i) => order(i)).join()
    const args = ['--create', '--if-not-exists', '--topic', topic, '--replica-assignment', assignment]
    await this.tools.ok('kafka-topics', [...this.server, ...args], { timeoutSeconds: 300 })
    await this.compose.view.whole(topic, 300_000)
  }

  /** Every preferred replica leads again, so that the next measurement starts where this one did. */
  async settle(topic: string): Promise<void> {
    await this.compose.view.whole(topic, 300_000)
    const args = ['--election-type', 'preferred', '--all-topic-partitions']
    await until('the preferred leaders', async () => {
      await this.tools.run('kafka-leader-election', [...this.server, ...args])
      const partitions = await this.compose.view.partitions(topic)
      return partitions.every(({ leader, replicas }) => leader === replicas[0])
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.tools[Symbol.asyncDispose]()
    await this.compose.down()
  }
}

export const isLed = (partitions: readonly PartitionView[], dead: number): boolean =>
  partitions.every(({ leader }) => leader >= 0 && leader !== dead)

/** The longest time in which a partition acknowledged nothing. */
export function longestGapOfAPartition(acknowledged: readonly Acknowledged[], sinceMs: number): number {
  const byPartition = Map.groupBy(
    acknowledged.filter(({ atMs }) => atMs >= sinceMs),
    ({ partition }) => partition,
  )
  return Math.max(...[...byPartition.values()].map(longestGapMs))
}
