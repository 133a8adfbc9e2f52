/** Topic → its partitions. */
export type PartitionSet = ReadonlyMap<string, ReadonlySet<number>>

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export const NO_PARTITIONS: PartitionSet = new Map()

export function includes(set: PartitionSet, { topic, partition }: TopicPartition): boolean {
  return set.get(topic)?.has(partition) ?? false
}

export function including(set: PartitionSet, added: readonly TopicPartition[]): PartitionSet {
  const all = new Map<string, Set<number>>()
  for (const [topic, partitions] of set) all.set(topic, new Set(partitions))
  for (const { topic, partition } of added) {
    const partitions = all.get(topic)
    if (partitions === undefined) all.set(topic, new Set([partition]))
    else partitions.add(partition)
  }
  return all
}

export function* listed(set: PartitionSet): IterableIterator<TopicPartition> {
  for (const [topic, partitions] of set) for (const partition of partitions) yield { topic, partition }
}
