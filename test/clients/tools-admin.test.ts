import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { Tools } from '../support/tools.ts'
import { itIsTheSame, runAll, s, type ToolStep } from './tool-steps.ts'

const configs = (args: string, more: Partial<ToolStep> = {}) => s('kafka-configs', args, { anyOrder: true, ...more })

/** What an operator types to tune a broker that runs, and to share it out. */
const STEPS: readonly ToolStep[] = [
  configs('--describe --entity-type brokers --entity-default'),
  configs('--alter --entity-type brokers --entity-default --add-config log.retention.ms=3600000,log.cleaner.threads=2'),
  configs('--alter --entity-type brokers --entity-name 1 --add-config log.retention.ms=7200000,max.connections=1000'),
  configs('--describe --entity-type brokers --entity-default'),
  configs('--describe --entity-type brokers --entity-name 1'),
  configs('--describe --entity-type brokers'),
  configs('--describe --entity-type brokers --entity-name 1 --all'),
  configs('--describe --entity-type brokers --entity-name 2'),
  configs('--alter --entity-type brokers --entity-name 1 --add-config log.dirs=/nowhere'),
  configs('--alter --entity-type brokers --entity-name 1 --add-config log.retention.ms=soon'),
  configs('--alter --entity-type brokers --entity-name 1 --add-config num.io.threads=100'),
  configs(
    '--alter --entity-type brokers --entity-default --add-config listener.name.plaintext.ssl.keystore.password=x',
  ),
  configs('--alter --entity-type brokers --entity-name 1 --delete-config no.such.config'),
  configs('--alter --entity-type brokers --entity-name 1 --delete-config log.retention.ms,max.connections'),
  configs('--describe --entity-type brokers --entity-name 1'),
  configs('--alter --entity-type broker-loggers --entity-name 1 --add-config root=ERROR'),
  configs('--describe --entity-type broker-loggers --entity-name 1', { only: /root=\w+/g }),
  configs('--alter --entity-type broker-loggers --entity-name 1 --add-config no.such.logger=INFO'),
  configs('--alter --entity-type broker-loggers --entity-name 1 --add-config root=LOUD'),
  configs(
    '--alter --entity-type users --entity-name alice --add-config producer_byte_rate=1048576,request_percentage=50',
  ),
  configs('--alter --entity-type users --entity-default --add-config consumer_byte_rate=2048'),
  configs('--alter --entity-type clients --entity-name app --add-config controller_mutation_rate=10.5'),
  configs('--alter --entity-type clients --entity-default --add-config producer_byte_rate=4096'),
  configs(
    '--alter --entity-type users --entity-name alice --entity-type clients --entity-name app --add-config producer_byte_rate=77',
  ),
  configs(
    '--alter --entity-type users --entity-default --entity-type clients --entity-default --add-config producer_byte_rate=78',
  ),
  configs('--alter --entity-type ips --entity-name 10.1.2.3 --add-config connection_creation_rate=200'),
  configs('--alter --entity-type ips --entity-default --add-config connection_creation_rate=300'),
  configs('--describe --entity-type users'),
  configs('--describe --entity-type users --entity-name alice'),
  configs('--describe --entity-type users --entity-default'),
  configs('--describe --entity-type clients'),
  configs('--describe --entity-type clients --entity-name app'),
  configs('--describe --entity-type users --entity-type clients'),
  configs('--describe --entity-type users --entity-name alice --entity-type clients --entity-name app'),
  configs('--describe --entity-type ips'),
  configs('--describe --entity-type ips --entity-name 10.1.2.3'),
  configs('--alter --entity-type users --entity-name alice --add-config producer_byte_rate=-5'),
  configs('--alter --entity-type users --entity-name alice --add-config no_such_quota=5'),
  configs('--alter --entity-type ips --entity-name not.an.address.invalid --add-config connection_creation_rate=5'),
  configs('--alter --entity-type users --entity-name alice --delete-config producer_byte_rate'),
  configs('--describe --entity-type users --entity-name alice'),
  configs(
    '--alter --entity-type client-metrics --entity-name slow --add-config interval.ms=60000,match=[client_id=a.*]',
  ),
  configs('--alter --entity-type client-metrics --entity-name slow --add-config interval.ms=1'),
  configs('--alter --entity-type client-metrics --entity-name slow --add-config match=nothing'),
  configs('--alter --entity-type client-metrics --entity-name slow --add-config what=1'),
  configs('--describe --entity-type client-metrics --entity-name slow'),
  configs('--describe --entity-type client-metrics'),
  s('kafka-client-metrics', '--alter --name fast --metrics org.apache.kafka. --interval 1000 --match client_id=b'),
  s('kafka-client-metrics', '--alter --name fast --interval 1'),
  s('kafka-client-metrics', '--list', { anyOrder: true }),
  s('kafka-client-metrics', '--describe --name fast'),
  s('kafka-client-metrics', '--describe', { anyOrder: true }),
  s('kafka-client-metrics', '--delete --name fast'),
  s('kafka-client-metrics', '--delete --name never'),
  s('kafka-client-metrics', '--list', { anyOrder: true }),
  s('kafka-topics', '--create --topic moved --replica-assignment 1'),
  s('kafka-console-producer', '--topic moved', { stdin: 'a\nb\nc\n' }),
  s('kafka-reassign-partitions', '--reassignment-json-file DIR/move.json --execute'),
  s('kafka-reassign-partitions', '--reassignment-json-file DIR/move.json --verify', {
    until: /completed successfully/,
  }),
  s('kafka-log-dirs', '--describe --topic-list moved', {
    only: /\{"partition":"moved-0"[^}]*\}\],"error":null,"logDir":"[^"]*"/g,
  }),
  s('kafka-console-consumer', '--topic moved --from-beginning --max-messages 3'),
  s('kafka-reassign-partitions', '--reassignment-json-file DIR/nowhere.json --execute'),
]

const move = (dir: string) => ({
  version: 1,
  partitions: [{ topic: 'moved', partition: 0, replicas: [1], log_dirs: [dir] }],
})

async function startTwoDirectories(target?: 'kafka'): Promise<TestBroker> {
  const dir = mkdtempSync(join(tmpdir(), 'odradek-admin-'))
  const properties = { 'log.dirs': `${dir}/first,${dir}/second` }
  return startBroker({ dir, properties, ...(target && { target }) })
}

describe.skipIf(noKafka())(`administration by Kafka's command-line tools against Apache Kafka and ${TARGET}`, () => {
  const tools = new Tools()
  const brokers: TestBroker[] = []
  let expected: string[] = []
  let actual: string[] = []

  beforeAll(async () => {
    brokers.push(...(await Promise.all([startTwoDirectories('kafka'), startTwoDirectories()])))
    const [kafka, ours] = brokers
    if (kafka === undefined || ours === undefined) throw new Error('two brokers')
    for (const { dir } of brokers) {
      writeFileSync(`${dir}/move.json`, JSON.stringify(move(`${dir}/second`)))
      writeFileSync(`${dir}/nowhere.json`, JSON.stringify(move('/nowhere')))
    }
    ;[expected, actual] = await Promise.all([runAll(STEPS, tools, kafka), runAll(STEPS, tools, ours)])
  })
  afterAll(async () => {
    await tools[Symbol.asyncDispose]()
    for (const broker of brokers) {
      await broker.kill()
      rmSync(broker.dir, { recursive: true, force: true })
    }
  })

  itIsTheSame(STEPS, () => ({ expected, actual }))
})
