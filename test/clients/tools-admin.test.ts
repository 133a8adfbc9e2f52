import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { Tools } from '../support/tools.ts'
import { runAll, s, type ToolStep } from './tool-steps.ts'

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
]

describe.skipIf(noKafka())(`administration by Kafka's command-line tools against Apache Kafka and ${TARGET}`, () => {
  const tools = new Tools()
  const brokers: TestBroker[] = []
  let expected: string[] = []
  let actual: string[] = []

  beforeAll(async () => {
    brokers.push(...(await Promise.all([startBroker({ target: 'kafka' }), startBroker()])))
    const [kafka, ours] = brokers
    if (kafka === undefined || ours === undefined) throw new Error('two brokers')
    ;[expected, actual] = await Promise.all([runAll(STEPS, tools, kafka), runAll(STEPS, tools, ours)])
  }, 200_000)
  afterAll(async () => {
    await tools[Symbol.asyncDispose]()
    for (const broker of brokers) await broker[Symbol.asyncDispose]()
  })

  it.each(STEPS.map((step, i) => [i, step.tool, step.args.join(' ')] as const))('%i %s %s', (i) => {
    expect(expected[i]).not.toMatch(/^exit -1/)
    expect(actual[i]).toEqual(expected[i])
  })
})
