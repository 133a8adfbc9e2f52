import type { MetadataImage, PartitionImage, TopicImage } from '../image.ts'
import type { PartitionSet } from '../partition-index.ts'
import type { MetadataRecordOf } from '../records.ts'
import { type PartitionTarget, partitionChange } from './change.ts'
import { type LeaderDefaults, rulesFor } from './rules.ts'

export interface BrokersMoving {
  /** Leaves every ISR and leads nothing. */
  readonly remove?: number
  /** May lead although it is still fenced in the image. */
  readonly add?: number
  /** Lost what it had not flushed: leaves every ISR and ELR. */
  readonly unclean?: number
}

type Changes = MetadataRecordOf<'PartitionChangeRecord'>[]

/** The changes that partitions undergo when brokers come, go or lose records. */
export function brokerMoves(
  image: MetadataImage,
  partitions: PartitionSet,
  moving: BrokersMoving,
  defaults: LeaderDefaults,
  concerned: (partition: PartitionImage) => boolean = () => true,
): Changes {
  const { remove, add, unclean } = moving
  const isActive = (broker: number) =>
    broker !== remove && broker !== unclean && (broker === add || image.isActive(broker))
  const uncleanShutdown = unclean === undefined ? [] : [unclean]
  const stays = (replica: number) => replica !== remove && replica !== unclean
  const changes: Changes = []
  for (const [topicId, ids] of partitions.topics()) {
    const topic = image.topicById(topicId)
    if (topic === undefined) continue
    const rules = rulesFor(image, topic, defaults, undefined, isActive)
    for (const partition of partitionsOf(topic, ids)) {
      if (!concerned(partition)) continue
      const target: PartitionTarget = { isr: partition.isr.filter(stays), uncleanShutdown }
      const change = partitionChange(topicId, partition, target, rules)
      if (change) changes.push(change)
    }
  }
  return changes
}

function* partitionsOf(topic: TopicImage, ids: Iterable<number>): IterableIterator<PartitionImage> {
  for (const id of ids) {
    const partition = topic.partitions[id]
    if (partition !== undefined) yield partition
  }
}
