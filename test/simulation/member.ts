import { ErrorCode } from '../../src/base/errors.ts'
import { ApiKey } from '../../src/protocol/apis.ts'
import { HeartbeatRequest, HeartbeatResponse } from '../../src/protocol/messages/heartbeat.ts'
import { JoinGroupRequest, JoinGroupResponse } from '../../src/protocol/messages/join-group.ts'
import { LeaveGroupRequest, LeaveGroupResponse } from '../../src/protocol/messages/leave-group.ts'
import { SyncGroupRequest, SyncGroupResponse } from '../../src/protocol/messages/sync-group.ts'
import type { Addressing } from './addressing.ts'
import { COMMIT, FETCH_OFFSETS, findCoordinator } from './committer.ts'
import type { GroupHistory } from './group-history.ts'
import { Violation } from './history.ts'
import type { Workload } from './workload.ts'

const JOIN = { key: ApiKey.JoinGroup, request: JoinGroupRequest, response: JoinGroupResponse }
const SYNC = { key: ApiKey.SyncGroup, request: SyncGroupRequest, response: SyncGroupResponse }
const HEARTBEAT = { key: ApiKey.Heartbeat, request: HeartbeatRequest, response: HeartbeatResponse }
const LEAVE = { key: ApiKey.LeaveGroup, request: LeaveGroupRequest, response: LeaveGroupResponse }
const PROTOCOL = { protocolType: 'consumer', protocolName: 'simple' }
const SESSION_MS = 6000
const REBALANCE_MS = 3000
const PATIENCE_MS = 12_000

interface Membership {
  readonly coordinator: number
  readonly memberId: string
  readonly generation: number
}

/** A consumer of a classic group: joins, is assigned partitions, commits ever higher offsets, leaves now and then. */
export class Member {
  readonly #group: string
  readonly #at: Addressing
  readonly #workload: Workload
  readonly #told: GroupHistory
  #memberId = ''

  constructor(group: string, at: Addressing, workload: Workload, told: GroupHistory) {
    this.#group = group
    this.#at = at
    this.#workload = workload
    this.#told = told
  }

  async live(): Promise<void> {
    const { random } = this.#workload
    while (!this.#workload.isOver()) {
      try {
        const membership = await this.#join()
        if (membership !== undefined) await this.#work(membership)
      } catch (error) {
        if (error instanceof Violation) throw error
      }
      await this.#at.sleep(50 + random.below(200))
    }
  }

  async #join(): Promise<Membership | undefined> {
    const coordinator = await findCoordinator(this.#at, this.#group)
    if (coordinator === undefined) return undefined
    const body = {
      groupId: this.#group,
      sessionTimeoutMs: SESSION_MS,
      rebalanceTimeoutMs: REBALANCE_MS,
      memberId: this.#memberId,
      protocolType: PROTOCOL.protocolType,
      protocols: [{ name: PROTOCOL.protocolName, metadata: Buffer.alloc(0) }],
    }
    const joined = await this.#at.broker(coordinator, JOIN, 7, body, PATIENCE_MS)
    if (joined.errorCode === ErrorCode.MEMBER_ID_REQUIRED) this.#memberId = joined.memberId
    if (joined.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
    if (joined.errorCode !== 0) return undefined
    this.#memberId = joined.memberId
    const { generationId: generation, memberId } = joined
    if (joined.leader === memberId) this.#told.leads(generation, memberId)
    return (await this.#sync(coordinator, generation, joined)) ? { coordinator, memberId, generation } : undefined
  }

  #partitions: readonly number[] = []

  async #sync(
    coordinator: number,
    generationId: number,
    { leader, memberId, members }: { leader: string; memberId: string; members: readonly { memberId: string }[] },
  ): Promise<boolean> {
    const shares = members.map((member, index) => ({
      memberId: member.memberId,
      assignment: Buffer.from(this.#share(index, members.length)),
    }))
    const body = {
      groupId: this.#group,
      generationId,
      memberId,
      ...PROTOCOL,
      assignments: leader === memberId ? shares : [],
    }
    const synced = await this.#at.broker(coordinator, SYNC, 5, body, PATIENCE_MS)
    if (synced.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
    if (synced.errorCode !== 0) return false
    this.#partitions = [...synced.assignment]
    this.#told.assigned(generationId, memberId, this.#partitions)
    return true
  }

  #share(index: number, of: number): number[] {
    const all = Array.from({ length: this.#workload.partitions }, (_, partition) => partition)
    return all.filter((partition) => partition % of === index)
  }

  async #work(membership: Membership): Promise<void> {
    const { random } = this.#workload
    const positions = await this.#positions(membership)
    while (positions !== undefined && !this.#workload.isOver()) {
      const fate = random.below(100)
      if (fate === 0) return this.#leave(membership)
      if (fate === 1) {
        // Away without a word: the coordinator learns it when the session ends.
        this.#memberId = ''
        await this.#at.sleep(random.below(SESSION_MS))
        return
      }
      if (!(await this.#beat(membership))) return
      if (positions.size > 0 && !(await this.#commit(membership, positions))) return
      await this.#at.sleep(100 + random.below(200))
    }
  }

  /** Where the last owner ended. */
  async #positions({ coordinator, generation }: Membership): Promise<Map<number, number> | undefined> {
    if (this.#partitions.length === 0) return new Map()
    const { topic } = this.#workload
    const answer = await this.#at.broker(coordinator, FETCH_OFFSETS, 7, {
      groupId: this.#group,
      topics: [{ name: topic, partitionIndexes: [...this.#partitions] }],
      requireStable: true,
    })
    const partitions = answer.topics[0]?.partitions ?? []
    if (answer.errorCode !== 0 || partitions.some(({ errorCode }) => errorCode !== 0)) return undefined
    for (const { partitionIndex, committedOffset } of partitions) {
      this.#told.told(partitionIndex, generation, committedOffset)
    }
    return new Map(
      partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, Math.max(committedOffset, 0)]),
    )
  }

  async #beat({ coordinator, memberId, generation }: Membership): Promise<boolean> {
    const body = { groupId: this.#group, generationId: generation, memberId }
    const { errorCode } = await this.#at.broker(coordinator, HEARTBEAT, 4, body)
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) this.#memberId = ''
    return errorCode === 0
  }

  async #commit({ coordinator, memberId, generation }: Membership, positions: Map<number, number>): Promise<boolean> {
    const { topic, random } = this.#workload
    for (const [partition, offset] of positions) positions.set(partition, offset + 1 + random.below(3))
    const answer = await this.#at.broker(coordinator, COMMIT, 8, {
      groupId: this.#group,
      generationIdOrMemberEpoch: generation,
      memberId,
      topics: [
        {
          name: topic,
          partitions: [...positions].map(([partitionIndex, committedOffset]) => ({
            partitionIndex,
            committedOffset,
            committedMetadata: '',
          })),
        },
      ],
    })
    const results = answer.topics[0]?.partitions ?? []
    for (const { partitionIndex, errorCode } of results) {
      if (errorCode === 0) this.#told.committed(partitionIndex, generation, positions.get(partitionIndex) ?? 0)
    }
    return results.length > 0 && results.every(({ errorCode }) => errorCode === 0)
  }

  async #leave({ coordinator, memberId }: Membership): Promise<void> {
    this.#memberId = ''
    await this.#at.broker(coordinator, LEAVE, 4, { groupId: this.#group, members: [{ memberId }] })
  }
}
