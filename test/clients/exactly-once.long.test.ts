import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { noTarget, startBroker, TARGET } from '../support/broker.ts'
import { LIGHT_JVM } from '../support/kafka.ts'
import { compiledForStreams, noKafkaStreams } from '../support/kafka-streams.ts'
import { NodeCluster } from '../support/node-cluster.ts'
import { Running } from '../support/running.ts'
import { until } from '../support/wait.ts'

/** Whoever is killed is given up soon, and so are its transactions. */
const IMPATIENT = {
  'group.min.session.timeout.ms': '1000',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '200',
}
const THREE = { 1: 'broker,controller', 2: 'broker,controller', 3: 'broker,controller' }
const LINES = 600
const FEEDING_MS = 6_000
const SOON = 90_000

describe.skipIf(noTarget() || noKafkaStreams())('Kafka Streams with exactly_once_v2', () => {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-exactly-once-'))
  const processes: Running[] = []
  let classpath: string
  let apps = 0

  beforeAll(() => {
    classpath = compiledForStreams(new URL('./java/ExactlyOnce.java', import.meta.url), dir)
  })
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.kill()))
  })
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  function run(...args: string[]): Running {
    const process = new Running('java', [...LIGHT_JVM, '-cp', classpath, 'ExactlyOnce', ...args])
    processes.push(process)
    return process
  }

  /** Every time with an empty directory: its state is what the changelogs say. */
  const app = (bootstrap: string, replicas: number) => run('app', bootstrap, join(dir, `${apps++}`), String(replicas))

  const fed = (driver: Running, percent: number) =>
    until(`${percent} % of the input`, () => driver.output.includes(`sent ${percent}\n`), SOON)

  const runs = (one: Running) => until('the application to run', () => one.output.includes('state RUNNING'), SOON)

  async function verdict(driver: Running): Promise<string[]> {
    await until('the driver to end', () => !driver.running, SOON)
    return driver.output.split('\n').filter((line) => line.includes('wrong'))
  }

  const EXACT = ['words 20, counts that are wrong: 0', `pairs ${LINES}, pairs that are wrong: 0`]

  it(`counts and joins right while ${TARGET} and the application are killed`, async () => {
    await using broker = await startBroker({ properties: IMPATIENT })
    const driver = run('drive', broker.bootstrap, '1', String(LINES), String(FEEDING_MS))
    await until('topics', () => driver.output.includes('topics'), SOON)
    const first = app(broker.bootstrap, 1)
    await runs(first)
    await fed(driver, 30)
    await first.kill()
    const second = app(broker.bootstrap, 1)
    await runs(second)
    await fed(driver, 60)
    await broker.kill()
    await broker.start()
    await fed(driver, 80)
    await second.stop()
    app(broker.bootstrap, 1)
    expect(await verdict(driver)).toEqual(EXACT)
  })

  it.skipIf(TARGET === 'kafka')(
    'counts and joins right while each of three brokers and the application are killed',
    async () => {
      const overrides = {
        ...IMPATIENT,
        'offsets.topic.num.partitions': '3',
        'transaction.state.log.num.partitions': '3',
        'broker.session.timeout.ms': '3000',
        'broker.heartbeat.interval.ms': '300',
      }
      const cluster = await NodeCluster.make({ roles: THREE, overrides })
      try {
        await cluster.start()
        const bootstrap = [...cluster.nodes.values()].map(({ brokerPort }) => `127.0.0.1:${brokerPort}`).join()
        const driver = run('drive', bootstrap, '3', String(LINES), String(2 * FEEDING_MS))
        await until('topics', () => driver.output.includes('topics'), SOON)
        const first = app(bootstrap, 3)
        await runs(first)
        for (const [id, percent] of [
          [1, 30],
          [2, 50],
          [3, 70],
        ] as const) {
          await fed(driver, percent)
          cluster.kill(id)
          if (id === 2) {
            await first.kill()
            app(bootstrap, 3)
          }
          await fed(driver, percent + 10)
          await cluster.start(id)
          await cluster.whole(id)
        }
        expect(await verdict(driver)).toEqual(EXACT)
      } finally {
        cluster.close()
      }
    },
  )
})
