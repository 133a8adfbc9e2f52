import { describe, expect, it } from 'vitest'
import { present } from '../../../src/base/assert.ts'
import type { TopicId } from '../../../src/base/ids.ts'
import type { AlterPartition, IsrProposal } from '../../../src/metadata/partitions/commands.ts'
import { refusal } from '../../support/refusal.ts'
import { ControllerRig, uuid } from '../controller-rig.ts'

/** Brokers 1, 2, 3 and one partition on them, with everything as the leader sees it. */
function cluster() {
  const rig = new ControllerRig().join(1, 2, 3)
  rig.topic('t', [1, 2, 3])
  return rig
}

function propose(rig: ControllerRig, more: Partial<IsrProposal> = {}, by: Partial<AlterPartition> = {}) {
  const { leaderEpoch, partitionEpoch } = rig.partition('t')
  const isr = [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: rig.epochOf(brokerId) }))
  const proposal = { partition: 0, leaderEpoch, partitionEpoch, isr, leaderRecoveryState: 0, ...more }
  const topicId = present(rig.image.topic('t'), 't').id
  const topics = [{ topicId, partitions: [proposal] }]
  const command = { brokerId: 1, brokerEpoch: rig.epochOf(1), topics, ...by }
  const reply = rig.submit({ type: 'alterPartition', ...command })
  return present(reply[0]?.partitions[0], 'result')
}

describe('AlterPartition', () => {
  it('shrinks and grows the ISR, with a new partition epoch each time', () => {
    const rig = cluster()
    const state = { leader: 1, leaderEpoch: 0, leaderRecoveryState: 0 }
    expect(propose(rig)).toEqual({ partition: 0, error: 'NONE', isr: [1, 2], partitionEpoch: 1, ...state })
    expect(rig.partition('t')).toMatchObject({ isr: [1, 2], partitionEpoch: 1, leaderEpoch: 0 })
    expect(rig.alter('t', [1, 2, 3])).toMatchObject({ error: 'NONE', isr: [1, 2, 3], partitionEpoch: 2 })
  })

  it('writes nothing where nothing changes, and answers what is', () => {
    const rig = cluster()
    expect(rig.alter('t', [1, 2, 3])).toMatchObject({ error: 'NONE', isr: [1, 2, 3], partitionEpoch: 0 })
    expect(rig.last).toEqual([])
  })

  it('raises the leader epoch for a smaller ISR where brokers are older than 3.6', () => {
    const rig = new ControllerRig({ features: { 'metadata.version': 11, 'eligible.leader.replicas.version': 0 } })
    rig.join(1, 2)
    rig.topic('t', [1, 2])
    expect(rig.alter('t', [1])).toMatchObject({ error: 'NONE', leaderEpoch: 1, partitionEpoch: 1 })
    expect(rig.alter('t', [1, 2])).toMatchObject({ error: 'NONE', leaderEpoch: 1, partitionEpoch: 2 })
  })

  it('is only for the broker that it says it is from', () => {
    const rig = cluster()
    expect(refusal(() => propose(rig, {}, { brokerEpoch: 0 }))).toBe('STALE_BROKER_EPOCH')
    expect(refusal(() => propose(rig, {}, { brokerId: 9 }))).toBe('STALE_BROKER_EPOCH')
    expect(propose(rig, {}, { brokerId: 2, brokerEpoch: rig.epochOf(2) }).error).toBe('INVALID_REQUEST')
  })

  it('compares epochs', () => {
    const rig = cluster()
    rig.alter('t', [1, 2])
    expect(propose(rig, { leaderEpoch: 1 }).error).toBe('NOT_CONTROLLER')
    expect(propose(rig, { partitionEpoch: 2 }).error).toBe('NOT_CONTROLLER')
    expect(propose(rig, { partitionEpoch: 0 }).error).toBe('INVALID_UPDATE_VERSION')
    expect(propose(rig, { leaderEpoch: -1 }).error).toBe('FENCED_LEADER_EPOCH')
  })

  it('needs a possible ISR with the leader in it', () => {
    const rig = cluster()
    const isr = (...brokers: number[]) => brokers.map((brokerId) => ({ brokerId, brokerEpoch: -1 }))
    expect(propose(rig, { isr: isr(1, 4) }).error).toBe('INVALID_REQUEST')
    expect(propose(rig, { isr: isr(1, 1) }).error).toBe('INVALID_REQUEST')
    expect(propose(rig, { isr: isr(2, 3) }).error).toBe('INVALID_REQUEST')
    expect(propose(rig, { isr: [] }).error).toBe('INVALID_REQUEST')
    expect(propose(rig, { leaderRecoveryState: 1 }).error).toBe('INVALID_REQUEST')
    expect(propose(rig, { isr: isr(1), leaderRecoveryState: 1 }).error).toBe('INVALID_REQUEST')
    expect(propose(rig, { partition: 1 }).error).toBe('UNKNOWN_TOPIC_OR_PARTITION')
  })

  it('takes nobody in who is fenced, leaving, gone, or another process than the leader saw', () => {
    const rig = cluster()
    rig.fence(2)
    expect(rig.alter('t', [1, 2]).error).toBe('INELIGIBLE_REPLICA')
    rig.heartbeat(2)
    const wrong = [1, 2].map((brokerId) => ({ brokerId, brokerEpoch: rig.epochOf(1) }))
    expect(propose(rig, { isr: wrong }).error).toBe('INELIGIBLE_REPLICA')
    expect(propose(rig, { isr: wrong.map((member) => ({ ...member, brokerEpoch: -1 })) }).error).toBe('NONE')
    rig.topic('u', [3, 1])
    rig.heartbeat(3, { wantShutDown: true })
    expect(rig.alter('t', [1, 2, 3]).error).toBe('INELIGIBLE_REPLICA')
  })

  it('ends the recovery of a leader that was elected at the price of records', () => {
    const rig = new ControllerRig({ settings: { leaders: { minInsyncReplicas: 1, uncleanLeaderElection: true } } })
    rig.join(1, 2)
    rig.topic('t', [1, 2])
    rig.alter('t', [1])
    rig.fence(1)
    expect(rig.partition('t')).toMatchObject({ leader: 2, isr: [2], leaderRecoveryState: 1 })
    rig.heartbeat(1)
    expect(rig.alter('t', [2, 1], { leaderRecoveryState: 1 }).error).toBe('INVALID_REQUEST')
    expect(rig.alter('t', [2])).toMatchObject({ error: 'NONE', leaderRecoveryState: 0 })
    expect(rig.alter('t', [2, 1])).toMatchObject({ error: 'NONE', isr: [2, 1] })
  })

  it('gives every unknown topic its error and goes on', () => {
    const rig = cluster()
    const partitions = [{ partition: 0, leaderEpoch: 0, partitionEpoch: 0, isr: [], leaderRecoveryState: 0 }]
    const topics = [uuid(1) as TopicId, uuid(2) as TopicId].map((topicId) => ({ topicId, partitions }))
    const reply = rig.submit({ type: 'alterPartition', brokerId: 1, brokerEpoch: rig.epochOf(1), topics })
    expect(reply.map(({ partitions: [result] }) => result?.error)).toEqual(['UNKNOWN_TOPIC_ID', 'UNKNOWN_TOPIC_ID'])
  })
})
