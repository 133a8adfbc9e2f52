import { expect, test } from 'vitest'
import type { Uuid } from '../../src/base/ids.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { batches } from '../../src/record/iterate.ts'
import type { ShareStateCommand } from '../../src/share/state-commands.ts'
import { ShareStateMachine } from '../../src/share/state-machine.ts'
import { decodeStateBatch, encodeStateRecord, type ShareStateRecord } from '../../src/share/state-records.ts'

const TOPIC = 'AAAAAAAAAAAAAAAAAAAAAQ' as Uuid
const KEY = { groupId: 'g', topicId: TOPIC, partition: 0 }

class Coordinator {
  readonly log: ShareStateRecord[] = []
  nowMs = 1000
  machine = made()

  constructor() {
    this.machine.loaded(this.nowMs)
  }

  ask(command: ShareStateCommand): unknown {
    const { records, replies } = this.machine.handle(command, 1, this.nowMs)
    this.#take(records)
    return replies[0]?.reply
  }

  wait(ms: number): void {
    this.nowMs += ms
    this.#take(this.machine.tick(this.nowMs).records)
  }

  #take(records: readonly ShareStateRecord[]): void {
    for (const record of records) this.machine.replay(record, this.log.push(record) - 1)
  }

  /** Through the bytes of a log and back. */
  replayed(): ShareStateMachine {
    const machine = made()
    this.log.forEach((record, offset) => {
      const bytes = buildBatch({ baseOffset: offset, records: [{ timestamp: 0, ...encodeStateRecord(record) }] })
      for (const batch of batches(bytes))
        for (const { record: read } of decodeStateBatch(batch)) machine.replay(read, offset)
    })
    return machine
  }
}

function made(): ShareStateMachine {
  const settings = { updatesPerSnapshot: 2, coldSnapshotIntervalMs: 60_000 }
  return new ShareStateMachine(settings, (topicId) => (topicId === TOPIC ? 2 : undefined))
}

const write = (startOffset: number, more: object = {}) =>
  ({
    type: 'write',
    key: KEY,
    stateEpoch: 1,
    leaderEpoch: 3,
    startOffset,
    deliveryCompleteCount: 1,
    stateBatches: [{ firstOffset: startOffset, lastOffset: startOffset + 1, deliveryState: 2, deliveryCount: 1 }],
    ...more,
  }) as const

test('a snapshot after so many updates, and all of it comes back from the log', () => {
  const coordinator = new Coordinator()
  coordinator.ask({ type: 'initialize', key: KEY, stateEpoch: 1, startOffset: -1 })
  expect(coordinator.ask({ type: 'read', key: KEY, leaderEpoch: 3 })).toEqual({
    error: 'NONE',
    stateEpoch: 1,
    startOffset: -1,
    stateBatches: [],
  })
  for (const start of [5, 6, 9, 12]) expect(coordinator.ask(write(start))).toEqual({ error: 'NONE' })
  expect(coordinator.log.map(({ type }) => type).join(' ')).toBe('snapshot update update snapshot update update')
  expect(coordinator.ask({ type: 'readSummary', key: KEY })).toEqual({
    error: 'NONE',
    stateEpoch: 1,
    leaderEpoch: 3,
    startOffset: 12,
    deliveryCompleteCount: 1,
  })
  expect(coordinator.replayed().dump()).toEqual(coordinator.machine.dump())
  expect(coordinator.ask({ type: 'findRedundant' })).toEqual({ offset: 3 })
})

test('a partition that nobody writes to gets a snapshot once', () => {
  const coordinator = new Coordinator()
  coordinator.ask({ type: 'initialize', key: KEY, stateEpoch: 1, startOffset: 0 })
  coordinator.wait(60_000)
  expect(coordinator.log).toHaveLength(2)
  coordinator.wait(60_000)
  expect(coordinator.log).toHaveLength(2)
})

test('a clock that is set neither hurries the look for such partitions nor holds it up', () => {
  const { machine } = new Coordinator()
  const at = machine.deadlineMs()
  machine.clockMoved(-3_600_000)
  expect(machine.deadlineMs()).toBe(at - 3_600_000)
})

test.each([
  ['a state that was not made', write(0, { key: { ...KEY, partition: 1 } }), 'INVALID_REQUEST'],
  ['a leader before', write(0, { leaderEpoch: 2 }), 'FENCED_LEADER_EPOCH'],
  ['a state before', write(0, { stateEpoch: 0 }), 'FENCED_STATE_EPOCH'],
  ['a negative partition', write(0, { key: { ...KEY, partition: -1 } }), 'INVALID_REQUEST'],
  ['a reader of what is not there', { type: 'read', key: { ...KEY, groupId: 'h' }, leaderEpoch: 0 }, 'INVALID_REQUEST'],
  ['a reader before', { type: 'read', key: KEY, leaderEpoch: 1 }, 'FENCED_LEADER_EPOCH'],
  [
    'a partition that there is not',
    { type: 'initialize', key: { ...KEY, partition: 7 }, stateEpoch: 1, startOffset: 0 },
    'UNKNOWN_TOPIC_OR_PARTITION',
  ],
] as readonly [string, ShareStateCommand, string][])('refuses %s', (_, command, error) => {
  const coordinator = new Coordinator()
  coordinator.ask({ type: 'initialize', key: KEY, stateEpoch: 1, startOffset: 0 })
  coordinator.ask({ type: 'read', key: KEY, leaderEpoch: 3 })
  expect(coordinator.ask(command)).toMatchObject({ error })
})

test('states go when they are deleted, or their topic is', () => {
  const coordinator = new Coordinator()
  coordinator.ask({ type: 'initialize', key: KEY, stateEpoch: 1, startOffset: 4 })
  coordinator.ask({ type: 'initialize', key: { ...KEY, groupId: 'h' }, stateEpoch: 1, startOffset: 4 })
  expect(coordinator.ask({ type: 'delete', key: KEY })).toEqual({ error: 'NONE' })
  expect(coordinator.ask({ type: 'delete', key: KEY })).toEqual({ error: 'NONE' })
  coordinator.ask({ type: 'topicsDeleted', topicIds: [TOPIC] })
  expect(coordinator.machine.dump()).toEqual([])
  expect(coordinator.replayed().dump()).toEqual([])
})
