import { describe, expect, it } from 'vitest'
import { LOST_DIRECTORY, type TopicId, UNASSIGNED_DIRECTORY } from '../../../src/base/ids.ts'
import { refusal } from '../../support/refusal.ts'
import { ControllerRig, dirOf, uuid } from '../controller-rig.ts'

const A = uuid(70)
const B = uuid(71)

/** Broker 1 has two directories and has not said yet where its replicas are. */
function cluster(): { rig: ControllerRig; topicId: TopicId } {
  const rig = new ControllerRig()
  rig.register(1, { logDirs: [A, B] })
  rig.heartbeat(1)
  rig.join(2, 3)
  return { rig, topicId: rig.topic('t', [1, 2], [1, 3], [2, 3]) }
}

function assign(rig: ControllerRig, id: TopicId, topicId: TopicId, ...partitions: number[]) {
  const directories = [{ id, topics: [{ topicId, partitions }] }]
  const command = { type: 'assignReplicasToDirs', brokerId: 1, brokerEpoch: rig.epochOf(1), directories } as const
  return rig.submit(command)[0]?.topics[0]?.partitions.map(({ error }) => error)
}

describe('AssignReplicasToDirs', () => {
  it('tells where a replica is, without a new leader', () => {
    const { rig, topicId } = cluster()
    expect(rig.partition('t').directories).toEqual([UNASSIGNED_DIRECTORY, dirOf(2)])
    expect(assign(rig, B, topicId, 0, 1)).toEqual(['NONE', 'NONE'])
    expect(rig.partition('t')).toMatchObject({
      directories: [B, dirOf(2)],
      leader: 1,
      leaderEpoch: 0,
      partitionEpoch: 1,
    })
    expect(rig.partition('t', 1).directories).toEqual([B, dirOf(3)])
  })

  it('answers each replica for itself', () => {
    const { rig, topicId } = cluster()
    expect(assign(rig, A, topicId, 2, 9)).toEqual(['NOT_LEADER_OR_FOLLOWER', 'UNKNOWN_TOPIC_OR_PARTITION'])
    expect(assign(rig, A, uuid(9), 0)).toEqual(['UNKNOWN_TOPIC_ID'])
  })

  it('takes the lead from a replica in a directory that is lost or not the broker’s', () => {
    for (const directory of [LOST_DIRECTORY, uuid(90)]) {
      const { rig, topicId } = cluster()
      rig.alter('t', [1], { partition: 1 })
      expect(assign(rig, directory, topicId, 0, 1)).toEqual(['NONE', 'NONE'])
      expect(rig.partition('t')).toMatchObject({ directories: [directory, dirOf(2)], leader: 2, isr: [2] })
      expect(rig.partition('t', 1)).toMatchObject({ leader: -1, isr: [] })
    }
  })

  it('is only for the broker itself, and from metadata.version 3.7-IV2 on', () => {
    const { rig, topicId } = cluster()
    const directories = [{ id: A, topics: [{ topicId, partitions: [0] }] }]
    const from = (brokerId: number, brokerEpoch: number) =>
      refusal(() => rig.submit({ type: 'assignReplicasToDirs', brokerId, brokerEpoch, directories }))
    expect(from(1, 0)).toBe('STALE_BROKER_EPOCH')
    expect(from(9, 0)).toBe('STALE_BROKER_EPOCH')
    const old = new ControllerRig({ features: { 'metadata.version': 16, 'eligible.leader.replicas.version': 0 } })
    const request = { type: 'assignReplicasToDirs', brokerId: 1, brokerEpoch: 0, directories } as const
    expect(refusal(() => old.submit(request))).toBe('UNSUPPORTED_VERSION')
  })
})

describe('a directory that fails', () => {
  it('takes only its own replicas out of service', () => {
    const { rig, topicId } = cluster()
    assign(rig, A, topicId, 0)
    assign(rig, B, topicId, 1)
    rig.heartbeat(1, { offlineLogDirs: [A] })
    expect(rig.image.broker(1)?.directories).toEqual([B])
    expect(rig.partition('t')).toMatchObject({ leader: 2, isr: [2] })
    expect(rig.partition('t', 1)).toMatchObject({ leader: 1, isr: [1, 3] })
    rig.heartbeat(1, { offlineLogDirs: [A] })
    expect(rig.last).toEqual([])
  })
})

describe('a broker that comes back with a directory that failed', () => {
  it('leads only afterwards, and nothing in that directory', () => {
    const { rig, topicId } = cluster()
    assign(rig, A, topicId, 0)
    rig.alter('t', [1])
    rig.fence(1)
    expect(rig.heartbeat(1, { offlineLogDirs: [A] }).isFenced).toBe(true)
    expect(rig.heartbeat(1, { offlineLogDirs: [A] }).isFenced).toBe(false)
    expect(rig.partition('t')).toMatchObject({ leader: -1, directories: [A, dirOf(2)] })
    expect(assign(rig, B, topicId, 0)).toEqual(['NONE'])
    expect(rig.partition('t')).toMatchObject({ leader: 1, isr: [1], directories: [B, dirOf(2)] })
  })
})

describe('cordoned directories (KIP-1066)', () => {
  it('get no new replicas once all of a broker’s are', () => {
    const { rig } = cluster()
    rig.heartbeat(1, { cordonedLogDirs: [A] })
    rig.heartbeat(1, { cordonedLogDirs: [A] })
    expect(rig.last).toEqual([])
    const place = (name: string) => {
      const topic = { name, numPartitions: 1, replicationFactor: 3, assignments: [], configs: [] }
      return rig.submit({ type: 'createTopics', topics: [topic], validateOnly: false })[0]
    }
    expect(place('u')?.error).toBe('NONE')
    rig.heartbeat(1, { cordonedLogDirs: [B, A] })
    expect(place('v')).toMatchObject({
      error: 'INVALID_REPLICATION_FACTOR',
      message:
        'Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be reached because ' +
        'only 2 broker(s) are registered or some brokers have all their log directories cordoned.',
    })
    rig.heartbeat(1, { cordonedLogDirs: [] })
    expect(place('w')?.error).toBe('NONE')
  })
})
