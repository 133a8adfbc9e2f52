import { assert, present } from '../base/assert.ts'
import { KafkaError } from '../base/errors.ts'
import type { GroupMetadataValueData } from '../protocol/stored/group-records.ts'
import { EMPTY_BYTES, type Member, metadataOf } from './member.ts'
import { chooseProtocol, subscribedTopics } from './protocols.ts'

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

const BEFORE: { readonly [S in GroupState]: readonly GroupState[] } = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
}

const CONSUMER_PROTOCOL_TYPE = 'consumer'

/**
 * A classic group while it lives:
 *
 *     Empty ──join──▶ PreparingRebalance ──all joined, or time is up──▶ CompletingRebalance ──leader's sync──▶ Stable
 *       ▲                  │        ▲────────────── join, leave, timeout ──────────┴─────────────────────────────┘
 *       └──nobody left─────┘
 *
 * It is soft state. What survives is the last GroupMetadata record: written when a leader brings the assignment, when a
 * group becomes empty and when a static member is replaced; a group loaded from one begins Stable or Empty.
 */
export class ClassicGroup {
  readonly kind = 'classic'
  readonly groupId: string
  readonly members = new Map<string, Member>()
  /** Group instance id → member id. */
  readonly staticMembers = new Map<string, string>()
  /** Member ids given out that have not joined yet (KIP-394). */
  readonly pendingJoin = new Set<string>()
  /** Members that have a generation and have not asked for their assignment. */
  readonly pendingSync = new Set<string>()
  state: GroupState = 'Empty'
  previousState: GroupState | undefined
  /** undefined: stored in a format that did not have it. */
  stateSinceMs: number | undefined
  generationId = 0
  protocolType: string | null = null
  protocolName: string | null = null
  leaderId: string | null = null
  /** A member came while the first members are waited for: the wait is made longer. */
  newMemberAdded = false
  /** undefined: not known (not consumers, or their metadata can't be read). */
  topics: ReadonlySet<string> | undefined

  constructor(groupId: string, nowMs: number) {
    this.groupId = groupId
    this.stateSinceMs = nowMs
  }

  static fromRecord(groupId: string, value: GroupMetadataValueData): ClassicGroup {
    const group = new ClassicGroup(groupId, 0)
    for (const member of value.members) {
      group.add({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        protocolType: value.protocolType,
        rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
        sessionTimeoutMs: member.sessionTimeout,
        protocols: [{ name: value.protocol ?? '', metadata: member.subscription }],
        assignment: member.assignment,
        joinToken: undefined,
        syncToken: undefined,
        isNew: false,
      })
    }
    group.state = value.members.length === 0 ? 'Empty' : 'Stable'
    group.stateSinceMs = value.currentStateTimestamp === -1 ? undefined : value.currentStateTimestamp
    group.generationId = value.generation
    group.protocolType = value.protocolType === '' ? null : value.protocolType
    group.protocolName = value.protocol
    group.leaderId = value.leader
    group.computeTopics()
    return group
  }

  get isConsumers(): boolean {
    return this.protocolType === CONSUMER_PROTOCOL_TYPE
  }

  get awaitingJoin(): number {
    let count = 0
    for (const member of this.members.values()) if (member.joinToken !== undefined) count++
    return count
  }

  get allJoined(): boolean {
    return this.pendingJoin.size === 0 && this.awaitingJoin === this.members.size
  }

  get rebalanceTimeoutMs(): number {
    let longest = 0
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs)
    return longest
  }

  member(memberId: string): Member {
    return present(this.members.get(memberId), `member ${memberId} of ${this.groupId}`)
  }

  transitionTo(state: GroupState, nowMs: number): void {
    assert(BEFORE[state].includes(this.state), `group ${this.groupId} can't go from ${this.state} to ${state}`)
    this.previousState = this.state
    this.state = state
    this.stateSinceMs = nowMs
  }

  add(member: Member): void {
    const instance = member.groupInstanceId
    if (instance !== null) {
      assert(!this.staticMembers.has(instance), `static member ${instance} of ${this.groupId} is there already`)
      this.staticMembers.set(instance, member.memberId)
    }
    if (this.members.size === 0) this.protocolType = member.protocolType
    this.leaderId ??= member.memberId
    this.members.set(member.memberId, member)
    this.pendingJoin.delete(member.memberId)
  }

  remove(memberId: string): void {
    const member = this.members.get(memberId)
    this.members.delete(memberId)
    if (member?.groupInstanceId != null) this.staticMembers.delete(member.groupInstanceId)
    if (this.leaderId === memberId) this.leaderId = this.members.keys().next().value ?? null
    this.pendingJoin.delete(memberId)
    this.pendingSync.delete(memberId)
  }

  /** Gives a static member its new id; the place in the group, the assignment and perhaps the lead stay with it. */
  renameStaticMember(instance: string, oldId: string, newId: string): Member {
    const member = this.member(oldId)
    this.members.delete(oldId)
    this.pendingSync.delete(oldId)
    member.memberId = newId
    member.isNew = false
    this.members.set(newId, member)
    if (this.leaderId === oldId) this.leaderId = newId
    this.staticMembers.set(instance, newId)
    return member
  }

  /** A leader that did not rejoin loses the lead to one that did; false: nobody rejoined. */
  electJoinedLeader(): boolean {
    if (this.leaderId === null) return false
    if (this.members.get(this.leaderId)?.joinToken !== undefined) return true
    for (const member of this.members.values()) {
      if (member.joinToken === undefined) continue
      this.leaderId = member.memberId
      return true
    }
    return false
  }

  /** What the members would choose now. */
  nextProtocol(): string | null {
    return this.members.size === 0 ? null : chooseProtocol([...this.members.values()])
  }

  nextGeneration(nowMs: number): void {
    this.generationId++
    this.protocolName = this.nextProtocol()
    this.computeTopics()
    this.transitionTo(this.members.size === 0 ? 'Empty' : 'CompletingRebalance', nowMs)
    this.pendingSync.clear()
  }

  computeTopics(): void {
    if (!this.isConsumers) this.topics = undefined
    else if (this.members.size === 0) this.topics = new Set()
    else if (this.protocolName === null) this.topics = undefined
    else this.topics = subscribedTopics([...this.members.values()].map((m) => metadataOf(m, this.protocolName)))
  }

  /** Consumers whose topics are unknown count as subscribed to all. */
  isSubscribedTo(topic: string): boolean {
    return this.topics?.has(topic) ?? this.isConsumers
  }

  /** Could a member with these protocols be in this group? */
  supports(protocolType: string, names: readonly string[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && names.length > 0
    if (this.protocolType !== protocolType) return false
    const members = [...this.members.values()]
    return names.some((name) => members.every(({ protocols }) => protocols.some((p) => p.name === name)))
  }

  /** @throws KafkaError UNKNOWN_MEMBER_ID or FENCED_INSTANCE_ID */
  validateMember(memberId: string, groupInstanceId: string | null): void {
    if (groupInstanceId !== null) {
      const current = this.staticMembers.get(groupInstanceId)
      if (current === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID')
      if (current !== memberId) throw new KafkaError('FENCED_INSTANCE_ID')
    }
    if (!this.members.has(memberId)) throw new KafkaError('UNKNOWN_MEMBER_ID')
  }

  /** The record that keeps the group, with assignments by member id, or as they are. */
  record(assignments?: ReadonlyMap<string, Buffer>): GroupMetadataValueData {
    return {
      protocolType: this.protocolType ?? '',
      generation: this.generationId,
      protocol: this.protocolName,
      leader: this.leaderId,
      currentStateTimestamp: this.stateSinceMs ?? -1,
      members: [...this.members.values()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: metadataOf(member, this.protocolName),
        assignment: assignments ? (assignments.get(member.memberId) ?? EMPTY_BYTES) : member.assignment,
      })),
    }
  }
}
