import { describe, expect, it } from 'vitest'
import { ErrorCode } from '../../../src/base/errors.ts'
import type { Uuid } from '../../../src/base/ids.ts'
import { OPEN_ACCESS } from '../../../src/broker/access.ts'
import { AutoTopicCreation } from '../../../src/broker/auto-create.ts'
import { Endpoints } from '../../../src/broker/endpoints.ts'
import { describeClusterHandler } from '../../../src/broker/handlers/describe-cluster.ts'
import { listPartitionReassignmentsHandler } from '../../../src/broker/handlers/list-partition-reassignments.ts'
import { metadataHandler } from '../../../src/broker/handlers/metadata.ts'
import { silentLogger } from '../../../src/io/logger.ts'
import { metadataRecord } from '../../../src/metadata/records.ts'
import { autoCreateSettings } from '../../../src/node/metadata-settings.ts'
import {
  AdminCluster,
  ask,
  brokerRecords,
  CLIENT,
  CLUSTER_ID,
  FEATURE_RECORDS,
  makerOf,
  plainRandom,
  refusingController,
} from '../../support/admin.ts'

const TOPIC_ID = 'dLUgqPLaSQCMtLkVNRbf7g' as Uuid

/** Brokers 1 (this one) and 2; 3 is fenced. One topic: led by 1, by 2, by 9 (unknown), by 2 which lacks the listener. */
function cluster(): AdminCluster {
  const admin = new AdminCluster(plainRandom(), [
    ...FEATURE_RECORDS,
    ...brokerRecords(1),
    ...brokerRecords(2, 'r'),
    ...brokerRecords(3, null, true),
    metadataRecord('TopicRecord', { name: 't', topicId: TOPIC_ID }),
  ])
  const lists = [[1], [2, 3], [9, 1]]
  for (const [partitionId, replicas] of lists.entries()) {
    const base = { partitionId, topicId: TOPIC_ID, replicas, isr: replicas, leader: replicas[0] ?? -1, leaderEpoch: 4 }
    const directories = replicas.map(
      (id) => admin.image.broker(id)?.directories[0] ?? ('AAAAAAAAAAAAAAAAAAAAAA' as Uuid),
    )
    const rest = { removingReplicas: [], addingReplicas: partitionId === 1 ? [3] : [], partitionEpoch: 0, directories }
    admin.image.replay(metadataRecord('PartitionRecord', { ...base, ...rest }))
  }
  return admin
}

function serve(admin: AdminCluster, options: { advertised?: boolean; autoCreate?: boolean; failing?: boolean } = {}) {
  const image = () => admin.image
  const advertised = new Set(options.advertised ? ['PLAINTEXT'] : [])
  const endpoints = new Endpoints({ nodeId: 1, advertised }, image)
  const controller = options.failing ? refusingController('NOT_CONTROLLER') : admin
  const autoCreate = new AutoTopicCreation(makerOf(controller), autoCreateSettings(admin.config), silentLogger)
  const autoCreateEnabled = options.autoCreate ?? true
  const access = OPEN_ACCESS
  return {
    metadata: metadataHandler({ clusterId: CLUSTER_ID, image, endpoints, autoCreate, autoCreateEnabled, access }),
    describeCluster: describeClusterHandler({ clusterId: CLUSTER_ID, endpoints, access }),
  }
}

const naming = (...names: string[]) => ({ topics: names.map((name) => ({ name })), allowAutoTopicCreation: true })

describe('Metadata', () => {
  it('tells the address that the client used where none is advertised', async () => {
    const connection = { ...CLIENT, localAddress: '192.0.2.7', localPort: 19092 }
    const answer = await ask(serve(cluster()).metadata, 12, naming(), connection)
    expect(answer.brokers).toEqual([
      { nodeId: 1, host: '192.0.2.7', port: 19092, rack: null },
      { nodeId: 2, host: 'host2', port: 9092, rack: 'r' },
    ])
  })

  it('tells the advertised address where there is one', async () => {
    const { brokers } = await ask(serve(cluster(), { advertised: true }).metadata, 12, naming())
    expect(brokers).toMatchObject([{ host: 'host1', port: 9092 }, { host: 'host2' }])
  })

  it('names leaders that are gone, and replicas that are offline', async () => {
    const { topics } = await ask(serve(cluster()).metadata, 12, naming('t'))
    expect(topics).toMatchObject([
      {
        errorCode: 0,
        partitions: [
          { errorCode: 0, leaderId: 1, offlineReplicas: [] },
          { errorCode: 0, leaderId: 2, replicaNodes: [2, 3], offlineReplicas: [3] },
          { errorCode: ErrorCode.LEADER_NOT_AVAILABLE, leaderId: -1, leaderEpoch: 4, offlineReplicas: [9] },
        ],
      },
    ])
  })

  it('leaves unreachable replicas out in version 0 and says so', async () => {
    const { topics } = await ask(serve(cluster()).metadata, 0, naming('t'))
    expect(topics).toMatchObject([
      { partitions: [{ errorCode: 0 }, { errorCode: ErrorCode.REPLICA_NOT_AVAILABLE, replicaNodes: [2] }, {}] },
    ])
  })

  it.each([
    [5, 'LEADER_NOT_AVAILABLE'],
    [6, 'LISTENER_NOT_FOUND'],
  ] as const)('version %i says %s of a leader without the listener', async (version, error) => {
    const connection = { ...CLIENT, listenerName: 'OTHER' }
    const { topics, brokers } = await ask(serve(cluster()).metadata, version, naming('t'), connection)
    expect(brokers).toEqual([])
    expect(topics).toMatchObject([{ partitions: [{ errorCode: ErrorCode[error], leaderId: -1 }, {}, {}] }])
  })

  it('creates a topic only where broker and client both allow it', async () => {
    for (const [autoCreate, allowAutoTopicCreation] of [
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      const admin = cluster()
      const { topics } = await ask(serve(admin, { autoCreate }).metadata, 12, {
        ...naming('new'),
        allowAutoTopicCreation,
      })
      expect(topics).toMatchObject([{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, partitions: [] }])
      await null
      expect(admin.image.topic('new') !== undefined).toBe(autoCreate && allowAutoTopicCreation)
    }
  })

  it('asks for a topic once while it is being made, and again after a failure', async () => {
    const admin = cluster()
    const { metadata } = serve(admin)
    await Promise.all([ask(metadata, 12, naming('new')), ask(metadata, 12, naming('new'))])
    expect(admin.batches).toHaveLength(1)
    const failing = serve(admin, { failing: true }).metadata
    for (let i = 0; i < 2; i++) {
      const { topics } = await ask(failing, 12, naming('other'))
      expect(topics).toMatchObject([{ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION }])
    }
  })
})

describe('DescribeCluster', () => {
  it.each([
    [false, [1, 2]],
    [true, [1, 2, 3]],
  ])('with fenced brokers %s', async (includeFencedBrokers, ids) => {
    const request = { includeClusterAuthorizedOperations: false, includeFencedBrokers }
    const { brokers } = await ask(serve(cluster()).describeCluster, 2, request)
    expect((brokers as { brokerId: number; isFenced: boolean }[]).map(({ brokerId }) => brokerId)).toEqual(ids)
  })
})

describe('ListPartitionReassignments', () => {
  it('lists partitions that are on the move', async () => {
    const admin = cluster()
    const handler = listPartitionReassignmentsHandler({ image: () => admin.image })
    const moving = {
      name: 't',
      partitions: [{ partitionIndex: 1, replicas: [2, 3], addingReplicas: [3], removingReplicas: [] }],
    }
    expect((await ask(handler, 0, { topics: null })).topics).toEqual([moving])
    expect((await ask(handler, 0, { topics: [{ name: 't', partitionIndexes: [0, 1, 7] }] })).topics).toEqual([moving])
    expect((await ask(handler, 0, { topics: [{ name: 't', partitionIndexes: [0] }] })).topics).toEqual([])
  })
})
