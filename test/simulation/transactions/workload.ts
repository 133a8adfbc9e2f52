import { check, describeAnomalies, type Finding } from '../../history/check.ts'
import type { Isolation, Place } from '../../history/event.ts'
import type { Recorder } from '../../history/recorder.ts'
import type { Addressing } from '../addressing.ts'
import type { SeededRandom } from '../machine-room.ts'
import { committedOffset } from './committed-offset.ts'
import { fetchIsolated } from './isolated-fetch.ts'
import { GROUP, type Ledger } from './ledger.ts'
import { readOn, watch } from './observers.ts'
import { sendPlainly } from './plain-records.ts'
import { processPartition } from './processor.ts'
import { transact } from './transactor.ts'

export interface TransactionalOptions {
  readonly recorder: Recorder
  readonly client: () => Addressing
  readonly random: () => SeededRandom
  readonly input: string
  readonly output: string
  readonly partitions: number
  readonly transactors: number
  readonly timeoutMs: number
  /** Before the names of clients. */
  readonly prefix?: string
  /** Of the input as well, by clients that are not of this workload. */
  readonly groups?: readonly string[]
}

const ISOLATIONS = ['read_committed', 'read_uncommitted'] as const

/** Clients with transactions, what they do it to, and the judgement on what they saw. */
export class TransactionalWorkload {
  readonly #options: TransactionalOptions
  readonly #names: readonly string[]
  /** One for each partition. */
  readonly #processors: readonly string[]
  #isOver = false
  #ends: ReadonlyMap<Place, number> | undefined
  #writers: Promise<unknown> = Promise.resolve()
  #readers: Promise<unknown> = Promise.resolve()

  constructor(options: TransactionalOptions) {
    this.#options = options
    const { prefix = '', transactors, partitions } = options
    this.#names = Array.from({ length: transactors }, (_, index) => `${prefix}t${index}`)
    this.#processors = Array.from({ length: partitions }, (_, index) => `${prefix}w${index}`)
  }

  /** Rejects when a client fails in a way that it should not. */
  start(): Promise<unknown> {
    this.#writers = Promise.all([
      ...this.#names.map((name) => transact(name, this.#ledger())),
      ...this.#processors.map((name, partition) => processPartition(name, partition, this.#ledger())),
      sendPlainly('plain', this.#ledger()),
      watch('watcher', this.#ledger()),
    ])
    this.#readers = Promise.all(
      ISOLATIONS.map((isolation) => readOn(`reader of ${isolation}`, isolation, this.#ledger(), () => this.#ends)),
    )
    return Promise.all([this.#writers, this.#readers])
  }

  /** Nobody begins anything any more, and nobody waits for the end. */
  abandon(): void {
    this.#isOver = true
    this.#ends ??= new Map()
  }

  #ledger(): Ledger {
    const { random, ...options } = this.#options
    return { ...options, random: random(), isOver: () => this.#isOver }
  }

  /** How many transactions each client had acknowledged; who reads and writes is one of them. */
  get commits(): ReadonlyMap<string, number> {
    const { recorder } = this.#options
    return new Map([...this.#names, ...this.#processors].map((name) => [name, recorder.commits.get(name) ?? 0]))
  }

  /** Nobody begins anything any more; done when everybody is, every transaction is over and the readers saw it all. */
  async finish(others: Promise<unknown> = Promise.resolve()): Promise<void> {
    this.#isOver = true
    await this.#writers
    await others
    await this.#allOver()
    const ends = new Map<Place, number>()
    for (const isolation of ISOLATIONS) {
      for (const [topic, partition] of this.#places()) {
        ends.set(`${topic}-${partition}`, await this.#readAll(isolation, topic, partition))
      }
    }
    this.#ends = ends
    await this.#readers
    await this.#finalOffsets()
  }

  #places(): (readonly [string, number])[] {
    const { input, output, partitions } = this.#options
    return [input, output].flatMap((topic) => Array.from({ length: partitions }, (_, index) => [topic, index] as const))
  }

  async #allOver(): Promise<void> {
    const at = this.#options.client()
    for (const [topic, partition] of this.#places()) {
      for (let isOver = false; !isOver; ) {
        const answer = await fetchIsolated(at, 'read_committed', topic, partition, 0, 1)
        isOver = answer !== undefined && answer.end === answer.highWatermark
        if (!isOver) await at.sleep(200)
      }
    }
  }

  async #readAll(isolation: Isolation, topic: string, partition: number): Promise<number> {
    const { recorder, client } = this.#options
    const at = client()
    const records: (readonly [number, string])[] = []
    recorder.invoke('final', 'poll')
    let next = 0
    for (let end = 1; next < end; ) {
      const answer = await fetchIsolated(at, isolation, topic, partition, next, 100_000)
      if (answer === undefined) await at.sleep(100)
      else {
        records.push(...answer.poll.records)
        next = answer.poll.next
        end = answer.end
      }
    }
    const polls = [{ at: `${topic}-${partition}`, from: 0, next, records }]
    recorder.polled('final', { type: 'ok', isolation, polls, final: true })
    return next
  }

  async #finalOffsets(): Promise<void> {
    const { recorder, client, input, partitions, groups = [] } = this.#options
    const at = client()
    for (const group of [GROUP, ...groups]) {
      recorder.invoke('final', 'committed')
      const offsets: Record<Place, number> = {}
      for (let partition = 0; partition < partitions; ) {
        const offset = await committedOffset(at, group, input, partition)
        if (offset === undefined) await at.sleep(100)
        else offsets[`${input}-${partition++}`] = offset
      }
      recorder.committed('final', { type: 'ok', group, offsets, final: true })
    }
  }

  /** What may be said of all of it; throws nothing. */
  judge(): Finding & { readonly text: string } {
    const finding = check(this.#options.recorder.events)
    return { ...finding, text: describeAnomalies(finding.anomalies).join('\n') }
  }
}
