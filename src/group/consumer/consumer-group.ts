import { assert } from '../../base/assert.ts'
import type { Uuid } from '../../base/ids.ts'
import type { Partitions } from '../assignors/assignor.ts'
import { EpochGroup } from '../epoch-group.ts'
import { NO_PARTITIONS, partitionsOf } from '../partition-sets.ts'
import {
  type ConsumerMember,
  isReconciledTo,
  MemberState,
  newMember,
  type OwnedPartitions,
  regexOf,
  usesClassicProtocol,
  withAssignment,
  withMetadata,
} from './member.ts'
import { type ConsumerRecord, groupTombstone, memberTombstone, type ResolvedRegex, regexTombstone } from './records.ts'

export type ConsumerGroupState = 'Empty' | 'Assigning' | 'Reconciling' | 'Stable'

/**
 * A group of the consumer protocol (KIP-848). It is what its records say: `replay` is the only mutator, except of the
 * refresh deadline, which is soft.
 *
 * Members ask (subscriptions) → the group epoch grows → a target assignment is computed for that epoch → each member goes
 * towards its target at its own pace, and is given a partition only when nobody else owns it.
 */
export class ConsumerGroup extends EpochGroup<ConsumerMember, Partitions> {
  readonly kind = 'consumer'
  /** Group instance id → member id. */
  readonly staticMembers = new Map<string, string>()
  readonly regexes = new Map<string, ResolvedRegex>()
  /** A record that only versions before 4.1 wrote is still in the log. */
  hasPartitionMetadata = false
  readonly #partitionEpochs = new Map<Uuid, Map<number, number>>()
  /** Topic name or regular expression → how many members are subscribed by it. */
  readonly #nameCounts = new Map<string, number>()
  readonly #regexCounts = new Map<string, number>()

  get state(): ConsumerGroupState {
    if (this.isEmpty) return 'Empty'
    if (this.groupEpoch > this.assignmentEpoch) return 'Assigning'
    for (const member of this.members.values()) {
      if (!isReconciledTo(member, this.assignmentEpoch)) return 'Reconciling'
    }
    return 'Stable'
  }

  get nameCounts(): ReadonlyMap<string, number> {
    return this.#nameCounts
  }

  get regexCounts(): ReadonlyMap<string, number> {
    return this.#regexCounts
  }

  isSubscribedTo(topic: string): boolean {
    if (this.#nameCounts.has(topic)) return true
    for (const { topics } of this.regexes.values()) if (topics.has(topic)) return true
    return false
  }

  staticMember(instanceId: string): ConsumerMember | undefined {
    const memberId = this.staticMembers.get(instanceId)
    return memberId === undefined ? undefined : this.members.get(memberId)
  }

  /** A static member's target is that of whoever had its place before. */
  targetOf(memberId: string, instanceId: string | null): Partitions {
    const id = instanceId === null ? memberId : this.staticMembers.get(instanceId)
    return (id === undefined ? undefined : this.targets.get(id)) ?? NO_PARTITIONS
  }

  /** In which epoch its owner has the partition; undefined: it is free. */
  partitionEpoch(topicId: Uuid, partition: number): number | undefined {
    return this.#partitionEpochs.get(topicId)?.get(partition)
  }

  get classicMembers(): number {
    let count = 0
    for (const member of this.members.values()) if (usesClassicProtocol(member)) count++
    return count
  }

  /** Could a classic member with these protocols be in this group? */
  supportsProtocols(names: readonly string[]): boolean {
    if (this.isEmpty) return names.length > 0
    const classic = [...this.members.values()].flatMap(({ classic: own }) => (own ? [own.supportedProtocols] : []))
    return names.some((name) => classic.every((protocols) => protocols.some((protocol) => protocol.name === name)))
  }

  isWaitingForPartitions(member: ConsumerMember): boolean {
    if (member.state !== MemberState.UNRELEASED_PARTITIONS) return false
    for (const [topicId, partitions] of this.targets.get(member.memberId) ?? NO_PARTITIONS) {
      const own = member.assigned.get(topicId)
      for (const partition of partitions) {
        if (!own?.has(partition) && this.partitionEpoch(topicId, partition) !== undefined) return true
      }
    }
    return false
  }

  /** false: the group is gone. */
  replay(record: ConsumerRecord): boolean {
    switch (record.about) {
      case 'epoch':
        if (record.value === null) return false
        this.replayEpoch(record.value)
        break
      case 'partitionMetadata':
        this.hasPartitionMetadata = record.value !== null
        break
      case 'member':
        if (record.value === null) this.#update(record.memberId, undefined)
        else this.#update(record.memberId, withMetadata(this.#memberOrNew(record.memberId), record.value))
        break
      case 'targetEpoch':
        this.replayTargetEpoch(record.value)
        break
      case 'target':
        if (record.value === null) this.targets.delete(record.memberId)
        else this.targets.set(record.memberId, partitionsOf(record.value.topicPartitions))
        break
      case 'current':
        this.#replayCurrent(record.memberId, record.value)
        break
      case 'regex':
        if (record.value === null) this.regexes.delete(record.regularExpression)
        else this.regexes.set(record.regularExpression, { ...record.value, topics: new Set(record.value.topics) })
        break
    }
    return true
  }

  #replayCurrent(memberId: string, value: Extract<ConsumerRecord, { about: 'current' }>['value']): void {
    if (value !== null) {
      this.#update(memberId, withAssignment(this.#memberOrNew(memberId), value))
      return
    }
    const member = this.members.get(memberId)
    // A member of whose assignment nothing is known any more is about to go.
    if (member) {
      const { memberEpoch, previousMemberEpoch, state, assigned, revoking } = newMember(memberId)
      this.#update(memberId, { ...member, memberEpoch, previousMemberEpoch, state, assigned, revoking })
    }
  }

  #memberOrNew(memberId: string): ConsumerMember {
    return this.members.get(memberId) ?? newMember(memberId)
  }

  #update(memberId: string, after: ConsumerMember | undefined): void {
    const before = this.members.get(memberId)
    if (before) this.#uncount(before)
    if (after === undefined) {
      this.members.delete(memberId)
      return
    }
    this.members.set(memberId, after)
    for (const name of after.topicNames) add(this.#nameCounts, name, 1)
    const regex = regexOf(after)
    if (regex) add(this.#regexCounts, regex, 1)
    if (after.instanceId !== null) this.staticMembers.set(after.instanceId, memberId)
    this.#own(after.assigned, after.memberEpoch)
    this.#own(after.revoking, after.memberEpoch)
  }

  #uncount(member: ConsumerMember): void {
    for (const name of member.topicNames) add(this.#nameCounts, name, -1)
    const regex = regexOf(member)
    if (regex) add(this.#regexCounts, regex, -1)
    const { instanceId } = member
    if (instanceId !== null && this.staticMembers.get(instanceId) === member.memberId) {
      this.staticMembers.delete(instanceId)
    }
    this.#disown(member.assigned, member.memberEpoch)
    this.#disown(member.revoking, member.memberEpoch)
  }

  #own(owned: OwnedPartitions, epoch: number): void {
    for (const [topicId, partitions] of owned) {
      let epochs = this.#partitionEpochs.get(topicId)
      if (epochs === undefined) {
        epochs = new Map()
        this.#partitionEpochs.set(topicId, epochs)
      }
      for (const partition of partitions.keys()) {
        // A compacted log may give a partition to its next owner before it says that the one before let it go.
        const before = epochs.get(partition)
        assert(before === undefined || before < epoch, `${topicId}-${partition} has two owners in ${this.groupId}`)
        epochs.set(partition, epoch)
      }
    }
  }

  #disown(owned: OwnedPartitions, epoch: number): void {
    for (const [topicId, partitions] of owned) {
      const epochs = this.#partitionEpochs.get(topicId)
      for (const partition of partitions.keys()) if (epochs?.get(partition) === epoch) epochs.delete(partition)
      if (epochs?.size === 0) this.#partitionEpochs.delete(topicId)
    }
  }

  /** In Kafka's order. */
  tombstones(): ConsumerRecord[] {
    const { groupId } = this
    const ids = [...this.members.keys()]
    return [
      ...ids.map((memberId) => memberTombstone(groupId, 'current', memberId)),
      ...ids.map((memberId) => memberTombstone(groupId, 'target', memberId)),
      groupTombstone(groupId, 'targetEpoch'),
      ...ids.map((memberId) => memberTombstone(groupId, 'member', memberId)),
      ...[...this.regexes.keys()].map((regex) => regexTombstone(groupId, regex)),
      groupTombstone(groupId, 'partitionMetadata'),
      groupTombstone(groupId, 'epoch'),
    ]
  }

  /** The replicated state, to compare two of the same group. */
  dump(): unknown {
    const { groupId, groupEpoch, metadataHash, assignmentEpoch, assignmentTimestamp, hasPartitionMetadata } = this
    const epochs = { groupEpoch, metadataHash, assignmentEpoch, assignmentTimestamp, hasPartitionMetadata }
    const { members, staticMembers, targets, regexes } = this
    return { groupId, ...epochs, members, staticMembers, targets, regexes }
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
