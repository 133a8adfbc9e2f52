import { KafkaError } from '../../base/errors.ts'
import { TopicProblem } from './topic-problem.ts'
import type { Subtopology, Topology } from './topology.ts'

/** How many partitions a topic has in the cluster; undefined: it is not there. */
export type PartitionsOf = (topic: string) => number | undefined

/**
 * How many partitions each internal topic is to have: repartition topics as many as the largest source of whoever writes
 * them, all topics of a copartition group the same, changelogs one for each task.
 *
 * @throws TopicProblem where topics that exist do not fit; KafkaError STREAMS_INVALID_TOPOLOGY for a topology that cannot be
 */
export function decidePartitionCounts(topology: Topology, existing: PartitionsOf): Map<string, number> {
  const subtopologies = [...topology.subtopologies.values()]
  const decided = repartitionCounts(subtopologies, existing)
  const partitionsOf: PartitionsOf = (topic) => existing(topic) ?? decided.get(topic)
  enforceCopartitioning(subtopologies, decided, partitionsOf)
  for (const one of subtopologies) {
    const counts = readTopics(one).map((topic) => required(partitionsOf(topic)))
    if (counts.length === 0) {
      throw invalidTopology(`No source topics found for subtopology ${one.subtopologyId}`)
    }
    for (const { name } of one.stateChangelogTopics) decided.set(name, Math.max(...counts))
  }
  return decided
}

export function readTopics(subtopology: Subtopology): string[] {
  return [...subtopology.sourceTopics, ...subtopology.repartitionSourceTopics.map(({ name }) => name)]
}

function required(count: number | undefined): number {
  if (count === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  return count
}

function invalidTopology(message: string): KafkaError {
  return new KafkaError('STREAMS_INVALID_TOPOLOGY', message)
}

/** A repartition topic's count may follow from another's: rounds, until all are known or nothing more follows. */
function repartitionCounts(subtopologies: readonly Subtopology[], existing: PartitionsOf): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { repartitionSourceTopics } of subtopologies) {
    for (const { name, partitions } of repartitionSourceTopics) if (partitions !== 0) counts.set(name, partitions)
  }
  for (;;) {
    let [needed, progress] = [false, false]
    for (const one of subtopologies) {
      for (const sink of one.repartitionSinkTopics) {
        if (counts.has(sink)) continue
        const count = largestInput(one, counts, existing)
        if (count === undefined) {
          needed = true
        } else {
          counts.set(sink, count)
          progress = true
        }
      }
    }
    if (!needed) break
    if (!progress) {
      throw invalidTopology(
        'Failed to compute number of partitions for all repartition topics. There may be loops in the topology that cannot be resolved.',
      )
    }
  }
  for (const { repartitionSourceTopics } of subtopologies) {
    if (repartitionSourceTopics.every(({ name }) => counts.has(name))) continue
    throw invalidTopology(
      'Failed to compute number of partitions for all repartition topics, because a repartition source topic is never used as a sink topic.',
    )
  }
  return counts
}

function largestInput(one: Subtopology, counts: Map<string, number>, existing: PartitionsOf): number | undefined {
  const inputs = [
    ...one.repartitionSourceTopics.map(({ name }) => counts.get(name)),
    ...one.sourceTopics.map((topic) => existing(topic)),
  ].filter((count) => count !== undefined)
  return inputs.length === 0 ? undefined : Math.max(...inputs)
}

function enforceCopartitioning(
  subtopologies: readonly Subtopology[],
  decided: Map<string, number>,
  partitionsOf: PartitionsOf,
): void {
  const repartition = subtopologies.flatMap((one) => one.repartitionSourceTopics)
  const fixed = new Set(repartition.filter(({ partitions }) => partitions !== 0).map(({ name }) => name))
  const flexible = new Set(repartition.filter(({ partitions }) => partitions === 0).map(({ name }) => name))
  for (const one of subtopologies) {
    for (const group of one.copartitionGroups) {
      const topics = new Set([
        ...group.sourceTopics.map((at) => itemAt(one.sourceTopics, at)),
        ...group.repartitionSourceTopics.map((at) => itemAt(one.repartitionSourceTopics, at).name),
      ])
      if (topics.size > 0) enforce(topics, fixed, flexible, decided, partitionsOf)
    }
  }
}

/** Kafka fails with its own error, too, where a group names what its subtopology has not. */
function itemAt<T>(items: readonly T[], at: number): T {
  const item = items[at]
  if (item === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  return item
}

/** Brings the repartition topics of one copartition group to one count. */
function enforce(
  topics: ReadonlySet<string>,
  fixed: ReadonlySet<string>,
  flexible: ReadonlySet<string>,
  decided: Map<string, number>,
  partitionsOf: PartitionsOf,
): void {
  const counts = new Map([...topics].map((topic) => [topic, required(partitionsOf(topic))]))
  const repartition = new Map([...counts].filter(([topic]) => fixed.has(topic) || flexible.has(topic)))
  const sources = new Map([...counts].filter(([topic]) => !repartition.has(topic)))
  let target: number
  if (sources.size > 0) target = theSame(sources.values(), sources)
  else if (fixed.size > 0)
    target = theSame(
      [...fixed].map((topic) => required(partitionsOf(topic))),
      repartition,
    )
  else target = Math.max(...repartition.values())
  for (const [topic, count] of repartition) {
    if (fixed.has(topic) && count !== target) {
      throw new TopicProblem(
        'INCORRECTLY_PARTITIONED_TOPICS',
        `Number of partitions [${count}] of repartition topic [${topic}] doesn't match number of partitions [${target}] of the source topic.`,
      )
    }
    decided.set(topic, target)
  }
}

function theSame(counts: Iterable<number>, shown: ReadonlyMap<string, number>): number {
  const [first = 0, ...rest] = counts
  if (rest.every((count) => count === first)) return first
  const sorted = [...shown].sort(([a], [b]) => (a < b ? -1 : 1)).map(([topic, count]) => `${topic}=${count}`)
  throw new TopicProblem(
    'INCORRECTLY_PARTITIONED_TOPICS',
    `Following topics do not have the same number of partitions: [{${sorted.join(', ')}}]`,
  )
}
