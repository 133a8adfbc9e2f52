import { ErrorCode, type KafkaError } from '../base/errors.ts'
import type { MetadataResponseData } from '../protocol/messages/metadata.ts'
import { kafkaError } from './client-error.ts'
import type { BrokerView, ClusterView, PartitionView, TopicView } from './types.ts'

/** Names of topics in requests, as long as no id is needed. */
export const METADATA_VERSIONS = { minVersion: 4, maxVersion: 12 } as const

export interface MetadataAnswer {
  readonly cluster: ClusterView
  /** In the order of the answer; a topic that can't be told of is its error. */
  readonly topics: ReadonlyMap<string, TopicView | KafkaError>
}

export function metadataOf(answer: MetadataResponseData): MetadataAnswer {
  const brokers: BrokerView[] = answer.brokers.map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack }))
  brokers.sort((a, b) => a.id - b.id)
  const topics = new Map<string, TopicView | KafkaError>()
  for (const topic of answer.topics) {
    const { name, topicId, isInternal, errorCode } = topic
    if (name === null) continue
    if (errorCode !== 0) topics.set(name, kafkaError(errorCode, null, name))
    else topics.set(name, { name, topicId, isInternal, partitions: partitionsOf(topic) })
  }
  return { cluster: { clusterId: answer.clusterId ?? '', brokers, controllerId: answer.controllerId }, topics }
}

function partitionsOf({ partitions }: MetadataResponseData['topics'][number]): PartitionView[] {
  return partitions
    .map(({ partitionIndex, errorCode, leaderId, leaderEpoch, replicaNodes, isrNodes, offlineReplicas }) => ({
      partition: partitionIndex,
      leader: errorCode === ErrorCode.LEADER_NOT_AVAILABLE ? -1 : leaderId,
      leaderEpoch,
      replicas: replicaNodes,
      isr: isrNodes,
      offlineReplicas,
    }))
    .sort((a, b) => a.partition - b.partition)
}

const MOST_TOPICS = 20_000

/** What the cluster said last. */
export class MetadataCache {
  #cluster: ClusterView | undefined
  #brokers = new Map<number, BrokerView>()
  readonly #topics = new Map<string, TopicView>()

  get cluster(): ClusterView | undefined {
    return this.#cluster
  }

  broker(id: number): BrokerView | undefined {
    return this.#brokers.get(id)
  }

  topic(name: string): TopicView | undefined {
    return this.#topics.get(name)
  }

  learn({ cluster, topics }: MetadataAnswer): void {
    this.#cluster = cluster
    this.#brokers = new Map(cluster.brokers.map((broker) => [broker.id, broker]))
    if (this.#topics.size + topics.size > MOST_TOPICS) this.#topics.clear()
    for (const [name, topic] of topics) {
      if (topic instanceof Error) this.#topics.delete(name)
      else this.#topics.set(name, topic)
    }
  }

  forget(topic: string): void {
    this.#topics.delete(topic)
  }
}
