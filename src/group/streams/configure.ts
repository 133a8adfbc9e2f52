import { KafkaError } from '../../base/errors.ts'
import { inStringOrder } from '../java-order.ts'
import { decidePartitionCounts, type PartitionsOf, readTopics } from './partition-counts.ts'
import { TopicProblem } from './topic-problem.ts'
import type { Subtopology, TopicInfo, Topology } from './topology.ts'

/** A repartition topic or a changelog as it is to be. */
export interface InternalTopic {
  readonly name: string
  readonly partitions: number
  /** 0: the cluster's default. */
  readonly replicationFactor: number
  readonly configs: ReadonlyMap<string, string>
}

export interface ConfiguredSubtopology {
  /** One for each partition of its widest input. */
  readonly tasks: number
  readonly sourceTopics: readonly string[]
  readonly repartitionSinkTopics: readonly string[]
  readonly repartitionSourceTopics: readonly InternalTopic[]
  readonly stateChangelogTopics: readonly InternalTopic[]
}

/** A topology set beside the topics that there are. */
export interface ConfiguredTopology {
  readonly epoch: number
  /** By id, ids in their order; undefined: the topics do not even tell how many tasks there are. */
  readonly subtopologies: ReadonlyMap<string, ConfiguredSubtopology> | undefined
  readonly missingTopics: readonly InternalTopic[]
  /** undefined: it can run. */
  readonly problem: TopicProblem | undefined
}

/** @throws KafkaError for a topology that no topics can make right */
export function configure(topology: Topology, existing: PartitionsOf): ConfiguredTopology {
  const { epoch } = topology
  try {
    requireSources(topology, existing)
    const counts = decidePartitionCounts(topology, existing)
    const ids = [...topology.subtopologies.keys()].sort()
    const subtopologies = new Map(
      ids.map((id) => [id, configured(topology.subtopologies.get(id) as Subtopology, counts, existing)]),
    )
    const missingTopics = missing(topology, subtopologies, existing)
    const names = missingTopics.map(({ name }) => name)
    const problem =
      names.length === 0
        ? undefined
        : new TopicProblem('MISSING_INTERNAL_TOPICS', `Internal topics are missing: ${summary(names)}`)
    return { epoch, subtopologies, missingTopics, problem }
  } catch (error) {
    if (!(error instanceof TopicProblem)) throw error
    return { epoch, subtopologies: undefined, missingTopics: [], problem: error }
  }
}

function requireSources(topology: Topology, existing: PartitionsOf): void {
  const sources = [...topology.subtopologies.values()].flatMap(({ sourceTopics }) => sourceTopics)
  const absent = [...new Set(sources)].filter((topic) => existing(topic) === undefined).sort()
  if (absent.length > 0) {
    throw new TopicProblem('MISSING_SOURCE_TOPICS', `Source topics ${summary(absent)} are missing.`)
  }
}

const MOST_SHOWN = 3

function summary(topics: readonly string[]): string {
  const more = topics.length - MOST_SHOWN
  return topics.slice(0, MOST_SHOWN).join(', ') + (more > 0 ? ` and ${more} additional topics` : '')
}

function configured(one: Subtopology, counts: Map<string, number>, existing: PartitionsOf): ConfiguredSubtopology {
  const inputs = readTopics(one).map((topic) => existing(topic) ?? counts.get(topic) ?? 0)
  const tasks = Math.max(...inputs)
  // A topology may ask for a topic of no partitions, or of fewer.
  if (tasks <= 0) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  return {
    tasks,
    sourceTopics: [...new Set(one.sourceTopics)].sort(),
    repartitionSinkTopics: [...new Set(one.repartitionSinkTopics)].sort(),
    repartitionSourceTopics: one.repartitionSourceTopics.map((info) => internalTopic(info, counts)).sort(byName),
    stateChangelogTopics: one.stateChangelogTopics.map((info) => internalTopic(info, counts)).sort(byName),
  }
}

const byName = (a: InternalTopic, b: InternalTopic): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

function internalTopic(info: TopicInfo, counts: Map<string, number>): InternalTopic {
  const { name, replicationFactor, topicConfigs } = info
  const partitions = info.partitions === 0 ? (counts.get(name) ?? 0) : info.partitions
  if (partitions < 1) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  return { name, partitions, replicationFactor, configs: new Map(topicConfigs.map(({ key, value }) => [key, value])) }
}

/** In the order of Kafka's map: a member is shown the first three. */
function missing(
  topology: Topology,
  subtopologies: ReadonlyMap<string, ConfiguredSubtopology>,
  existing: PartitionsOf,
): InternalTopic[] {
  const topics = new Map<string, InternalTopic>()
  for (const { repartitionSourceTopics, stateChangelogTopics } of subtopologies.values()) {
    for (const topic of [...repartitionSourceTopics, ...stateChangelogTopics]) topics.set(topic.name, topic)
  }
  for (const name of topology.requiredTopics) {
    const [expected, found] = [topics.get(name), existing(name)]
    if (expected === undefined || found === undefined) continue
    if (found !== expected.partitions) {
      throw new TopicProblem(
        'INCORRECTLY_PARTITIONED_TOPICS',
        `Existing topic ${name} has different number of partitions: expected ${expected.partitions}, found ${found}`,
      )
    }
    topics.delete(name)
  }
  return inStringOrder(topics.keys()).flatMap((name) => topics.get(name) ?? [])
}
