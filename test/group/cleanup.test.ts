import { expect, test } from 'vitest'
import { ZERO_UUID } from '../../src/base/ids.ts'
import { GroupMachine } from '../../src/group/group-machine.ts'
import { encodeRecord } from '../../src/group/records.ts'
import { SETTINGS } from './scenario.ts'

const GROUPS = 40
const PARTITIONS = 100
const MAX_BATCH = 1_048_588

/** Many offsets with long names: far more than one batch may hold. */
function crowded() {
  const machine = new GroupMachine(SETTINGS)
  const topic = 't'.repeat(249)
  let offset = 0
  for (let g = 0; g < GROUPS; g++) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const value = { offset: 1, leaderEpoch: -1, metadata: '', commitTimestamp: 0, expireTimestamp: -1 }
      const groupId = `${'g'.repeat(200)}${g}`
      const record = { type: 'offset' as const, producerId: -1, groupId, topic, partition }
      machine.replay({ ...record, value: { ...value, topicId: ZERO_UUID } }, offset++)
    }
  }
  machine.loaded(0)
  return { machine, topic }
}

/** Ticks until nothing is due; the bytes of each batch. */
function drain(machine: GroupMachine, nowMs: number): number[] {
  const sizes: number[] = []
  while (machine.deadlineMs() <= nowMs) {
    expect(sizes.length).toBeLessThan(1000)
    const { records } = machine.tick(nowMs)
    sizes.push(records.reduce((sum, record) => sum + encodeRecord(record).key.length + 16, 0))
    for (const record of records) machine.replay(record, 0)
  }
  return sizes
}

test.each(['topic', 'expiry'])('what a deleted %s leaves behind goes in batches that fit', (how) => {
  const { machine, topic } = crowded()
  const nowMs = how === 'topic' ? 0 : SETTINGS.offsetsRetentionMs
  if (how === 'topic') machine.handle({ type: 'topicsDeleted', topics: [topic] }, 1, 0)
  const sizes = drain(machine, nowMs)
  expect(sizes.filter((size) => size > 0).length).toBeGreaterThan(2)
  for (const size of sizes) expect(size).toBeLessThan(MAX_BATCH)
  expect(machine.dump()).toEqual({ groups: [], consumers: [], streams: [], shares: [], offsets: [] })
  const { replies } = machine.handle({ type: 'listGroups', states: [], types: [] }, 2, nowMs)
  expect(replies[0]?.reply).toHaveLength(how === 'topic' ? GROUPS : 0)
})
