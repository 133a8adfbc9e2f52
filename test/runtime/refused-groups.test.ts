import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import type { GroupCommand, GroupReply, JoinReply } from '../../src/group/commands.ts'
import { GroupMachine } from '../../src/group/group-machine.ts'
import { decodeBatch, encodeRecord, type GroupRecord } from '../../src/group/records.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { CoordinatorHost } from '../../src/runtime/coordinator-host.ts'
import { SETTINGS } from '../group/scenario.ts'
import { ManualClock } from '../storage/support.ts'
import { MemoryCoordinatorLog } from './memory-coordinator-log.ts'

const TOO_FEW = new KafkaError('NOT_ENOUGH_REPLICAS')
const turns = async () => {
  for (let count = 0; count < 5; count++) await new Promise((resolve) => setImmediate(resolve))
}

async function coordinator() {
  const log = new MemoryCoordinatorLog()
  const clock = new ManualClock()
  const host = new CoordinatorHost<GroupCommand, GroupRecord, GroupReply>({
    machine: () => new GroupMachine(SETTINGS),
    codec: { encode: encodeRecord, decode: decodeBatch },
    clock,
    logger: silentLogger,
    commitTimeoutMs: 5_000,
  })
  host.elected(0, log)
  await host.settled(0)
  let uuid = 0
  const join = (memberId: string): Promise<JoinReply> =>
    host.submit(0, {
      type: 'join',
      groupId: 'g',
      memberId,
      newMemberUuid: `${++uuid}`,
      newMemberId: `new-${uuid}`,
      groupInstanceId: null,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata: Buffer.from('m') }],
      sessionTimeoutMs: 30_000,
      rebalanceTimeoutMs: 60_000,
      requiresKnownMemberId: true,
      supportsSkippingAssignment: true,
      clientId: 'c',
      clientHost: '/127.0.0.1',
      reason: null,
    }) as Promise<JoinReply>
  const sync = (memberId: string, generationId: number): Promise<GroupReply> =>
    host.submit(0, {
      type: 'sync',
      groupId: 'g',
      memberId,
      generationId,
      groupInstanceId: null,
      protocolType: null,
      protocolName: null,
      assignments: [{ memberId, assignment: Buffer.from('all') }],
    })
  const pass = async (ms: number) => {
    clock.advance(ms)
    await turns()
  }
  /** To the end of the wait for first members. */
  const joined = async (memberId: string): Promise<JoinReply> => {
    const reply = join(memberId)
    await turns()
    await pass(3_000)
    await pass(3_000)
    return reply
  }
  return { log, clock, host, join, joined, sync, pass }
}

describe('groups while their log is refused', () => {
  test('are not made', async () => {
    const { log, join } = await coordinator()
    log.refusing = TOO_FEW
    await expect(join('')).rejects.toThrow(TOO_FEW)
    expect(log.reads).toBe(0)
    log.refusing = undefined
    expect(await join('')).toMatchObject({ errorCode: 79 })
    expect(log.logEndOffset).toBe(1)
  })

  test('rebalance, keep their members and take an assignment when it can be stored', async () => {
    const { log, join, joined, sync } = await coordinator()
    const { memberId } = await join('')
    log.refusing = TOO_FEW
    const first = await joined(memberId)
    expect(first).toMatchObject({ errorCode: 0, generationId: 1, leader: memberId })
    await expect(sync(memberId, 1)).rejects.toThrow(TOO_FEW)
    // As clients do: they join again, and are told the same.
    expect(await join(memberId)).toMatchObject({ errorCode: 0, generationId: 1, leader: memberId })
    log.refusing = undefined
    expect(await sync(memberId, 1)).toMatchObject({ errorCode: 0, assignment: Buffer.from('all') })
    expect(log.reads).toBe(0)
  })

  test('lose members that are silent', async () => {
    const { log, join, joined, sync, pass, host } = await coordinator()
    const { memberId } = await join('')
    await joined(memberId)
    await sync(memberId, 1)
    log.refusing = TOO_FEW
    await pass(31_000)
    const heartbeat = { type: 'heartbeat', groupId: 'g', memberId, groupInstanceId: null, generationId: 1 } as const
    await expect(host.submit(0, heartbeat)).rejects.toMatchObject({ error: 'UNKNOWN_MEMBER_ID' })
    expect(log.reads).toBe(0)
  })
})
