import { ClassicGroup } from './classic-group.ts'
import type { GroupContext } from './context.ts'
import { groupTombstones } from './group-commands.ts'
import type { Group } from './group-table.ts'
import type { CommittedOffset } from './offsets.ts'
import { NO_PRODUCER_ID, type OffsetRecord } from './records.ts'
import { ShareGroup } from './share/share-group.ts'

/** What one tick may write: many small batches, never one that a log refuses. */
const MAX_BYTES = 256 * 1024
/** A record's bytes beside its strings, generously. */
const RECORD_OVERHEAD = 64
/** Groups that one tick looks at. */
const MAX_GROUPS = 1000

const EXPIRY_KEY = 'expiry'
const CLEANUP_KEY = 'cleanup'

/** Offsets and groups that have to go, a part with every tick. Soft: what a failover forgets is found by the next expiry. */
export class Cleanup {
  readonly #groups: string[] = []
  readonly #deletedTopics: string[] = []

  schedule(context: GroupContext): void {
    const deadline = context.nowMs + context.settings.offsetsRetentionCheckIntervalMs
    context.timers.schedule(EXPIRY_KEY, deadline, { kind: 'expiry' })
  }

  /** The time has come to look at every group. */
  expiry(context: GroupContext): void {
    if (this.#groups.length === 0) for (const { groupId } of context.groups.all()) this.#groups.push(groupId)
    this.schedule(context)
    this.goOn(context)
  }

  topicsDeleted(context: GroupContext, topics: readonly string[]): void {
    this.#deletedTopics.push(...topics)
    this.goOn(context)
  }

  goOn(context: GroupContext): void {
    if (this.#groups.length + this.#deletedTopics.length === 0) return
    context.timers.schedule(CLEANUP_KEY, context.nowMs, { kind: 'cleanup' })
  }

  /** One part of the work. A group or a topic that does not fit is looked at again, when what is written is replayed. */
  part(context: GroupContext): void {
    const budget = { bytes: MAX_BYTES }
    for (;;) {
      const topic = this.#deletedTopics.at(-1)
      if (topic === undefined || !forgetTopic(context, topic, budget)) break
      this.#deletedTopics.pop()
    }
    for (let seen = 0; seen < MAX_GROUPS && budget.bytes > 0; seen++) {
      const groupId = this.#groups.at(-1)
      if (groupId === undefined || !expireGroup(context, groupId, budget)) break
      this.#groups.pop()
    }
    this.goOn(context)
  }
}

interface Budget {
  bytes: number
}

function tombstone(context: GroupContext, record: Omit<OffsetRecord, 'type' | 'producerId' | 'value'>, budget: Budget) {
  context.outcome.records.push({ type: 'offset', producerId: NO_PRODUCER_ID, ...record, value: null })
  budget.bytes -= RECORD_OVERHEAD + 3 * (record.groupId.length + record.topic.length)
}

/** false: not done. */
function forgetTopic(context: GroupContext, topic: string, budget: Budget): boolean {
  for (const groupId of context.offsets.groups()) {
    for (const place of context.offsets.partitionsOf(groupId)) {
      if (place.topic !== topic) continue
      if (budget.bytes <= 0) return false
      tombstone(context, { groupId, ...place }, budget)
      context.counts.offsetDeletions++
    }
  }
  return true
}

/** Removes what is past its time, and with the last offset the group if nobody is in it. false: not done. */
function expireGroup(context: GroupContext, groupId: string, budget: Budget): boolean {
  const { groups, offsets } = context
  const group = groups.find(groupId)
  // Share groups have no offsets here, and stay until they are deleted.
  if (group === undefined || group instanceof ShareGroup) return true
  const since = expiresSince(group)
  let kept = offsets.hasOpenTransactions(groupId)
  for (const [topic, partitions] of offsets.ofGroup(groupId) ?? []) {
    const subscribed = group.isSubscribedTo(topic)
    for (const [partition, offset] of partitions) {
      const expired = !subscribed && since !== undefined && isExpired(context, offset, since(offset))
      if (!expired || offsets.isPending(groupId, topic, partition)) {
        kept = true
      } else if (budget.bytes <= 0) {
        return false
      } else {
        tombstone(context, { groupId, topic, partition }, budget)
        context.counts.offsetExpirations++
      }
    }
  }
  // Who was just given a member id is about to join.
  const empty = group.state === 'Empty' && !(group instanceof ClassicGroup && group.pendingJoin.size > 0)
  if (!kept && empty) context.outcome.records.push(...groupTombstones(group))
  return true
}

function isExpired({ nowMs, settings }: GroupContext, offset: CommittedOffset, since: number): boolean {
  if (offset.expireTimestamp !== -1) return nowMs >= offset.expireTimestamp
  return nowMs - since >= settings.offsetsRetentionMs
}

/**
 * From when on an offset's retention counts (KIP-211): an empty group's from when it became empty, otherwise from the
 * commit. undefined: nothing expires, since who uses what is not known.
 */
function expiresSince(group: Group): ((offset: CommittedOffset) => number) | undefined {
  const committed = (offset: CommittedOffset): number => offset.commitTimestamp
  if (!(group instanceof ClassicGroup) || group.protocolType === null) return committed
  if (group.state === 'Empty') {
    const { stateSinceMs } = group
    return stateSinceMs === undefined ? committed : () => stateSinceMs
  }
  return group.isConsumers && group.topics !== undefined && group.state === 'Stable' ? committed : undefined
}
