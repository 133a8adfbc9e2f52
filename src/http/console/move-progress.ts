import { topicPartitionKey } from '../../base/ids.ts'
import { describeLogDirs } from '../../client/admin/log-dirs.ts'
import type { Reassignment } from '../../client/admin/reassignments.ts'
import type { KafkaClient } from '../../client/client.ts'
import { byTopic } from '../../client/partitions.ts'
import type { ReassignmentsAnswer } from './api.ts'

type Row = ReassignmentsAnswer['reassignments'][number]

/** How much of each partition the brokers have that are to get it, beside the largest copy that there is. */
export async function withProgress(client: KafkaClient, moves: readonly Reassignment[]): Promise<Row[]> {
  if (moves.length === 0) return []
  const topics = [...byTopic(moves)].map(([topic, its]) => ({
    topic,
    partitions: its.map(({ partition }) => partition),
  }))
  const brokers = [...new Set(moves.flatMap(({ replicas }) => replicas))]
  // A broker that does not say is one whose progress is not known.
  const described = await describeLogDirs(client, brokers, topics)
  const sizes = new Map<string, Map<number, number>>()
  for (const [broker, directories] of described) {
    if (directories instanceof Error) continue
    for (const replica of directories.flatMap(({ replicas }) => replicas)) {
      if (replica.isFuture) continue
      const key = topicPartitionKey(replica.topic, replica.partition)
      sizes.set(key, (sizes.get(key) ?? new Map<number, number>()).set(broker, replica.sizeInBytes))
    }
  }
  return moves.map((move) => {
    const known = sizes.get(topicPartitionKey(move.topic, move.partition))
    const ofBytes = Math.max(0, ...(known?.values() ?? []))
    const progress = move.adding.flatMap((broker) => {
      const sizeInBytes = known?.get(broker)
      return sizeInBytes === undefined ? [] : [{ broker, sizeInBytes, ofBytes }]
    })
    return { ...move, progress }
  })
}
