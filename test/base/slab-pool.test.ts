import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlabPool } from '../../src/base/slab-pool.ts'

describe('SlabPool', () => {
  it('never gives memory that is still needed to somebody else, whatever is retained and released', () => {
    const step = fc.record({ bytes: fc.integer({ min: 1, max: 300_000 }), keep: fc.nat(3), drop: fc.nat(20) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const pool = new SlabPool()
        const held: { piece: Buffer; mark: number; references: number }[] = []
        for (const [i, { bytes, keep, drop }] of steps.entries()) {
          const mark = i % 251
          const piece = pool.allocate(bytes).fill(mark)
          for (let n = 0; n < keep; n++) pool.retain(piece.subarray(bytes >> 1))
          held.push({ piece, mark, references: keep + 1 })
          const oldest = held[drop % held.length]
          if (oldest === undefined) continue
          expect([oldest.piece[0], oldest.piece.at(-1)]).toEqual([oldest.mark, oldest.mark])
          pool.release(oldest.piece)
          if (--oldest.references === 0) held.splice(held.indexOf(oldest), 1)
        }
        for (const { piece, mark } of held) expect(piece.every((byte) => byte === mark)).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('uses a few slabs over and over where pieces are released in time', () => {
    const pool = new SlabPool()
    const memories = new Set<ArrayBufferLike>()
    const held: Buffer[] = []
    for (let i = 0; i < 2000; i++) {
      const piece = pool.allocate(100_000)
      memories.add(piece.buffer)
      held.push(piece)
      if (held.length > 20) pool.release(held.shift() as Buffer)
    }
    expect(memories.size).toBeLessThan(8)
  })

  it('leaves foreign and very large buffers alone', () => {
    const pool = new SlabPool()
    pool.release(Buffer.alloc(10))
    const large = pool.allocate(5_000_000)
    pool.retain(large)
    expect(large.length).toBe(5_000_000)
  })

  it('notices a piece that is released twice', () => {
    const pool = new SlabPool()
    const piece = pool.allocate(10)
    pool.release(piece)
    expect(() => pool.release(piece)).toThrow('released twice')
  })
})
