import { KafkaError } from '../../base/errors.ts'
import type { StreamsGroupHeartbeatRequestData } from '../../protocol/messages/streams-group-heartbeat.ts'
import type { StreamsGroupTopologyValueData } from '../../protocol/stored/streams-group-records.ts'

export type Subtopology = StreamsGroupTopologyValueData['subtopologies'][number]
export type TopicInfo = Subtopology['stateChangelogTopics'][number]
export type TopologyOfRequest = NonNullable<StreamsGroupHeartbeatRequestData['topology']>

/** What an application does, as far as the coordinator has to know: subtopologies, each with the topics around it. */
export class Topology {
  readonly epoch: number
  readonly subtopologies: ReadonlyMap<string, Subtopology>
  /** Every topic that some subtopology reads, and which one does. */
  readonly readers: ReadonlyMap<string, Subtopology>
  /** As it stands in the log. */
  readonly value: StreamsGroupTopologyValueData

  /** @throws KafkaError UNKNOWN_SERVER_ERROR for what no application has, which Kafka answers so too */
  constructor(value: StreamsGroupTopologyValueData) {
    this.value = value
    this.epoch = value.epoch
    if (value.epoch < 0) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    const subtopologies = new Map(value.subtopologies.map((one) => [one.subtopologyId, one]))
    if (subtopologies.size < value.subtopologies.length) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    this.subtopologies = subtopologies
    const readers = new Map<string, Subtopology>()
    for (const one of value.subtopologies) {
      for (const topic of one.sourceTopics) readers.set(topic, one)
      for (const { name } of one.repartitionSourceTopics) readers.set(name, one)
    }
    this.readers = readers
  }

  /** Source topics, repartition topics and changelogs. */
  get requiredTopics(): Set<string> {
    const topics = new Set(this.readers.keys())
    for (const one of this.subtopologies.values()) for (const { name } of one.stateChangelogTopics) topics.add(name)
    return topics
  }

  equals(other: Topology): boolean {
    if (this.epoch !== other.epoch || this.subtopologies.size !== other.subtopologies.size) return false
    for (const [id, one] of this.subtopologies) {
      const another = other.subtopologies.get(id)
      if (another === undefined || JSON.stringify(ordered(one)) !== JSON.stringify(ordered(another))) return false
    }
    return true
  }
}

export function topologyOfRequest(topology: TopologyOfRequest): Topology {
  return new Topology({ epoch: topology.epoch, subtopologies: topology.subtopologies.map(ordered) })
}

/** The fields of a record and no more, in one order. */
function ordered(one: Subtopology): Subtopology {
  return {
    subtopologyId: one.subtopologyId,
    sourceTopics: one.sourceTopics,
    sourceTopicRegex: one.sourceTopicRegex,
    stateChangelogTopics: one.stateChangelogTopics.map(orderedInfo),
    repartitionSinkTopics: one.repartitionSinkTopics,
    repartitionSourceTopics: one.repartitionSourceTopics.map(orderedInfo),
    copartitionGroups: one.copartitionGroups.map(({ sourceTopics, sourceTopicRegex, repartitionSourceTopics }) => ({
      sourceTopics,
      sourceTopicRegex,
      repartitionSourceTopics,
    })),
  }
}

function orderedInfo({ name, partitions, replicationFactor, topicConfigs }: TopicInfo): TopicInfo {
  return { name, partitions, replicationFactor, topicConfigs: topicConfigs.map(({ key, value }) => ({ key, value })) }
}
