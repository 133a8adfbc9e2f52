import { describe, expect, it } from 'vitest'
import { KafkaError } from '../../../src/base/errors.ts'
import { ConfigOperation } from '../../../src/metadata/configs/commands.ts'
import { ConfigResource } from '../../../src/metadata/image.ts'
import { AdminCluster, brokerRecords, FEATURE_RECORDS, plainRandom } from '../../support/admin.ts'

const { SET, DELETE, APPEND, SUBTRACT } = ConfigOperation

function withTopic(): AdminCluster {
  const admin = new AdminCluster(plainRandom(), [...FEATURE_RECORDS, ...brokerRecords(1)])
  const topic = { name: 't', numPartitions: 1, replicationFactor: 1, assignments: [], configs: [] }
  admin.decide({ type: 'createTopics', topics: [topic], validateOnly: false })
  admin.batches.length = 0
  return admin
}

function change(
  admin: AdminCluster,
  changes: readonly (readonly [name: string, operation: number, value: string | null])[],
  resourceType: number = ConfigResource.TOPIC,
  resourceName = 't',
) {
  const configs = changes.map(([name, configOperation, value]) => ({ name, configOperation, value }))
  return admin.decide({
    type: 'incrementalAlterConfigs',
    resources: [{ resourceType, resourceName, configs }],
    validateOnly: false,
  })[0]
}

describe('incremental changes of configs', () => {
  const LIST = 'follower.replication.throttled.replicas'

  it.each([
    { given: null, operation: APPEND, value: '0:1,1:1', becomes: '0:1,1:1' },
    { given: '0:1', operation: APPEND, value: '1:1,0:1,1:1', becomes: '0:1,1:1' },
    { given: '0:1,1:1', operation: SUBTRACT, value: '0:1', becomes: '1:1' },
    { given: '0:1,1:1', operation: SUBTRACT, value: '0:1,1:1,2:1', becomes: '' },
    { given: '0:1', operation: SET, value: '*', becomes: '*' },
    { given: '0:1', operation: DELETE, value: null, becomes: undefined },
  ])('$given, operation $operation with $value', ({ given, operation, value, becomes }) => {
    const admin = withTopic()
    if (given !== null) change(admin, [[LIST, SET, given]])
    expect(change(admin, [[LIST, operation, value]])).toMatchObject({ error: 'NONE' })
    expect(admin.image.configs(ConfigResource.TOPIC, 't').get(LIST)).toBe(becomes)
  })

  it('write nothing where nothing changes', () => {
    const admin = withTopic()
    change(admin, [['retention.ms', SET, '1']])
    change(admin, [
      ['retention.ms', SET, '1'],
      ['segment.ms', DELETE, null],
    ])
    expect(admin.batches).toHaveLength(1)
  })

  it('are all or nothing for one resource', () => {
    const admin = withTopic()
    const result = change(admin, [
      ['retention.ms', SET, '1'],
      ['segment.ms', SET, 'soon'],
    ])
    expect(result).toMatchObject({ error: 'INVALID_CONFIG' })
    expect(admin.batches).toEqual([])
  })

  it('are refused with all of the request where one operation is unknown', () => {
    const admin = withTopic()
    const setting = { name: 'retention.ms', configOperation: SET, value: '1' }
    const unknown = { name: 'interval.ms', configOperation: 9, value: '1' }
    const resources = [
      { resourceType: ConfigResource.TOPIC, resourceName: 't', configs: [setting] },
      { resourceType: ConfigResource.CLIENT_METRICS, resourceName: 's', configs: [unknown] },
    ]
    expect(() => admin.decide({ type: 'incrementalAlterConfigs', resources, validateOnly: false })).toThrow(
      new KafkaError('UNKNOWN_SERVER_ERROR'),
    )
    expect(admin.batches).toEqual([])
  })

  it.each([
    [ConfigResource.BROKER, '1', 'log.cleaner.enable'],
    [ConfigResource.BROKER, '', 'log.cleaner.enable'],
    [ConfigResource.GROUP, 'g', 'consumer.session.timeout.ms'],
  ])('are refused for the resource type %i, which would ignore them', (resourceType, name, config) => {
    const admin = withTopic()
    expect(change(admin, [[config, SET, '1000']], resourceType, name)).toMatchObject({
      error: 'INVALID_REQUEST',
      message: `Cannot update these configs dynamically: [${config}]`,
    })
    expect(admin.batches).toEqual([])
  })
})

describe('the older AlterConfigs', () => {
  it('refuses a resource that is named twice, both times', () => {
    const resource = { resourceType: ConfigResource.TOPIC, resourceName: 't', configs: [] }
    const admin = withTopic()
    const results = admin.decide({ type: 'legacyAlterConfigs', resources: [resource, resource], validateOnly: false })
    expect(results.map(({ error }) => error)).toEqual(['INVALID_REQUEST', 'INVALID_REQUEST'])
  })
})

describe('configs of brokers', () => {
  const MIN_ISR = 'min.insync.replicas'
  const BROKERS = ConfigResource.BROKER
  const alter = (admin: AdminCluster, name: string, config: string, value: string | null) =>
    change(admin, [[config, value === null ? DELETE : SET, value]], BROKERS, name)

  it('may change where they stand behind those of topics', () => {
    const admin = withTopic()
    expect(alter(admin, '1', 'log.retention.ms', '5')).toMatchObject({ error: 'NONE' })
    expect(alter(admin, '', 'log.segment.bytes', '2000000')).toMatchObject({ error: 'NONE' })
    expect(admin.image.configs(BROKERS, '1').get('log.retention.ms')).toBe('5')
    expect(alter(admin, '', 'log.segment.bytes', 'x')).toMatchObject({ error: 'INVALID_CONFIG' })
    expect(alter(admin, '', 'log.retention.hours', '1')).toMatchObject({
      error: 'INVALID_REQUEST',
      message: 'Cannot update these configs dynamically: [log.retention.hours]',
    })
  })

  it('belong to a node that is known', () => {
    const error = (name: string) => alter(withTopic(), name, 'log.retention.ms', '5')
    expect(error('9')).toMatchObject({ error: 'BROKER_ID_NOT_REGISTERED', message: 'No node with id 9 found.' })
    expect(error('x')).toMatchObject({
      error: 'INVALID_REQUEST',
      message: 'Unable to parse broker name as a base 10 number.',
    })
    expect(error('-1')).toMatchObject({ error: 'INVALID_REQUEST', message: 'Invalid negative broker ID.' })
  })

  it('have one min.insync.replicas for all with eligible leaders, which are forgotten when it changes', () => {
    const admin = withTopic()
    expect(alter(admin, '1', MIN_ISR, '1')).toMatchObject({
      error: 'INVALID_CONFIG',
      message: 'Broker-level min.insync.replicas cannot be altered while ELR is enabled.',
    })
    expect(alter(admin, '', MIN_ISR, '2')).toMatchObject({ error: 'NONE' })
    expect(admin.batches.at(-1)?.map(({ type }) => type)).toEqual(['ConfigRecord', 'ClearElrRecord'])
    expect(alter(admin, '', MIN_ISR, null)).toMatchObject({
      error: 'INVALID_CONFIG',
      message: 'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.',
    })
  })
})
