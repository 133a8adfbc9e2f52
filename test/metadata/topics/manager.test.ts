import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { present } from '../../../src/base/assert.ts'
import { KafkaError } from '../../../src/base/errors.ts'
import { UNASSIGNED_DIRECTORY, type Uuid, ZERO_UUID } from '../../../src/base/ids.ts'
import { ConfigResource } from '../../../src/metadata/image.ts'
import { metadataRecord } from '../../../src/metadata/records.ts'
import type { NewTopic } from '../../../src/metadata/topics/commands.ts'
import { AdminCluster, brokerRecords, FEATURE_RECORDS, plainRandom } from '../../support/admin.ts'

function cluster(...brokers: readonly [id: number, rack?: string | null, fenced?: boolean][]): AdminCluster {
  const joined = brokers.flatMap(([id, rack, fenced]) => brokerRecords(id, rack ?? null, fenced ?? false))
  return new AdminCluster(plainRandom(), [...FEATURE_RECORDS, ...joined])
}

function topic(name: string, numPartitions = 1, replicationFactor = 1): NewTopic {
  return { name, numPartitions, replicationFactor, assignments: [], configs: [] }
}

function manual(name: string, ...lists: number[][]): NewTopic {
  const assignments = lists.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds }))
  return { ...topic(name, -1, -1), assignments }
}

function create(admin: AdminCluster, ...topics: NewTopic[]) {
  return admin.decide({ type: 'createTopics', topics, validateOnly: false })
}

describe('topics on several brokers', () => {
  it('leave fenced replicas out of the in-sync set', () => {
    const admin = cluster([1], [2, null, true], [3])
    create(admin, manual('t', [2, 3, 1]))
    expect(admin.image.partition('t', 0)).toMatchObject({ replicas: [2, 3, 1], isr: [3, 1], leader: 3, leaderEpoch: 0 })
  })

  it('need an active broker in every manual assignment', () => {
    const admin = cluster([1], [2, null, true])
    expect(create(admin, manual('t', [1], [2]))).toEqual([
      {
        name: 't',
        error: 'INVALID_REPLICA_ASSIGNMENT',
        message:
          'All brokers specified in the manual partition assignment for partition 1 are fenced or in controlled shutdown.',
      },
    ])
  })

  it('have as many replicas in every partition', () => {
    const [result] = create(cluster([1], [2]), manual('t', [1, 2], [1]))
    expect(result).toMatchObject({
      error: 'INVALID_REPLICA_ASSIGNMENT',
      message: expect.stringContaining('not consistent with previous partitions, which have 2 replica(s)'),
    })
  })

  it('know the directory of a broker with one, and leave it open otherwise', () => {
    const admin = cluster([1], [2])
    const two = ['AgICAgICAgICAgICAgICAg', 'AwMDAwMDAwMDAwMDAwMDAw'] as Uuid[]
    admin.image.replay(metadataRecord('BrokerRegistrationChangeRecord', { brokerId: 2, brokerEpoch: 2, logDirs: two }))
    create(admin, manual('t', [1, 2]))
    const only = present(admin.image.broker(1), 'broker 1').directories[0]
    expect(admin.image.partition('t', 0)?.directories).toEqual([only, UNASSIGNED_DIRECTORY])
  })

  it('are not given to a broker whose directories are all cordoned', () => {
    const admin = cluster([1], [2])
    const cordonedLogDirs = [...present(admin.image.broker(2), 'broker 2').directories]
    admin.image.replay(
      metadataRecord('BrokerRegistrationChangeRecord', { brokerId: 2, brokerEpoch: 2, cordonedLogDirs }),
    )
    create(admin, topic('t', 4))
    expect(admin.image.topic('t')?.partitions.map(({ leader }) => leader)).toEqual([1, 1, 1, 1])
  })

  it('are not given to a broker that is shutting down', () => {
    const admin = cluster([1], [2])
    admin.image.replay(
      metadataRecord('BrokerRegistrationChangeRecord', { brokerId: 2, brokerEpoch: 2, inControlledShutdown: 1 }),
    )
    const [result] = create(admin, topic('t', 1, 2))
    expect(result).toMatchObject({ error: 'INVALID_REPLICATION_FACTOR' })
  })

  it('grow with their replication factor', () => {
    const admin = cluster([1], [2], [3])
    create(admin, topic('t', 1, 2))
    admin.decide({
      type: 'createPartitions',
      topics: [{ name: 't', count: 5, assignments: null }],
      validateOnly: false,
    })
    const partitions = present(admin.image.topic('t'), 't').partitions
    expect(partitions.map(({ replicas }) => new Set(replicas).size)).toEqual([2, 2, 2, 2, 2])
  })
})

describe('requests that are too large', () => {
  it('are refused as a whole', () => {
    const admin = cluster([1])
    const refused = new KafkaError('POLICY_VIOLATION', 'Excessively large number of partitions per request.')
    expect(() => create(admin, topic('a', 9_000), topic('b', 1_001))).toThrow(refused)
    expect(admin.image.topics.size).toBe(0)
  })

  it('leave no partitions behind', () => {
    const admin = cluster([1])
    create(admin, topic('a'))
    const grow = (count: number) => ({ name: 'a', count, assignments: null })
    const command = { type: 'createPartitions', topics: [grow(20_000)], validateOnly: false } as const
    expect(admin.decide(command)).toMatchObject([{ error: 'POLICY_VIOLATION' }])
    expect(admin.image.topic('a')?.partitions).toHaveLength(1)
  })
})

interface Step {
  readonly kind: 'create' | 'delete' | 'grow' | 'alter'
  readonly name: string
  readonly count: number
}

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('create', 'delete', 'grow', 'alter'),
    name: fc.constantFrom('a', 'b', 'c.d', 'c_d', 'e'),
    count: fc.integer({ min: -1, max: 6 }),
  }),
  { maxLength: 40 },
)

function take(admin: AdminCluster, { kind, name, count }: Step): void {
  switch (kind) {
    case 'create':
      create(admin, {
        ...topic(name, count, 1 + (Math.abs(count) % 3)),
        configs: [{ name: 'retention.ms', value: '9' }],
      })
      return
    case 'delete':
      admin.decide({ type: 'deleteTopics', topics: [{ name, topicId: ZERO_UUID }] })
      return
    case 'grow':
      admin.decide({
        type: 'createPartitions',
        topics: [{ name, count, assignments: null }],
        validateOnly: count === 5,
      })
      return
    case 'alter':
      admin.decide({
        type: 'legacyAlterConfigs',
        resources: [
          { resourceType: ConfigResource.TOPIC, resourceName: name, configs: [{ name: 'segment.ms', value: '60000' }] },
        ],
        validateOnly: false,
      })
  }
}

describe('any sequence of topic requests', () => {
  it('leaves a consistent image', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        const admin = cluster([1, 'x'], [2, 'y'], [3, 'x'])
        const ids = new Set<string>()
        for (const step of sequence) {
          const before = new Set(admin.image.topics.keys())
          take(admin, step)
          for (const id of admin.image.topics.keys()) {
            if (before.has(id)) continue
            expect(ids.has(id)).toBe(false)
            ids.add(id)
          }
        }
        const { image } = admin
        expect(image.topicsByName.size).toBe(image.topics.size)
        expect(image.topicsByName.has('c.d') && image.topicsByName.has('c_d')).toBe(false)
        for (const { partitions } of image.topics.values()) {
          expect(partitions.length).toBeGreaterThan(0)
          for (const { replicas, isr, leader, directories } of partitions) {
            expect(isr).toEqual(replicas)
            expect(replicas[0]).toBe(leader)
            expect(directories).toHaveLength(replicas.length)
          }
        }
        for (const resource of image.configResources()) expect(image.topicsByName.has(resource.name)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
