import type { Uuid } from '../base/ids.ts'
import type { Partitions } from './assignors/assignor.ts'

/** Partitions, perhaps each with its epoch. */
export interface PartitionSet {
  readonly size: number
  has(partition: number): boolean
  keys(): Iterable<number>
}

/** By topic or subtopology. */
export type PartitionSets<K> = ReadonlyMap<K, PartitionSet>

export type TopicPartitions = readonly { readonly topicId: Uuid; readonly partitions: readonly number[] }[]

export const NO_PARTITIONS: Partitions = new Map()

/** As requests and records name them. */
export function partitionsOf(topics: TopicPartitions): Partitions {
  return new Map(topics.map(({ topicId, partitions }) => [topicId, new Set(partitions)]))
}

/** As answers and records name them. */
export function listed(topics: PartitionSets<Uuid>): { readonly topicId: Uuid; readonly partitions: number[] }[] {
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions: ascending(partitions.keys()) }))
}

export function ascending(partitions: Iterable<number>): number[] {
  return [...partitions].sort((a, b) => a - b)
}

/** The same partitions, in whatever epochs. */
export function samePartitions<K>(a: PartitionSets<K>, b: PartitionSets<K>): boolean {
  if (a === b) return true
  if (a.size !== b.size) return false
  for (const [key, partitions] of a) {
    const others = b.get(key)
    if (others?.size !== partitions.size) return false
    for (const partition of partitions.keys()) if (!others.has(partition)) return false
  }
  return true
}

type Epochs = ReadonlyMap<number, number>

/** The same partitions, each in the same epoch. */
export function sameEpochs<K>(a: ReadonlyMap<K, Epochs>, b: ReadonlyMap<K, Epochs>): boolean {
  if (a === b) return true
  if (!samePartitions(a, b)) return false
  for (const [key, epochs] of a) {
    for (const [partition, epoch] of epochs) if (b.get(key)?.get(partition) !== epoch) return false
  }
  return true
}

interface StoredEpochs {
  readonly partitions: number[]
  readonly assignmentEpochs: number[]
}

/** Partitions with the epochs in which they were given, as a record has them. */
export function storedEpochs(epochs: Epochs): StoredEpochs {
  const partitions = ascending(epochs.keys())
  return { partitions, assignmentEpochs: partitions.map((partition) => epochs.get(partition) ?? 0) }
}

interface ReadEpochs {
  readonly partitions: readonly number[]
  readonly assignmentEpochs: readonly number[] | null
}

/** The same as read; not all records say when, then it was in `otherwise`. */
export function epochsOf({ partitions, assignmentEpochs }: ReadEpochs, otherwise: number): Epochs {
  const epochs = assignmentEpochs?.length === partitions.length ? assignmentEpochs : []
  return new Map(partitions.map((partition, at) => [partition, epochs[at] ?? otherwise]))
}
