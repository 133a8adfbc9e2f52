import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { KafkaError } from '../../src/base/errors.ts'
import type { Uuid } from '../../src/base/ids.ts'
import type { Decision } from '../../src/base/machine.ts'
import type { GroupCommand, GroupReplies, GroupReply, JoinReply } from '../../src/group/commands.ts'
import { GroupMachine } from '../../src/group/group-machine.ts'
import { decodeBatch, encodeRecord, type GroupRecord } from '../../src/group/records.ts'
import { buildBatch } from '../../src/record/builder.ts'
import { batches } from '../../src/record/iterate.ts'
import { weighted } from '../support/steps.ts'
import { SETTINGS, subscription } from './scenario.ts'

const SMALL = { ...SETTINGS, maxSize: 3, offsetsRetentionMs: 40_000 }
const TOPIC_ID = 'AAAAAAAAEGEAAAAAAAAAYQ' as Uuid

type Step =
  | { readonly do: 'join'; readonly who: number; readonly protocols: readonly string[]; readonly fresh: boolean }
  | { readonly do: 'sync' | 'heartbeat' | 'commit'; readonly who: number }
  | { readonly do: 'leave'; readonly who: number }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'delete' }
  | { readonly do: 'forget' }
  | { readonly do: 'restart' }

const who = fc.nat(4)
const step: fc.Arbitrary<Step> = fc.oneof(
  weighted(6, ['join'], { who, protocols: protocols(), fresh: rarely() }),
  weighted(8, ['sync', 'heartbeat', 'commit'], { who }),
  weighted(1, ['leave'], { who }),
  weighted(5, ['wait'], { ms: fc.constantFrom(0, 500, 3000, 9000, 25_000) }),
  weighted(1, ['delete', 'forget', 'restart']),
)

function protocols() {
  return fc.constantFrom(['range'], ['range', 'rr'], ['rr', 'range'], ['rr'])
}

function rarely() {
  return fc.nat(9).map((n) => n === 0)
}

interface Client {
  memberId: string
  generation: number
}

/** A few clients that behave well and badly; what they are told is checked against what a group promises. */
class World {
  readonly log: GroupRecord[] = []
  machine = this.load()
  now = 0
  #token = 0
  readonly #asked = new Map<number, { readonly client: number; readonly type: string }>()
  readonly #clients: Client[] = Array.from({ length: 5 }, () => ({ memberId: '', generation: -1 }))
  /** Per generation: its leader and the protocol, as the first member heard it. */
  readonly #generations = new Map<string, string>()
  #incarnation = 0

  load(): GroupMachine {
    const machine = new GroupMachine(SMALL)
    this.log?.forEach((record, offset) => {
      machine.replay(record, offset)
    })
    machine.loaded(this.now ?? 0)
    return machine
  }

  run(step: Step): void {
    if (step.do === 'restart') {
      this.machine = this.load()
      this.#asked.clear()
      this.#incarnation++
    } else if (step.do === 'wait') {
      this.wait(step.ms)
    } else if (step.do === 'delete') {
      this.submit({ type: 'deleteGroups', groupIds: ['g'] }, -1)
    } else if (step.do === 'forget') {
      this.submit({ type: 'topicsDeleted', topics: ['t'] }, -1)
    } else if ('who' in step) {
      this.submit(this.command(step), step.who)
    }
    this.checkGroup()
  }

  wait(ms: number): void {
    const end = this.now + ms
    for (let i = 0; this.machine.deadlineMs() <= end; i++) {
      expect(i).toBeLessThan(1000)
      this.now = Math.max(this.now, this.machine.deadlineMs())
      this.take(this.machine.tick(this.now))
    }
    this.now = end
  }

  command(step: Extract<Step, { readonly who: number }>): GroupCommand {
    const { memberId, generation: generationId } = this.#clients[step.who] as Client
    const groupInstanceId = step.who === 4 ? 'static' : null
    const common = { groupId: 'g', memberId, groupInstanceId }
    switch (step.do) {
      case 'join':
        return {
          type: 'join',
          ...common,
          memberId: step.fresh ? '' : memberId,
          protocolType: 'consumer',
          protocols: step.protocols.map((name) => ({ name, metadata: subscription(['t']) })),
          sessionTimeoutMs: 10_000,
          rebalanceTimeoutMs: 20_000,
          reason: null,
          clientId: `c${step.who}`,
          clientHost: '/10.0.0.1',
          newMemberUuid: String(this.#token),
          newMemberId: `id-${this.#token}`,
          requiresKnownMemberId: step.who % 2 === 0,
          supportsSkippingAssignment: true,
        }
      case 'sync': {
        const assignments = this.#clients.map((c, i) => ({ memberId: c.memberId, assignment: Buffer.from(`p${i}`) }))
        return { type: 'sync', ...common, generationId, protocolType: null, protocolName: null, assignments }
      }
      case 'heartbeat':
        return { type: 'heartbeat', ...common, generationId }
      case 'leave':
        return { type: 'leave', groupId: 'g', members: [{ memberId, groupInstanceId, reason: null }] }
      case 'commit': {
        const partitions = [step.who, 9].map((partitionIndex) => ({
          partitionIndex,
          committedOffset: this.#token,
          committedLeaderEpoch: -1,
          committedMetadata: null,
        }))
        const topics = [{ name: 't', topicId: TOPIC_ID, partitions }]
        const who = { ...common, generationIdOrMemberEpoch: generationId }
        return { type: 'commitOffsets', ...who, retentionTimeMs: -1, apiVersion: 9, topics }
      }
    }
  }

  submit(command: GroupCommand, client: number): void {
    const token = ++this.#token
    this.#asked.set(token, { client, type: command.type })
    try {
      this.take(this.machine.handle(command, token, this.now))
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      this.#asked.delete(token)
    }
  }

  take({ records, replies }: Decision<GroupRecord, GroupReply>): void {
    for (const record of records) {
      this.machine.replay(record, this.log.push(record) - 1)
      if (record.type === 'group' && record.value === null) this.#incarnation++
    }
    for (const { to, reply } of replies) {
      const asked = this.#asked.get(to)
      expect(asked, 'every answer has one who waits for it').toBeDefined()
      this.#asked.delete(to)
      if (asked?.type === 'join') this.joined(this.#clients[asked.client] as Client, reply as JoinReply)
    }
  }

  joined(client: Client, reply: JoinReply): void {
    if (reply.errorCode !== 0) {
      if (reply.memberId !== '') client.memberId = reply.memberId
      else client.memberId = ''
      return
    }
    client.memberId = reply.memberId
    client.generation = reply.generationId
    const told = this.#generations.get(`${this.#incarnation}/${reply.generationId}`)
    const protocol = String(reply.protocolName)
    if (told !== undefined) expect(protocol, 'one protocol in a generation').toBe(told)
    this.#generations.set(`${this.#incarnation}/${reply.generationId}`, protocol)
    if (reply.leader === reply.memberId) expect(reply.members.map((m) => m.memberId)).toContain(reply.memberId)
  }

  checkGroup(): void {
    const decision = this.machine.handle({ type: 'describeGroups', groupIds: ['g'] }, -1, this.now)
    const [group] = (decision.replies[0]?.reply ?? []) as GroupReplies['describeGroups']
    const ids = group?.members.map((m) => m.memberId) ?? []
    expect(new Set(ids).size, 'nobody is in a group twice').toBe(ids.length)
    // While a rebalance gathers, Kafka counts those who wait in the join, not those of before who may still come back.
    const most = group?.groupState === 'PreparingRebalance' ? 2 * SMALL.maxSize : SMALL.maxSize
    expect(ids.length).toBeLessThanOrEqual(most)
    if (group?.groupState === 'Empty' || group?.groupState === 'Dead') expect(ids).toEqual([])
    if (group?.groupState === 'Stable') expect(ids.length).toBeGreaterThan(0)
  }

  get waiting(): number {
    return [...this.#asked.values()].length
  }
}

describe('random groups', () => {
  test('keep what they promise, answer everybody, and come back the same from their log', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const world = new World()
        for (const one of steps) world.run(one)
        expect(replayed(world.log)).toEqual(world.machine.dump())
        world.wait(SETTINGS.maxSessionTimeoutMs)
        expect(world.waiting, 'nobody waits for ever').toBe(0)
        expect(world.machine.dump()).toEqual({ groups: [], consumers: [], streams: [], shares: [], offsets: [] })
      }),
      { numRuns: 300 },
    )
  })
})

/** Through the bytes of a log and back. */
function replayed(records: readonly GroupRecord[]): unknown {
  const machine = new GroupMachine(SMALL)
  records.forEach((record, offset) => {
    const bytes = buildBatch({ baseOffset: offset, records: [{ timestamp: 0, ...encodeRecord(record) }] })
    for (const batch of batches(bytes)) for (const read of decodeBatch(batch)) machine.replay(read.record, read.offset)
  })
  return machine.dump()
}
