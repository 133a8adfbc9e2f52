import { createInterface } from 'node:readline'
import { NodeNet } from '../../src/io/node-net.ts'
import type { Net } from '../../src/io/ports.ts'
import type { Event } from '../history/event.ts'
import { Recorder } from '../history/recorder.ts'
import { Addressing } from '../simulation/addressing.ts'
import { SeededRandom } from '../simulation/machine-room.ts'
import type { Timeline } from '../simulation/scheduler.ts'
import { TransactionalWorkload } from '../simulation/transactions/workload.ts'
import { compiled, java, LIGHT_JVM } from '../support/kafka.ts'
import { python } from '../support/python.ts'
import type { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import type { Compose } from './compose.ts'
import { transactByKafkajs } from './load/kafkajs-transactions.ts'

export interface TransactionalLoadOptions {
  readonly bootstrap: string
  /** Both exist. */
  readonly input: string
  readonly output: string
  readonly partitions: number
  readonly seed: number
}

/** The clock of all processes of this machine that never goes back. */
const REAL_TIME: Timeline = {
  get elapsedMs() {
    return Number(process.hrtime.bigint()) / 1e6
  },
  get wallMs() {
    return Date.now()
  },
  after: (delayMs, _, run) => {
    const timer = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}

const REAL_NET: Pick<Net, 'connect'> = {
  connect: (address) => {
    const socket = new NodeNet().connect(address)
    socket.setNoDelay(true)
    socket.resume()
    return socket
  },
}

const PARTITIONS = 3
/** Of Kafka's own clients, and as many of librdkafka's. */
const TRANSACTORS = 2
const PROCESSORS = 2
const KAFKAJS_TRANSACTORS = 2

/** Clients of transactions at work: ours, which crash and come back as zombies, Kafka's own, librdkafka's and kafkajs'. */
export class TransactionalLoad {
  readonly recorder = new Recorder(() => REAL_TIME.elapsedMs)
  readonly #workload: TransactionalWorkload
  /** Of clients that go on whatever happens. Those of kafkajs wait for a broker that is silent. */
  readonly #names: readonly string[]
  readonly #programs: readonly ReturnType<typeof java>[]
  readonly #ends: Promise<unknown>
  #isOver = false
  #errors = ''
  #failure: unknown

  constructor({ bootstrap, input, output, partitions, seed }: TransactionalLoadOptions) {
    const random = new SeededRandom(seed)
    const groups = { java: `${input}-java`, librdkafka: `${input}-librdkafka` }
    const net = REAL_NET as Net
    this.#workload = new TransactionalWorkload({
      recorder: this.recorder,
      client: () => new Addressing(REAL_TIME, net, bootstrap.split(',')),
      random: () => new SeededRandom(random.below(1_000_000)),
      input,
      output,
      partitions,
      transactors: 3,
      timeoutMs: 6_000,
      prefix: `${input}-`,
      groups: Object.values(groups),
    })
    const each = (count: number, name: (index: number) => string) => Array.from({ length: count }, (_, i) => name(i))
    this.#names = [
      ...this.#workload.commits.keys(),
      ...each(TRANSACTORS, (index) => `${groups.java}-j${index}`),
      ...each(PROCESSORS, (index) => `${groups.java}-k${index}`),
      ...each(TRANSACTORS, (index) => `${groups.librdkafka}-p${index}`),
      ...each(PROCESSORS, (index) => `${groups.librdkafka}-q${index}`),
    ]
    const fails = (error: unknown) => {
      this.#failure ??= error
    }
    this.#workload.start().catch(fails)
    const args = (group: string) => [bootstrap, input, output, group, partitions, TRANSACTORS, PROCESSORS].map(String)
    const classpath = compiled([new URL('./load/TransactionalLoad.java', import.meta.url)], 'kafka')
    this.#programs = [
      java(classpath, 'TransactionalLoad', LIGHT_JVM, [], args(groups.java)),
      python(new URL('./load/transactions.py', import.meta.url), ...args(groups.librdkafka)),
    ]
    const { recorder } = this
    const kafkajs = each(KAFKAJS_TRANSACTORS, (index) => `${input}-kafkajs-${index}`)
    const ends: Promise<unknown>[] = kafkajs.map((name) => {
      const own = { random: new SeededRandom(random.below(1_000_000)), isOver: () => this.#isOver }
      return transactByKafkajs(name, { recorder, bootstrap, topic: input, partitions, ...own }).catch(fails)
    })
    for (const program of this.#programs) ends.push(this.#listen(program))
    this.#ends = Promise.all(ends)
  }

  #listen(program: ReturnType<typeof java>): Promise<void> {
    createInterface({ input: program.stdout }).on('line', (line) => {
      if (line.startsWith('{')) this.recorder.take(JSON.parse(line) as Event)
      else this.#say(`${line}\n`)
    })
    program.stderr.on('data', (chunk: Buffer) => this.#say(chunk.toString()))
    return new Promise((resolve) => program.once('close', () => resolve()))
  }

  #say(text: string): void {
    this.#errors = (this.#errors + text).slice(-20_000)
  }

  get errors(): string {
    return this.#errors
  }

  /** By client: transactions that were acknowledged. */
  get #commits(): ReadonlyMap<string, number> {
    return new Map([...this.#names].map((name) => [name, this.recorder.commits.get(name) ?? 0]))
  }

  /** Waits until every client has `count` more transactions acknowledged. */
  async goesOn(count = 3, timeoutMs = 240_000): Promise<void> {
    const before = this.#commits
    const isFurther = ([name, commits]: readonly [string, number]) => commits >= (before.get(name) ?? 0) + count
    await until(
      'every client of transactions to go on',
      () => this.#failure !== undefined || [...this.#commits].every(isFurther),
      timeoutMs,
    ).catch((error: unknown) => {
      const commits = JSON.stringify([[...before], [...this.#commits]])
      throw new Error(`${String(error)}\n${commits}\n${this.errors}`)
    })
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Those of groups are among them. */
  groupGoesOn(): Promise<void> {
    return this.goesOn(1)
  }

  /** Lets every client end what it began, reads everything and judges it. */
  async finish(timeoutMs = 180_000): Promise<ReturnType<TransactionalWorkload['judge']>> {
    this.#isOver = true
    for (const program of this.#programs) program.stdin.end()
    let isDone = false
    this.#workload.finish(this.#ends).then(
      () => {
        isDone = true
      },
      (error: unknown) => {
        this.#failure ??= error
      },
    )
    const what = 'every transaction to be over and everything to be read'
    await until(what, () => isDone || this.#failure !== undefined, timeoutMs)
    if (this.#failure !== undefined) throw this.#failure
    return this.#workload.judge()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#workload.abandon()
    this.#isOver = true
    for (const program of this.#programs) {
      if (program.exitCode === null && program.signalCode === null) program.kill('SIGKILL')
    }
    await this.#ends
  }
}

/** What ended an episode before anybody could judge it, and what clients had seen by then. */
export class EpisodeBroke extends Error {
  readonly #events: readonly Event[]

  constructor(message: string, events: readonly Event[], cause: unknown) {
    super(message, { cause })
    this.#events = events
  }

  get events(): readonly Event[] {
    return this.#events
  }
}

/** A topic and one that is made of it, with transactions at work on both while `trouble` happens; then all of it is judged. */
export async function throughTransactions(
  compose: Compose,
  tools: Tools,
  topic: string,
  seed: number,
  trouble: (load: TransactionalLoad) => Promise<void>,
): Promise<ReturnType<TransactionalWorkload['judge']> & { readonly events: readonly Event[] }> {
  const { bootstrap, view } = compose
  const output = `${topic}-out`
  for (const each of [topic, output]) {
    const create = ['--create', '--topic', each, '--partitions', String(PARTITIONS)]
    await tools.ok('kafka-topics', ['--bootstrap-server', bootstrap, ...create])
    await view.whole(each)
  }
  await using load = new TransactionalLoad({ bootstrap, input: topic, output, partitions: PARTITIONS, seed })
  try {
    await load.goesOn()
    await trouble(load)
    await load.goesOn()
    const found = await load.finish()
    return { ...found, events: load.recorder.events }
  } catch (error) {
    const tails = compose.containers.map(({ name, output }) => `${name}:\n${output.slice(-3_000)}`)
    throw new EpisodeBroke(`${String(error)}\n${tails.join('\n')}`, load.recorder.events, error)
  }
}
