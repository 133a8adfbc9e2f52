import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { describeBroker, describeClusterDefaults, describeGroup, describeTopic } from '../../src/config/describe.ts'
import { BrokerLayers } from '../../src/config/layers.ts'
import { parseProperties } from '../../src/config/properties.ts'

/** The properties, dynamic configs and overrides that the answers of Kafka 4.3.1 in the file beside this were taken with. */
const FILE = `
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://localhost:19492,CONTROLLER://localhost:19493
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=localhost:19493
log.dirs=/data/d
offsets.topic.replication.factor=1
offsets.topic.num.partitions=2
log.retention.hours=24
log.roll.hours=5
log.roll.ms=7200000
message.max.bytes=2000000
ssl.keystore.password=secret
unknown.key=abc
listener.name.plaintext.ssl.key.password=qq
listener.name.plaintext.max.connections=77
group.consumer.session.timeout.ms=46000
broker.rack=r1
internal.metadata.delete.delay.millis=1000
`
const OWN = new Map([
  ['log.cleaner.threads', '2'],
  ['nope', '5'],
])
const CLUSTER = new Map([
  ['log.retention.ms', '8888'],
  ['log.segment.bytes', '2000000'],
  ['min.insync.replicas', '1'],
])
const TOPIC = new Map([
  ['retention.ms', '777'],
  ['cleanup.policy', 'compact'],
  ['min.compaction.lag.ms', '9223372036854775807'],
])
const GROUP = new Map([
  ['consumer.session.timeout.ms', '47000'],
  ['consumer.heartbeat.interval.ms', '6000'],
])

describe('DescribeConfigs answers as Kafka does', () => {
  const layers = new BrokerLayers(new BrokerConfig({ file: parseProperties(FILE) }), OWN, CLUSTER)
  const answers = new Map([
    ['TOPIC:t', describeTopic(TOPIC, layers)],
    ['BROKER:1', describeBroker(layers)],
    ['BROKER:', describeClusterDefaults(layers)],
    ['GROUP:g', describeGroup(GROUP, layers)],
  ])
  const golden = readFileSync(join(import.meta.dirname, 'described-by-kafka.jsonl'), 'utf8')
    .trim()
    .split('\n')
  const expected = golden.map((line) => JSON.parse(line) as { resource: string; name: string })

  test.each([...answers.keys()])('%s', (resource) => {
    const ours = (answers.get(resource) ?? []).map((entry) => ({ resource, ...entry }))
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
    expect(ours.sort(byName)).toEqual(expected.filter((entry) => entry.resource === resource).sort(byName))
  })
})

test('a topic shows each value of a list once, and a broker config beside it as it was set', () => {
  const cluster = new Map([['log.cleanup.policy', 'delete,delete']])
  const config = new BrokerConfig({ file: parseProperties(FILE) })
  const described = describeTopic(
    new Map([['cleanup.policy', 'compact, delete,compact']]),
    new BrokerLayers(config, new Map(), cluster),
  )
  expect(described.find(({ name }) => name === 'cleanup.policy')).toMatchObject({
    value: 'compact,delete',
    synonyms: [
      { name: 'cleanup.policy', value: 'compact,delete' },
      { name: 'log.cleanup.policy', value: 'delete,delete' },
      { name: 'log.cleanup.policy', value: 'delete' },
    ],
  })
})
