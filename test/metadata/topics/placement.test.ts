import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Prng } from '../../../src/base/prng.ts'
import { placeReplicas, type UsableBroker } from '../../../src/metadata/topics/placement.ts'

const first = () => 0

function brokers(...racks: readonly (string | null)[]): UsableBroker[] {
  return racks.map((rack, id) => ({ id, rack, fenced: false }))
}

/** Rack of every broker; some are fenced, at least one is not. */
const clusters = fc
  .array(fc.record({ rack: fc.constantFrom(null, 'a', 'b', 'c'), fenced: fc.boolean() }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((list) => list.map((broker, id) => ({ id, ...broker, fenced: id > 0 && broker.fenced })))

describe('placement', () => {
  it('stripes over racks and over the brokers in each', () => {
    const cluster = brokers('a', 'a', 'a', 'b', 'b', 'b', 'c', 'c', 'c')
    expect(placeReplicas(cluster, 3, 3, first)).toEqual([
      [0, 3, 6],
      [4, 7, 1],
      [8, 2, 5],
    ])
  })

  it('gives every partition other brokers, all of them unfenced while there are enough', () => {
    fc.assert(
      fc.property(clusters, fc.integer({ min: 1, max: 40 }), fc.integer(), (cluster, partitions, seed) => {
        const prng = new Prng(seed)
        const unfenced = cluster.filter((broker) => !broker.fenced).map(({ id }) => id)
        const factor = 1 + prng.below(cluster.length)
        const placed = placeReplicas(cluster, partitions, factor, (bound) => prng.below(bound))
        expect(placed).toHaveLength(partitions)
        for (const replicas of placed) {
          expect(replicas).toHaveLength(factor)
          expect(new Set(replicas).size).toBe(factor)
          expect(unfenced).toContain(replicas[0])
        }
      }),
      { numRuns: 300 },
    )
  })

  it('balances leaders and replicas where racks are of equal size', () => {
    const racks = fc.record({ racks: fc.integer({ min: 1, max: 4 }), each: fc.integer({ min: 1, max: 4 }) })
    fc.assert(
      fc.property(racks, fc.integer(), (shape, seed) => {
        const prng = new Prng(seed)
        const names = Array.from({ length: shape.racks * shape.each }, (_, i) => String(i % shape.racks))
        const rounds = 12
        const placed = placeReplicas(brokers(...names), names.length * rounds, 1, (bound) => prng.below(bound))
        const leads = Map.groupBy(placed, ([leader]) => leader)
        for (const partitions of leads.values()) expect(partitions.length).toBeLessThanOrEqual(rounds * 2)
        expect(leads.size).toBe(names.length)
      }),
      { numRuns: 100 },
    )
  })

  it('puts the replicas of a partition into different racks as far as there are racks', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), fc.integer(), (factor, seed) => {
        const prng = new Prng(seed)
        const cluster = brokers('a', 'b', 'c', 'a', 'b', 'c')
        for (const replicas of placeReplicas(cluster, 20, factor, (bound) => prng.below(bound))) {
          expect(new Set(replicas.map((id) => cluster[id]?.rack)).size).toBe(factor)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('refuses what cannot be, in the words of Kafka', () => {
    const fenced = [{ id: 1, rack: null, fenced: true }]
    expect(() => placeReplicas([], 1, 1, first)).toThrow('All brokers are currently fenced')
    expect(() => placeReplicas(fenced, 1, 1, first)).toThrow('All brokers are currently fenced')
    expect(() => placeReplicas(brokers(null, null), 1, 3, first)).toThrow('because only 2 broker(s) are registered')
    expect(() => placeReplicas(brokers(null), 1, 0, first)).toThrow('the replication factor must be positive')
  })
})
