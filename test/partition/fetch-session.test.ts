import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ErrorCode } from '../../src/base/errors.ts'
import { ZERO_UUID } from '../../src/base/ids.ts'
import {
  type CachedPartition,
  type FetchPartition,
  type FetchSession,
  nextEpoch,
  type PartitionOutcome,
} from '../../src/partition/fetch-session.ts'
import { FetchSessionCache, type SessionRequest } from '../../src/partition/fetch-session-cache.ts'

const random = (bound: number) => Math.floor(bound / 3)

function counting(): (bound: number) => number {
  let next = 0
  return (bound) => next++ % bound
}

function asked(partition: number, fetchOffset = 0): FetchPartition {
  return {
    topic: 't',
    topicId: ZERO_UUID,
    partition,
    fetchOffset,
    maxBytes: 100,
    currentLeaderEpoch: -1,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
  }
}

function request(changes: Partial<SessionRequest> = {}): SessionRequest {
  return {
    sessionId: 0,
    sessionEpoch: 0,
    usesTopicIds: false,
    isFollower: false,
    partitions: [],
    forgotten: [],
    ...changes,
  }
}

function outcome(changes: Partial<PartitionOutcome> = {}): PartitionOutcome {
  return { errorCode: 0, highWatermark: 10, logStartOffset: 0, recordsSize: 0, mustTell: false, ...changes }
}

function open(cache: FetchSessionCache, count: number, nowMs: number, isFollower = false): number {
  const context = cache.begin(
    request({ isFollower, partitions: Array.from({ length: count }, (_, i) => asked(i)) }),
    nowMs,
  )
  return context.finish(
    context.partitions.map((a) => ({ asked: a, outcome: outcome() })),
    nowMs,
  ).sessionId
}

describe('fetch sessions', () => {
  it('count epochs from 1 to 2^31-1 and around', () => {
    expect([-1, 0, 1, 0x7fff_fffe, 0x7fff_ffff].map(nextEpoch)).toEqual([-1, 1, 2, 0x7fff_ffff, 1])
  })

  it('are opened by epoch 0, and not by epoch -1', () => {
    const cache = new FetchSessionCache({ slots: 2, random })
    expect(open(cache, 2, 0)).toBeGreaterThan(0)
    const closing = cache.begin(request({ sessionEpoch: -1, partitions: [asked(0)] }), 0)
    expect(closing.finish([{ asked: asked(0), outcome: outcome() }], 0)).toMatchObject({
      sessionId: 0,
      error: undefined,
    })
    expect(cache.size).toBe(1)
  })

  it('are closed by any full fetch that names them', () => {
    const cache = new FetchSessionCache({ slots: 10, random })
    const id = open(cache, 1, 0)
    cache.begin(request({ sessionId: id, sessionEpoch: -1 }), 0)
    expect(cache.size).toBe(0)
    expect(cache.begin(request({ sessionId: id, sessionEpoch: 1 }), 0).error).toBe('FETCH_SESSION_ID_NOT_FOUND')
  })

  it('refuse a wrong epoch, and a change between names and ids', () => {
    const cache = new FetchSessionCache({ slots: 10, random })
    const sessionId = open(cache, 1, 0)
    expect(cache.begin(request({ sessionId, sessionEpoch: 2 }), 0).error).toBe('INVALID_FETCH_SESSION_EPOCH')
    const withIds = request({ sessionId, sessionEpoch: 1, usesTopicIds: true })
    expect(cache.begin(withIds, 0).error).toBe('FETCH_SESSION_TOPIC_ID_ERROR')
    expect(cache.begin(request({ sessionId, sessionEpoch: 1 }), 0).error).toBeUndefined()
  })

  it('leave out partitions that rest, until they are woken, named, forgotten, or the session ends', () => {
    const cache = new FetchSessionCache({ slots: 1, random })
    const sessionId = open(cache, 4, 0)
    const ended: number[] = []
    let sessionEpoch = 1
    const begin = (changes: Partial<SessionRequest> = {}) => {
      const context = cache.begin(request({ sessionId, sessionEpoch: sessionEpoch++, ...changes }), 0)
      return { session: context.session as FetchSession, at: context.partitions.map((a) => a.partition) }
    }
    const { session, at } = begin()
    expect(at).toEqual([0, 1, 2, 3])
    const all = session.active()
    for (const each of all) session.rest(each, { end: () => ended.push(each.partition) })
    expect([session.active(), session.size, session.isActive(all[0] as CachedPartition)]).toEqual([[], 4, false])
    session.wake(all[2] as CachedPartition)
    expect([begin().at, ended]).toEqual([[2], [2]])
    expect([begin({ partitions: [asked(1, 7)] }).at, ended]).toEqual([
      [2, 1],
      [2, 1],
    ])
    expect(session.active()[1]?.fetchOffset).toBe(7)
    expect([begin({ forgotten: [asked(0)] }).at, ended]).toEqual([
      [2, 1],
      [2, 1, 0],
    ])
    cache.begin(request({ sessionId, sessionEpoch: -1 }), 0)
    expect(ended).toEqual([2, 1, 0, 3])
  })

  it('answer a fetch whose session moved on with an error', () => {
    const cache = new FetchSessionCache({ slots: 10, random })
    const sessionId = open(cache, 1, 0)
    const slow = cache.begin(request({ sessionId, sessionEpoch: 1 }), 0)
    cache.begin(request({ sessionId, sessionEpoch: 2 }), 0)
    expect(slow.finish([], 0)).toEqual({ error: 'INVALID_FETCH_SESSION_EPOCH', sessionId, told: [] })
  })

  it('end when everything in them is forgotten', () => {
    const cache = new FetchSessionCache({ slots: 10, random })
    const sessionId = open(cache, 1, 0)
    const context = cache.begin(request({ sessionId, sessionEpoch: 1, forgotten: [asked(0)] }), 0)
    expect(context.finish([], 0)).toMatchObject({ sessionId: 0 })
    expect(cache.size).toBe(0)
  })

  it('put a partition that got records behind the others', () => {
    const cache = new FetchSessionCache({ slots: 10, random })
    const sessionId = open(cache, 3, 0)
    const first = cache.begin(request({ sessionId, sessionEpoch: 1 }), 0)
    first.finish(
      first.partitions.map((a) => ({ asked: a, outcome: outcome({ recordsSize: a.partition === 0 ? 5 : 0 }) })),
      0,
    )
    const second = cache.begin(request({ sessionId, sessionEpoch: 2 }), 0)
    expect(second.partitions.map((a) => a.partition)).toEqual([1, 2, 0])
  })

  it('make room by Kafka rules', () => {
    const cache = new FetchSessionCache({ slots: 2, evictionMs: 1000, random: counting() })
    const small = open(cache, 1, 0)
    const large = open(cache, 5, 0)
    expect(open(cache, 9, 500), 'young sessions of consumers stay').toBe(0)
    for (const [sessionId, sessionEpoch] of [
      [small, 1],
      [large, 1],
    ] as const) {
      cache.begin(request({ sessionId, sessionEpoch }), 1500)
    }
    expect(open(cache, 1, 1500), 'no larger than the least').toBe(0)
    const bigger = open(cache, 2, 1500)
    expect(bigger).toBeGreaterThan(0)
    expect(cache.begin(request({ sessionId: small, sessionEpoch: 2 }), 1500).error).toBe('FETCH_SESSION_ID_NOT_FOUND')
    expect(open(cache, 1, 1600, true), 'a follower takes the place of any consumer').toBeGreaterThan(0)
    expect(cache.begin(request({ sessionId: bigger, sessionEpoch: 1 }), 1600).error).toBe('FETCH_SESSION_ID_NOT_FOUND')
    expect(open(cache, 1, 2700), 'a stale one goes').toBeGreaterThan(0)
    expect(cache.size).toBe(2)
  })

  it('tell a fetcher all that it would learn by full fetches, and nothing twice', () => {
    const step = fc.record({
      /** New high watermarks, and records where they rose. */
      moves: fc.array(fc.record({ partition: fc.nat(5), error: fc.boolean() }), { maxLength: 4 }),
      add: fc.array(fc.nat(5), { maxLength: 2 }),
      forget: fc.array(fc.nat(5), { maxLength: 2 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const cache = new FetchSessionCache({ slots: 1, random })
        const truth = Array.from({ length: 6 }, () => ({ highWatermark: 0, error: false, fetched: 0 }))
        const believed = new Map<number, { highWatermark: number; error: boolean }>()
        let sessionId = 0
        let sessionEpoch = 0
        for (const { moves, add, forget } of steps) {
          for (const { partition, error } of moves) {
            const state = truth[partition] as (typeof truth)[number]
            state.highWatermark++
            state.error = error
          }
          const gone = sessionEpoch === 0 ? [] : forget.filter((p) => !add.includes(p))
          const context = cache.begin(
            request({
              sessionId,
              sessionEpoch,
              partitions: add.map((p) => asked(p)),
              forgotten: gone.map((p) => asked(p)),
            }),
            0,
          )
          expect(context.error).toBeUndefined()
          for (const partition of gone) believed.delete(partition)
          for (const partition of add)
            if (!believed.has(partition)) believed.set(partition, { highWatermark: -1, error: false })
          expect(new Set(context.partitions.map((a) => a.partition))).toEqual(new Set(believed.keys()))
          const outcomes = context.partitions.map((a) => {
            const state = truth[a.partition] as (typeof truth)[number]
            const { highWatermark, error } = state
            if (error)
              return { asked: a, outcome: outcome({ errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER, highWatermark: -1 }) }
            const recordsSize = highWatermark > state.fetched ? 1 : 0
            state.fetched = highWatermark
            return { asked: a, outcome: outcome({ highWatermark, recordsSize }) }
          })
          const { told, sessionId: id } = context.finish(outcomes, 0)
          for (const { asked: a, outcome: said } of told) {
            const view = believed.get(a.partition)
            const isNews =
              said.errorCode !== 0 || view?.error || view?.highWatermark !== said.highWatermark || said.recordsSize > 0
            if (sessionEpoch !== 0) expect(isNews).toBe(true)
            believed.set(a.partition, { highWatermark: said.highWatermark, error: said.errorCode !== 0 })
          }
          for (const { asked: a, outcome: said } of outcomes) {
            expect(believed.get(a.partition)?.highWatermark).toBe(said.highWatermark)
          }
          sessionEpoch = id === 0 ? 0 : nextEpoch(sessionEpoch)
          sessionId = id
          if (id === 0) believed.clear()
        }
      }),
    )
  })
})
