import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { coordinatorPartition } from '../../src/base/hash.ts'
import type { GroupReplies } from '../../src/group/commands.ts'
import { GroupMachine } from '../../src/group/group-machine.ts'
import { decodeBatch, encodeRecord } from '../../src/group/records.ts'
import { batches } from '../../src/record/iterate.ts'
import { SETTINGS } from './scenario.ts'

const golden = new URL('../golden/', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, golden), 'utf8')
const log = Buffer.from(
  read('disk/stopped/__consumer_offsets-0/00000000000000000000.log.hex').replace(/\n/g, ''),
  'hex',
)

interface LoggedRecord {
  readonly offset: number
  readonly key: string | null
  readonly value: string | null
}
interface LoggedBatch {
  readonly isControl?: boolean
  readonly records: readonly LoggedRecord[]
}

describe('a __consumer_offsets partition that Apache Kafka wrote', () => {
  const lines = read('disk/json/stopped/__consumer_offsets-0/00000000000000000000.log.jsonl').trim().split('\n')
  const written = lines.flatMap((line) => (JSON.parse(line) as LoggedBatch).records)

  test('every record is understood and encodes to the same bytes', () => {
    const decoded = [...batches(log)].flatMap((batch) => [...decodeBatch(batch)])
    expect(decoded.map(({ offset }) => offset)).toEqual(written.map(({ offset }) => offset))
    for (const { offset, record } of decoded) {
      if (record.type === 'transactionEnded') continue
      const { key, value } = encodeRecord(record)
      const original = written.find((one) => one.offset === offset)
      expect(key.toString('base64')).toBe(original?.key)
      expect(value?.toString('base64') ?? null).toBe(original?.value)
    }
  })

  const machine = new GroupMachine(SETTINGS)
  for (const batch of batches(log)) for (const { offset, record } of decodeBatch(batch)) machine.replay(record, offset)
  machine.loaded(0)
  const ask = <K extends keyof GroupReplies>(command: { readonly type: K } & object) =>
    machine.handle(command as never, 1, 0).replies[0]?.reply as GroupReplies[K]

  test('groups of all kinds are listed', () => {
    expect(ask({ type: 'listGroups', states: [], types: [] } as never)).toEqual([
      { groupId: 'golden-classic', protocolType: 'consumer', groupState: 'Empty', groupType: 'classic' },
      { groupId: 'golden-txn-group', protocolType: '', groupState: 'Empty', groupType: 'classic' },
      { groupId: 'golden-consumer', protocolType: 'consumer', groupState: 'Empty', groupType: 'consumer' },
      { groupId: 'golden-share', protocolType: 'share', groupState: 'Empty', groupType: 'share' },
    ])
  })

  test.each([
    ['golden-classic', 48, 'meta-é'],
    ['golden-consumer', 48, 'meta-é'],
    ['golden-txn-group', 3, ''],
  ])('the offsets of %s', (groupId, committedOffset, metadata) => {
    const told = ask({
      type: 'fetchOffsets',
      groupId,
      memberId: null,
      memberEpoch: -1,
      topics: null,
      requireStable: true,
    } as never) as GroupReplies['fetchOffsets']
    expect(told.topics).toHaveLength(1)
    expect(told.topics[0]?.partitions[0]).toMatchObject({ partitionIndex: 0, committedOffset, metadata, errorCode: 0 })
  })

  test('an empty consumer group makes room for a classic one and leaves it its offsets', () => {
    const join = {
      type: 'join',
      groupId: 'golden-consumer',
      memberId: '',
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.alloc(0) }],
      sessionTimeoutMs: 10_000,
      rebalanceTimeoutMs: 10_000,
      reason: null,
      clientId: 'c',
      clientHost: '/10.0.0.1',
      newMemberId: 'id',
      newMemberUuid: 'u',
      requiresKnownMemberId: true,
      supportsSkippingAssignment: true,
    } as const
    const { records } = machine.handle(join, 1, 0)
    expect(records.map(({ type }) => type)).toEqual(['consumer', 'consumer', 'consumer', 'group'])
    records.forEach((record, i) => {
      machine.replay(record, 100 + i)
    })
    const [group] = ask({
      type: 'describeGroups',
      groupIds: ['golden-consumer'],
    } as never) as GroupReplies['describeGroups']
    expect(group).toMatchObject({ errorCode: 0, groupState: 'Empty' })
    const deleted = ask({ type: 'deleteGroups', groupIds: ['golden-share', 'golden-consumer'] } as never)
    expect(deleted).toEqual([
      { groupId: 'golden-share', errorCode: 0 },
      { groupId: 'golden-consumer', errorCode: 0 },
    ])
  })
})

test('the partition of a group id is that of Java', () => {
  const { coordinatorPartition: rows } = JSON.parse(read('hashes.json')) as {
    coordinatorPartition: readonly { id: string; of50: number; of7: number }[]
  }
  expect(rows.length).toBeGreaterThan(5)
  for (const { id, of50, of7 } of rows) {
    expect(coordinatorPartition(id, 50)).toBe(of50)
    expect(coordinatorPartition(id, 7)).toBe(of7)
  }
})
