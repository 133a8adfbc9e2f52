import { describe, expect, it } from 'vitest'
import { newFollower } from '../../src/partition/follower.ts'
import { inRack, readableFollowers } from '../../src/partition/replica-selection.ts'

const replica = (id: number, rack: string | null, endOffset = 10, behindMs = 0) => ({ id, rack, endOffset, behindMs })

describe('replicas to read from', () => {
  it('are followers in sync that have the offset and can be reached', () => {
    const follower = (id: number, endOffset: number, logStartOffset = 0) => ({
      ...newFollower(id),
      endOffset,
      logStartOffset,
      caughtUpMs: 90,
    })
    const followers = [follower(2, 10), follower(3, 4), follower(4, 10, 6), follower(5, 10), follower(6, 10)]
    const found = readableFollowers(
      followers,
      (id) => id !== 5,
      (id) => (id === 6 ? undefined : `rack-${id}`),
      5,
      100,
    )
    expect(found).toEqual([{ id: 2, rack: 'rack-2', endOffset: 10, behindMs: 10 }])
  })

  it('are those of the rack, the one that has most first', () => {
    expect(inRack('a', 'b', [replica(2, 'a', 9), replica(3, 'a', 10), replica(4, 'b', 11)])).toBe(3)
    expect(inRack('a', 'b', [replica(2, 'a', 10, 5), replica(3, 'a', 10, 7)])).toBe(2)
  })

  it('are none where the leader is as near, or nobody is', () => {
    expect(inRack('a', 'a', [replica(2, 'a')])).toBeUndefined()
    expect(inRack('a', 'b', [replica(2, null)])).toBeUndefined()
    expect(inRack('', 'b', [replica(2, '')])).toBeUndefined()
  })
})
