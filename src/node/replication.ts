import { type DirectoryId, LOST_DIRECTORY, type TopicId } from '../base/ids.ts'
import { LostLeaders } from '../broker/lost-leaders.ts'
import { type ReadReplicaSelector, rackAwareSelector } from '../broker/read-replicas.ts'
import type { ReplicationParts } from '../broker/replica-environment.ts'
import { ReplicationThrottle, type ThrottledSide } from '../broker/replication-throttle.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import { areaOf } from '../io/log-levels.ts'
import type { NetAddress } from '../io/ports.ts'
import { type BrokerImage, ConfigResource, type MetadataImage } from '../metadata/image.ts'
import type { ControllerRequests } from '../runtime/controller-types.ts'
import { DirectoryAssignments } from '../runtime/directory-assignments.ts'
import type { Followers } from '../runtime/followed-replica.ts'
import { IsrProposals } from '../runtime/isr-proposals.ts'
import type { MetadataNode } from '../runtime/metadata-node.ts'
import { type FetcherSettings, ReplicaFetchers } from '../runtime/replica-fetchers.ts'
import type { World } from './world.ts'

/** How this broker's replicas follow and lead those of others. */
export interface Replication {
  readonly parts: ReplicationParts
  readonly followers: Followers
  /** leader.replication.throttled.rate */
  readonly throttle: ReplicationThrottle
  /** Leaders that died just now, as far as our fetchers can tell. */
  readonly lostLeaders: LostLeaders
  /** replica.selector.class; undefined: consumers read from leaders. */
  readonly selectReplica: ReadReplicaSelector | undefined
  /** A replica is in another log directory than the metadata says. */
  readonly onDirectory: (topicId: TopicId, partition: number, directory: DirectoryId) => void
  close(): void
}

export interface ReplicationOptions {
  readonly world: World
  readonly metadata: MetadataNode
  readonly channel: ControllerRequests
  /** -1 before it is registered. */
  readonly broker: { readonly brokerEpoch: number }
}

const RACK_AWARE_SELECTOR = 'org.apache.kafka.common.replica.RackAwareReplicaSelector'

/** A replica in sync that has not fetched for so many waits of followers may follow another leader. */
const SILENT_FETCHES = 4

export function openReplication(options: ReplicationOptions): Replication {
  const { world, metadata, channel: controller, broker } = options
  const { config, effective, clock } = world
  const logger = areaOf(world.logger, 'replication')
  const { nodeId } = config
  const brokerEpoch = () => broker.brokerEpoch
  const image = () => metadata.image
  const throttle = throttleFor('leader', world, image)
  const followerThrottle = throttleFor('follower', world, image)
  const lostLeaders = new LostLeaders({ image, clock })
  const fetchers = openFetchers(options, followerThrottle, lostLeaders)
  const isr = new IsrProposals({ nodeId, brokerEpoch, controller, clock, logger })
  const isNews = (topicId: TopicId, partition: number, directory: DirectoryId) =>
    isElsewhere(image(), nodeId, topicId, partition, directory)
  const directories = new DirectoryAssignments({ nodeId, brokerEpoch, controller, isNews, clock, logger })
  const stopListening = metadata.onImage((delta) => {
    lostLeaders.changed()
    hangUp(world, image(), delta.brokers)
    if (delta.configs.size === 0 && !delta.reloaded) return
    throttle.configChanged()
    followerThrottle.configChanged()
    fetchers.resize(fetchersPerLeader(world))
  })
  const isRackAware = config.get('replica.selector.class') === RACK_AWARE_SELECTOR
  return {
    parts: {
      brokerEpoch,
      lagTimeMaxMs: config.get('replica.lag.time.max.ms'),
      silenceMs: SILENT_FETCHES * config.get('replica.fetch.wait.max.ms'),
      minInSyncReplicas: (topic) => effective.minInSyncReplicas(topic),
      isr,
    },
    followers: fetchers,
    throttle,
    lostLeaders,
    selectReplica: isRackAware ? rackAwareSelector(image, clock) : undefined,
    onDirectory: (topicId, partition, directory) => directories.assign(topicId, partition, directory),
    close: () => {
      stopListening()
      fetchers.close()
      lostLeaders.close()
      isr.close()
      directories.close()
    },
  }
}

function openFetchers(
  { world, metadata, broker }: ReplicationOptions,
  quota: ReplicationThrottle,
  lostLeaders: LostLeaders,
): ReplicaFetchers {
  const { config, clock, peers } = world
  const logger = areaOf(world.logger, 'replication')
  const { nodeId, interBrokerListenerName } = config
  return new ReplicaFetchers(
    {
      nodeId,
      brokerEpoch: () => broker.brokerEpoch,
      addressOf: (id) => addressOf(metadata.image, id, interBrokerListenerName),
      connect: (address, purpose) => peers.to(address, purpose),
      memory: world.memory,
      clock,
      logger,
      settings: fetcherSettings(config),
      quota,
      onLeaderLost: (leader) => lostLeaders.lost(leader),
      onLeaderFound: (leader) => lostLeaders.found(leader),
      onFatal: (error) => world.onFatal(error instanceof Error ? error : new Error(String(error))),
    },
    fetchersPerLeader(world),
  )
}

function fetchersPerLeader({ config, effective }: World): number {
  const text = effective.layers.text('num.replica.fetchers')
  return text === null ? config.get('num.replica.fetchers') : Math.max(1, Number(text))
}

function fetcherSettings(config: BrokerConfig): FetcherSettings {
  return {
    partitionMaxBytes: config.get('replica.fetch.max.bytes'),
    responseMaxBytes: config.get('replica.fetch.response.max.bytes'),
    maxWaitMs: config.get('replica.fetch.wait.max.ms'),
    minBytes: config.get('replica.fetch.min.bytes'),
    backoffMs: config.get('replica.fetch.backoff.ms'),
    requestTimeoutMs: config.get('replica.socket.timeout.ms'),
  }
}

/** A machine that is gone does not even break connections: what waits for a fenced broker is to look for who took its place. */
function hangUp({ config, peers }: World, image: MetadataImage, brokers: Iterable<number>): void {
  for (const id of brokers) {
    const broker = image.broker(id)
    const address = broker?.fenced && id !== config.nodeId && endpointOf(broker, config.interBrokerListenerName)
    if (address) peers.hangUp(address)
  }
}

function addressOf(image: MetadataImage, id: number, listenerName: string): NetAddress | undefined {
  const broker = image.broker(id)
  return broker === undefined || broker.fenced ? undefined : endpointOf(broker, listenerName)
}

function endpointOf({ endpoints }: BrokerImage, listenerName: string): NetAddress | undefined {
  const endpoint = endpoints.find(({ name }) => name === listenerName)
  return endpoint && { host: endpoint.host, port: endpoint.port }
}

function throttleFor(side: ThrottledSide, { config, clock }: World, image: () => MetadataImage): ReplicationThrottle {
  const rateName = `${side}.replication.throttled.rate`
  const replicasName = `${side}.replication.throttled.replicas`
  const { nodeId } = config
  return new ReplicationThrottle({
    nodeId,
    window: {
      samples: config.get('replication.quota.window.num'),
      sampleMs: config.get('replication.quota.window.size.seconds') * 1000,
    },
    clock,
    rate: () => {
      const configs = (name: string) => image().configs(ConfigResource.BROKER, name).get(rateName)
      const text = configs(String(nodeId)) ?? configs('')
      return text === undefined ? undefined : Number(text)
    },
    replicas: (topic) => image().configs(ConfigResource.TOPIC, topic).get(replicasName) ?? '',
  })
}

/** The metadata puts this broker's replica into another directory than it is in. */
function isElsewhere(
  image: MetadataImage,
  nodeId: number,
  id: TopicId,
  partition: number,
  directory: DirectoryId,
): boolean {
  const found = image.topicById(id)?.partitions[partition]
  const at = found?.replicas.indexOf(nodeId) ?? -1
  if (found === undefined || at < 0 || found.directories[at] === directory) return false
  // The last one in sync is given up by nobody.
  return directory !== LOST_DIRECTORY || found.isr.some((id) => id !== nodeId)
}
