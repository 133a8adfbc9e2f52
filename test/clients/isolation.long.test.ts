import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { jars, LIGHT_JVM, noKafka } from '../support/kafka.ts'
import { Running } from '../support/running.ts'
import { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import { batch } from './differential/data.ts'
import { type Reply, Session } from './differential/session.ts'
import { init, type Producer } from './differential/transaction-states.ts'

const PROPERTIES = { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '100' }
const TOPIC = 'watched'
const CONSOLE = 'org.apache.kafka.tools.consumer.ConsoleConsumer'

/** A broker, two consoles that show what is written to it, and a transactional producer whose every move is ours. */
class Stage {
  readonly broker: TestBroker
  readonly tools: Tools
  readonly committed: Running
  readonly uncommitted: Running
  readonly #session: Session
  readonly #told: unknown[] = []
  readonly #ids: number[] = []
  #written = 0

  constructor(broker: TestBroker, tools: Tools) {
    this.broker = broker
    this.tools = tools
    this.#session = new Session(broker.port)
    this.committed = this.#console('read_committed')
    this.uncommitted = this.#console('read_uncommitted')
  }

  #console(isolation: string): Running {
    const args = ['--bootstrap-server', this.broker.bootstrap, '--topic', TOPIC, '--from-beginning']
    return new Running('java', [...LIGHT_JVM, '-cp', jars('kafka'), CONSOLE, ...args, '--isolation-level', isolation])
  }

  async init(id: string, timeoutMs = 60_000): Promise<Producer> {
    const producer = await init(this.#session, id, timeoutMs)
    if (!this.#ids.includes(producer.producerId)) this.#ids.push(producer.producerId)
    return producer
  }

  /** An error code. */
  async write(value: string, id: string | null, producer?: Producer, sequence = 0, version = 12): Promise<number> {
    const records = batch(1, {
      records: [{ timestamp: 1_700_000_000_000, key: null, value: Buffer.from(value) }],
      ...(producer && { ...producer, baseSequence: sequence, isTransactional: true }),
    })
    const topicData = [{ name: TOPIC, partitionData: [{ index: 0, records }] }]
    const body = { transactionalId: id, acks: -1, timeoutMs: 10_000, topicData }
    const reply = await this.#session.call('Produce', version, body)
    const code = reply.responses[0].partitionResponses[0].errorCode
    if (code === 0) this.#written += 1
    return code
  }

  async end(id: string, producer: Producer, committed: boolean): Promise<Producer & { readonly errorCode: number }> {
    return this.#session.call('EndTxn', 5, { transactionalId: id, ...producer, committed })
  }

  async aborted(id: string): Promise<void> {
    await until(`${id} to be aborted`, async () => {
      const reply: Reply = await this.#session.call('DescribeTransactions', 0, { transactionalIds: [id] })
      return reply.transactionStates[0].transactionState === 'CompleteAbort'
    })
  }

  /** Notes what both consoles show by now, once the committed one has shown `count` records. */
  async look(step: string, count: number): Promise<void> {
    const lines = (console: Running) => console.output.split('\n').filter((line) => /^[a-z]+\d?$/.test(line))
    await until(`${step}: all records that are written`, () => lines(this.uncommitted).length >= this.#written)
    await until(`${step}: ${count} committed records`, () => lines(this.committed).length >= count)
    this.#told.push({ step, committed: lines(this.committed), uncommitted: lines(this.uncommitted) })
  }

  async tool(...args: string[]): Promise<void> {
    const { exit, out } = await this.tools.run('kafka-transactions', [
      '--bootstrap-server',
      this.broker.bootstrap,
      ...args,
    ])
    this.#told.push({ args, exit, out: this.#table(out) })
  }

  /** Rows in their columns; without times, and with names for producer ids. */
  #table(out: string): unknown {
    const [head = '', ...rows] = out.trim().split('\n')
    const columns = head.trim().split(/\s+/)
    return rows
      .map((row) => {
        const cells = row.trim().split(/\s+/)
        const entries = columns.map((column, i): [string, string | undefined] => {
          const cell = cells[i]
          if (/Duration|Timestamp|StartTime/.test(column)) return [column, /^\d+$/.test(cell ?? '') ? 'a number' : cell]
          return [column, column === 'ProducerId' ? `producer ${this.#ids.indexOf(Number(cell))}` : cell]
        })
        return { ...Object.fromEntries(entries), width: cells.length }
      })
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }

  note(step: string, codes: number[]): void {
    this.#told.push({ step, codes })
  }

  async play(): Promise<unknown[]> {
    await this.#plainAndOpen()
    await this.#killedAndFenced()
    await this.#hanging()
    return this.#told
  }

  async #plainAndOpen(): Promise<void> {
    await until('a first record', async () => (await this.write('plain', null)) === 0)
    await this.look('plain', 1)
    const first = await this.init('a')
    this.note('open', [await this.write('c0', 'a', first), await this.write('c1', 'a', first, 1)])
    this.note('plain, behind it', [await this.write('late', null)])
    await this.look('open', 1)
    await this.tool('list')
    await this.tool('describe', '--transactional-id', 'a')
    await this.tool('describe', '--transactional-id', 'nobody')
    await this.tool('describe-producers', '--topic', TOPIC, '--partition', '0')
    await this.tool('list', '--duration-filter', '600000')
    await this.tool('list', '--transactional-id-pattern', 'a.*')
    await this.tool('list', '--transactional-id-pattern', 'b.*')
    const second = await this.end('a', first, true)
    await this.look('committed', 4)
    this.note('aborted', [await this.write('lost', 'a', second)])
    const third = await this.end('a', second, false)
    this.note('plain', [await this.write('more', null), third.errorCode])
    await this.look('aborted', 5)
    await this.tool('describe', '--transactional-id', 'a')
  }

  async #killedAndFenced(): Promise<void> {
    const slow = await this.init('slow', 500)
    this.note('left open for ever', [await this.write('slow', 'slow', slow)])
    await this.aborted('slow')
    this.note('plain', [await this.write('after', null)])
    await this.look('killed', 6)
    this.note('too late', [(await this.end('slow', slow, true)).errorCode, await this.write('x', 'slow', slow, 1)])
    const zombie = await this.init('a')
    this.note('open', [await this.write('zombie', 'a', zombie)])
    const heir = await this.init('a')
    this.note('fenced', [await this.write('x', 'a', zombie, 1), (await this.end('a', zombie, true)).errorCode])
    this.note('the heir', [await this.write('heir', 'a', heir), (await this.end('a', heir, true)).errorCode])
    await this.look('fenced', 7)
    await this.tool('list')
    await this.tool('describe-producers', '--topic', TOPIC, '--partition', '0')
  }

  /** A transaction whose coordinator never heard of the partition, as brokers of before KIP-890 let happen. */
  async #hanging(): Promise<void> {
    await this.#verify(false)
    const stray = await this.init('stray')
    this.note('hanging', [await this.write('stray', 'stray', stray, 0, 11), await this.write('held', null)])
    await this.look('hanging', 7)
    await this.#verify(true)
    await this.tool('find-hanging', '--broker-id', '1', '--max-transaction-timeout', '0')
    await this.tool('find-hanging', '--topic', TOPIC, '--partition', '0', '--max-transaction-timeout', '15')
    const { topics } = await this.#session.call('DescribeProducers', 0, {
      topics: [{ name: TOPIC, partitionIndexes: [0] }],
    })
    const open = topics[0].partitions[0].activeProducers.find((each: Reply) => each.currentTxnStartOffset >= 0)
    const start = String(open?.currentTxnStartOffset)
    await this.tool('abort', '--topic', TOPIC, '--partition', '0', '--start-offset', '0')
    await this.tool('abort', '--topic', TOPIC, '--partition', '0', '--start-offset', start)
    await this.look('hanging and aborted', 8)
    await this.tool('describe-producers', '--topic', TOPIC, '--partition', '0')
  }

  async #verify(enabled: boolean): Promise<void> {
    const configs = [{ name: 'transaction.partition.verification.enable', configOperation: 0, value: String(enabled) }]
    const resources = [{ resourceType: 4, resourceName: '1', configs }]
    const reply = await this.#session.call('IncrementalAlterConfigs', 1, { resources, validateOnly: false })
    expect(reply.responses[0].errorCode).toBe(0)
    await until('the setting', async () => {
      const asked = [{ resourceType: 4, resourceName: '1', configurationKeys: [configs[0]?.name] }]
      const { results } = await this.#session.call('DescribeConfigs', 4, { resources: asked })
      return results[0].configs[0].value === String(enabled)
    })
  }

  async close(): Promise<void> {
    this.#session.close()
    await Promise.all([this.committed.kill(), this.uncommitted.kill()])
    await this.broker[Symbol.asyncDispose]()
  }
}

describe.skipIf(noKafka())(
  `consoles of both isolation levels and kafka-transactions at Apache Kafka and ${TARGET}`,
  () => {
    const tools = [new Tools(), new Tools()] as const
    const stages: Stage[] = []
    let told: unknown[][] = []

    beforeAll(async () => {
      const brokers = await Promise.all([
        startBroker({ target: 'kafka', properties: PROPERTIES }),
        startBroker({ properties: PROPERTIES }),
      ])
      for (const [i, broker] of brokers.entries()) {
        const session = new Session(broker.port)
        const topics = [{ name: TOPIC, numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }]
        await session.call('CreateTopics', 7, { topics, timeoutMs: 20_000, validateOnly: false })
        session.close()
        stages.push(new Stage(broker, i === 0 ? tools[0] : tools[1]))
      }
      told = await Promise.all(stages.map((stage) => stage.play()))
    })
    afterAll(async () => {
      await Promise.all(stages.map((stage) => stage.close()))
      for (const each of tools) await each[Symbol.asyncDispose]()
    })

    it('show the same at every step: open, committed, aborted, killed, fenced, hanging', () => {
      const [kafka, ours] = told
      expect(ours).toEqual(kafka)
    })

    it('show only what is committed to whom reads only that', () => {
      const looks = (told[1] ?? []).filter((each): each is { committed: string[] } => 'committed' in Object(each))
      expect(looks.at(-1)?.committed).toEqual(['plain', 'c0', 'c1', 'late', 'more', 'after', 'heir', 'held'])
    })
  },
)
