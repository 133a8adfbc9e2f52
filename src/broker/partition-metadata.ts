import { LOST_DIRECTORY, MIGRATING_DIRECTORY, UNASSIGNED_DIRECTORY } from '../base/ids.ts'
import type { BrokerImage, MetadataImage, PartitionImage } from '../metadata/image.ts'

type Brokers = Pick<MetadataImage, 'broker'>

export interface PartitionView {
  /** -1 where the leader does not have the client's listener, or is not registered. */
  readonly leaderId: number
  readonly leaderRegistered: boolean
  readonly offlineReplicas: number[]
}

/** A partition as a client on a listener sees it. */
export function viewPartition(image: Brokers, partition: PartitionImage, listener: string): PartitionView {
  const leader = image.broker(partition.leader)
  return {
    leaderId: leader && hasListener(leader, listener) ? partition.leader : -1,
    leaderRegistered: leader !== undefined,
    offlineReplicas: partition.replicas.filter((id, i) =>
      isOffline(image.broker(id), partition.directories[i], listener),
    ),
  }
}

/** Those brokers that a client on the listener can reach. */
export function reachable(image: Brokers, ids: readonly number[], listener: string): number[] {
  return ids.filter((id) => {
    const broker = image.broker(id)
    return broker !== undefined && !broker.fenced && hasListener(broker, listener)
  })
}

function hasListener(broker: BrokerImage, listener: string): boolean {
  return broker.endpoints.some(({ name }) => name === listener)
}

function isOffline(
  broker: BrokerImage | undefined,
  directory: PartitionImage['directories'][number] | undefined,
  listener: string,
): boolean {
  if (broker === undefined || broker.fenced || !hasListener(broker, listener)) return true
  if (directory === undefined || directory === UNASSIGNED_DIRECTORY || directory === MIGRATING_DIRECTORY) return false
  if (directory === LOST_DIRECTORY) return true
  return broker.directories.length > 0 && !broker.directories.includes(directory)
}
