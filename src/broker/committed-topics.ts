import type { ErrorName } from '../base/errors.ts'
import { ErrorCode } from '../base/errors.ts'
import { type TopicId, type Uuid, ZERO_UUID } from '../base/ids.ts'
import type { PartitionResult } from '../group/commands.ts'
import type { MetadataImage } from '../metadata/image.ts'

/** What is known of topics where offsets are committed or fetched. */
export type TopicLookup = Pick<MetadataImage, 'topic' | 'topicById'>

export interface NamedTopic {
  readonly name: string
  readonly topicId: Uuid
}

/** The topic of a request that names it (`byId` false) or gives its id, as it is now. */
export function resolveTopic(image: TopicLookup, asked: NamedTopic, byId: boolean) {
  return byId ? image.topicById(asked.topicId as TopicId) : image.topic(asked.name)
}

export interface TopicOutcome extends NamedTopic {
  readonly partitions: PartitionResult[]
}

/**
 * Results by topic, in the order in which topics first had one: errors found here, then what the group said. Where there are no errors a
 * topic that was asked for twice is told of twice.
 */
export class TopicOutcomes {
  readonly #failed = new Map<string, TopicOutcome>()
  #told: TopicOutcome[] = []

  /** What the group said of all the rest. */
  add(topics: readonly (NamedTopic & { readonly partitions: readonly PartitionResult[] })[]): void {
    const some = topics.map(({ name, topicId, partitions }) => ({ name, topicId, partitions: [...partitions] }))
    if (this.#failed.size === 0) this.#told = some
    else for (const topic of some) this.#add(topic, topic.partitions)
  }

  #add({ name, topicId }: NamedTopic, partitions: readonly PartitionResult[]): void {
    const key = topicId === ZERO_UUID ? `n${name}` : `i${topicId}`
    const outcome = this.#failed.get(key)
    if (outcome) outcome.partitions.push(...partitions)
    else this.#failed.set(key, { name, topicId, partitions: [...partitions] })
  }

  fail(topic: NamedTopic, partitions: readonly { readonly partitionIndex: number }[], error: ErrorName): void {
    const errorCode = ErrorCode[error]
    this.#add(
      topic,
      partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    )
  }

  get all(): TopicOutcome[] {
    return [...this.#failed.values(), ...this.#told]
  }
}

interface Indexed {
  readonly partitionIndex: number
}

/** Those of the asked partitions that `topic` has; the others fail, by `unknownTopic` where there is no such topic. */
export function partitionsThere<P extends Indexed>(
  asked: NamedTopic & { readonly partitions: readonly P[] },
  topic: ReturnType<TopicLookup['topic']>,
  outcomes: TopicOutcomes,
  unknownTopic: ErrorName = 'UNKNOWN_TOPIC_OR_PARTITION',
): P[] {
  const isThere = ({ partitionIndex }: P) => topic?.partitions[partitionIndex] !== undefined
  const unknown = asked.partitions.filter((partition) => !isThere(partition))
  if (topic === undefined) outcomes.fail(asked, unknown, unknownTopic)
  else if (unknown.length > 0) outcomes.fail(asked, unknown, 'UNKNOWN_TOPIC_OR_PARTITION')
  return asked.partitions.filter(isThere)
}
