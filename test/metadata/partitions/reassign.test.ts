import { describe, expect, it } from 'vitest'
import { UNASSIGNED_DIRECTORY } from '../../../src/base/ids.ts'
import { ControllerRig, dirOf, uuid } from '../controller-rig.ts'

function cluster(...replicas: number[]): ControllerRig {
  const rig = new ControllerRig().join(1, 2, 3, 4)
  rig.topic('t', replicas)
  return rig
}

const NOTHING = { addingReplicas: [], removingReplicas: [] }

describe('a reassignment', () => {
  it('adds first, removes when those that stay are in sync', () => {
    const rig = cluster(1, 2)
    expect(rig.reassign('t', [3, 4])).toEqual({ partition: 0, error: 'NONE', message: null })
    expect(rig.partition('t')).toMatchObject({
      replicas: [3, 4, 1, 2],
      addingReplicas: [3, 4],
      removingReplicas: [1, 2],
      directories: [3, 4, 1, 2].map(dirOf),
      isr: [1, 2],
      leader: 1,
      leaderEpoch: 0,
    })
    expect(rig.alter('t', [1, 2, 3]).error).toBe('NONE')
    expect(rig.partition('t').addingReplicas).toEqual([3, 4])
    expect(rig.alter('t', [1, 2, 3, 4]).error).toBe('NEW_LEADER_ELECTED')
    const after = { replicas: [3, 4], directories: [3, 4].map(dirOf), isr: [3, 4], leader: 3, leaderEpoch: 1 }
    expect(rig.partition('t')).toMatchObject({ ...after, ...NOTHING })
  })

  it('is over at once where it only orders or drops replicas, in a new leader epoch when it drops', () => {
    const rig = cluster(1, 2, 3)
    rig.reassign('t', [3, 2, 1])
    expect(rig.partition('t')).toMatchObject({ replicas: [3, 2, 1], leader: 1, leaderEpoch: 0, ...NOTHING })
    rig.reassign('t', [1, 2])
    expect(rig.partition('t')).toMatchObject({ replicas: [1, 2], isr: [1, 2], leader: 1, leaderEpoch: 1, ...NOTHING })
  })

  it('waits for a replica that stays but is behind', () => {
    const rig = cluster(1, 2, 3)
    rig.alter('t', [1, 2])
    rig.reassign('t', [1, 3])
    expect(rig.partition('t')).toMatchObject({ replicas: [1, 3, 2], addingReplicas: [], removingReplicas: [2] })
    rig.alter('t', [1, 2, 3])
    expect(rig.partition('t')).toMatchObject({ replicas: [1, 3], isr: [1, 3], ...NOTHING })
  })

  it('is replaced by another', () => {
    const rig = cluster(1, 2)
    rig.reassign('t', [1, 3])
    rig.reassign('t', [1, 4])
    expect(rig.partition('t')).toMatchObject({
      replicas: [1, 4, 2, 3],
      addingReplicas: [4],
      removingReplicas: [2, 3],
    })
  })

  it('leaves the directory open where a broker has several', () => {
    const rig = cluster(1)
    rig.register(5, { logDirs: [uuid(70), uuid(71)] })
    rig.heartbeat(5)
    rig.reassign('t', [1, 5])
    expect(rig.partition('t').directories).toEqual([dirOf(1), UNASSIGNED_DIRECTORY])
  })

  it('ends when a broker that was to go dies', () => {
    const rig = cluster(1, 2)
    rig.alter('t', [1])
    rig.reassign('t', [1, 3])
    rig.alter('t', [1, 3])
    expect(rig.partition('t')).toMatchObject({ replicas: [1, 3], ...NOTHING })
  })
})

describe('a replica that was taken away', () => {
  it('is not eligible when it is made one again, for it begins empty', () => {
    const rig = cluster(1, 2)
    rig.config('t', 'min.insync.replicas', '2')
    rig.reassign('t', [1])
    expect(rig.partition('t')).toMatchObject({ replicas: [1], isr: [1], elr: [] })
    rig.reassign('t', [1, 2])
    rig.fence(1)
    expect(rig.partition('t')).toMatchObject({ leader: -1, isr: [], elr: [1] })
  })
})

describe('a reassignment is refused', () => {
  it('where it makes no sense', () => {
    const rig = cluster(1, 2)
    const error = (replicas: number[]) => rig.reassign('t', replicas)
    expect(error([])).toMatchObject({
      error: 'INVALID_REPLICA_ASSIGNMENT',
      message: 'The manual partition assignment includes an empty replica list.',
    })
    expect(error([1, 9]).message).toBe(
      'The manual partition assignment includes broker 9, but no such broker is registered.',
    )
    expect(error([3, 3]).message).toBe('The manual partition assignment includes the broker 3 more than once.')
    expect(rig.reassign('x', [1])).toMatchObject({
      error: 'UNKNOWN_TOPIC_OR_PARTITION',
      message: 'Unable to find a topic named x.',
    })
    expect(rig.reassign('t', [1], { partition: 3 }).message).toBe('Unable to find partition t:3.')
    expect(rig.last).toEqual([])
  })

  it('where it changes how many replicas there are, if the tool forbids that (KIP-860)', () => {
    const rig = cluster(1, 2)
    expect(rig.reassign('t', [1, 2, 3], { allow: false })).toMatchObject({
      error: 'INVALID_REPLICATION_FACTOR',
      message: 'The replication factor is changed from 2 to 3',
    })
    expect(rig.reassign('t', [1, 3], { allow: false }).error).toBe('NONE')
    // While one is under way, what counts is what it will come to.
    expect(rig.reassign('t', [1, 3, 2], { allow: false }).error).toBe('INVALID_REPLICATION_FACTOR')
    expect(rig.reassign('t', [4, 3], { allow: false }).error).toBe('NONE')
  })
})

describe('a cancelled reassignment', () => {
  it('leaves the replicas that were there before', () => {
    const rig = cluster(1, 2)
    rig.reassign('t', [3, 4])
    rig.alter('t', [1, 2, 3])
    expect(rig.reassign('t', null).error).toBe('NONE')
    // The order is that of the list while both were in it.
    expect(rig.partition('t')).toMatchObject({ replicas: [1, 2], isr: [1, 2], leader: 1, leaderEpoch: 1, ...NOTHING })
  })

  it('must be one', () => {
    expect(cluster(1).reassign('t', null)).toEqual({
      partition: 0,
      error: 'NO_REASSIGNMENT_IN_PROGRESS',
      message: null,
    })
  })

  it('needs a topic that allows lost records where only new replicas are in sync', () => {
    const rig = cluster(1, 2)
    rig.reassign('t', [3, 4])
    rig.alter('t', [1, 3])
    rig.fence(1)
    expect(rig.partition('t')).toMatchObject({ leader: 3, isr: [3] })
    expect(rig.reassign('t', null)).toMatchObject({
      error: 'INVALID_REPLICA_ASSIGNMENT',
      message: 'Unable to revert partition assignment for t:0 because it would require an unclean leader election.',
    })
    rig.heartbeat(1)
    rig.config('t', 'unclean.leader.election.enable', 'true')
    expect(rig.reassign('t', null).error).toBe('NONE')
    expect(rig.partition('t')).toMatchObject({ replicas: [1, 2], isr: [1], leader: 1, ...NOTHING })
  })
})
