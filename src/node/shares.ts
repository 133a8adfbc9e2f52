import type { Handler } from '../broker/handler.ts'
import { deleteGroupsHandler } from '../broker/handlers/delete-groups.ts'
import { shareAcknowledgeHandler } from '../broker/handlers/share-acknowledge.ts'
import { shareFetchHandler } from '../broker/handlers/share-fetch.ts'
import { shareGroupDescribeHandler } from '../broker/handlers/share-group-describe.ts'
import { shareGroupHeartbeatHandler } from '../broker/handlers/share-group-heartbeat.ts'
import { shareGroupOffsetsHandlers } from '../broker/handlers/share-group-offsets.ts'
import { shareGroupStateHandlers } from '../broker/handlers/share-group-state.ts'
import { ShareGroups } from '../broker/share/share-groups.ts'
import { SharePartitions } from '../broker/share/share-partitions.ts'
import { ShareStateCoordinator } from '../broker/share/share-state-coordinator.ts'
import type { ShareView } from '../http/metrics/shares.ts'
import { areaOf } from '../io/log-levels.ts'
import type { Timer } from '../io/ports.ts'
import { SHARE_VERSION } from '../metadata/features.ts'
import { SHARE_GROUP_STATE_TOPIC } from '../metadata/topics/names.ts'
import type { ConnectionInfo } from '../protocol/frame-handler.ts'
import { compressionNamed } from '../record/header.ts'
import { CoordinatorHost } from '../runtime/coordinator-host.ts'
import type { ShareStateCommand, ShareStateReply } from '../share/state-commands.ts'
import { ShareStateMachine } from '../share/state-machine.ts'
import { decodeStateBatch, encodeStateRecord, type ShareStateRecord } from '../share/state-records.ts'
import { configuredGroups, shareGroupConfigs } from './group-settings.ts'
import { coordinatorLog, type Groups } from './groups.ts'
import { latestOffsets, remoteShareStates, type ShareParts } from './share-peers.ts'
import { shareStatePartitions } from './state-topics.ts'

/** Share groups on this broker: the states that it coordinates and the partitions that members fetch from it. */
export interface Shares {
  readonly handlers: readonly Handler[]
  readonly view: ShareView
  connectionClosed(connection: ConnectionInfo): void
  close(): void
}

type Host = CoordinatorHost<ShareStateCommand, ShareStateRecord, ShareStateReply>

export function openShares(parts: ShareParts, groups: Groups): Shares {
  const { config, effective, clock, metadata, replicas, autoCreate, access } = parts
  const logger = areaOf(parts.logger, 'share')
  const image = () => metadata.image
  const host = openHost(parts)
  const states = new ShareStateCoordinator({
    nodeId: config.nodeId,
    host,
    partitionCount: () => shareStatePartitions(parts),
    image,
    autoCreate,
    remote: remoteShareStates(parts),
    clock,
  })
  const pruning = new Pruning(parts, host, states)
  const partitions = new SharePartitions({
    replicas,
    states,
    configOf: shareGroupConfigs(configuredGroups(parts)),
    maxSessions: config.get('group.share.max.share.sessions'),
    clock,
    logger,
  })
  metadata.onImage(({ deletedTopics }) => {
    const topicIds = [...deletedTopics.keys()]
    if (topicIds.length === 0) return
    void states.topicsDeleted(topicIds)
    void groups.coordinator.shareTopicsDeleted(topicIds)
  })
  const shareGroups = new ShareGroups({ groups: groups.coordinator, states, logger })
  const isEnabled = () => image().featureLevel(SHARE_VERSION) > 0
  const maxBytes = () => effective.value('fetch.max.bytes')
  return {
    handlers: [
      shareGroupHeartbeatHandler({ groups: shareGroups, isEnabled, access }),
      shareGroupDescribeHandler({ groups: shareGroups, isEnabled, access }),
      shareFetchHandler({ partitions, replicas, clock, logger, maxBytes, isEnabled, access }),
      shareAcknowledgeHandler({ partitions, replicas, isEnabled, access }),
      ...shareGroupOffsetsHandlers({
        groups: shareGroups,
        image,
        latestOffset: latestOffsets(parts),
        isEnabled,
        access,
      }),
      ...shareGroupStateHandlers({ states }),
      deleteGroupsHandler({ groups: shareGroups, access }),
    ],
    view: {
      host,
      sessions: partitions.sessions,
      states: states.metrics,
      acknowledged: partitions.acknowledged,
      inFlight: () => partitions.inFlight(),
      pruned: pruning.offsets,
    },
    connectionClosed: ({ id }) => partitions.connectionClosed(id),
    close: () => {
      pruning.close()
      partitions.close()
      host.close()
    },
  }
}

function openHost({ config, clock, logger, logs, metadata, replicas }: ShareParts): Host {
  const settings = {
    updatesPerSnapshot: config.get('share.coordinator.snapshot.update.records.per.snapshot'),
    coldSnapshotIntervalMs: config.get('share.coordinator.cold.partition.snapshot.interval.ms'),
  }
  const partitionCount = (topicId: Parameters<typeof metadata.image.topicById>[0]) =>
    metadata.image.topicById(topicId)?.partitions.length
  const loadBytes = config.get('share.coordinator.load.buffer.size')
  const host: Host = new CoordinatorHost({
    machine: () => new ShareStateMachine(settings, partitionCount),
    codec: { encode: encodeStateRecord, decode: decodeStateBatch },
    clock,
    logger: areaOf(logger, 'share'),
    batches: {
      compression: compressionNamed(config.get('share.coordinator.state.topic.compression.codec')),
      baseSequence: 0,
    },
    commitTimeoutMs: config.get('share.coordinator.write.timeout.ms'),
  })
  replicas.onLeadership((replica, leads) => {
    if (replica.topic !== SHARE_GROUP_STATE_TOPIC) return
    if (leads) host.elected(replica.partition, coordinatorLog(replica, loadBytes, logs))
    else host.resigned(replica.partition)
  })
  return host
}

/** Deletes what later snapshots have replaced: the topic is not compacted. */
class Pruning {
  readonly #parts: ShareParts
  readonly #host: Host
  readonly #states: ShareStateCoordinator
  /** By partition: where it was cut off last. */
  readonly offsets = new Map<number, number>()
  #timer: Timer

  constructor(parts: ShareParts, host: Host, states: ShareStateCoordinator) {
    this.#parts = parts
    this.#host = host
    this.#states = states
    this.#timer = this.#schedule()
  }

  #schedule(): Timer {
    const { clock, config } = this.#parts
    return clock.after(config.get('share.coordinator.state.topic.prune.interval.ms'), () => {
      for (const partition of this.#host.partitions()) void this.#prune(partition)
      this.#timer = this.#schedule()
    })
  }

  async #prune(partition: number): Promise<void> {
    const { replicas, logger } = this.#parts
    try {
      const offset = await this.#states.redundantOffset(partition)
      if (offset === undefined || this.offsets.get(partition) === offset) return
      await replicas.requireLeader(SHARE_GROUP_STATE_TOPIC, partition).log.deleteRecordsBefore(offset)
      this.offsets.set(partition, offset)
    } catch (error) {
      areaOf(logger, 'share').debug({ err: error, partition }, 'records of share states could not be pruned')
    }
  }

  close(): void {
    this.#timer.cancel()
  }
}
