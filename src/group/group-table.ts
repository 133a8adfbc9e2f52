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
type OfKind<K extends Group['kind']> = Extract<Group, { readonly kind: K }>

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

  /** A group of this kind, or undefined where there is none. */
  ofKind<K extends Group['kind']>(kind: K, groupId: string): OfKind<K> | undefined {
    const group = this.find(groupId)
    return group?.kind === kind ? (group as OfKind<K>) : undefined
  }

  /** @throws KafkaError GROUP_ID_NOT_FOUND */
  require<K extends Group['kind']>(kind: K, groupId: string, missing = `Group ${groupId} not found.`): OfKind<K> {
    const group = this.ofKind(kind, groupId)
    if (group) return group
    const message = this.find(groupId) ? `Group ${groupId} is not a ${kind} group.` : missing
    throw new KafkaError('GROUP_ID_NOT_FOUND', message)
  }

  /** When groups were to look at their topics again is not known any more: at once. */
  clockMoved(): void {
    for (const groups of [this.consumers, this.streams, this.shares]) {
      for (const group of groups.values()) group.requestRefresh()
    }
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
    const group = opened(this.streams, record, StreamsGroup)
    if (group?.replay(record) !== false) return true
    this.streams.delete(record.groupId)
    return false
  }

  replayConsumer(record: ConsumerRecord): void {
    const group = opened(this.consumers, record, ConsumerGroup)
    if (group?.replay(record) === false) this.consumers.delete(record.groupId)
  }

  replayShare(record: ShareRecord, nowMs: number): void {
    const group = opened(this.shares, record, ShareGroup)
    if (group?.replay(record, nowMs) === false) this.shares.delete(record.groupId)
  }
}

/** The group that a record is of; it comes to be by its first record that is no tombstone. */
function opened<G>(
  groups: Map<string, G>,
  { groupId, value }: { readonly groupId: string; readonly value: unknown },
  Kind: new (groupId: string) => G,
): G | undefined {
  const known = groups.get(groupId)
  if (known || value === null) return known
  const group = new Kind(groupId)
  groups.set(groupId, group)
  return group
}
