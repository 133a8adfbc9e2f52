import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe } from 'vitest'
import { startBroker, TARGET, type TestBroker } from '../support/broker.ts'
import { noKafka } from '../support/kafka.ts'
import { Tools } from '../support/tools.ts'
import { itIsTheSame, runAll, s, type ToolStep } from './tool-steps.ts'

const lines = (count: number) => Array.from({ length: count }, (_, i) => `k${i % 5}:v${i}\n`).join('')

/** What a person types, in this order, with each tool's output as the expectation. */
const STEPS: readonly ToolStep[] = [
  s('kafka-topics', '--create --topic words --partitions 3'),
  s('kafka-topics', '--create --topic words --partitions 3'),
  s('kafka-topics', '--create --topic words --if-not-exists'),
  s('kafka-topics', '--create --topic bad..name/'),
  s('kafka-topics', '--create --topic many --replication-factor 3'),
  s('kafka-topics', '--create --topic tuned --config retention.ms=5000 --config cleanup.policy=compact'),
  s('kafka-topics', '--create --topic untuned --config no.such.config=1'),
  s('kafka-topics', '--list'),
  s('kafka-topics', '--describe', { anyOrder: true }),
  s('kafka-topics', '--describe --topic words'),
  s('kafka-topics', '--describe --topic nowhere'),
  s('kafka-topics', '--describe --under-replicated-partitions'),
  s('kafka-topics', '--describe --topics-with-overrides'),
  s('kafka-topics', '--alter --topic words --partitions 4'),
  s('kafka-topics', '--alter --topic words --partitions 2'),
  s('kafka-console-producer', '--topic words --reader-property parse.key=true --reader-property key.separator=:', {
    stdin: lines(40),
  }),
  s(
    'kafka-console-producer',
    '--topic words --compression-codec zstd --reader-property parse.key=true --reader-property key.separator=:',
    { stdin: lines(20) },
  ),
  s('kafka-console-producer', '--topic headers --reader-property parse.headers=true', {
    stdin: 'a:1,b:2\twith headers\n',
  }),
  s(
    'kafka-console-consumer',
    '--topic headers --from-beginning --max-messages 1 --formatter-property print.headers=true --formatter-property print.offset=true --formatter-property print.partition=true',
  ),
  s(
    'kafka-console-consumer',
    '--topic words --from-beginning --max-messages 60 --formatter-property print.key=true --formatter-property print.partition=true --formatter-property print.offset=true',
    { anyOrder: true },
  ),
  s('kafka-console-consumer', '--topic words --partition 1 --offset 2 --max-messages 3'),
  s('kafka-console-consumer', '--topic words --from-beginning --group readers --max-messages 60', { anyOrder: true }),
  s('kafka-console-producer', '--topic words --reader-property parse.key=true --reader-property key.separator=:', {
    stdin: lines(10),
  }),
  s('kafka-consumer-groups', '--list', { anyOrder: true }),
  s('kafka-consumer-groups', '--describe --group readers', { anyOrder: true }),
  s('kafka-consumer-groups', '--describe --group readers --state'),
  s('kafka-consumer-groups', '--describe --group readers --members'),
  s('kafka-consumer-groups', '--describe --group nobody'),
  s('kafka-consumer-groups', '--reset-offsets --group readers --topic words --to-earliest --dry-run', {
    anyOrder: true,
  }),
  s('kafka-consumer-groups', '--reset-offsets --group readers --topic words --to-earliest --execute', {
    anyOrder: true,
  }),
  s('kafka-consumer-groups', '--reset-offsets --group readers --topic words:0 --shift-by 3 --execute', {
    anyOrder: true,
  }),
  s('kafka-consumer-groups', '--describe --group readers --offsets', { anyOrder: true }),
  s('kafka-configs', '--alter --entity-type topics --entity-name words --add-config retention.ms=604800000'),
  s('kafka-configs', '--describe --entity-type topics --entity-name words'),
  s('kafka-configs', '--describe --entity-type topics --entity-name words --all'),
  s('kafka-configs', '--alter --entity-type topics --entity-name words --delete-config retention.ms'),
  s('kafka-configs', '--alter --entity-type topics --entity-name words --add-config retention.ms=soon'),
  s('kafka-configs', '--alter --entity-type topics --entity-name nowhere --add-config retention.ms=1'),
  s('kafka-configs', '--describe --entity-type brokers --entity-name 1'),
  s('kafka-configs', '--describe --entity-type brokers --entity-name 1 --all'),
  s('kafka-get-offsets', '--topic words'),
  s('kafka-get-offsets', '--topic words --time earliest'),
  s('kafka-get-offsets', '--topic words --time max-timestamp', { only: /^words:\d:/gm }),
  s('kafka-log-dirs', '--describe --topic-list words'),
  s('kafka-delete-records', '--offset-json-file FILE'),
  s('kafka-get-offsets', '--topic words --time earliest'),
  s('kafka-cluster', 'cluster-id'),
  s('kafka-broker-api-versions', '', { only: /^127\.0\.0\.1:PORT .*/gm }),
  s('kafka-verifiable-producer', '--topic verified --max-messages 50 --acks -1', { only: /"(acked|sent)":\d+/g }),
  s('kafka-producer-perf-test', '--topic words --num-records 100 --record-size 50 --throughput -1', {
    only: /^100 records sent/gm,
  }),
  s('kafka-topics', '--delete --topic tuned'),
  s('kafka-topics', '--delete --topic nowhere'),
  s('kafka-topics', '--list'),
]

describe.skipIf(noKafka())(`Kafka's command-line tools against Apache Kafka and ${TARGET}`, () => {
  const tools = new Tools()
  const brokers: TestBroker[] = []
  let expected: string[] = []
  let actual: string[] = []

  beforeAll(async () => {
    const deletions = { partitions: [{ topic: 'words', partition: 0, offset: 3 }], version: 1 }
    brokers.push(...(await Promise.all([startBroker({ target: 'kafka' }), startBroker()])))
    for (const broker of brokers) writeFileSync(`${broker.dir}/delete.json`, JSON.stringify(deletions))
    const [kafka, ours] = brokers
    if (kafka === undefined || ours === undefined) throw new Error('two brokers')
    ;[expected, actual] = await Promise.all([runAll(STEPS, tools, kafka), runAll(STEPS, tools, ours)])
  })
  afterAll(async () => {
    await tools[Symbol.asyncDispose]()
    for (const broker of brokers) await broker[Symbol.asyncDispose]()
  })

  itIsTheSame(STEPS, () => ({ expected, actual }))
})
