import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DirectoryId, LOST_DIRECTORY } from '../../src/base/ids.ts'
import { type Assignment, type BrokerStanding, Partition, type Surroundings } from '../../src/partition/partition.ts'

const LAG = 100

class World implements Surroundings {
  readonly brokers = new Map<number, BrokerStanding>()
  least = 1

  constructor(...ids: number[]) {
    for (const id of ids) this.brokers.set(id, { epoch: 10, fenced: false, inControlledShutdown: false })
  }

  broker(id: number): BrokerStanding | undefined {
    return this.brokers.get(id)
  }

  brokerEpoch(): number {
    return 10
  }

  lagTimeMaxMs(): number {
    return LAG
  }

  minInSyncReplicas(): number {
    return this.least
  }

  set(id: number, changes: Partial<BrokerStanding>): void {
    const known = this.brokers.get(id) ?? { epoch: 10, fenced: false, inControlledShutdown: false }
    this.brokers.set(id, { ...known, ...changes })
  }
}

function assignment(changes: Partial<Assignment> = {}): Assignment {
  return { replicas: [1, 2, 3], isr: [1, 2, 3], leader: 1, leaderEpoch: 0, partitionEpoch: 0, ...changes }
}

function leader(changes: Partial<Assignment> = {}, world = new World(1, 2, 3), end = 0): Partition {
  const partition = new Partition(1, world, 0)
  partition.assign(assignment(changes), end, end, 0)
  return partition
}

/** A fetch of a follower that is told of nothing else. */
function fetch(partition: Partition, replica: number, offset: number, end: number, nowMs: number, epoch = 10): boolean {
  return partition.fetched(replica, offset, 0, end, epoch, nowMs)
}

describe('high watermark', () => {
  it('is the end of the log where the leader is alone', () => {
    const partition = new Partition(1, new World(1), 0)
    const alone = assignment({ replicas: [1], isr: [1] })
    expect(partition.assign(alone, 0, 0, 0)).toEqual({ gained: true, lost: false, newEpoch: true, newLeader: false })
    expect(partition.appended(5, 0)).toBe(true)
    expect(partition.appended(5, 0)).toBe(false)
    expect(partition.highWatermark).toBe(5)
  })

  it('waits for every member of the ISR, and for none that is long gone', () => {
    const partition = leader({ isr: [1, 2] })
    expect(partition.appended(10, 1)).toBe(false)
    expect(fetch(partition, 2, 7, 10, 2)).toBe(true)
    expect(partition.highWatermark).toBe(7)
    expect(fetch(partition, 9, 3, 10, 2)).toBe(false)
    partition.assign(assignment({ isr: [1], partitionEpoch: 1 }), 10, 10, 3)
    expect(partition.appended(12, 3 + 2 * LAG)).toBe(true)
    expect(partition.highWatermark).toBe(12)
  })

  it('waits for a follower that is about to join the ISR', () => {
    const partition = leader({ isr: [1] })
    partition.appended(10, 0)
    expect(partition.highWatermark).toBe(10)
    // Behind the high watermark, so it may not join; caught up at its last fetch, so it is waited for.
    fetch(partition, 2, 4, 4, 1)
    expect(partition.takeProposal()).toBeUndefined()
    expect(partition.appended(20, 2)).toBe(false)
    fetch(partition, 2, 12, 20, 3)
    expect(partition.highWatermark).toBe(12)
    expect(partition.takeProposal()).toMatchObject({ kind: 'expand' })
  })

  it('goes on when who was about to join the ISR dies or is silent for too long, though nothing else happens', () => {
    const world = new World(1, 2, 3)
    const partition = leader({ isr: [1, 2] }, world, 10)
    // It may not join when it fetches; then it may, and is never heard of again.
    world.set(3, { fenced: true })
    fetch(partition, 3, 10, 10, 1)
    world.set(3, { fenced: false })
    partition.appended(20, 2)
    expect(fetch(partition, 2, 20, 20, 3)).toBe(true)
    expect(partition.highWatermark).toBe(10)
    expect(partition.reconsider(4)).toBe(false)
    world.set(3, { fenced: true })
    expect(partition.reconsider(5)).toBe(true)
    expect(partition.highWatermark).toBe(20)

    world.set(3, { fenced: false })
    partition.appended(30, 6)
    fetch(partition, 2, 30, 30, 7)
    partition.tick(LAG)
    expect(partition.highWatermark).toBe(20)
    expect(partition.tick(2 + LAG)).toBe(true)
    expect(partition.highWatermark).toBe(30)
  })

  it('stays where fewer than min.insync.replicas are in sync', () => {
    const world = new World(1, 2, 3)
    world.least = 2
    const partition = leader({ isr: [1] }, world)
    expect(partition.appended(10, 0)).toBe(false)
    expect(partition.isUnderMinIsr).toBe(true)
    world.least = 1
    expect(partition.appended(10, 0)).toBe(true)
    world.least = 9
    partition.assign(assignment({ isr: [1, 2, 3], partitionEpoch: 1 }), 10, 10, 0)
    expect(partition.isUnderMinIsr).toBe(false)
  })

  it('is as the leader says, as far as a follower has it', () => {
    const partition = new Partition(1, new World(1, 2, 3), 3)
    expect(partition.assign(assignment({ leader: 2 }), 10, 10, 0)).toMatchObject({ gained: false, newLeader: true })
    expect(partition.learned(20, 15)).toBe(true)
    expect(partition.highWatermark).toBe(15)
    expect(partition.learned(12, 15)).toBe(false)
    partition.truncated(9, 9)
    expect(partition.highWatermark).toBe(9)
  })
})

describe('roles', () => {
  it('change with the metadata, never back', () => {
    const partition = leader({}, undefined, 5)
    expect(partition.epochStartOffset).toBe(5)
    expect(partition.assign(assignment({ leader: 2, leaderEpoch: 1, partitionEpoch: 1 }), 8, 8, 0)).toEqual({
      gained: false,
      lost: true,
      newEpoch: false,
      newLeader: true,
    })
    expect(partition.epochStartOffset).toBe(-1)
    expect(partition.appended(11, 0)).toBe(false)
    expect(partition.assign(assignment(), 8, 8, 0)).toMatchObject({ gained: false })
    expect(partition.assign(assignment({ leader: 2, leaderEpoch: 1, partitionEpoch: 2 }), 8, 8, 0)).toMatchObject({
      newLeader: false,
    })
    expect(partition.assign(assignment({ leaderEpoch: 2, partitionEpoch: 3 }), 8, 9, 0)).toMatchObject({ gained: true })
    expect(partition.epochStartOffset).toBe(9)
  })

  it('forget where followers were when another led meanwhile, not when the same leader leads on', () => {
    const partition = leader()
    partition.appended(10, 0)
    fetch(partition, 2, 10, 10, 0)
    partition.assign(assignment({ leaderEpoch: 1, partitionEpoch: 1 }), 10, 10, 0)
    expect(partition.follower(2)?.endOffset).toBe(10)
    partition.assign(assignment({ leader: 2, leaderEpoch: 2, partitionEpoch: 2 }), 10, 10, 0)
    partition.assign(assignment({ leaderEpoch: 3, partitionEpoch: 3 }), 10, 10, 0)
    expect(partition.follower(2)?.endOffset).toBe(-1)
  })
})

describe('silence', () => {
  it('counts from the last fetch of the most silent replica in sync', () => {
    const nobody = () => Number.NEGATIVE_INFINITY
    const partition = leader()
    expect(partition.heardMs(nobody)).toBe(Number.NEGATIVE_INFINITY)
    partition.appended(10, 0)
    fetch(partition, 2, 10, 10, 50)
    expect(partition.heardMs(nobody)).toBe(Number.NEGATIVE_INFINITY)
    fetch(partition, 3, 10, 10, 70)
    expect(partition.heardMs(nobody)).toBe(50)
    expect(partition.heardMs((id) => (id === 2 ? 90 : -1))).toBe(70)
    partition.assign(assignment({ isr: [1, 3], partitionEpoch: 1 }), 10, 10, 100)
    expect(partition.heardMs(nobody)).toBe(70)
    partition.assign(assignment({ isr: [1], partitionEpoch: 2 }), 10, 10, 100)
    expect(partition.heardMs(nobody)).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('ISR', () => {
  it('takes in who has all that is committed, one change at a time', () => {
    const partition = leader({ isr: [1] })
    partition.appended(10, 0)
    fetch(partition, 2, 9, 10, 1)
    expect(partition.takeProposal()).toBeUndefined()
    fetch(partition, 2, 10, 10, 2)
    const proposal = partition.takeProposal()
    expect(proposal).toEqual({
      kind: 'expand',
      leaderEpoch: 0,
      partitionEpoch: 0,
      isr: [
        { brokerId: 1, brokerEpoch: 10 },
        { brokerId: 2, brokerEpoch: 10 },
      ],
    })
    expect(partition.takeProposal()).toBeUndefined()
    fetch(partition, 3, 10, 10, 3)
    expect(partition.takeProposal()).toBeUndefined()
    // From now on nothing counts as committed that replica 2 lacks.
    expect(partition.appended(11, 3 + 2 * LAG)).toBe(false)
    expect(partition.isr).toEqual([1])
    expect(partition.maximalIsr).toEqual([1, 2])
    if (proposal === undefined) throw new Error('no proposal')
    partition.settled(proposal, { kind: 'committed', isr: [1, 2], leaderEpoch: 0, partitionEpoch: 1 }, 4)
    expect(partition.isr).toEqual([1, 2])
    expect(partition.partitionEpoch).toBe(1)
    fetch(partition, 3, 11, 11, 5)
    expect(partition.takeProposal()).toMatchObject({ partitionEpoch: 1 })
  })

  it('takes in nobody before the start of the leader epoch, nor who is fenced, leaving or of another life', () => {
    const world = new World(1, 2, 3)
    const partition = new Partition(1, world, 3)
    partition.assign(assignment({ isr: [1] }), 8, 8, 0)
    fetch(partition, 2, 7, 8, 1)
    expect(partition.takeProposal()).toBeUndefined()
    world.set(2, { fenced: true })
    fetch(partition, 2, 8, 8, 2)
    world.set(2, { fenced: false, inControlledShutdown: true })
    fetch(partition, 2, 8, 8, 2)
    world.set(2, { inControlledShutdown: false, epoch: 11 })
    fetch(partition, 2, 8, 8, 2)
    expect(partition.takeProposal()).toBeUndefined()
    expect(partition.checkFetch(2, 10)).toBe('stale broker epoch')
    expect(partition.checkFetch(2, 11)).toBe('noted')
    expect(partition.checkFetch(2, -1)).toBe('noted')
    expect(partition.checkFetch(7, 11)).toBe('not a replica')
    fetch(partition, 2, 8, 8, 2, 11)
    expect(partition.takeProposal()).toMatchObject({ kind: 'expand', isr: [{ brokerId: 1 }, { brokerEpoch: 11 }] })
  })

  it('neither takes in nor waits for a replica whose directory is lost', () => {
    const partition = new Partition(1, new World(1, 2, 3), 3)
    const [here, lost] = ['here' as DirectoryId, LOST_DIRECTORY]
    partition.assign(assignment({ isr: [1], directories: [here, lost, here] }), 8, 8, 0)
    fetch(partition, 2, 8, 8, 1)
    expect(partition.takeProposal()).toBeUndefined()
    expect(partition.appended(10, 2)).toBe(true)
    expect(partition.highWatermark).toBe(10)
    partition.assign(assignment({ isr: [1], directories: [here, here, here], partitionEpoch: 1 }), 10, 10, 3)
    fetch(partition, 2, 10, 10, 4)
    expect(partition.takeProposal()).toMatchObject({ kind: 'expand', isr: [{ brokerId: 1 }, { brokerId: 2 }] })
  })

  it('loses who has not caught up for too long, and keeps counting it until that is committed', () => {
    const partition = leader()
    partition.appended(10, 0)
    fetch(partition, 2, 10, 10, 50)
    partition.tick(LAG)
    expect(partition.takeProposal()).toBeUndefined()
    partition.tick(LAG + 1)
    const proposal = partition.takeProposal()
    expect(proposal).toMatchObject({ kind: 'shrink', isr: [{ brokerId: 1 }, { brokerId: 2, brokerEpoch: 10 }] })
    expect(partition.highWatermark).toBe(0)
    if (proposal === undefined) throw new Error('no proposal')
    expect(
      partition.settled(proposal, { kind: 'committed', isr: [1, 2], leaderEpoch: 0, partitionEpoch: 1 }, LAG + 2),
    ).toBe(true)
    expect(partition.highWatermark).toBe(10)
    // The metadata says the same later.
    partition.assign(assignment({ isr: [1, 2], partitionEpoch: 1 }), 10, 10, LAG + 3)
    partition.assign(assignment(), 10, 10, LAG + 3)
    expect(partition.isr).toEqual([1, 2])
  })

  it('counts as caught up who has now what the leader had at its last fetch', () => {
    const partition = leader()
    partition.appended(10, 0)
    for (let at = 0; at < 10; at++) {
      const end = 10 + 10 * at
      partition.appended(end, at * 40)
      fetch(partition, 2, end - 10, end, at * 40)
      fetch(partition, 3, end, end, at * 40)
    }
    partition.tick(9 * 40 + 50)
    expect(partition.takeProposal()).toBeUndefined()
  })

  it('goes back to what it was where the controller did not touch it, and waits for the metadata otherwise', () => {
    const partition = leader({ isr: [1] })
    partition.appended(10, 0)
    fetch(partition, 2, 10, 10, 1)
    const first = partition.takeProposal()
    if (first === undefined) throw new Error('no proposal')
    partition.settled(first, { kind: 'refused', error: 'INELIGIBLE_REPLICA' }, 2)
    expect(partition.maximalIsr).toEqual([1])
    fetch(partition, 2, 10, 10, 3)
    const second = partition.takeProposal()
    if (second === undefined) throw new Error('no proposal')
    partition.settled(second, { kind: 'refused', error: 'INVALID_UPDATE_VERSION' }, 4)
    expect(partition.maximalIsr).toEqual([1, 2])
    expect(partition.isPending(second)).toBe(true)
    partition.assign(assignment({ isr: [1, 3], partitionEpoch: 1 }), 10, 10, 5)
    expect(partition.maximalIsr).toEqual([1, 3])
    expect(partition.isPending(second)).toBe(false)
  })
})

it('has a low watermark of the live replicas', () => {
  const world = new World(1, 2, 3)
  const partition = leader({}, world)
  expect(partition.lowWatermark(5)).toBe(-1)
  partition.fetched(2, 9, 5, 9, 10, 0)
  partition.fetched(3, 9, 3, 9, 10, 0)
  expect(partition.lowWatermark(5)).toBe(3)
  world.set(3, { fenced: true })
  expect(partition.lowWatermark(5)).toBe(5)
})

describe('Partition against a naive model', () => {
  const replicas = [1, 2, 3]
  const step = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 5 }) }),
    fc.record({ kind: fc.constant('fetch' as const), replica: fc.constantFrom(2, 3), by: fc.nat(8) }),
    fc.record({ kind: fc.constant('answer' as const), how: fc.constantFrom('commit', 'refuse', 'lost', 'race') }),
    fc.record({ kind: fc.constant('metadata' as const) }),
    fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 150 }) }),
    fc.record({ kind: fc.constant('fence' as const), replica: fc.constantFrom(2, 3), fenced: fc.boolean() }),
  )

  it('commits only what every member of any ISR that the controller may hold has', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), fc.integer({ min: 1, max: 3 }), (steps, least) => {
        const world = new World(...replicas)
        world.least = least
        const partition = leader({}, world)
        /** What the controller holds, and what followers really have. */
        let held = { isr: replicas, partitionEpoch: 0 }
        const has = new Map([
          [2, 0],
          [3, 0],
        ])
        let [end, now, before] = [0, 0, 0]
        let out = partition.takeProposal()
        for (const next of steps) {
          if (next.kind === 'append') {
            end += next.count
            partition.appended(end, now)
          } else if (next.kind === 'fetch') {
            const offset = has.get(next.replica) ?? 0
            fetch(partition, next.replica, offset, end, now)
            has.set(next.replica, Math.min(end, offset + next.by))
          } else if (next.kind === 'answer' && out !== undefined) {
            const isr = out.isr.map(({ brokerId }) => brokerId)
            const isEligible = isr.every((id) => !world.broker(id)?.fenced)
            if (next.how === 'race') held = { isr: held.isr, partitionEpoch: held.partitionEpoch + 1 }
            else if (next.how !== 'refuse' && isEligible && out.partitionEpoch === held.partitionEpoch) {
              held = { isr, partitionEpoch: held.partitionEpoch + 1 }
              if (next.how === 'commit') partition.settled(out, { kind: 'committed', leaderEpoch: 0, ...held }, now)
            } else if (out.partitionEpoch === held.partitionEpoch) {
              partition.settled(out, { kind: 'refused', error: 'INELIGIBLE_REPLICA' }, now)
            } else partition.settled(out, { kind: 'refused', error: 'INVALID_UPDATE_VERSION' }, now)
            out = undefined
          } else if (next.kind === 'metadata') {
            partition.assign(assignment(held), end, end, now)
            partition.appended(end, now)
          } else if (next.kind === 'pass') {
            now += next.ms
            partition.tick(now)
          } else if (next.kind === 'fence') {
            world.set(next.replica, { fenced: next.fenced })
            if (next.fenced && held.isr.includes(next.replica)) {
              held = {
                isr: held.isr.filter((id) => id !== next.replica),
                partitionEpoch: held.partitionEpoch + 1,
              }
            }
          }
          out = partition.takeProposal() ?? out
          expect(partition.highWatermark).toBeGreaterThanOrEqual(before)
          expect(partition.highWatermark).toBeLessThanOrEqual(end)
          if (partition.highWatermark > before) {
            for (const id of held.isr) {
              if (id !== 1) expect(partition.highWatermark).toBeLessThanOrEqual(has.get(id) ?? 0)
            }
            // Two of three would be lost by one crash.
            expect(partition.isr.length).toBeGreaterThanOrEqual(least)
          }
          before = partition.highWatermark
        }
      }),
    )
  })
})
