import { KafkaError } from '../../base/errors.ts'
import type { Partitions } from '../assignors/assignor.ts'
import { EpochGroup } from '../epoch-group.ts'
import { partitionsOf } from '../partition-sets.ts'
import { newMember, type ShareMember } from './member.ts'
import { groupTombstone, memberTombstones, type ShareRecord } from './records.ts'
import { type StatePartitions, statePartitionsOf } from './state-partitions.ts'

/** A share group (KIP-932). It is what its records say: `replay` is the only mutator, except of what is soft. */
export class ShareGroup extends EpochGroup<ShareMember, Partitions> {
  readonly kind = 'share'
  statePartitions: StatePartitions | undefined

  get state(): string {
    return this.isEmpty ? 'Empty' : 'Stable'
  }

  /** Where it is in its partitions is the share coordinator's to know. */
  hasNoOffsets(): KafkaError {
    return new KafkaError('GROUP_ID_NOT_FOUND', `Group ${this.groupId} is not a consumer group.`)
  }

  isSubscribedTo(topic: string): boolean {
    for (const { topicNames } of this.members.values()) if (topicNames.includes(topic)) return true
    return false
  }

  /** false: the group is gone. */
  replay(record: ShareRecord, nowMs: number): boolean {
    switch (record.about) {
      case 'epoch':
        if (record.value === null) return false
        this.replayEpoch(record.value)
        break
      case 'targetEpoch':
        this.replayTargetEpoch(record.value)
        break
      case 'target':
        if (record.value === null) this.targets.delete(record.memberId)
        else this.targets.set(record.memberId, partitionsOf(record.value.topicPartitions))
        break
      case 'statePartitions':
        this.statePartitions = record.value === null ? undefined : statePartitionsOf(record.value, nowMs)
        break
      default:
        this.#replayMember(record)
    }
    return true
  }

  #replayMember(record: Extract<ShareRecord, { readonly about: 'member' | 'current' }>): void {
    const { memberId } = record
    const before = this.members.get(memberId) ?? newMember(memberId)
    if (record.about === 'current') {
      const { memberEpoch, previousMemberEpoch, assignedPartitions } = record.value ?? { memberEpoch: -1 }
      if (record.value === null && !this.members.has(memberId)) return
      this.members.set(memberId, {
        ...before,
        memberEpoch,
        previousMemberEpoch: previousMemberEpoch ?? -1,
        assigned: partitionsOf(assignedPartitions ?? []),
      })
    } else if (record.value === null) {
      this.members.delete(memberId)
    } else {
      const { rackId, clientId, clientHost, subscribedTopicNames: topicNames } = record.value
      this.members.set(memberId, { ...before, rackId, clientId, clientHost, topicNames })
    }
  }

  tombstones(): ShareRecord[] {
    const { groupId } = this
    const ofMembers = [...this.members.keys()].flatMap((memberId) => memberTombstones(groupId, memberId))
    const ofGroup = (['targetEpoch', 'statePartitions', 'epoch'] as const).map((about) =>
      groupTombstone(groupId, about),
    )
    return [...ofMembers, ...ofGroup]
  }

  /** The replicated state, in one order. */
  dump(): unknown {
    const { groupId, groupEpoch, metadataHash, assignmentEpoch, assignmentTimestamp, statePartitions } = this
    const sorted = <V>(map: ReadonlyMap<string, V>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
    const state = statePartitions && {
      initializing: sorted(statePartitions.initializing).map(([id, { partitions }]) => [id, [...partitions]]),
      initialized: sorted(statePartitions.initialized).map(([id, { partitions }]) => [id, [...partitions]]),
      deleting: [...statePartitions.deleting].sort(),
    }
    const epochs = { groupEpoch, metadataHash, assignmentEpoch, assignmentTimestamp }
    return { groupId, ...epochs, members: sorted(this.members), targets: sorted(this.targets), state }
  }
}
