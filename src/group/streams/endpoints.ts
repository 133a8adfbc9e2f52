import { KafkaError } from '../../base/errors.ts'
import type { StreamsGroupHeartbeatResponseInput } from '../../protocol/messages/streams-group-heartbeat.ts'
import { inStringOrder } from '../java-order.ts'
import { ascending } from '../partition-sets.ts'
import type { ConfiguredSubtopology, ConfiguredTopology } from './configure.ts'
import type { StreamsMember } from './member.ts'
import type { PartitionsOf } from './partition-counts.ts'
import type { StreamsGroup } from './streams-group.ts'
import type { EpochTasks, TaskSets } from './tasks.ts'

export type EndpointPartitions = NonNullable<StreamsGroupHeartbeatResponseInput['partitionsByUserEndpoint']>[number]

/** Which instance answers interactive queries for which partitions; the member that asks comes last. */
export function endpointPartitions(
  group: StreamsGroup,
  updated: StreamsMember,
  configured: ConfiguredTopology,
  existing: PartitionsOf,
): EndpointPartitions[] {
  const others = [...group.members.values()].filter(({ memberId }) => memberId !== updated.memberId)
  return [...others, updated].flatMap(({ userEndpoint, assigned }) => {
    if (userEndpoint === null) return []
    // Kafka fails here while source topics are missing or badly partitioned.
    if (configured.subtopologies === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    return {
      userEndpoint,
      activePartitions: partitionsOf(assigned.active, configured.subtopologies, existing),
      standbyPartitions: partitionsOf(assigned.standby, configured.subtopologies, existing),
    }
  })
}

function partitionsOf(
  tasks: EpochTasks | TaskSets,
  subtopologies: ReadonlyMap<string, ConfiguredSubtopology>,
  existing: PartitionsOf,
): { topic: string; partitions: number[] }[] {
  return inStringOrder(tasks.keys()).flatMap((id) => {
    const subtopology = subtopologies.get(id)
    if (subtopology === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
    const { sourceTopics, repartitionSourceTopics } = subtopology
    const topics = new Set([...sourceTopics, ...repartitionSourceTopics.map(({ name }) => name)])
    const partitions = ascending(tasks.get(id)?.keys() ?? [])
    return inStringOrder(topics).map((topic) => {
      const count = existing(topic)
      if (count === undefined) throw new KafkaError('UNKNOWN_SERVER_ERROR')
      // A narrower topic of a subtopology has partitions for the first tasks only.
      return { topic, partitions: partitions.slice(0, Math.max(count, 0)) }
    })
  })
}
