import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from '../../src/config/built-in.ts'
import { groupConfigValue, validateGroupConfigs } from '../../src/config/group-config.ts'
import { BrokerLayers } from '../../src/config/layers.ts'
import { logConfig, topicConfig, validateTopicConfigs } from '../../src/config/topic-config.ts'
import { DEFAULT_LOG_CONFIG } from '../../src/storage/log-config.ts'

const layersOf = (changes: Record<string, string> = {}, own = {}, cluster = {}): BrokerLayers =>
  new BrokerLayers(
    new BrokerConfig({ file: new Map([...BUILT_IN_PROPERTIES, ...Object.entries(changes)]) }),
    new Map(Object.entries(own)),
    new Map(Object.entries(cluster)),
  )
const logOf = (overrides: Record<string, string>, layers: BrokerLayers) =>
  logConfig(topicConfig(new Map(Object.entries(overrides)), layers))

describe('settings of a log', () => {
  test('Kafka’s defaults', () => {
    const ours = logOf({}, layersOf())
    for (const [name, value] of Object.entries(DEFAULT_LOG_CONFIG)) {
      const own = ours[name as keyof typeof ours]
      if (value === Number.MAX_SAFE_INTEGER) expect(own, name).toBeGreaterThanOrEqual(value)
      else expect(own, name).toEqual(value)
    }
  })

  test('the topic’s own come first, then the broker’s in their units', () => {
    const layers = layersOf({ 'log.retention.hours': '2', 'log.roll.hours': '3', 'message.max.bytes': '99' })
    expect(logOf({}, layers)).toMatchObject({ retentionMs: 7_200_000, segmentMs: 10_800_000, maxMessageBytes: 99 })
    expect(logOf({ 'retention.ms': '5' }, layers)).toMatchObject({ retentionMs: 5 })
  })

  test('ms before minutes before hours, and -1 stays -1', () => {
    const texts = { 'log.retention.hours': '2', 'log.retention.minutes': '3' }
    expect(logOf({}, layersOf(texts)).retentionMs).toBe(180_000)
    expect(logOf({}, layersOf({ ...texts, 'log.retention.ms': '4' })).retentionMs).toBe(4)
    expect(logOf({}, layersOf({ 'log.retention.hours': '-1' })).retentionMs).toBe(-1)
  })

  test('dynamic broker configs over those of all brokers over the file', () => {
    const name = 'log.segment.bytes'
    const layers = layersOf({ [name]: '1048577' }, { [name]: '1048579' }, { [name]: '1048578' })
    expect(logOf({}, layers).segmentBytes).toBe(1_048_579)
    expect(logOf({}, layersOf({ [name]: '1048577' }, {}, { [name]: '1048578' })).segmentBytes).toBe(1_048_578)
  })

  test('cleanup.policy has two parts', () => {
    expect(logOf({ 'cleanup.policy': 'compact,delete' }, layersOf())).toMatchObject({
      cleanupCompact: true,
      cleanupDelete: true,
    })
  })
})

const topicCases: [Record<string, string | null>, string][] = [
  [{ nope: '1' }, 'Unknown topic config name: nope'],
  [{ 'retention.ms': 'x' }, 'Invalid value x for configuration retention.ms: Not a number of type LONG'],
  [{ 'retention.ms': null, 'flush.ms': null }, 'Null value not supported for topic configs: retention.ms,flush.ms'],
  [
    { 'min.compaction.lag.ms': '9223372036854775807', 'max.compaction.lag.ms': '5' },
    'conflict topic config setting min.compaction.lag.ms (9223372036854775807) > max.compaction.lag.ms (5)',
  ],
  [
    { 'remote.storage.enable': 'true' },
    'Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.',
  ],
]

describe('refusals in Kafka’s words', () => {
  test.each(topicCases)('topic %j', (configs, sentence) => {
    const refused = () => validateTopicConfigs(new Map(Object.entries(configs)), layersOf())
    expect(refused).toThrow(new KafkaError('INVALID_CONFIG', sentence))
  })

  test.each([
    [{ nope: '1' }, 'Unknown group config name: nope'],
    [
      { 'consumer.session.timeout.ms': '1' },
      'consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms',
    ],
    [
      { 'consumer.session.timeout.ms': '99000' },
      'consumer.session.timeout.ms must be less than or equal to group.consumer.max.session.timeout.ms',
    ],
    [
      { 'share.delivery.count.limit': '100' },
      'share.delivery.count.limit must be less than or equal to group.share.max.delivery.count.limit',
    ],
  ])('group %j', (configs, sentence) => {
    const refused = () => validateGroupConfigs(new Map(Object.entries(configs)), layersOf())
    expect(refused).toThrow(new KafkaError('INVALID_CONFIG', sentence))
  })

  test('what Kafka accepts', () => {
    validateTopicConfigs(new Map([['cleanup.policy', '']]), layersOf())
    validateTopicConfigs(new Map([['internal.segment.bytes', '100']]), layersOf())
    validateGroupConfigs(new Map([['consumer.session.timeout.ms', '47000']]), layersOf())
  })
})

test('a group’s setting: its own or the broker’s', () => {
  const layers = layersOf({ 'group.consumer.session.timeout.ms': '46000' })
  expect(groupConfigValue('consumer.session.timeout.ms', new Map(), layers)).toBe(46_000)
  expect(
    groupConfigValue('consumer.session.timeout.ms', new Map([['consumer.session.timeout.ms', '50000']]), layers),
  ).toBe(50_000)
})
