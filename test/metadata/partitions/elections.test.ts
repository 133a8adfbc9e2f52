import { describe, expect, it } from 'vitest'
import type { ElectionType } from '../../../src/metadata/partitions/commands.ts'
import { ControllerRig } from '../controller-rig.ts'

const elect = (rig: ControllerRig, electionType: ElectionType, ...partitions: number[]) =>
  rig.submit({ type: 'electLeaders', electionType, topicPartitions: [{ topic: 't', partitions }] })[0]?.partitions

function cluster(...lists: number[][]): ControllerRig {
  const rig = new ControllerRig().join(1, 2, 3)
  rig.topic('t', ...lists)
  return rig
}

/** Leader 2, though 1 comes first; both in sync. */
function afterRestartOfFirst(): ControllerRig {
  const rig = cluster([1, 2])
  rig.fence(1)
  rig.heartbeat(1)
  rig.alter('t', [2, 1])
  return rig
}

describe('ElectLeaders, preferred', () => {
  it('gives the first replica its partition back', () => {
    const rig = afterRestartOfFirst()
    expect(rig.partition('t').leader).toBe(2)
    expect(elect(rig, 'preferred', 0)).toEqual([{ partition: 0, error: 'NONE', message: null }])
    expect(rig.partition('t')).toMatchObject({ leader: 1, isr: [2, 1], leaderEpoch: 2, leaderRecoveryState: 0 })
    expect(elect(rig, 'preferred', 0)).toEqual([
      { partition: 0, error: 'ELECTION_NOT_NEEDED', message: 'Leader election not needed for topic partition.' },
    ])
  })

  it('says why it does not', () => {
    const rig = cluster([1, 2])
    rig.fence(1)
    expect(elect(rig, 'preferred', 0, 7)).toEqual([
      { partition: 0, error: 'PREFERRED_LEADER_NOT_AVAILABLE', message: 'The preferred leader was not available.' },
      { partition: 7, error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'No such partition as t-7' },
    ])
    const topicPartitions = [{ topic: 'x', partitions: [0] }]
    expect(rig.submit({ type: 'electLeaders', electionType: 'preferred', topicPartitions })).toEqual([
      {
        topic: 'x',
        partitions: [{ partition: 0, error: 'UNKNOWN_TOPIC_OR_PARTITION', message: 'No such topic as x' }],
      },
    ])
  })

  it('of everything tells only what was not right', () => {
    const rig = afterRestartOfFirst()
    rig.topic('u', [3])
    const reply = rig.submit({ type: 'electLeaders', electionType: 'preferred', topicPartitions: null })
    expect(reply).toEqual([
      { topic: 't', partitions: [{ partition: 0, error: 'NONE', message: null }] },
      { topic: 'u', partitions: [] },
    ])
  })

  it('elects a partition once, however often it is named', () => {
    const rig = afterRestartOfFirst()
    expect(elect(rig, 'preferred', 0, 0)?.map(({ error }) => error)).toEqual(['NONE', 'ELECTION_NOT_NEEDED'])
    expect(rig.partition('t').leaderEpoch).toBe(2)
  })
})

describe('ElectLeaders, unclean', () => {
  /** Broker 2 was out of sync when 1 went. */
  function lost(): ControllerRig {
    const rig = cluster([1, 2])
    rig.fence(2)
    rig.fence(1)
    expect(rig.partition('t')).toMatchObject({ leader: -1, isr: [], elr: [1], lastKnownElr: [1] })
    rig.heartbeat(2)
    return rig
  }

  it('takes a replica that is out of sync, which has to recover', () => {
    const rig = lost()
    expect(rig.partition('t').leader).toBe(-1)
    expect(elect(rig, 'unclean', 0)?.[0]?.error).toBe('NONE')
    const state = { leader: 2, isr: [2], elr: [], lastKnownElr: [], leaderRecoveryState: 1 }
    expect(rig.partition('t')).toMatchObject(state)
    expect(elect(rig, 'unclean', 0)?.[0]?.error).toBe('ELECTION_NOT_NEEDED')
  })

  it('takes an eligible one first, which need not', () => {
    const rig = lost()
    rig.heartbeat(1)
    expect(rig.partition('t')).toMatchObject({ leader: 1, isr: [1], elr: [], leaderRecoveryState: 0 })
  })

  it('needs anybody at all', () => {
    const rig = lost()
    rig.fence(2)
    expect(elect(rig, 'unclean', 0)).toEqual([
      {
        partition: 0,
        error: 'ELIGIBLE_LEADERS_NOT_AVAILABLE',
        message: 'Eligible topic partition leaders are not available.',
      },
    ])
  })
})

describe('elections that nobody asks for', () => {
  it('bring preferred leaders back', () => {
    const rig = new ControllerRig({ settings: { elections: { balanceMs: 300_000, uncleanMs: 0 } } }).join(1, 2)
    rig.topic('t', [1, 2], [2, 1])
    rig.fence(1)
    rig.heartbeat(1)
    rig.alter('t', [2, 1])
    for (rig.nowMs = 0; rig.nowMs < 300_000; rig.nowMs += 8000) for (const broker of [1, 2]) rig.heartbeat(broker)
    rig.nowMs = 300_000
    for (const broker of [1, 2]) rig.heartbeat(broker)
    expect(rig.deadlineMs).toBe(300_000)
    expect(rig.tick()).toHaveLength(1)
    expect(rig.partition('t').leader).toBe(1)
    rig.nowMs = 301_000
    expect(rig.tick()).toEqual([])
    expect(rig.deadlineMs).toBe(309_000)
  })

  it('come in rounds of a thousand', () => {
    const rig = new ControllerRig({ settings: { elections: { balanceMs: 1000, uncleanMs: 0 } } }).join(1, 2)
    rig.topic('t', ...Array.from({ length: 1500 }, () => [1, 2]))
    rig.fence(1)
    rig.heartbeat(1)
    for (let partition = 0; partition < 1500; partition++) rig.alter('t', [2, 1], { partition })
    rig.nowMs = 1000
    expect(rig.tick()).toHaveLength(1000)
    expect(rig.deadlineMs).toBe(1010)
    rig.nowMs = 1010
    expect(rig.tick()).toHaveLength(500)
    expect(rig.deadlineMs).toBe(2010)
  })

  it('find leaders that may lose records, once a topic allows it', () => {
    const rig = new ControllerRig({ settings: { elections: { balanceMs: 0, uncleanMs: 5000 } } }).join(1, 2)
    rig.topic('t', [1, 2])
    rig.fence(2)
    rig.fence(1)
    rig.heartbeat(2)
    rig.nowMs = 5000
    expect(rig.tick()).toEqual([])
    rig.config('t', 'unclean.leader.election.enable', 'true')
    rig.heartbeat(2)
    rig.nowMs = 10_000
    expect(rig.tick()).toHaveLength(1)
    expect(rig.partition('t')).toMatchObject({ leader: 2, isr: [2], leaderRecoveryState: 1 })
  })
})
