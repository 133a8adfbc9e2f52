import { KafkaError } from '../../../base/errors.ts'
import { listGroups } from '../../../client/admin/groups.ts'
import type { LogDirView } from '../../../client/admin/log-dirs.ts'
import { describeQuorum, type QuorumReplicaView } from '../../../client/admin/quorum.ts'
import type { KafkaClient } from '../../../client/client.ts'
import { ClientError } from '../../../client/client-error.ts'
import type { TopicView } from '../../../client/types.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import type { BrokerRow, LogDirRow, Overview, QuorumReplica } from '../api.ts'
import type { Sizes } from '../cluster-look.ts'
import { healthOf } from '../health.ts'
import { mayDescribeCluster } from '../may.ts'
import { type RouteDefinition, route } from '../route.ts'

const LARGEST = 20

export const overviewRoutes: readonly RouteDefinition[] = [
  route('GET /api/overview', {}, async ({ client, visitor, node }): Promise<Overview> => {
    const [cluster, topics, sizes, groups] = await Promise.all([
      describeCluster(client),
      visitor.look.topics(),
      visitor.look.sizes(),
      groupCounts(client),
    ])
    return {
      clusterId: cluster.clusterId,
      controllerId: cluster.controllerId,
      brokers: brokerRows(cluster, topics, sizes, node.nodeId),
      topics: topics.filter(({ isInternal }) => !isInternal).length,
      partitions: topics.reduce((sum, { partitions }) => sum + partitions.length, 0),
      ...(groups && { groups }),
      health: await healthOf(client, topics, sizes, cluster.brokers),
    }
  }),

  route('GET /api/throughput', {}, async ({ client, visitor }) =>
    visitor.look.sampler.throughput(await mayDescribeCluster(client)),
  ),

  route('GET /api/brokers', {}, async ({ client, visitor, node }) => {
    const [cluster, topics, sizes] = await Promise.all([
      describeCluster(client),
      visitor.look.topics(),
      visitor.look.sizes(),
    ])
    return { brokers: brokerRows(cluster, topics, sizes, node.nodeId), warnings: sizes.warnings }
  }),

  route('GET /api/quorum', {}, async ({ client }) => {
    const { leaderId, leaderEpoch, highWatermark, voters, observers, nodes } = await describeQuorum(client)
    const end = Math.max(highWatermark, ...voters.filter(({ id }) => id === leaderId).map((one) => one.logEndOffset))
    const rows = (replicas: readonly QuorumReplicaView[]) =>
      replicas.map(({ id, directoryId, logEndOffset, lastFetchMs, lastCaughtUpMs }): QuorumReplica => {
        return {
          id,
          ...(directoryId !== undefined && { directoryId }),
          logEndOffset,
          lag: Math.max(0, end - logEndOffset),
          ...(lastFetchMs >= 0 && { lastFetchMs }),
          ...(lastCaughtUpMs >= 0 && { lastCaughtUpMs }),
          endpoints: nodes.get(id) ?? [],
        }
      })
    return { leaderId, leaderEpoch, highWatermark, voters: rows(voters), observers: rows(observers) }
  }),

  route('GET /api/log-dirs', {}, async ({ visitor }) => {
    const { directories, warnings } = await visitor.look.sizes()
    return { directories: directories.map(directoryRow), warnings }
  }),
]

function directoryRow({ broker, path, error, totalBytes, usableBytes, isCordoned, replicas }: LogDirView): LogDirRow {
  const largest = [...replicas].sort((a, b) => b.sizeInBytes - a.sizeInBytes).slice(0, LARGEST)
  return {
    brokerId: broker,
    path,
    ...(error && { error: error.detail ?? error.message }),
    ...(totalBytes >= 0 && { totalBytes }),
    ...(usableBytes >= 0 && { usableBytes }),
    cordoned: isCordoned,
    replicas: replicas.length,
    sizeInBytes: replicas.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0),
    largest,
  }
}

interface Cluster {
  readonly clusterId: string
  readonly controllerId: number
  readonly brokers: readonly {
    readonly brokerId: number
    readonly host: string
    readonly port: number
    readonly rack: string | null
    readonly isFenced: boolean
  }[]
}

/** Fenced brokers too. */
function describeCluster(client: KafkaClient): Promise<Cluster> {
  return client.any({
    api: ApiKey.DescribeCluster,
    body: { includeClusterAuthorizedOperations: false, endpointType: 1, includeFencedBrokers: true },
  })
}

function brokerRows(
  { brokers, controllerId }: Cluster,
  topics: readonly TopicView[],
  { byBroker }: Sizes,
  self: number,
): BrokerRow[] {
  const counts = new Map(brokers.map(({ brokerId }) => [brokerId, { replicas: 0, leaders: 0, outOfSync: 0 }]))
  for (const { leader, replicas, isr } of topics.flatMap(({ partitions }) => partitions)) {
    const led = counts.get(leader)
    if (led !== undefined) led.leaders++
    for (const replica of replicas) {
      const mine = counts.get(replica)
      if (mine === undefined) continue
      mine.replicas++
      if (!isr.includes(replica)) mine.outOfSync++
    }
  }
  const rows = brokers.map(({ brokerId, host, port, rack, isFenced }): BrokerRow => {
    const { replicas = 0, leaders = 0, outOfSync = 0 } = counts.get(brokerId) ?? {}
    const sizeInBytes = byBroker.get(brokerId)
    return {
      id: brokerId,
      host,
      port,
      rack,
      isController: brokerId === controllerId,
      isSelf: brokerId === self,
      fenced: isFenced,
      replicas,
      leaders,
      outOfSync,
      ...(sizeInBytes !== undefined && { sizeInBytes }),
    }
  })
  return rows.sort((a, b) => a.id - b.id)
}

async function groupCounts(client: KafkaClient) {
  try {
    const groups = await listGroups(client)
    const byState: Record<string, number> = {}
    for (const { state } of groups) byState[state] = (byState[state] ?? 0) + 1
    return { total: groups.length, byState }
  } catch (error) {
    if (error instanceof KafkaError || error instanceof ClientError) return undefined
    throw error
  }
}
