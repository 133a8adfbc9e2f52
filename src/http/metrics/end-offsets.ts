import type { TopicPartition } from '../../base/ids.ts'
import type { ReplicaRegistry } from '../../broker/replicas.ts'
import type { NetAddress } from '../../io/ports.ts'
import type { MetadataImage } from '../../metadata/image.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { PeerDirectory } from '../../runtime/peer-types.ts'

/** Where partitions end for consumers: their high watermarks. */
export interface EndOffsets {
  of(partitions: readonly TopicPartition[]): Promise<(topic: string, partition: number) => number | undefined>
}

const LATEST = -1
const TIMEOUT_MS = 2_000
const CONSUMER = -1

export interface EndOffsetsOptions {
  readonly replicas: Pick<ReplicaRegistry, 'find'>
  readonly image: () => MetadataImage
  readonly addressOf: (brokerId: number) => NetAddress | undefined
  readonly peers: PeerDirectory
}

/** Of partitions that have no replica here their leaders are asked. */
export function clusterEndOffsets({ replicas, image, addressOf, peers }: EndOffsetsOptions): EndOffsets {
  const local = (topic: string, partition: number) => replicas.find(topic, partition)?.log.highWatermark
  return {
    async of(partitions) {
      const elsewhere = new Map<string, TopicPartition>()
      for (const { topic, partition } of partitions) {
        if (local(topic, partition) === undefined) elsewhere.set(`${topic} ${partition}`, { topic, partition })
      }
      const byLeader = Map.groupBy(
        elsewhere.values(),
        ({ topic, partition }) => image().partition(topic, partition)?.leader ?? -1,
      )
      const told = new Map<string, number>()
      await Promise.all(
        [...byLeader].map(async ([leader, asked]) => {
          const address = leader < 0 ? undefined : addressOf(leader)
          if (address === undefined) return
          for (const { topic, partition, offset } of await ask(peers, address, asked)) {
            told.set(`${topic} ${partition}`, offset)
          }
        }),
      )
      return (topic, partition) => local(topic, partition) ?? told.get(`${topic} ${partition}`)
    },
  }
}

async function ask(peers: PeerDirectory, address: NetAddress, asked: readonly TopicPartition[]) {
  const topics = [...Map.groupBy(asked, ({ topic }) => topic)].map(([name, partitions]) => ({
    name,
    partitions: partitions.map(({ partition }) => ({ partitionIndex: partition, timestamp: LATEST })),
  }))
  try {
    const answer = await peers.to(address, 'metrics').request({
      api: ApiKey.ListOffsets,
      body: { replicaId: CONSUMER, topics },
      timeoutMs: TIMEOUT_MS,
    })
    return answer.topics.flatMap(({ name, partitions }) =>
      partitions
        .filter(({ errorCode }) => errorCode === 0)
        .map(({ partitionIndex, offset }) => ({ topic: name, partition: partitionIndex, offset })),
    )
  } catch {
    // That broker can't be asked at present: the lag of its partitions is not told.
    return []
  }
}
