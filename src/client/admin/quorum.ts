import { ZERO_UUID } from '../../base/ids.ts'
import { ApiKey } from '../../protocol/apis.ts'
import type { KafkaClient } from '../client.ts'
import { kafkaError, throwIfError } from '../client-error.ts'

export interface QuorumReplicaView {
  readonly id: number
  /** Undefined: not told. */
  readonly directoryId: string | undefined
  readonly logEndOffset: number
  /** −1: not known. */
  readonly lastFetchMs: number
  readonly lastCaughtUpMs: number
}

export interface QuorumView {
  readonly leaderId: number
  readonly leaderEpoch: number
  readonly highWatermark: number
  readonly voters: readonly QuorumReplicaView[]
  readonly observers: readonly QuorumReplicaView[]
  readonly nodes: ReadonlyMap<
    number,
    readonly { readonly name: string; readonly host: string; readonly port: number }[]
  >
}

const METADATA_TOPIC = '__cluster_metadata'

/** The metadata quorum, as its leader sees it. @throws KafkaError */
export async function describeQuorum(client: KafkaClient): Promise<QuorumView> {
  const answer = await client.any({
    api: ApiKey.DescribeQuorum,
    body: { topics: [{ topicName: METADATA_TOPIC, partitions: [{ partitionIndex: 0 }] }] },
  })
  throwIfError(answer)
  const partition = answer.topics[0]?.partitions[0]
  if (partition === undefined) throw kafkaError(-1)
  throwIfError(partition)
  const replicas = (states: typeof partition.currentVoters) =>
    states.map(({ replicaId, replicaDirectoryId, logEndOffset, lastFetchTimestamp, lastCaughtUpTimestamp }) => ({
      id: replicaId,
      directoryId: replicaDirectoryId === ZERO_UUID ? undefined : replicaDirectoryId,
      logEndOffset,
      lastFetchMs: lastFetchTimestamp,
      lastCaughtUpMs: lastCaughtUpTimestamp,
    }))
  return {
    leaderId: partition.leaderId,
    leaderEpoch: partition.leaderEpoch,
    highWatermark: partition.highWatermark,
    voters: replicas(partition.currentVoters),
    observers: replicas(partition.observers),
    nodes: new Map(answer.nodes.map(({ nodeId, listeners }) => [nodeId, listeners])),
  }
}
