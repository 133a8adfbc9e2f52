import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Assignment, Partition } from '../../src/partition/partition.ts'

function assignment(changes: Partial<Assignment> = {}): Assignment {
  return { replicas: [1], isr: [1], leader: 1, leaderEpoch: 0, partitionEpoch: 0, ...changes }
}

describe('Partition', () => {
  it('alone in the ISR, commits what is written', () => {
    const partition = new Partition(1, 0)
    expect(partition.assign(assignment(), 0)).toEqual({ gained: true, lost: false, newEpoch: true })
    expect(partition.appended(5)).toBe(5)
    expect(partition.appended(5)).toBeUndefined()
    expect(partition.highWatermark).toBe(5)
  })

  it('waits for every member of the ISR', () => {
    const partition = new Partition(1, 0)
    partition.assign(assignment({ replicas: [1, 2, 3], isr: [1, 2] }), 10)
    expect(partition.appended(10)).toBeUndefined()
    expect(partition.fetched(3, 10, 0)).toBeUndefined()
    expect(partition.fetched(2, 7, 0)).toBe(7)
    expect(partition.fetched(9, 3, 0)).toBeUndefined()
    partition.assign(assignment({ replicas: [1, 2, 3], isr: [1], partitionEpoch: 1 }), 10)
    expect(partition.appended(12)).toBe(12)
  })

  it('forgets where followers were when an epoch begins', () => {
    const partition = new Partition(1, 0)
    partition.assign(assignment({ replicas: [1, 2], isr: [1, 2] }), 10)
    partition.appended(10)
    partition.fetched(2, 10, 0)
    expect(partition.assign(assignment({ replicas: [1, 2], isr: [1, 2], leader: 2, leaderEpoch: 1 }), 10)).toEqual({
      gained: false,
      lost: true,
      newEpoch: false,
    })
    expect(partition.appended(11)).toBeUndefined()
    expect(partition.learned(20, 15)).toBe(15)
    partition.assign(assignment({ replicas: [1, 2], isr: [1, 2], leaderEpoch: 2 }), 15)
    expect(partition.appended(16)).toBeUndefined()
    expect(partition.fetched(2, 16, 0)).toBe(16)
  })

  it('has a high watermark that never goes back and that no ISR member lacks', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ kind: fc.constant('fetch' as const), replica: fc.integer({ min: 1, max: 4 }), lag: fc.nat(6) }),
      fc.record({ kind: fc.constant('isr' as const), isr: fc.subarray([2, 3]) }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const partition = new Partition(1, 0)
        const replicas = [1, 2, 3]
        const positions = new Map<number, number>()
        let isr = replicas
        let end = 0
        let before = 0
        partition.assign(assignment({ replicas, isr }), 0)
        for (const [index, next] of steps.entries()) {
          if (next.kind === 'append') {
            end += next.count
            partition.appended(end)
          } else if (next.kind === 'fetch') {
            const offset = Math.max(0, end - next.lag)
            if (next.replica === 2 || next.replica === 3) positions.set(next.replica, offset)
            partition.fetched(next.replica, offset, index)
          } else {
            // Only who has caught up joins the ISR.
            isr = [1, ...next.isr.filter((id) => (positions.get(id) ?? -1) >= partition.highWatermark)]
            partition.assign(assignment({ replicas, isr, partitionEpoch: index + 1 }), end)
          }
          expect(partition.highWatermark).toBeGreaterThanOrEqual(before)
          expect(partition.highWatermark).toBeLessThanOrEqual(end)
          before = partition.highWatermark
        }
      }),
    )
  })
})
