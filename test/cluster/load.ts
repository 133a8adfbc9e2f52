import { setTimeout as delay } from 'node:timers/promises'
import { JsonLines } from '../support/json-lines.ts'
import { compiled, java, LIGHT_JVM } from '../support/kafka.ts'
import { python } from '../support/python.ts'
import { until } from '../support/wait.ts'
import type { Acknowledged, CommitSeen, Delivered, History, Stored } from './history.ts'

const JAVA = [
  new URL('./load/Load.java', import.meta.url),
  new URL('../support/java/JsonCommands.java', import.meta.url),
]
const PYTHON = new URL('./load/load.py', import.meta.url)

type Row = readonly [partition: number, offset: number, sequence: number, atMs: number]
type RecordRow = readonly [partition: number, offset: number, producer: string, sequence: number]

export interface LoadOptions {
  readonly bootstrap: string
  readonly topic: string
  readonly partitions: number
  /** See `java`. */
  readonly within?: readonly string[]
}

export interface ProducerOptions {
  readonly perSecond?: number
  readonly bytes?: number
  /** Configs of the client. */
  readonly config?: Readonly<Record<string, string | number>>
}

/** Producers and members of a group at work on one topic, and the history of what they saw. */
export class Load {
  readonly #options: LoadOptions
  readonly #java: JsonLines
  #python: JsonLines | undefined
  readonly #producers = new Map<string, JsonLines>()
  readonly #members = new Set<string>()
  readonly #acknowledged: Acknowledged[] = []
  readonly #sent = new Map<string, number>()
  readonly #delivered: Delivered[] = []
  readonly #commits: CommitSeen[] = []
  readonly #failed = new Map<string, readonly string[]>()
  #group: string | undefined
  #watching: Promise<void> | undefined
  #over = false

  constructor(options: LoadOptions) {
    this.#options = options
    const classpath = compiled(JAVA, 'kafka')
    this.#java = new JsonLines(java(classpath, 'Load', LIGHT_JVM, options.within))
  }

  async #call(client: JsonLines, op: string, fields: object = {}): Promise<unknown> {
    const { bootstrap, topic, partitions } = this.#options
    const answer = await client.call({ op, bootstrap, topic, partitions, ...fields })
    if (answer.error !== undefined) throw new Error(`${op}: ${String(answer.error)}\n${client.errors.slice(-2_000)}`)
    return answer.result
  }

  /** A producer of Kafka's own client, with acks=all and idempotence. */
  async produce(name: string, options: ProducerOptions = {}): Promise<void> {
    this.#producers.set(name, this.#java)
    await this.#call(this.#java, 'produce', { name, ...options })
  }

  /** A producer of librdkafka, likewise. */
  async produceByLibrdkafka(name: string, options: ProducerOptions = {}): Promise<void> {
    this.#python ??= new JsonLines(python(PYTHON))
    this.#producers.set(name, this.#python)
    await this.#call(this.#python, 'produce', { name, ...options })
  }

  /** Members of one group; what it has committed is looked at all the time from outside. */
  async consume(group: string, members: number, config: Readonly<Record<string, string | number>> = {}): Promise<void> {
    this.#group = group
    for (let i = 0; i < members; i += 1) {
      const name = `${group}-${i}`
      this.#members.add(name)
      await this.#call(this.#java, 'join', { name, group, config })
    }
    this.#watching = this.#watchCommits(group)
  }

  async #watchCommits(group: string): Promise<void> {
    while (!this.#over) {
      await this.#lookAtCommits(group).catch(() => {})
      await delay(200)
    }
  }

  async #lookAtCommits(group: string): Promise<void> {
    const found = (await this.#call(this.#java, 'committed', { group })) as Record<string, number>
    for (const [partition, offset] of Object.entries(found))
      this.#commits.push({ group, partition: Number(partition), offset })
  }

  async #drain(): Promise<void> {
    for (const [producer, client] of this.#producers) {
      const found = (await this.#call(client, 'acknowledged', { name: producer })) as {
        rows: Row[]
        sent: number
        failed: string[]
      }
      this.#sent.set(producer, found.sent)
      this.#failed.set(producer, found.failed)
      for (const [partition, offset, sequence, atMs] of found.rows)
        this.#acknowledged.push({ producer, partition, offset, sequence, atMs })
    }
    for (const consumer of this.#members) {
      const rows = (await this.#call(this.#java, 'delivered', { name: consumer })) as RecordRow[]
      for (const [partition, offset, producer, sequence] of rows)
        this.#delivered.push({ consumer, partition, offset, producer, sequence })
    }
  }

  /** What was acknowledged so far. */
  async acknowledged(): Promise<readonly Acknowledged[]> {
    await this.#drain()
    return this.#acknowledged
  }

  /** What clients gave up on: with their patient settings nothing should be. */
  get failed(): readonly string[] {
    return [...this.#failed].flatMap(([producer, failures]) => failures.map((each) => `${producer}:${each}`))
  }

  /** Waits until every producer has `count` more acknowledgements for every partition. */
  async goesOn(count = 20, timeoutMs = 120_000): Promise<void> {
    const begun = Date.now()
    const wanted = this.#producers.size * this.#options.partitions
    await until(
      'every producer to go on',
      async () => {
        const counts = new Map<string, number>()
        for (const { producer, partition, atMs } of await this.acknowledged())
          if (atMs > begun) counts.set(`${producer}/${partition}`, (counts.get(`${producer}/${partition}`) ?? 0) + 1)
        return counts.size === wanted && [...counts.values()].every((n) => n >= count)
      },
      timeoutMs,
    ).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.failed.join('\n')}\n${this.#java.errors.slice(-2_000)}`)
    })
  }

  /** Waits until the group got something new. */
  async groupGoesOn(count = 50, timeoutMs = 120_000): Promise<void> {
    await this.#drain()
    const before = this.#delivered.length
    const more = async () => {
      await this.#drain()
      return this.#delivered.length >= before + count
    }
    await until('the group to go on', more, timeoutMs)
  }

  /** Ends the producers, lets the group read to the end, and reads the topic. */
  async history(): Promise<History> {
    for (const [name, client] of this.#producers) await this.#call(client, 'stop', { name })
    await this.#drain()
    const rows = (await this.#call(this.#java, 'stored', { timeoutMs: 60_000 })) as RecordRow[]
    const stored: Stored[] = rows
      .map(([partition, offset, producer, sequence]) => ({ partition, offset, producer, sequence }))
      .sort((a, b) => a.partition - b.partition || a.offset - b.offset)
    if (this.#members.size > 0) {
      const last = new Map(stored.map(({ partition, offset }) => [partition, offset]))
      const done = async () => {
        await this.#drain()
        const got = new Set(this.#delivered.map(({ partition, offset }) => `${partition}/${offset}`))
        return [...last].every(([partition, offset]) => got.has(`${partition}/${offset}`))
      }
      await until('the group to read to the end', done, 120_000)
    }
    this.#over = true
    await this.#watching
    if (this.#group !== undefined) await this.#lookAtCommits(this.#group)
    for (const name of this.#members) await this.#call(this.#java, 'leave', { name })
    return {
      acknowledged: this.#acknowledged,
      sent: this.#sent,
      stored,
      delivered: this.#delivered,
      commits: this.#commits,
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true
    await this.#java.close()
    await this.#python?.close()
    await this.#watching
  }
}
