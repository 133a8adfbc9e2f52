import type { TopicId } from '../../base/ids.ts'
import type { MetadataImage, PartitionImage, TopicImage } from '../image.ts'
import { mergePartition } from '../image-topics.ts'
import type { MetadataRecordOf } from '../records.ts'
import { type Election, type PartitionRules, type PartitionTarget, partitionChange } from './change.ts'
import { type LeaderDefaults, rulesFor } from './rules.ts'

/** Changes of partitions that one command makes, each on top of the ones before. */
export class PartitionDraft {
  readonly records: MetadataRecordOf<'PartitionChangeRecord'>[] = []
  readonly #image: MetadataImage
  readonly #defaults: LeaderDefaults
  readonly #changed = new Map<TopicId, Map<number, PartitionImage>>()
  #rules:
    | { readonly topic: TopicId; readonly election: Election | undefined; readonly rules: PartitionRules }
    | undefined

  constructor(image: MetadataImage, defaults: LeaderDefaults) {
    this.#image = image
    this.#defaults = defaults
  }

  partition(topic: TopicImage, partition: number): PartitionImage | undefined {
    return this.#changed.get(topic.id)?.get(partition) ?? topic.partitions[partition]
  }

  /** The partition as it is then, or undefined where the target changes nothing. */
  change(
    topic: TopicImage,
    before: PartitionImage,
    target: PartitionTarget,
    election?: Election,
  ): PartitionImage | undefined {
    const record = partitionChange(topic.id, before, target, this.#rulesOf(topic, election))
    if (record === undefined) return undefined
    const after = mergePartition(before, record.data)
    let changed = this.#changed.get(topic.id)
    if (changed === undefined) {
      changed = new Map()
      this.#changed.set(topic.id, changed)
    }
    changed.set(after.partition, after)
    this.records.push(record)
    return after
  }

  /** Partitions mostly come by topic: the rules of the last one are kept. */
  #rulesOf(topic: TopicImage, election: Election | undefined): PartitionRules {
    const kept = this.#rules
    if (kept !== undefined && kept.topic === topic.id && kept.election === election) return kept.rules
    const rules = rulesFor(this.#image, topic, this.#defaults, election)
    this.#rules = { topic: topic.id, election, rules }
    return rules
  }
}
