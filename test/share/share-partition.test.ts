import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import type { Uuid } from '../../src/base/ids.ts'
import type { FetchedBatch } from '../../src/share/aborted.ts'
import { Delivery } from '../../src/share/in-flight.ts'
import { SharePartition, type StateChange, type StateWrite } from '../../src/share/share-partition.ts'
import type { ShareStateReplies } from '../../src/share/state-commands.ts'
import { ShareStateMachine } from '../../src/share/state-machine.ts'
import type { ShareStateRecord } from '../../src/share/state-records.ts'

const SETTINGS = { lockDurationMs: 100, maxDeliveries: 3, maxRecordLocks: 60, mayRenew: true }
const KEY = { groupId: 'g', topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' as Uuid, partition: 0 }
const MEMBERS = ['a', 'b', 'c']

function batch(baseOffset: number, size: number): FetchedBatch {
  return { baseOffset, lastOffset: baseOffset + size - 1, producerId: -1, isTransactional: false, isAbort: false }
}

/** What may be said of one record from outside. */
interface Known {
  holder: string | undefined
  lockedUntilMs: number
  deliveries: number
  isDone: boolean
}

/** A share partition, the share coordinator that keeps its state, a log, and a model that counts along. */
class World {
  nowMs = 0
  readonly log: FetchedBatch[] = []
  readonly known: Known[] = []
  readonly stored: ShareStateRecord[] = []
  readonly pending: { readonly change: StateChange; readonly offsets: readonly number[]; readonly done: boolean }[] = []
  coordinator = newCoordinator()
  partition: SharePartition
  epoch = 0

  constructor() {
    this.ask({ type: 'initialize', key: KEY, stateEpoch: 1, startOffset: 0 })
    this.partition = this.load()
  }

  ask<C extends Parameters<ShareStateMachine['handle']>[0]>(command: C): ShareStateReplies[C['type']] {
    const { records, replies } = this.coordinator.handle(command, 1, this.nowMs)
    for (const record of records) this.coordinator.replay(record, this.stored.push(record) - 1)
    return replies[0]?.reply as ShareStateReplies[C['type']]
  }

  load(): SharePartition {
    const read = this.ask({ type: 'read', key: KEY, leaderEpoch: ++this.epoch })
    if (read.error !== 'NONE' || !('stateBatches' in read)) throw new Error(read.error)
    return new SharePartition(read.startOffset, read.stateBatches, () => SETTINGS)
  }

  store({ startOffset, deliveryCompleteCount, batches }: StateWrite): void {
    const write = { stateEpoch: 1, leaderEpoch: this.epoch, startOffset, deliveryCompleteCount, stateBatches: batches }
    expect(this.ask({ type: 'write', key: KEY, ...write }).error).toBe('NONE')
  }

  produce(size: number): void {
    this.log.push(batch(this.known.length, size))
    for (let i = 0; i < size; i++) {
      this.known.push({ holder: undefined, lockedUntilMs: 0, deliveries: 0, isDone: false })
    }
  }

  fetch(memberId: string, maxRecords: number, isStrict: boolean): void {
    if (!this.partition.canAcquire()) return
    const fetchOffset = this.partition.nextFetchOffset()
    const batches = this.log.filter(({ lastOffset }) => lastOffset >= fetchOffset).slice(0, 4)
    const request = {
      memberId,
      isStrict,
      batchSize: 5,
      maxRecords,
      fetchOffset,
      batches,
      aborted: [],
      nowMs: this.nowMs,
    }
    const { records, count } = this.partition.acquire(request)
    if (isStrict) expect(count).toBeLessThanOrEqual(maxRecords)
    let acquired = 0
    for (const { firstOffset, lastOffset, deliveryCount } of records) {
      for (let offset = firstOffset; offset <= lastOffset; offset++, acquired++) {
        const known = this.known[offset] as Known
        expect(known.holder, `${offset} is given to ${memberId}`).toBeUndefined()
        expect(known.isDone, `${offset} was done`).toBe(false)
        expect(deliveryCount, `deliveries of ${offset}`).toBe(known.deliveries + 1)
        expect(deliveryCount).toBeLessThanOrEqual(SETTINGS.maxDeliveries)
        Object.assign(known, { holder: memberId, lockedUntilMs: this.nowMs + 100, deliveries: deliveryCount })
      }
    }
    expect(acquired).toBe(count)
  }

  held(memberId: string): number[] {
    return this.known.flatMap(({ holder, lockedUntilMs }, offset) =>
      holder === memberId && lockedUntilMs > this.nowMs && !this.isPending(offset) ? [offset] : [],
    )
  }

  isPending(offset: number): boolean {
    return this.pending.some(({ offsets }) => offsets.includes(offset))
  }

  acknowledge(memberId: string, from: number, count: number, type: number): void {
    const offsets = this.held(memberId).slice(from, from + count)
    for (const [at, offset] of offsets.entries()) {
      const before = offsets[at - 1]
      if (before !== undefined && offset !== before + 1) return
    }
    const [firstOffset] = offsets
    const lastOffset = offsets.at(-1)
    if (firstOffset === undefined || lastOffset === undefined) return
    const change = this.partition.acknowledge(
      memberId,
      [{ firstOffset, lastOffset, acknowledgeTypes: [type] }],
      this.nowMs,
    )
    if (type === 4) {
      expect(change).toBeUndefined()
      for (const offset of offsets) (this.known[offset] as Known).lockedUntilMs = this.nowMs + 100
    } else if (change) {
      this.pending.push({ change, offsets, done: type !== 2 })
    }
  }

  /** Nobody may acknowledge what another holds, or nobody. */
  steal(memberId: string, offset: number): void {
    const known = this.known[offset]
    if (known === undefined || offset < this.partition.startOffset) return
    if (known.holder === memberId && known.lockedUntilMs > this.nowMs) return
    const ask = () =>
      this.partition.acknowledge(
        memberId,
        [{ firstOffset: offset, lastOffset: offset, acknowledgeTypes: [1] }],
        this.nowMs,
      )
    expect(ask).toThrow(KafkaError)
  }

  settle(isStored: boolean): void {
    const next = this.pending.shift()
    if (next === undefined) return
    if (isStored) this.store(next.change.write)
    this.partition.settle(next.change, isStored, this.nowMs)
    for (const offset of next.offsets) {
      const known = this.known[offset] as Known
      const isSpent = known.deliveries >= SETTINGS.maxDeliveries
      if (isStored) Object.assign(known, { holder: undefined, isDone: next.done || isSpent })
      else if (known.lockedUntilMs <= this.nowMs) Object.assign(known, { holder: undefined, isDone: isSpent })
    }
  }

  wait(ms: number): void {
    this.nowMs += ms
    const write = this.partition.expire(this.nowMs)
    if (write) this.store(write)
    this.partition.settleExpired()
    for (const [offset, known] of this.known.entries()) {
      if (known.holder === undefined || known.lockedUntilMs > this.nowMs || this.isPending(offset)) continue
      Object.assign(known, { holder: undefined, isDone: known.deliveries >= SETTINGS.maxDeliveries })
    }
  }

  release(memberId: string): void {
    const offsets = this.held(memberId)
    const change = this.partition.release(memberId)
    if (change === undefined) expect(offsets).toEqual([])
    else this.pending.push({ change, offsets, done: false })
  }

  /** Another leader: what was stored holds, what was not has to be delivered again. */
  failOver(): void {
    this.pending.length = 0
    const replayed = newCoordinator()
    for (const [offset, record] of this.stored.entries()) replayed.replay(record, offset)
    expect(replayed.dump()).toEqual(this.coordinator.dump())
    this.coordinator = replayed
    this.partition = this.load()
    const { startOffset } = this.partition
    const stored = new Map([...this.partition.inFlight()].map((one) => [one.offset, one]))
    for (const [offset, known] of this.known.entries()) {
      const one = stored.get(offset)
      const isDone = offset < startOffset || one?.state === Delivery.ACKNOWLEDGED || one?.state === Delivery.ARCHIVED
      if (known.isDone) expect(isDone, `${offset} was done before`).toBe(true)
      Object.assign(known, { holder: undefined, isDone, deliveries: one?.deliveryCount ?? 0 })
    }
  }

  check(): void {
    const { partition } = this
    let complete = 0
    for (const { offset, state, memberId } of partition.inFlight()) {
      const known = this.known[offset] as Known
      if (this.isPending(offset)) complete += state === Delivery.ACKNOWLEDGED || state === Delivery.ARCHIVED ? 1 : 0
      else if (known.isDone) complete++
      if (this.isPending(offset)) continue
      expect(state === Delivery.ACQUIRED ? memberId : undefined, `who has ${offset}`).toBe(known.holder)
    }
    expect(partition.deliveryCompleteCount).toBe(complete)
    for (const { isDone } of this.known.slice(0, partition.startOffset)) expect(isDone).toBe(true)
  }
}

function newCoordinator(): ShareStateMachine {
  return new ShareStateMachine({ updatesPerSnapshot: 4, coldSnapshotIntervalMs: 1000 }, () => 1)
}

const member = fc.constantFrom(...MEMBERS)
const action = fc.oneof(
  fc.record({ do: fc.constant('produce' as const), size: fc.integer({ min: 1, max: 8 }) }),
  fc.record({ do: fc.constant('fetch' as const), member, max: fc.integer({ min: 1, max: 12 }), strict: fc.boolean() }),
  fc.record({
    do: fc.constant('acknowledge' as const),
    member,
    from: fc.nat(5),
    count: fc.integer({ min: 1, max: 8 }),
    type: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ do: fc.constant('steal' as const), member, offset: fc.nat(40) }),
  fc.record({ do: fc.constant('settle' as const), stored: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(10, 60, 100) }),
  fc.record({ do: fc.constant('release' as const), member }),
  fc.record({ do: fc.constant('failOver' as const) }),
)

function act(world: World, step: typeof action extends fc.Arbitrary<infer T> ? T : never): void {
  if (step.do === 'produce') world.produce(step.size)
  else if (step.do === 'fetch') world.fetch(step.member, step.max, step.strict)
  else if (step.do === 'acknowledge') world.acknowledge(step.member, step.from, step.count, step.type)
  else if (step.do === 'steal') world.steal(step.member, step.offset)
  else if (step.do === 'settle') world.settle(step.stored)
  else if (step.do === 'wait') world.wait(step.ms)
  else if (step.do === 'release') world.release(step.member)
  else world.failOver()
}

test('each record has one holder at a time, is never delivered again once done, and all are done in the end', () => {
  fc.assert(
    fc.property(fc.array(action, { minLength: 5, maxLength: 80 }), (steps) => {
      const world = new World()
      world.produce(6)
      for (const step of steps) {
        act(world, step)
        world.check()
      }
      while (world.pending.length > 0) world.settle(true)
      for (let round = 0; round < 400 && world.partition.startOffset < world.known.length; round++) {
        world.fetch('a', 50, false)
        world.acknowledge('a', 0, 1, 1)
        world.settle(true)
        world.check()
        if (round % 20 === 19) world.wait(100)
      }
      expect(world.partition.startOffset).toBe(world.known.length)
    }),
    { numRuns: 300 },
  )
})

describe('a share partition', () => {
  const fresh = (settings: Partial<typeof SETTINGS> = {}) =>
    new SharePartition(0, [], () => ({ ...SETTINGS, ...settings }))
  const fetch = (
    partition: SharePartition,
    batches: FetchedBatch[],
    more: Partial<Parameters<SharePartition['acquire']>[0]> = {},
  ) => {
    const base = { memberId: 'a', isStrict: false, batchSize: 100, maxRecords: 100, aborted: [], nowMs: 0 }
    return partition.acquire({ ...base, fetchOffset: partition.nextFetchOffset(), batches, ...more }).records
  }

  test('gives out whole batches, or exactly as many records as asked for', () => {
    expect(fetch(fresh(), [batch(0, 5), batch(5, 5)], { maxRecords: 3 })).toEqual([
      { firstOffset: 0, lastOffset: 4, deliveryCount: 1 },
    ])
    const strict = fresh()
    expect(fetch(strict, [batch(0, 5)], { maxRecords: 3, isStrict: true })).toEqual([
      { firstOffset: 0, lastOffset: 2, deliveryCount: 1 },
    ])
    expect(strict.nextFetchOffset()).toBe(3)
  })

  test('cuts what it gives out at batches of about the size that is wanted', () => {
    const batches = [batch(0, 2), batch(2, 2), batch(4, 2), batch(6, 2)]
    expect(fetch(fresh(), batches, { batchSize: 3 }).map(({ firstOffset }) => firstOffset)).toEqual([0, 4])
  })

  test('keeps no more records in flight than it may', () => {
    const partition = fresh({ maxRecordLocks: 4 })
    fetch(partition, [batch(0, 4)])
    expect(partition.canAcquire()).toBe(false)
  })

  test('gives up what compaction and deletion took', () => {
    const partition = fresh()
    fetch(partition, [batch(0, 10)])
    const change = partition.release('a')
    if (change) partition.settle(change, true, 0)
    expect(partition.nextFetchOffset()).toBe(0)
    expect(fetch(partition, [batch(5, 5)])).toEqual([{ firstOffset: 5, lastOffset: 9, deliveryCount: 2 }])
    partition.logStartMoved(8)
    expect(partition.startOffset).toBe(8)
    const all = { firstOffset: 8, lastOffset: 9, acknowledgeTypes: [1] }
    const done = partition.acknowledge('a', [all], 0)
    if (done) partition.settle(done, true, 0)
    // Somebody still holds records from before the start.
    expect(partition.startOffset).toBe(8)
    partition.expire(100)
    partition.settleExpired()
    expect(partition.startOffset).toBe(10)
  })

  test('shows nobody the records of aborted transactions', () => {
    const inTransaction = { ...batch(3, 3), producerId: 7, isTransactional: true }
    const marker = { ...batch(6, 1), producerId: 7, isTransactional: true, isAbort: true }
    const batches = [batch(0, 3), inTransaction, marker, batch(7, 2)]
    expect(fetch(fresh(), batches, { aborted: [{ producerId: 7, firstOffset: 3 }] })).toEqual([
      { firstOffset: 0, lastOffset: 2, deliveryCount: 1 },
      { firstOffset: 6, lastOffset: 8, deliveryCount: 1 },
    ])
  })

  test('gives out fewer together of records that failed often, and each alone the last time', () => {
    const partition = fresh({ maxDeliveries: 5 })
    const counts: number[] = []
    for (let round = 0; round < 12; round++) {
      const records = fetch(partition, [batch(0, 8)])
      counts.push(records.reduce((sum, { firstOffset, lastOffset }) => sum + lastOffset - firstOffset + 1, 0))
      const change = partition.release('a')
      if (change) partition.settle(change, true, 0)
    }
    expect(counts.slice(0, 4)).toEqual([8, 8, 8, 4])
    expect(counts).toContain(1)
  })

  test('a state with gaps: what was never fetched comes first', () => {
    const done = { deliveryState: Delivery.ACKNOWLEDGED, deliveryCount: 1 }
    const partition = new SharePartition(10, [{ firstOffset: 12, lastOffset: 13, ...done }], () => SETTINGS)
    expect(partition.nextFetchOffset()).toBe(10)
    expect(fetch(partition, [batch(10, 6)])).toEqual([
      { firstOffset: 10, lastOffset: 11, deliveryCount: 1 },
      { firstOffset: 14, lastOffset: 15, deliveryCount: 1 },
    ])
  })

  test.each([
    [[5], 'Invalid acknowledge type: [5]'],
    [[1], 'Batch record not found. The request batch offsets are not found in the cache.'],
  ])('refuses %j', (acknowledgeTypes, message) => {
    const ask = () => fresh().acknowledge('a', [{ firstOffset: 0, lastOffset: 0, acknowledgeTypes }], 0)
    expect(ask).toThrow(message)
  })
})
