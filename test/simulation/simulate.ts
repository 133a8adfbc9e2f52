import type { Logger } from '../../src/io/ports.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import { CreateTopicsRequest, CreateTopicsResponse } from '../../src/protocol/messages/create-topics.ts'
import { SimulatedCluster } from './cluster.ts'
import { commitOffsets } from './committer.ts'
import { consume, fetchOnce } from './consumer.ts'
import { type Fault, type FaultKind, type PlannedFault, planFaults } from './faults.ts'
import { History, Violation } from './history.ts'
import { SeededRandom } from './machine-room.ts'
import { produce, type Workload } from './producer.ts'
import { settle } from './scheduler.ts'

const CREATE = { key: ApiKey.CreateTopics, request: CreateTopicsRequest, response: CreateTopicsResponse }
const TOPIC = 'orders'
const PARTITIONS = 3
/** Virtual time that anything may take when nothing is wrong any more. */
const CONVERGENCE_MS = 120_000

export interface Simulation {
  readonly seed: number
  readonly nodes: number
  /** Virtual time with faults. */
  readonly safetyMs: number
  readonly faults: number | readonly PlannedFault[]
  readonly kinds?: readonly FaultKind[]
  readonly logger?: (node: number) => Logger
}

export interface Outcome {
  readonly plan: readonly PlannedFault[]
  readonly violation: string | undefined
  /** Equal for equal runs. */
  readonly digest: string
  readonly events: number
  readonly elapsedMs: number
  readonly acknowledged: number
  readonly read: number
}

/** A cluster of real nodes, clients at work, faults: a phase in which nothing may be broken, then one that must converge. */
export async function simulate(simulation: Simulation): Promise<Outcome> {
  const { seed, nodes, safetyMs, faults, kinds } = simulation
  const cluster = new SimulatedCluster(simulation)
  const plan =
    typeof faults === 'number' ? planFaults(new SeededRandom(seed + 2), nodes, safetyMs, faults, kinds) : faults
  const history = new History()
  const run = new Run(cluster, history)
  let violation: string | undefined
  try {
    await run.begin()
    for (const { atMs, fault } of plan) run.inflictAt(atMs, fault)
    await run.work(safetyMs)
    await run.converge()
  } catch (error) {
    violation = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  const { executed: events, elapsedMs, digest } = cluster.scheduler
  const { acknowledgedCount: acknowledged, readCount: read } = history
  return { plan, violation, digest, events, elapsedMs, acknowledged, read }
}

class Run {
  readonly #cluster: SimulatedCluster
  readonly #history: History
  #isOver = false
  #failure: unknown

  constructor(cluster: SimulatedCluster, history: History) {
    this.#cluster = cluster
    this.#history = history
  }

  async begin(): Promise<void> {
    const { scheduler } = this.#cluster
    this.#cluster.start()
    await this.#until(() => this.#cluster.isUp, 'the cluster starts')
    const client = this.#cluster.client()
    let made = false
    const make = async () => {
      const answer = await client.any(CREATE, 7, {
        topics: [{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: -1, assignments: [], configs: [] }],
        timeoutMs: 10_000,
        validateOnly: false,
      })
      made = answer.topics[0]?.errorCode === 0
      if (!made) throw new Error(`the topic was not created: ${JSON.stringify(answer.topics[0])}`)
    }
    this.#watch(make())
    await this.#until(() => made, 'the topic is created')
    scheduler.note('begun')
  }

  inflictAt(atMs: number, fault: Fault): void {
    this.#cluster.scheduler.after(atMs, `fault ${fault.kind}`, () => this.#cluster.inflict(fault))
  }

  async work(forMs: number): Promise<void> {
    const cluster = this.#cluster
    const workload = (salt: number): Workload => ({
      topic: TOPIC,
      partitions: PARTITIONS,
      random: new SeededRandom(cluster.random.below(1_000_000) + salt),
      history: this.#history,
      isOver: () => this.#isOver,
    })
    for (let index = 0; index < 2; index++) this.#watch(produce(`p${index}`, cluster.client(), workload(index)))
    for (let index = 0; index < PARTITIONS; index++) this.#watch(consume(cluster.client(), workload(10 + index), index))
    this.#watch(commitOffsets('readers', cluster.client(), workload(20)))
    await this.#for(forMs)
  }

  /** Nothing is wrong any more: everything that was acknowledged must come back, once and in its place. */
  async converge(): Promise<void> {
    const cluster = this.#cluster
    cluster.heal()
    await this.#until(() => cluster.isUp, 'every node is up again')
    await this.#progress()
    this.#isOver = true
    await this.#for(5_000)
    const reader = cluster.client()
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const all = new Map<number, string>()
      let isDone = false
      const readAll = async () => {
        for (let offset = 0; !isDone; ) {
          const fetched = await fetchOnce(reader, TOPIC, partition, offset)
          if (fetched === undefined || fetched.errorCode !== 0) await reader.sleep(100)
          else {
            for (const [at, value] of fetched.values) all.set(at, value)
            offset = fetched.nextOffset
            isDone = offset >= fetched.highWatermark
          }
        }
      }
      this.#watch(readAll())
      await this.#until(() => isDone, `${TOPIC}-${partition} can be read to its end`)
      this.#history.complete(`${TOPIC}-${partition}`, all, true)
    }
  }

  /** Clients go on by themselves. */
  async #progress(): Promise<void> {
    const before = this.#history.acknowledgedCount
    await this.#until(() => this.#history.acknowledgedCount > before + 20, 'producers go on')
  }

  #watch(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#failure ??= error
    })
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  async #for(ms: number): Promise<void> {
    const { scheduler } = this.#cluster
    const end = scheduler.elapsedMs + ms
    while (scheduler.elapsedMs < end && (await scheduler.step())) this.#check()
    this.#check()
  }

  async #until(done: () => boolean, what: string): Promise<void> {
    const { scheduler } = this.#cluster
    const end = scheduler.elapsedMs + CONVERGENCE_MS
    await settle()
    while (!done()) {
      this.#check()
      if (scheduler.elapsedMs > end || !(await scheduler.step())) {
        const broken = this.#cluster.nodes
          .map(({ id, failure }) => (failure ? `${id}: ${failure.message}` : ''))
          .join(' ')
        throw new Violation(`within ${CONVERGENCE_MS} ms it must be that ${what} ${broken}`)
      }
    }
    this.#check()
  }
}
