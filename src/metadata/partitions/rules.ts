import { LOST_DIRECTORY, MIGRATING_DIRECTORY, UNASSIGNED_DIRECTORY } from '../../base/ids.ts'
import { defaultDirectory } from '../cluster/directories.ts'
import { elrEnabled, epochBumpOnShrink, metadataVersionOf, partitionRecordVersion } from '../features.ts'
import { ConfigResource, type MetadataImage, type PartitionImage, type TopicImage } from '../image.ts'
import type { Election, PartitionRules } from './change.ts'

/** The broker settings that decide about leaders where no dynamic config says otherwise. */
export interface LeaderDefaults {
  /** min.insync.replicas */
  readonly minInsyncReplicas: number
  /** unclean.leader.election.enable */
  readonly uncleanLeaderElection: boolean
  /** This node: its own dynamic configs come before those of the cluster. */
  readonly nodeId?: number
}

/** How the partitions of a topic are led. `election` left out: unclean where the topic's configs allow it. */
export function rulesFor(
  image: MetadataImage,
  topic: TopicImage,
  defaults: LeaderDefaults,
  election?: Election,
  isActive: (broker: number) => boolean = (broker) => image.isActive(broker),
): PartitionRules {
  const version = metadataVersionOf(image)
  return {
    election: election ?? (uncleanElectionAllowed(image, topic.name, defaults) ? 'unclean' : 'online'),
    mayLead: (broker, partition) => isActive(broker) && hasOnlineDirectory(image, broker, partition),
    minIsr: effectiveMinIsr(image, topic, defaults),
    elrEnabled: elrEnabled(image),
    recordVersion: partitionRecordVersion(version),
    epochBumpOnShrink: epochBumpOnShrink(version),
    defaultDirectory: (broker) => defaultDirectory(image, broker),
  }
}

export function uncleanElectionAllowed(image: MetadataImage, topic: string, defaults: LeaderDefaults): boolean {
  const configured = effectiveConfig(image, topic, 'unclean.leader.election.enable', defaults)
  return configured === undefined ? defaults.uncleanLeaderElection : configured.toLowerCase() === 'true'
}

/** No topic needs more replicas in sync than it has: Kafka takes the count of its first partition. */
function effectiveMinIsr(image: MetadataImage, topic: TopicImage, defaults: LeaderDefaults): number {
  const configured = effectiveConfig(image, topic.name, 'min.insync.replicas', defaults)
  const minIsr = Number(configured ?? defaults.minInsyncReplicas)
  return Math.min(minIsr, topic.partitions[0]?.replicas.length ?? minIsr)
}

/** A topic's config over the dynamic ones of this node and of the cluster; undefined: none is set. */
function effectiveConfig(
  image: MetadataImage,
  topic: string,
  name: string,
  { nodeId }: LeaderDefaults,
): string | undefined {
  const own = nodeId === undefined ? undefined : image.configs(ConfigResource.BROKER, String(nodeId)).get(name)
  return (
    image.configs(ConfigResource.TOPIC, topic).get(name) ?? own ?? image.configs(ConfigResource.BROKER, '').get(name)
  )
}

/** A replica whose directory its broker does not have online can't lead. */
function hasOnlineDirectory(image: MetadataImage, replica: number, partition: PartitionImage): boolean {
  const directory = partition.directories[partition.replicas.indexOf(replica)]
  const broker = image.broker(replica)
  if (directory === undefined || broker === undefined || directory === LOST_DIRECTORY) return false
  if (directory === UNASSIGNED_DIRECTORY || directory === MIGRATING_DIRECTORY) return true
  return broker.directories.length === 0 || broker.directories.includes(directory)
}
