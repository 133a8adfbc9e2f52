import { InvariantError } from '../../src/base/assert.ts'
import type { Logger } from '../../src/io/ports.ts'
import type { Event } from '../history/event.ts'
import { Recorder } from '../history/recorder.ts'
import { administrate, CREATE, cancelMoves } from './admin.ts'
import { SimulatedCluster } from './cluster.ts'
import { commitOffsets } from './committer.ts'
import { consume, fetchOnce } from './consumer.ts'
import { type FaultKind, type PlannedFault, planFaults } from './faults.ts'
import { compareReplicas, whatIsMissing } from './final-checks.ts'
import { GroupHistory } from './group-history.ts'
import { History, Violation } from './history.ts'
import { Invariants } from './invariants.ts'
import type { Layout } from './layout.ts'
import { SeededRandom } from './machine-room.ts'
import { Member } from './member.ts'
import { producePlainly } from './plain-producer.ts'
import { produce } from './producer.ts'
import { settle } from './scheduler.ts'
import { consumeBySessions } from './session-consumer.ts'
import { TopicHistory } from './topic-history.ts'
import { TransactionalWorkload } from './transactions/workload.ts'
import { Trouble } from './trouble.ts'
import type { Workload } from './workload.ts'

/** Nothing is ever deleted from it. */
const ORDERS = 'orders'
/** Gets what it gets, and loses its beginning. */
const EVENTS = 'events'
/** Transactions write into the first; some read it and write into the second. */
const PAYMENTS = 'payments'
const RECEIPTS = 'receipts'
const PARTITIONS = 3
const TRANSACTORS = 3
const TRANSACTION_TIMEOUT_MS = 2_000
/** Virtual time that anything may take when nothing is wrong any more. */
const CONVERGENCE_MS = 120_000
const MOVING = [ORDERS, EVENTS, '__consumer_offsets']
const MOVING_WITH_TRANSACTIONS = [...MOVING, PAYMENTS, RECEIPTS, '__transaction_state']
const GROUP_MEMBERS = 3
const PRODUCERS = ['p0', 'p1']

export const ALL_WORK = ['produce', 'plain', 'consume', 'sessions', 'commit', 'group', 'admin'] as const
export type Work = (typeof ALL_WORK)[number] | 'transactions'

export interface Simulation {
  readonly seed: number
  readonly layout: Layout
  /** Virtual time with faults. */
  readonly safetyMs: number
  readonly faults: number | readonly PlannedFault[]
  readonly kinds?: readonly FaultKind[]
  readonly work?: readonly Work[]
  readonly logger?: (node: number) => Logger
}

export interface Outcome {
  readonly plan: readonly PlannedFault[]
  readonly violation: string | undefined
  /** Equal for equal runs. */
  readonly digest: string
  readonly events: number
  readonly elapsedMs: number
  /** Of the planned faults: how many did something. */
  readonly inflicted: number
  readonly acknowledged: number
  readonly read: number
  readonly groupCommits: number
  /** Transactions that were acknowledged as committed. */
  readonly transactions: number
  /** What clients of transactions did and saw. */
  readonly history: readonly Event[]
}

/** A cluster of real nodes, clients at work, faults: a phase in which nothing may be broken, then one that must converge. */
export async function simulate(simulation: Simulation): Promise<Outcome> {
  const { seed, layout, safetyMs, faults, kinds, work = ALL_WORK } = simulation
  const cluster = new SimulatedCluster(simulation)
  const nodes = layout.brokers + layout.controllers
  const plan =
    typeof faults === 'number' ? planFaults(new SeededRandom(seed + 2), nodes, safetyMs, faults, kinds) : faults
  const run = new Run(cluster, seed, work)
  let violation: string | undefined
  const uncaught = (error: unknown) => run.fails(error)
  process.on('uncaughtException', uncaught)
  process.on('unhandledRejection', uncaught)
  try {
    await run.begin()
    for (const { atMs, fault } of plan) {
      cluster.scheduler.after(atMs, `fault ${fault.kind}`, () => run.trouble.inflict(fault))
    }
    await run.work(safetyMs)
    await run.converge()
  } catch (error) {
    violation = error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  process.off('uncaughtException', uncaught)
  process.off('unhandledRejection', uncaught)
  const { executed: events, elapsedMs, digest } = cluster.scheduler
  const { acknowledgedCount: acknowledged, readCount: read } = run.history
  const { inflicted } = run.trouble
  const transactions = [...run.recorder.commits.values()].reduce((sum, count) => sum + count, 0)
  const { events: history } = run.recorder
  const counts = { events, elapsedMs, inflicted, acknowledged, read, groupCommits: run.group.commits, transactions }
  return { plan, violation, digest, ...counts, history }
}

class Run {
  readonly history = new History()
  readonly group = new GroupHistory()
  readonly trouble: Trouble
  readonly recorder: Recorder
  readonly #transactions: TransactionalWorkload
  readonly #topics = new TopicHistory()
  readonly #invariants = new Invariants()
  readonly #cluster: SimulatedCluster
  readonly #kinds: readonly Work[]
  #isOver = false
  #failure: unknown

  constructor(cluster: SimulatedCluster, seed: number, kinds: readonly Work[]) {
    this.#cluster = cluster
    this.#kinds = kinds
    this.trouble = new Trouble(cluster, new SeededRandom(seed + 3))
    this.recorder = new Recorder(() => cluster.scheduler.elapsedMs)
    this.#transactions = new TransactionalWorkload({
      recorder: this.recorder,
      client: () => cluster.client(),
      random: () => new SeededRandom(cluster.random.below(1_000_000)),
      input: PAYMENTS,
      output: RECEIPTS,
      partitions: PARTITIONS,
      transactors: TRANSACTORS,
      timeoutMs: TRANSACTION_TIMEOUT_MS,
    })
  }

  get #transacts(): boolean {
    return this.#kinds.includes('transactions')
  }

  get #moving(): readonly string[] {
    return this.#transacts ? MOVING_WITH_TRANSACTIONS : MOVING
  }

  async begin(): Promise<void> {
    const { scheduler } = this.#cluster
    this.#cluster.start()
    await this.#until(() => this.#cluster.isUp, 'the cluster starts')
    const client = this.#cluster.client()
    let made = false
    const make = async () => {
      const answer = await client.any(CREATE, 7, {
        topics: [ORDERS, EVENTS, ...(this.#transacts ? [PAYMENTS, RECEIPTS] : [])].map((name) => ({
          name,
          numPartitions: PARTITIONS,
          replicationFactor: -1,
          assignments: [],
          configs: [],
        })),
        timeoutMs: 10_000,
        validateOnly: false,
      })
      made = answer.topics.every(({ errorCode }) => errorCode === 0)
      if (!made) throw new Error(`the topics were not created: ${JSON.stringify(answer.topics)}`)
    }
    this.#watch(make())
    await this.#until(() => made, 'the topics are created')
    scheduler.note('begun')
  }

  async work(forMs: number): Promise<void> {
    const jobs: Record<Work, () => Promise<void>[]> = {
      produce: () => PRODUCERS.map((name) => produce(name, this.#client(), this.#workload(ORDERS))),
      plain: () => [producePlainly('e', this.#client(), this.#workload(EVENTS))],
      consume: () => [
        ...indexes(PARTITIONS).map((index) => consume(this.#client(), this.#workload(ORDERS), index)),
        ...indexes(PARTITIONS).map((index) => consume(this.#client(), this.#workload(EVENTS), index, `rack-${index}`)),
      ],
      sessions: () => [consumeBySessions(this.#client(), this.#workload(ORDERS))],
      commit: () => [commitOffsets('readers', this.#client(), this.#workload(ORDERS))],
      group: () =>
        indexes(GROUP_MEMBERS).map(() =>
          new Member('workers', this.#client(), this.#workload(ORDERS), this.group).live(),
        ),
      admin: () => {
        const own = { topics: this.#topics, brokers: this.#cluster.brokers.length }
        return [administrate(this.#client(), { ...this.#workload(EVENTS), ...own, moving: this.#moving })]
      },
      transactions: () => [this.#transactions.start().then(() => {})],
    }
    for (const kind of this.#kinds) for (const job of jobs[kind]()) this.#watch(job)
    await this.#for(forMs)
  }

  #client() {
    return this.#cluster.client()
  }

  #workload(topic: string): Workload {
    return {
      topic,
      partitions: PARTITIONS,
      random: new SeededRandom(this.#cluster.random.below(1_000_000)),
      history: this.history,
      isOver: () => this.#isOver,
    }
  }

  /** Nothing is wrong any more: everything that was acknowledged must come back, once and in its place. */
  async converge(): Promise<void> {
    const cluster = this.#cluster
    this.trouble.heal()
    await this.#until(() => cluster.isUp, 'every node is up again')
    await this.#progress()
    if (this.#transacts) await this.#finishTransactions()
    this.#isOver = true
    await this.#for(1_000)
    if (this.#kinds.includes('admin')) this.#watch(cancelMoves(this.#client(), this.#moving, PARTITIONS))
    await this.#until(
      () => whatIsMissing(cluster) === undefined,
      () => `every replica is in sync: ${whatIsMissing(cluster)}`,
    )
    compareReplicas(cluster)
    for (const { id, inside } of cluster.nodes) {
      const image = inside?.metadata?.image
      this.#topics.check(id, (name) => image?.topic(name)?.partitions.length)
    }
    for (const topic of [ORDERS, EVENTS]) {
      for (let partition = 0; partition < PARTITIONS; partition++) await this.#readAll(topic, partition)
    }
  }

  /** Every transaction ends, and what clients saw has no anomaly. */
  async #finishTransactions(): Promise<void> {
    let isDone = false
    const finish = async () => {
      await this.#transactions.finish()
      isDone = true
    }
    this.#watch(finish())
    await this.#until(() => isDone, 'every transaction is over and everything of it can be read')
    const { anomalies, text } = this.#transactions.judge()
    if (anomalies.length > 0) throw new Violation(text)
  }

  async #readAll(topic: string, partition: number): Promise<void> {
    const name = `${topic}-${partition}`
    const reader = this.#client()
    const all = new Map<number, string>()
    let isDone = false
    const readAll = async () => {
      for (let offset = this.history.startOf(name); !isDone; ) {
        const fetched = await fetchOnce(reader, { topic, partition, offset })
        if (fetched === undefined || fetched.errorCode !== 0) await reader.sleep(100)
        else {
          for (const [at, value] of fetched.values) all.set(at, value)
          offset = fetched.nextOffset
          isDone = offset >= fetched.highWatermark
        }
      }
    }
    this.#watch(readAll())
    await this.#until(() => isDone, `${name} can be read to its end`)
    this.history.complete(name, all, topic === ORDERS)
  }

  /** Clients go on by themselves. */
  async #progress(): Promise<void> {
    const { commits } = this.group
    const { acknowledgedBy } = this.history
    const before = new Map(acknowledgedBy)
    const goesOn = (name: string) => (acknowledgedBy.get(name) ?? 0) > (before.get(name) ?? 0) + 10
    if (this.#kinds.includes('produce')) await this.#until(() => PRODUCERS.every(goesOn), 'every producer goes on')
    if (this.#kinds.includes('group')) await this.#until(() => this.group.commits > commits + 6, 'the group goes on')
    if (!this.#transacts) return
    const committed = this.#transactions.commits
    const transacts = ([name, count]: readonly [string, number]) =>
      (this.#transactions.commits.get(name) ?? 0) > count + 2
    await this.#until(
      () => [...committed].every(transacts),
      () => `every client of transactions goes on: ${JSON.stringify([...committed, ...this.#transactions.commits])}`,
    )
  }

  #watch(work: Promise<void>): void {
    work.catch((error: unknown) => this.fails(error))
  }

  /** A client saw a contradiction, or something was thrown that nobody caught: it would have ended a real process. */
  fails(error: unknown): void {
    this.#failure ??= error
  }

  async #step(): Promise<boolean> {
    const went = await this.#cluster.scheduler.step()
    this.#check()
    return went
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure
    for (const { id, inside, failure } of this.#cluster.nodes) {
      if (failure instanceof InvariantError) throw failure
      if (inside !== undefined) this.#invariants.check(id, inside)
    }
  }

  async #for(ms: number): Promise<void> {
    const { scheduler } = this.#cluster
    const end = scheduler.elapsedMs + ms
    while (scheduler.elapsedMs < end && (await this.#step())) {}
  }

  async #until(done: () => boolean, what: string | (() => string)): Promise<void> {
    const { scheduler } = this.#cluster
    const end = scheduler.elapsedMs + CONVERGENCE_MS
    await settle()
    while (!done()) {
      if (scheduler.elapsedMs > end || !(await this.#step())) {
        const broken = this.#cluster.nodes
          .map(({ id, failure }) => (failure ? `${id}: ${failure.message}` : ''))
          .join(' ')
        const said = typeof what === 'string' ? what : what()
        throw new Violation(`within ${CONVERGENCE_MS} ms it must be that ${said} ${broken}`)
      }
    }
    this.#check()
  }
}

function indexes(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index)
}
