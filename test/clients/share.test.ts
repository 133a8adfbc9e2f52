import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { compiled, LIGHT_JVM, noKafka } from '../support/kafka.ts'
import { Running } from '../support/running.ts'
import { Tools } from '../support/tools.ts'
import { until } from '../support/wait.ts'
import { itIsTheSame, runAll, s, type ToolStep } from './tool-steps.ts'

/** Short locks and quick heartbeats, so that a test need not wait long. */
const properties = {
  'group.share.min.record.lock.duration.ms': '1000',
  'group.share.min.heartbeat.interval.ms': '100',
  'group.share.heartbeat.interval.ms': '500',
  'group.share.assignment.interval.ms': '0',
  'share.coordinator.state.topic.num.partitions': '3',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
}

const FROM_START = 'share.auto.offset.reset=earliest'
const GROUPS = ['acks', 'locks', 'renewals', 'limits', 'two']

const configure = (group: string, configs: string): ToolStep =>
  s('kafka-configs', `--alter --entity-type groups --entity-name ${group} --add-config ${configs}`)

const PREPARATION: readonly ToolStep[] = [
  ...[...GROUPS, 'transactions'].map((topic) => s('kafka-topics', `--create --topic ${topic}`)),
  ...GROUPS.map((group) => configure(group, `${FROM_START},share.record.lock.duration.ms=1000`)),
  configure('committed', `${FROM_START},share.isolation.level=read_committed`),
]

const lines = (count: number) => Array.from({ length: count }, (_, i) => `v${i}\n`).join('')

/** What a person types, in this order, with each tool's output as the expectation. */
const STEPS: readonly ToolStep[] = [
  s('kafka-topics', '--create --topic words'),
  s('kafka-topics', '--create --topic others --partitions 2'),
  configure('readers', FROM_START),
  configure('readers', 'share.isolation.level=sometimes'),
  configure('readers', 'share.record.lock.duration.ms=10'),
  configure('readers', 'share.delivery.count.limit=99'),
  s('kafka-configs', '--describe --entity-type groups --entity-name readers'),
  s('kafka-console-producer', '--topic words', { stdin: lines(20) }),
  s('kafka-share-groups', '--list'),
  s('kafka-share-groups', '--describe --group readers'),
  s('kafka-console-share-consumer', '--topic words --group readers --max-messages 20 --timeout-ms 20000'),
  s('kafka-share-groups', '--list'),
  s('kafka-share-groups', '--list --state'),
  s('kafka-share-groups', '--list --state Stable'),
  s('kafka-groups', '--list'),
  s('kafka-groups', '--list --share'),
  s('kafka-share-groups', '--describe --group readers', { until: /words\s+0\s+20\s+0/ }),
  s('kafka-share-groups', '--describe --all-groups --state'),
  s('kafka-share-groups', '--describe --group readers --state --verbose'),
  s('kafka-share-groups', '--describe --group readers --members --verbose'),
  s('kafka-share-groups', '--describe --group readers --offsets --verbose'),
  s('kafka-share-groups', '--describe --group nobody'),
  s('kafka-share-groups', '--reset-offsets --group readers --topic words --to-earliest --dry-run'),
  s('kafka-share-groups', '--reset-offsets --group readers --topic words --to-earliest --execute'),
  s('kafka-share-groups', '--describe --group readers'),
  s('kafka-share-groups', '--reset-offsets --group readers --topic words --to-latest --execute'),
  s('kafka-share-groups', '--describe --group readers'),
  s(
    'kafka-share-groups',
    '--reset-offsets --group readers --topic words --to-datetime 2020-01-01T00:00:00.000 --execute',
  ),
  s('kafka-share-groups', '--reset-offsets --group readers --topic nowhere --to-latest --execute'),
  s('kafka-share-groups', '--reset-offsets --group fresh --topic others --to-latest --execute', { anyOrder: true }),
  s('kafka-share-groups', '--describe --group fresh', { anyOrder: true }),
  s('kafka-console-share-consumer', '--topic words --group readers --max-messages 5 --timeout-ms 20000'),
  s('kafka-console-share-consumer', '--topic words --group readers --max-messages 1 --reject --timeout-ms 20000'),
  s('kafka-consumer-groups', '--describe --group readers'),
  s('kafka-consumer-groups', '--delete --group readers --topic words'),
  s('kafka-share-groups', '--delete-offsets --group readers --topic words'),
  s('kafka-share-groups', '--delete-offsets --group readers --topic words'),
  s('kafka-share-groups', '--delete-offsets --group readers --topic nowhere'),
  s('kafka-share-groups', '--delete-offsets --group nobody --topic words'),
  s('kafka-share-groups', '--describe --group readers'),
  s('kafka-topics', '--delete --topic others'),
  s('kafka-share-groups', '--delete --group readers'),
  s('kafka-share-groups', '--delete --group readers'),
  s('kafka-share-groups', '--delete --all-groups', { anyOrder: true }),
  s('kafka-share-groups', '--list'),
]

describe.skipIf(noKafka())(`share groups of Apache Kafka and ${TARGET}`, () => {
  const tools = new Tools()
  const brokers: TestBroker[] = []
  let expected: string[] = []
  let actual: string[] = []

  beforeAll(async () => {
    brokers.push(...(await Promise.all([startBroker({ target: 'kafka', properties }), startBroker({ properties })])))
    const [kafka, ours] = brokers
    if (kafka === undefined || ours === undefined) throw new Error('two brokers')
    ;[expected, actual] = await Promise.all([runAll(STEPS, tools, kafka), runAll(STEPS, tools, ours)])
    await Promise.all(brokers.map((broker) => runAll(PREPARATION, tools, broker)))
  })
  afterAll(async () => {
    await tools[Symbol.asyncDispose]()
    for (const broker of brokers) await broker[Symbol.asyncDispose]()
  })

  itIsTheSame(STEPS, () => ({ expected, actual }))

  it('share consumers see the same', async () => {
    const classpath = compiled([new URL('./java/ShareConsumers.java', import.meta.url)], 'kafka')
    const outputs = brokers.map(async ({ bootstrap }) => {
      const args = [...LIGHT_JVM, '-Dorg.slf4j.simpleLogger.defaultLogLevel=off', '-cp', classpath]
      await using consumers = new Running('java', [...args, 'ShareConsumers', bootstrap])
      await until('its end', () => !consumers.running, 100_000)
      return consumers.output
    })
    const [kafka, ours] = await Promise.all(outputs)
    expect(kafka).toMatch(/^end$/m)
    expect(ours).toBe(kafka)
  })
})
