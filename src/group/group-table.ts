import { KafkaError } from '../base/errors.ts'
import type { GroupMetadataValueData } from '../protocol/stored/group-records.ts'
import { ClassicGroup } from './classic-group.ts'
import { ConsumerGroup } from './consumer/consumer-group.ts'
import type { ConsumerRecord } from './consumer/records.ts'
import type { ShareRecord } from './share/records.ts'
import { ShareGroup } from './share/share-group.ts'
import type { StreamsRecord } from './streams/records.ts'
import { StreamsGroup } from './streams/streams-group.ts'

export type Group = ClassicGroup | ConsumerGroup | StreamsGroup | ShareGroup

/**
 * The groups of one partition. `stored` is what the log says of classic groups; the live ones are made
 * from it when a load is over, and from then on by what members do.
 */
export class GroupTable {
  readonly stored = new Map<string, GroupMetadataValueData>()
  readonly shares = new Map<string, ShareGroup>()
  readonly consumers = new Map<string, ConsumerGroup>()
  readonly streams = new Map<string, StreamsGroup>()
  readonly live = new Map<string, ClassicGroup>()

  find(groupId: string): Group | undefined {
    return (
      this.live.get(groupId) ?? this.consumers.get(groupId) ?? this.streams.get(groupId) ?? this.shares.get(groupId)
    )
  }

  /** A consumer group, or undefined where there is none of that kind. */
  consumer(groupId: string): ConsumerGroup | undefined {
    return this.live.has(groupId) ? undefined : this.consumers.get(groupId)
  }

  /** @throws KafkaError GROUP_ID_NOT_FOUND */
  requireConsumer(groupId: string): ConsumerGroup {
    const group = this.consumer(groupId)
    if (group) return group
    const found = this.find(groupId) !== undefined
    const message = found ? `Group ${groupId} is not a consumer group.` : `Group ${groupId} not found.`
    throw new KafkaError('GROUP_ID_NOT_FOUND', message)
  }

  /** When groups were to look at their topics again is not known any more: at once. */
  clockMoved(): void {
    for (const groups of [this.consumers, this.streams, this.shares]) {
      for (const group of groups.values()) group.requestRefresh()
    }
  }

  /** A streams group, or undefined where there is none of that kind. */
  streamsGroup(groupId: string): StreamsGroup | undefined {
    return this.live.has(groupId) ? undefined : this.streams.get(groupId)
  }

  /** A classic group, or undefined where there is none of that kind. */
  classic(groupId: string): ClassicGroup | undefined {
    return this.live.get(groupId)
  }

  create(groupId: string, nowMs: number): ClassicGroup {
    const group = new ClassicGroup(groupId, nowMs)
    this.live.set(groupId, group)
    return group
  }

  *all(): Iterable<Group> {
    yield* this.live.values()
    for (const group of this.consumers.values()) if (!this.live.has(group.groupId)) yield group
    for (const group of this.streams.values()) if (!this.live.has(group.groupId)) yield group
    for (const group of this.shares.values()) if (!this.live.has(group.groupId)) yield group
  }

  replayGroup(groupId: string, value: GroupMetadataValueData | null): void {
    if (value === null) {
      this.stored.delete(groupId)
      this.live.delete(groupId)
      return
    }
    this.stored.set(groupId, value)
    const group = this.live.get(groupId)
    if (group?.state !== 'CompletingRebalance' || value.generation !== group.generationId) return
    for (const stored of value.members) {
      const member = group.members.get(stored.memberId)
      if (member) member.assignment = stored.assignment
    }
    group.transitionTo('Stable', value.currentStateTimestamp)
  }

  /** false: the group is gone. */
  replayStreams(record: StreamsRecord): boolean {
    const { groupId } = record
    let group = this.streams.get(groupId)
    if (group === undefined) {
      if (record.value === null) return true
      group = new StreamsGroup(groupId)
      this.streams.set(groupId, group)
    }
    if (group.replay(record)) return true
    this.streams.delete(groupId)
    return false
  }

  replayConsumer(record: ConsumerRecord): void {
    const { groupId } = record
    let group = this.consumers.get(groupId)
    if (group === undefined) {
      if (record.value === null) return
      group = new ConsumerGroup(groupId)
      this.consumers.set(groupId, group)
    }
    if (!group.replay(record)) this.consumers.delete(groupId)
  }

  replayShare(record: ShareRecord, nowMs: number): void {
    const { groupId } = record
    let group = this.shares.get(groupId)
    if (group === undefined) {
      if (record.value === null) return
      group = new ShareGroup(groupId)
      this.shares.set(groupId, group)
    }
    if (!group.replay(record, nowMs)) this.shares.delete(groupId)
  }
}
