import type { TopicPartition } from '../../base/ids.ts'
import { describeLogDirs, type LogDirView } from '../../client/admin/log-dirs.ts'
import { type OffsetRange, offsetRanges } from '../../client/admin/offsets.ts'
import { listTopics } from '../../client/admin/topics.ts'
import type { KafkaClient } from '../../client/client.ts'
import type { TopicView } from '../../client/types.ts'
import { Cached } from './cached.ts'
import { type Commits, commitsOf } from './commits.ts'
import type { ConsoleNode } from './node.ts'
import { Sampler } from './sampler.ts'

const TOPICS_MS = 2_000
const SIZES_MS = 10_000
const COMMITS_MS = 10_000

export interface Sizes {
  readonly directories: readonly LogDirView[]
  /** Of all replicas. */
  readonly byTopic: ReadonlyMap<string, number>
  readonly byBroker: ReadonlyMap<number, number>
  /** Brokers that did not say. */
  readonly warnings: readonly string[]
}

/** The cluster as one visitor may see it: what takes long to ask for is kept for some seconds. */
export class ClusterLook {
  readonly #client: KafkaClient
  readonly #topics: Cached<readonly TopicView[]>
  readonly #sizes: Cached<Sizes>
  readonly #commits: Cached<Commits>
  readonly sampler: Sampler

  constructor(client: KafkaClient, node: ConsoleNode) {
    this.#client = client
    this.#topics = new Cached(TOPICS_MS, () => listTopics(client))
    this.#sizes = new Cached(SIZES_MS, () => sizesOf(client))
    this.#commits = new Cached(COMMITS_MS, () => commitsOf(client))
    this.sampler = new Sampler({ client, node, topics: () => this.topics(), commits: () => this.commits() })
  }

  topics(): Promise<readonly TopicView[]> {
    return this.#topics.get()
  }

  sizes(): Promise<Sizes> {
    return this.#sizes.get()
  }

  commits(): Promise<Commits> {
    return this.#commits.get()
  }

  /** By topic and number; partitions that have none to tell are absent. */
  async ranges(topics: readonly TopicView[]): Promise<Map<string, Map<number, OffsetRange>>> {
    const partitions = topics.flatMap(({ name, partitions: all }) =>
      all.filter(({ leader }) => leader >= 0).map(({ partition }): TopicPartition => ({ topic: name, partition })),
    )
    const found = new Map<string, Map<number, OffsetRange>>()
    for (const { topic, partition, result } of await offsetRanges(this.#client, partitions)) {
      if (result instanceof Error) continue
      const mine = found.get(topic) ?? new Map<number, OffsetRange>()
      mine.set(partition, result)
      found.set(topic, mine)
    }
    return found
  }

  /** Something was changed through the console: what it shows next is to have it. */
  changed(): void {
    this.#topics.forget()
    this.#sizes.forget()
    this.#commits.forget()
  }

  close(): void {
    this.sampler.close()
  }
}

async function sizesOf(client: KafkaClient): Promise<Sizes> {
  const { brokers } = await client.cluster()
  const described = await describeLogDirs(
    client,
    brokers.map(({ id }) => id),
  )
  const directories: LogDirView[] = []
  const byTopic = new Map<string, number>()
  const byBroker = new Map<number, number>()
  const warnings: string[] = []
  for (const [broker, views] of described) {
    if (views instanceof Error) {
      warnings.push(`Broker ${broker} does not tell its log directories: ${views.message}`)
      continue
    }
    directories.push(...views)
    let total = 0
    for (const { topic, sizeInBytes } of views.flatMap(({ replicas }) => replicas)) {
      byTopic.set(topic, (byTopic.get(topic) ?? 0) + sizeInBytes)
      total += sizeInBytes
    }
    // Who may not describe the cluster is told of no directories.
    if (views.length > 0) byBroker.set(broker, total)
  }
  return { directories, byTopic, byBroker, warnings }
}
