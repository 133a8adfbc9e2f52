import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { truncationOffset } from '../../src/partition/truncation.ts'
import { LeaderEpochs } from '../../src/storage/leader-epochs.ts'

/** A log as the epochs of its records. */
function logOf(records: readonly number[], highWatermark = 0) {
  const epochs = new LeaderEpochs()
  for (const [offset, epoch] of records.entries()) epochs.assign(epoch, offset)
  return {
    logEndOffset: records.length,
    highWatermark,
    latest: epochs.latest ?? -1,
    endOffsetForEpoch: (epoch: number) => epochs.endOffsetFor(epoch, records.length),
  }
}

describe('truncationOffset', () => {
  it('keeps what both logs have of the epoch that the leader names', () => {
    expect(truncationOffset(logOf([0, 0, 1, 1, 1]), { epoch: 1, endOffset: 4 })).toBe(4)
    expect(truncationOffset(logOf([0, 0, 1, 1, 1]), { epoch: 0, endOffset: 9 })).toBe(2)
    expect(truncationOffset(logOf([0, 0, 3, 3]), { epoch: 2, endOffset: 3 })).toBe(2)
    expect(truncationOffset(logOf([5, 5]), { epoch: 2, endOffset: 9 })).toBe(0)
  })

  it('goes back to the high watermark where the leader knows nothing', () => {
    expect(truncationOffset(logOf([0, 0, 1], 2), { epoch: -1, endOffset: -1 })).toBe(2)
    expect(truncationOffset(logOf([0, 0, 1], 2), { epoch: -1, endOffset: 1 })).toBe(1)
  })

  it('finds the common part of two histories, step by step', () => {
    const tail = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 8 })
    fc.assert(
      fc.property(tail, tail, tail, (shared, onlyOurs, onlyTheirs) => {
        const rising = (steps: readonly number[], from: number, parity: number) => {
          let epoch = from
          return steps.map((step) => {
            epoch += step
            return epoch * 2 + parity
          })
        }
        // One leader wrote each epoch: even epochs are shared or ours, odd ones theirs.
        const common = rising(shared, 0, 0)
        const next = (common.at(-1) ?? 0) / 2 + 1
        let ours = [...common, ...rising(onlyOurs, next, 0)]
        const theirs = logOf([...common, ...rising(onlyTheirs, next, 1)])
        for (let fetches = 0; ; fetches++) {
          expect(fetches).toBeLessThan(30)
          const follower = logOf(ours)
          if (ours.length === 0) break
          const end = theirs.endOffsetForEpoch(follower.latest)
          // As a leader answers a fetch: no end, no divergence to tell; the follower asks for the range instead.
          if (end === undefined) {
            if (theirs.logEndOffset >= ours.length) break
            ours = ours.slice(0, theirs.logEndOffset)
            continue
          }
          if (end.leaderEpoch >= follower.latest && end.endOffset >= ours.length) break
          const keep = truncationOffset(follower, { epoch: end.leaderEpoch, endOffset: end.endOffset })
          expect(keep).toBeGreaterThanOrEqual(Math.min(common.length, ours.length))
          expect(keep).toBeLessThan(ours.length)
          ours = ours.slice(0, keep)
        }
      }),
    )
  })
})
