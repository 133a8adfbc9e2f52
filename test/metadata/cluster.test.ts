import { describe, expect, it } from 'vitest'
import type { Uuid } from '../../src/base/ids.ts'
import type { BrokerHeartbeat, RegisterBroker } from '../../src/metadata/cluster/commands.ts'
import { ClusterManager } from '../../src/metadata/cluster/manager.ts'
import { MetadataImage } from '../../src/metadata/image.ts'
import type { ControllerEnv } from '../../src/metadata/manager.ts'
import { type MetadataRecord, metadataRecord } from '../../src/metadata/records.ts'
import { refusal } from '../support/refusal.ts'
import { registrationOf, uuid, WELL } from './controller-rig.ts'

const TOPIC = uuid(100)

/** A controller's cluster manager with an image that follows its decisions. */
class Cluster {
  readonly image = new MetadataImage('cluster')
  readonly manager = new ClusterManager({
    nodeId: 0,
    incarnationId: uuid(0),
    kraftVersion: () => 1,
    sessionTimeoutMs: 9000,
    leaders: { minInsyncReplicas: 1, uncleanLeaderElection: false },
  })
  nowMs = 0
  offset = 0

  constructor(metadataVersion = 30) {
    this.replay([
      metadataRecord('FeatureLevelRecord', { name: 'metadata.version', featureLevel: metadataVersion }),
      metadataRecord('FeatureLevelRecord', { name: 'eligible.leader.replicas.version', featureLevel: 1 }),
    ])
  }

  get env(): ControllerEnv {
    const random = { uuid: () => uuid(0), below: () => 0 }
    return {
      image: this.image,
      nowMs: this.nowMs,
      wallMs: this.nowMs,
      controllerEpoch: 1,
      nextOffset: this.offset,
      random,
    }
  }

  replay(records: readonly MetadataRecord[]): string[] {
    for (const record of records) {
      this.image.replay(record)
      this.offset++
    }
    return records.map(({ type }) => type)
  }

  register(brokerId: number, more: Partial<RegisterBroker> = {}): string[] {
    return this.replay(this.manager.registerBroker(registrationOf(brokerId, more), this.env).records)
  }

  heartbeat(brokerId: number, more: Partial<BrokerHeartbeat> = {}) {
    const command: BrokerHeartbeat = {
      brokerId,
      brokerEpoch: this.image.broker(brokerId)?.epoch ?? -1,
      currentMetadataOffset: this.offset,
      ...WELL,
      ...more,
    }
    const { records, reply } = this.manager.brokerHeartbeat(command, this.env)
    return { types: this.replay(records), ...reply }
  }

  topic(replicas: readonly number[]): void {
    this.replay([
      metadataRecord('TopicRecord', { name: 'topic', topicId: TOPIC }),
      metadataRecord('PartitionRecord', {
        topicId: TOPIC,
        partitionId: 0,
        replicas,
        isr: replicas,
        removingReplicas: [],
        addingReplicas: [],
        leader: replicas[0] ?? -1,
        leaderRecoveryState: 0,
        leaderEpoch: 0,
        partitionEpoch: 0,
        directories: replicas.map((replica) => uuid(replica + 50)),
      }),
    ])
  }

  get partition() {
    return this.image.partition('topic', 0)
  }
}

function clusterOf(...brokers: number[]): Cluster {
  const cluster = new Cluster()
  for (const broker of brokers) {
    cluster.register(broker)
    cluster.heartbeat(broker)
  }
  return cluster
}

describe('registration', () => {
  it('gives the epoch of its offset and stays fenced until the broker has caught up', () => {
    const cluster = new Cluster()
    expect(cluster.register(1)).toEqual(['RegisterBrokerRecord'])
    expect(cluster.image.broker(1)).toMatchObject({ epoch: 2, fenced: true })
    expect(cluster.heartbeat(1, { currentMetadataOffset: 1 })).toMatchObject({
      types: [],
      isCaughtUp: false,
      isFenced: true,
    })
    expect(cluster.heartbeat(1, { wantFence: true })).toMatchObject({ types: [], isCaughtUp: true, isFenced: true })
    expect(cluster.heartbeat(1)).toMatchObject({ types: ['BrokerRegistrationChangeRecord'], isFenced: false })
  })

  it('refuses what Kafka refuses', () => {
    const cluster = clusterOf(1)
    expect(refusal(() => cluster.register(2, { clusterId: 'other' }))).toBe('INCONSISTENT_CLUSTER_ID')
    expect(refusal(() => cluster.register(1, { incarnationId: uuid(77) }))).toBe('DUPLICATE_BROKER_REGISTRATION')
    expect(refusal(() => cluster.register(2, { logDirs: [] }))).toBe('INVALID_REGISTRATION')
    expect(refusal(() => cluster.register(2, { logDirs: ['AAAAAAAAAAAAAAAAAAAAAQ' as Uuid] }))).toBe(
      'INVALID_REGISTRATION',
    )
    expect(refusal(() => cluster.register(2, { logDirs: [uuid(9), uuid(9)] }))).toBe('INVALID_REGISTRATION')
    expect(refusal(() => cluster.register(2, { logDirs: [uuid(51)] }))).toBe('INVALID_REGISTRATION')
    expect(refusal(() => cluster.register(2, { features: [] }))).toBe('INVALID_REGISTRATION')
    expect(refusal(() => cluster.heartbeat(1, { brokerEpoch: 1 }))).toBe('STALE_BROKER_EPOCH')
    expect(refusal(() => cluster.heartbeat(7))).toBe('STALE_BROKER_EPOCH')
  })

  it('keeps the epoch of the same incarnation', () => {
    const cluster = clusterOf(1)
    cluster.register(1, { rack: 'r1' })
    expect(cluster.image.broker(1)).toMatchObject({ epoch: 2, fenced: false, rack: 'r1' })
  })
})

describe('leaders', () => {
  it('move when a broker falls silent, and the ISR shrinks', () => {
    const cluster = clusterOf(1, 2)
    cluster.topic([1, 2])
    cluster.nowMs = 8000
    cluster.heartbeat(2)
    expect(cluster.manager.deadlineMs()).toBe(9000)
    cluster.nowMs = 9000
    expect(cluster.replay(cluster.manager.tick(cluster.env))).toEqual([
      'PartitionChangeRecord',
      'BrokerRegistrationChangeRecord',
    ])
    expect(cluster.partition).toMatchObject({ leader: 2, isr: [2], elr: [], leaderEpoch: 1 })
    expect(cluster.image.broker(1)?.fenced).toBe(true)
  })

  it('are given up by a broker that leaves, which stops when the others know', () => {
    const cluster = clusterOf(1, 2)
    cluster.topic([1, 2])
    expect(cluster.heartbeat(1, { wantShutDown: true })).toMatchObject({ shouldShutDown: false, isFenced: false })
    expect(cluster.partition).toMatchObject({ leader: 2, isr: [2] })
    expect(cluster.heartbeat(1, { wantShutDown: true }).shouldShutDown).toBe(false)
    cluster.heartbeat(2)
    expect(cluster.heartbeat(1, { wantShutDown: true })).toMatchObject({ shouldShutDown: true, isFenced: true })
  })

  it('come back to the last one that was eligible', () => {
    const cluster = clusterOf(1, 2)
    cluster.topic([1, 2])
    cluster.heartbeat(1, { wantFence: true })
    cluster.heartbeat(2, { wantFence: true })
    expect(cluster.partition).toMatchObject({ leader: -1, isr: [], elr: [2], lastKnownElr: [2] })
    cluster.heartbeat(1)
    expect(cluster.partition).toMatchObject({ leader: -1 })
    cluster.heartbeat(2)
    expect(cluster.partition).toMatchObject({ leader: 2, isr: [2], elr: [], lastKnownElr: [], leaderRecoveryState: 0 })
  })

  it('recover where the only replica stopped uncleanly, not where it stopped cleanly', () => {
    for (const clean of [true, false]) {
      const cluster = clusterOf(1)
      cluster.topic([1])
      const epoch = cluster.image.broker(1)?.epoch ?? -1
      cluster.nowMs = 10_000
      cluster.register(1, { incarnationId: uuid(77), previousBrokerEpoch: clean ? epoch : -1 })
      expect(cluster.partition).toMatchObject({ leader: -1, isr: [], elr: clean ? [1] : [] })
      cluster.heartbeat(1)
      expect(cluster.partition).toMatchObject({ leader: 1, isr: [1], elr: [], leaderRecoveryState: clean ? 0 : 1 })
    }
  })

  it('leave a directory that failed', () => {
    const cluster = clusterOf(1, 2)
    cluster.topic([1, 2])
    cluster.heartbeat(1, { offlineLogDirs: [uuid(51)] })
    expect(cluster.partition).toMatchObject({ leader: 2, isr: [2] })
    expect(cluster.image.broker(1)?.directories).toEqual([uuid(51)])
  })

  it('go with a broker that is unregistered', () => {
    const cluster = clusterOf(1, 2)
    cluster.topic([1, 2])
    cluster.replay(cluster.manager.unregisterBroker({ brokerId: 1 }, cluster.env).records)
    expect(cluster.image.broker(1)).toBeUndefined()
    expect(cluster.partition).toMatchObject({ leader: 2, isr: [2] })
  })
})
