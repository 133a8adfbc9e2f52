import { assert, present } from '../base/assert.ts'
import { MIGRATING_DIRECTORY, type TopicId, UNASSIGNED_DIRECTORY } from '../base/ids.ts'
import type { MetadataDelta } from './delta.ts'
import { NO_LEADER, type PartitionImage, type TopicImage } from './image-types.ts'
import { PartitionIndex } from './partition-index.ts'
import type { MetadataRecordData } from './records.ts'

interface MutableTopic extends TopicImage {
  partitions: PartitionImage[]
}

/** Most partitions have no replica on the move and none that was left behind: ten thousand empty lists are one. */
const NONE: readonly number[] = Object.freeze<number[]>([])

const MOST_SHIFTS = 10_000
/** A leader of -2 in a PartitionChangeRecord: the leader stays. */
const NO_LEADER_CHANGE = -2
const NO_RECOVERY_CHANGE = -1
/** More partitions in one topic than any cluster carries: a larger id is damage. */
const MAX_PARTITION_ID = 10_000_000

/** Topics and their partitions. */
export class TopicsState {
  readonly byId = new Map<TopicId, MutableTopic>()
  readonly byName = new Map<string, MutableTopic>()
  partitionCount = 0
  /** Of the partition that was read last: the next one's are often the same. */
  #directories: PartitionImage['directories'] = []
  /** Kept from when somebody first asks for it: only an active controller needs one. */
  #index: PartitionIndex | undefined

  get index(): PartitionIndex {
    if (this.#index === undefined) {
      this.#index = new PartitionIndex()
      for (const { id, partitions } of this.byId.values()) {
        for (const partition of partitions) this.#index.update(id, undefined, partition)
      }
    }
    return this.#index
  }

  assign(other: TopicsState): void {
    for (const { name, id, partitions } of other.byId.values()) {
      const topic = { name, id, partitions: partitions.slice() }
      this.byId.set(id, topic)
      this.byName.set(name, topic)
    }
    this.partitionCount = other.partitionCount
  }

  created({ name, topicId }: MetadataRecordData<'TopicRecord'>, delta: MetadataDelta): void {
    assert(!this.byName.has(name) && !this.byId.has(topicId), `topic ${name} (${topicId}) is made twice`)
    const topic: MutableTopic = { name, id: topicId, partitions: [] }
    this.byId.set(topicId, topic)
    this.byName.set(name, topic)
    delta.topic(topicId, name).created = true
  }

  /** The topic's name: its configs go with it. */
  removed({ topicId }: MetadataRecordData<'RemoveTopicRecord'>, delta: MetadataDelta): string {
    const topic = present(this.byId.get(topicId), `topic ${topicId}, which is removed,`)
    this.byId.delete(topicId)
    this.byName.delete(topic.name)
    this.partitionCount -= topic.partitions.length
    if (this.#index) for (const partition of topic.partitions) this.#index.update(topicId, partition, undefined)
    const created = delta.topics.get(topicId)?.created ?? false
    delta.topics.delete(topicId)
    if (!created)
      delta.deletedTopics.set(topicId, { id: topicId, name: topic.name, partitions: topic.partitions.length })
    return topic.name
  }

  partition(data: MetadataRecordData<'PartitionRecord'>, delta: MetadataDelta): void {
    const topic = present(this.byId.get(data.topicId), `topic ${data.topicId} of a partition`)
    const { partitionId } = data
    assert(partitionId >= 0 && partitionId <= MAX_PARTITION_ID, `partition id ${partitionId}`)
    const before = topic.partitions[partitionId]
    if (before === undefined) this.partitionCount++
    const after: PartitionImage = {
      partition: partitionId,
      replicas: data.replicas,
      directories: this.#shared(data.directories.length > 0 ? data.directories : defaultDirectories(data.replicas)),
      isr: same(data.isr, data.replicas) ? data.replicas : data.isr,
      removingReplicas: orNone(data.removingReplicas),
      addingReplicas: orNone(data.addingReplicas),
      elr: orNone(data.eligibleLeaderReplicas),
      lastKnownElr: orNone(data.lastKnownElr),
      leader: data.leader,
      leaderRecoveryState: data.leaderRecoveryState,
      leaderEpoch: data.leaderEpoch,
      partitionEpoch: data.partitionEpoch,
    }
    // A list that grows makes room for many more; most topics that there are thousands of have one partition.
    if (topic.partitions.length === 0 && partitionId === 0) topic.partitions = [after]
    else topic.partitions[partitionId] = after
    this.#index?.update(topic.id, before, after)
    delta.topic(topic.id, topic.name).partitions.add(partitionId)
  }

  changed(data: MetadataRecordData<'PartitionChangeRecord'>, delta: MetadataDelta): void {
    const topic = present(this.byId.get(data.topicId), `topic ${data.topicId} of a partition change`)
    const before = present(topic.partitions[data.partitionId], `partition ${topic.name}-${data.partitionId}`)
    const after = mergePartition(before, data)
    topic.partitions[data.partitionId] = after
    this.#index?.update(topic.id, before, after)
    noteElection(before, after, delta)
    noteShift(topic.name, before, after, delta)
    delta.topic(topic.id, topic.name).partitions.add(data.partitionId)
  }

  /** KIP-966: eligible leader replicas are forgotten, of one topic or, where the name is empty, of all. */
  elrCleared({ topicName }: MetadataRecordData<'ClearElrRecord'>, delta: MetadataDelta): void {
    if (topicName !== '') {
      const topic = this.byName.get(topicName)
      if (topic) this.#clearElr(topic, delta)
      return
    }
    for (const topic of this.byId.values()) this.#clearElr(topic, delta)
  }

  #shared(directories: PartitionImage['directories']): PartitionImage['directories'] {
    if (!same(directories, this.#directories)) this.#directories = directories
    return this.#directories
  }

  #clearElr(topic: MutableTopic, delta: MetadataDelta): void {
    for (const before of topic.partitions) {
      if (before.elr.length === 0 && before.lastKnownElr.length === 0) continue
      const after = { ...before, elr: NONE, lastKnownElr: NONE, partitionEpoch: before.partitionEpoch + 1 }
      topic.partitions[before.partition] = after
      this.#index?.update(topic.id, before, after)
      delta.topic(topic.id, topic.name).partitions.add(before.partition)
    }
  }
}

function orNone(replicas: readonly number[] | null | undefined): readonly number[] {
  return replicas && replicas.length > 0 ? replicas : NONE
}

function same(some: readonly unknown[], others: readonly unknown[]): boolean {
  return some.length === others.length && some.every((each, i) => each === others[i])
}

function noteElection(before: PartitionImage, { leader }: PartitionImage, { elections }: MetadataDelta): void {
  if (leader === before.leader || leader === NO_LEADER) return
  elections.all++
  if (before.isr.includes(leader)) return
  if (before.elr.includes(leader)) elections.fromEligible++
  else elections.unclean++
}

function noteShift(topic: string, before: PartitionImage, after: PartitionImage, { shifts }: MetadataDelta): void {
  const isSame = before.leader === after.leader && before.isr.join() === after.isr.join()
  // Whoever reads a whole log at once has no use for what was long ago.
  if (!isSame && shifts.length < MOST_SHIFTS) shifts.push({ topic, before, after })
}

/** Records from before KIP-858 name no directories. */
function defaultDirectories(replicas: readonly number[]): PartitionImage['directories'] {
  return replicas.map(() => MIGRATING_DIRECTORY)
}

/** The partition after a change; the leader epoch rises whenever a leader is named, as in Kafka. */
export function mergePartition(
  before: PartitionImage,
  change: MetadataRecordData<'PartitionChangeRecord'>,
): PartitionImage {
  const leaderNamed = change.leader !== NO_LEADER_CHANGE
  const replicas = change.replicas ?? before.replicas
  return {
    partition: before.partition,
    replicas,
    directories: directoriesAfter(before, replicas, change.directories),
    isr: change.isr ?? before.isr,
    removingReplicas: orNone(change.removingReplicas ?? before.removingReplicas),
    addingReplicas: orNone(change.addingReplicas ?? before.addingReplicas),
    elr: orNone(change.eligibleLeaderReplicas ?? before.elr),
    lastKnownElr: orNone(change.lastKnownElr ?? before.lastKnownElr),
    leader: leaderNamed ? change.leader : before.leader,
    leaderRecoveryState:
      change.leaderRecoveryState === NO_RECOVERY_CHANGE ? before.leaderRecoveryState : change.leaderRecoveryState,
    leaderEpoch: leaderNamed ? before.leaderEpoch + 1 : before.leaderEpoch,
    partitionEpoch: before.partitionEpoch + 1,
  }
}

function directoriesAfter(
  before: PartitionImage,
  replicas: readonly number[],
  given: PartitionImage['directories'] | null,
): PartitionImage['directories'] {
  if (given !== null && given.length > 0) return given
  if (replicas === before.replicas) return before.directories
  return replicas.map((replica) => before.directories[before.replicas.indexOf(replica)] ?? UNASSIGNED_DIRECTORY)
}

export function hasLeader(partition: PartitionImage): boolean {
  return partition.leader !== NO_LEADER
}
