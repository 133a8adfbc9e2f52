import type { Uuid } from '../../base/ids.ts'
import type { ShareGroupStatePartitionMetadataValueData } from '../../protocol/stored/share-group-records.ts'
import type { TopicSource } from '../consumer/topics.ts'

/** Partitions of one topic. */
export interface StateTopic {
  readonly name: string
  readonly partitions: ReadonlySet<number>
  /** When this was written; not stored. */
  readonly sinceMs: number
}

export type StateTopics = ReadonlyMap<Uuid, StateTopic>

/** Of which partitions the share coordinator keeps a state for the group, will soon, or will soon not any more. */
export interface StatePartitions {
  readonly initializing: StateTopics
  readonly initialized: StateTopics
  readonly deleting: ReadonlySet<Uuid>
}

export const NO_STATE: StatePartitions = { initializing: new Map(), initialized: new Map(), deleting: new Set() }

export function statePartitionsOf(value: ShareGroupStatePartitionMetadataValueData, nowMs: number): StatePartitions {
  const told = (topics: ShareGroupStatePartitionMetadataValueData['initializingTopics']): StateTopics =>
    new Map(
      topics.map(({ topicId, topicName: name, partitions }) => [
        topicId,
        { name, partitions: new Set(partitions), sinceMs: nowMs },
      ]),
    )
  return {
    initializing: told(value.initializingTopics),
    initialized: told(value.initializedTopics),
    deleting: new Set(value.deletingTopics.map(({ topicId }) => topicId)),
  }
}

/** Both; what `more` says of a topic beyond its partitions holds. */
export function joinTopics(some: StateTopics, more: StateTopics): StateTopics {
  const joined = new Map(some)
  for (const [topicId, topic] of more) {
    const partitions = new Set([...(joined.get(topicId)?.partitions ?? []), ...topic.partitions])
    joined.set(topicId, { ...topic, partitions })
  }
  return joined
}

/** `some` without the partitions of `others`. */
export function withoutPartitions(
  some: StateTopics,
  others: ReadonlyMap<Uuid, ReadonlySet<number>>,
): Map<Uuid, StateTopic> {
  const left = new Map<Uuid, StateTopic>()
  for (const [topicId, topic] of some) {
    const partitions = new Set([...topic.partitions].filter((at) => others.get(topicId)?.has(at) !== true))
    if (partitions.size > 0) left.set(topicId, { ...topic, partitions })
  }
  return left
}

/** Partitions of these topics whose state is not there and has not been asked for just now. */
export function missingStates(
  state: StatePartitions | undefined,
  names: Iterable<string>,
  topics: TopicSource,
  nowMs: number,
  retryMs: number,
): StateTopics {
  const missing = new Map<Uuid, StateTopic>()
  for (const name of names) {
    const topic = topics.named(name)
    if (topic === undefined) continue
    const known = new Set(state?.initialized.get(topic.id)?.partitions)
    const asked = state?.initializing.get(topic.id)
    if (asked && Math.abs(nowMs - asked.sinceMs) < retryMs)
      for (const partition of asked.partitions) known.add(partition)
    if (known.size >= topic.partitions) continue
    const all = Array.from({ length: topic.partitions }, (_, partition) => partition)
    missing.set(topic.id, { name, partitions: new Set(all.filter((at) => !known.has(at))), sinceMs: nowMs })
  }
  return missing
}

/** A topic whose state is being made anew is not deleted any more. */
export function nowInitializing(state: StatePartitions | undefined, topics: StateTopics): StatePartitions {
  if (state === undefined) return { ...NO_STATE, initializing: topics }
  const initializing = joinTopics(state.initializing, topics)
  return { ...state, initializing, deleting: new Set([...state.deleting].filter((id) => !initializing.has(id))) }
}
