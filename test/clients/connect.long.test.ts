import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { noTarget, startBroker, TARGET } from '../support/broker.ts'
import { compiled, LIGHT_JVM, noKafka } from '../support/kafka.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { freePort } from '../support/ports.ts'
import { Running } from '../support/running.ts'
import { until } from '../support/wait.ts'

const IMPATIENT = {
  'group.min.session.timeout.ms': '1000',
  'offsets.topic.num.partitions': '3',
  'transaction.state.log.num.partitions': '3',
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '300',
}
const THREE = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }
/** Of all topics, those that Connect makes for its connectors too. */
const SAFE = { 'default.replication.factor': '3', 'min.insync.replicas': '2' }
const TASKS = 2
const LIMIT = 800
const SOON = 120_000

const NAMED = { 'source.SourceConnector': 'Counting$Source', 'sink.SinkConnector': 'Counting$Sink' }

interface Worker {
  readonly process: Running
  readonly url: string
}

describe.skipIf(noTarget() || noKafka())('Kafka Connect, distributed, with an exactly-once source and a sink', () => {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-connect-'))
  const workers: Worker[] = []
  let classpath: string

  beforeAll(() => {
    const services = join(dir, 'META-INF', 'services')
    mkdirSync(services, { recursive: true })
    for (const [kind, name] of Object.entries(NAMED))
      writeFileSync(join(services, `org.apache.kafka.connect.${kind}`), `${name}\n`)
    classpath = `${dir}:${compiled([new URL('./java/Counting.java', import.meta.url)], 'kafka')}`
  })
  afterEach(async () => {
    await Promise.all(workers.splice(0).map(({ process }) => process.kill()))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  async function work(bootstrap: string, replicas: number): Promise<Worker> {
    const url = `http://127.0.0.1:${await freePort()}`
    const factor = String(replicas)
    const properties = {
      'bootstrap.servers': bootstrap,
      'group.id': 'connect',
      listeners: url,
      'exactly.once.source.support': 'enabled',
      'key.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'value.converter': 'org.apache.kafka.connect.storage.StringConverter',
      'config.storage.topic': 'connect-configs',
      'config.storage.replication.factor': factor,
      'offset.storage.topic': 'connect-offsets',
      'offset.storage.replication.factor': factor,
      'offset.storage.partitions': '3',
      'status.storage.topic': 'connect-status',
      'status.storage.replication.factor': factor,
      'status.storage.partitions': '1',
      'plugin.discovery': 'service_load',
      'session.timeout.ms': '3000',
      'heartbeat.interval.ms': '500',
      'rebalance.timeout.ms': '5000',
      'scheduled.rebalance.max.delay.ms': '0',
      'offset.flush.interval.ms': '500',
    }
    const file = join(dir, `worker-${url.slice(-5)}.properties`)
    writeFileSync(
      file,
      Object.entries(properties)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
    )
    const args = [...LIGHT_JVM, '-cp', classpath, 'org.apache.kafka.connect.cli.ConnectDistributed', file]
    const worker = { process: new Running('java', args), url }
    workers.push(worker)
    await until(
      'a worker',
      async () => {
        if (!worker.process.running) throw new Error(worker.process.output.slice(-3_000))
        return (await fetch(`${url}/connectors`)).ok
      },
      SOON,
    )
    return worker
  }

  async function connect({ url }: Worker, name: string, config: Record<string, string>): Promise<void> {
    await until(
      `the connector ${name}`,
      async () => {
        const headers = { 'content-type': 'application/json' }
        const body = JSON.stringify({ 'tasks.max': String(TASKS), ...config })
        const reply = await fetch(`${url}/connectors/${name}/config`, { method: 'PUT', headers, body })
        if (!reply.ok) throw new Error(await reply.text())
        return true
      },
      SOON,
    )
  }

  /** Counts from one topic into one file; gives the file. */
  async function begin(worker: Worker): Promise<string> {
    const file = join(dir, `notes-${worker.url.slice(-5)}`)
    const made = { 'topic.creation.default.partitions': '3', 'topic.creation.default.replication.factor': '-1' }
    await connect(worker, 'source', {
      'connector.class': 'Counting$Source',
      topic: 'counted',
      limit: String(LIMIT),
      ...made,
    })
    await connect(worker, 'sink', {
      'connector.class': 'Counting$Sink',
      topics: 'counted',
      file,
      'consumer.override.isolation.level': 'read_committed',
      'consumer.override.session.timeout.ms': '3000',
      'consumer.override.heartbeat.interval.ms': '500',
    })
    return file
  }

  const lines = (file: string): Set<string> =>
    new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [])

  const noted = (file: string, percent: number) =>
    until(`${percent} %`, () => lines(file).size >= (TASKS * LIMIT * percent) / 100, SOON)

  /** Every number is there, at one place only. */
  function expectExact(file: string): void {
    const values = [...lines(file)].map((line) => line.split(' ')[2] ?? '')
    const expected = Array.from({ length: TASKS * LIMIT }, (_, i) => `${i % TASKS}:${Math.floor(i / TASKS)}`)
    expect(values.sort()).toEqual(expected.sort())
  }

  it(`counts right while ${TARGET} and its worker are killed`, async () => {
    await using broker = await startBroker({ properties: IMPATIENT })
    const first = await work(broker.bootstrap, 1)
    const file = await begin(first)
    await noted(file, 20)
    await first.process.kill()
    await work(broker.bootstrap, 1)
    await noted(file, 40)
    await broker.kill()
    await broker.start()
    await noted(file, 100)
    expectExact(file)
  })

  it.skipIf(TARGET === 'kafka')('counts right while each of three brokers and a worker are killed', async () => {
    const cluster = await NodeCluster.make({ roles: THREE, overrides: { ...IMPATIENT, ...SAFE } })
    try {
      await cluster.start()
      const bootstrap = [...cluster.nodes.values()].map(({ brokerPort }) => `127.0.0.1:${brokerPort}`).join()
      const first = await work(bootstrap, 3)
      const [file] = await Promise.all([begin(first), work(bootstrap, 3)])
      for (const [id, percent] of [
        [1, 15],
        [2, 40],
        [3, 65],
      ] as const) {
        await noted(file, percent)
        cluster.kill(id)
        if (id === 2) await first.process.kill()
        await noted(file, percent + 10)
        await cluster.start(id)
        await cluster.whole(id)
      }
      await noted(file, 100)
      expectExact(file)
    } finally {
      cluster.close()
    }
  })
})
