import { assert } from '../base/assert.ts'
import { KafkaError } from '../base/errors.ts'
import { coordinatorPartition } from '../base/hash.ts'
import { GroupCoordinator, groupSettings, OFFSETS_TOPIC } from '../broker/groups.ts'
import type { Handler } from '../broker/handler.ts'
import { consumerGroupDescribeHandler } from '../broker/handlers/consumer-group-describe.ts'
import { consumerGroupHeartbeatHandler } from '../broker/handlers/consumer-group-heartbeat.ts'
import { describeGroupsHandler } from '../broker/handlers/describe-groups.ts'
import { findCoordinatorHandler } from '../broker/handlers/find-coordinator.ts'
import { heartbeatHandler } from '../broker/handlers/heartbeat.ts'
import { joinGroupHandler } from '../broker/handlers/join-group.ts'
import { leaveGroupHandler } from '../broker/handlers/leave-group.ts'
import { listGroupsHandler } from '../broker/handlers/list-groups.ts'
import { offsetCommitHandler } from '../broker/handlers/offset-commit.ts'
import { offsetDeleteHandler } from '../broker/handlers/offset-delete.ts'
import { offsetFetchHandler } from '../broker/handlers/offset-fetch.ts'
import { streamsGroupDescribeHandler } from '../broker/handlers/streams-group-describe.ts'
import { streamsGroupHeartbeatHandler } from '../broker/handlers/streams-group-heartbeat.ts'
import { syncGroupHandler } from '../broker/handlers/sync-group.ts'
import type { Replica } from '../broker/replicas.ts'
import type { GroupCommand, GroupReply } from '../group/commands.ts'
import { imageTopics } from '../group/consumer/image-topics.ts'
import { GroupCounts } from '../group/counts.ts'
import { GroupMachine } from '../group/group-machine.ts'
import { decodeBatch, encodeRecord, type GroupRecord } from '../group/records.ts'
import type { GroupSettings } from '../group/settings.ts'
import { areaOf } from '../io/log-levels.ts'
import { GROUP_VERSION, STREAMS_VERSION } from '../metadata/features.ts'
import { compressionNamed } from '../record/header.ts'
import { CoordinatorHost } from '../runtime/coordinator-host.ts'
import type { CoordinatorLog } from '../runtime/coordinator-log.ts'
import type { LogManager } from '../storage/log-manager.ts'
import type { BrokerParts } from './broker-parts.ts'
import { configuredGroups, consumerGroupSettings, shareGroupSettings, streamsGroupSettings } from './group-settings.ts'
import { shareStatePartitions, statePartitions } from './state-topics.ts'

/** Group coordination on this broker: its machines run on the partitions of `__consumer_offsets` that it leads. */
export interface Groups {
  readonly handlers: readonly Handler[]
  /** The machines themselves, for what transactions do to them. */
  readonly host: CoordinatorHost<GroupCommand, GroupRecord, GroupReply>
  readonly partitionFor: (groupId: string) => number
  readonly coordinator: GroupCoordinator
  readonly counts: GroupCounts
  close(): void
}

export function openGroups(parts: BrokerParts): Groups {
  const { config, clock, logger, random, metadata, replicas } = parts
  const configured = configuredGroups(parts)
  const settings = groupSettings(
    config,
    consumerGroupSettings(configured),
    streamsGroupSettings(configured),
    shareGroupSettings(configured),
  )
  const topics = imageTopics(() => metadata.image)
  const loadBytes = config.get('offsets.load.buffer.size')
  const counts = new GroupCounts()
  const host = new CoordinatorHost<GroupCommand, GroupRecord, GroupReply>({
    machine: () => new GroupMachine(settings, topics, counts),
    codec: { encode: encodeRecord, decode: decodeBatch },
    clock,
    logger: areaOf(logger, 'group'),
    batches: { compression: compressionNamed(config.get('offsets.topic.compression.codec')), baseSequence: 0 },
    commitTimeoutMs: config.get('offsets.commit.timeout.ms'),
  })
  replicas.onLeadership((replica, leads) => {
    if (replica.topic !== OFFSETS_TOPIC) return
    if (leads) host.elected(replica.partition, coordinatorLog(replica, loadBytes, parts.logs))
    else host.resigned(replica.partition)
  })
  const groups = new GroupCoordinator({
    host,
    partitionCount: () =>
      metadata.image.topic(OFFSETS_TOPIC)?.partitions.length ?? config.get('offsets.topic.num.partitions'),
    settings,
    random,
  })
  metadata.onImage((delta) => {
    const deleted = [...delta.deletedTopics.values()].map(({ name }) => name)
    if (deleted.length > 0) void groups.topicsDeleted(deleted)
    const changed = [...delta.topics.values()]
    if (delta.reloaded) void groups.topicsChanged(null, true)
    else if (changed.length + deleted.length > 0) {
      const created = changed.some((topic) => topic.created)
      void groups.topicsChanged([...changed.map(({ name }) => name), ...deleted], created)
    }
  })
  return {
    handlers: [...groupHandlers(groups, parts, settings), ...streamsHandlers(groups, parts, settings)],
    host,
    coordinator: groups,
    counts,
    partitionFor: (groupId) => groups.partitionFor(groupId),
    close: () => host.close(),
  }
}

function groupHandlers(
  groups: GroupCoordinator,
  { config, logs, metadata, replicas, endpoints, autoCreate, access }: BrokerParts,
  { consumer: { assignors } }: GroupSettings,
): Handler[] {
  const image = () => metadata.image
  const sharePartition = (key: string) => coordinatorPartition(key, shareStatePartitions({ config, metadata }))
  const transactionPartition = (id: string) => coordinatorPartition(id, statePartitions({ config, metadata }))
  const speaksConsumer = config.get('group.coordinator.rebalance.protocols').includes('consumer')
  const isEnabled = () => speaksConsumer && metadata.image.featureLevel(GROUP_VERSION) > 0
  // Leadership on a full disk is given up, and its metadata may not say so before there is room.
  const mayBeElsewhere = (groupId: string) => {
    const replica = replicas.find(OFFSETS_TOPIC, groups.partitionFor(groupId))
    if (replica === undefined) return false
    return replica.isDoubtful || (replica.isr.length > 1 && logs.refuses(replica.log))
  }
  return [
    findCoordinatorHandler({ groups, transactionPartition, sharePartition, image, endpoints, autoCreate, access }),
    joinGroupHandler({ groups }),
    syncGroupHandler({ groups }),
    heartbeatHandler({ groups }),
    leaveGroupHandler({ groups }),
    offsetCommitHandler({ groups, image, access }),
    offsetFetchHandler({ groups, image, mayBeElsewhere, access }),
    offsetDeleteHandler({ groups, image, access }),
    listGroupsHandler({ groups, access }),
    describeGroupsHandler({ groups, access }),
    consumerGroupHeartbeatHandler({ groups, isEnabled, assignors, access }),
    consumerGroupDescribeHandler({ groups, isEnabled, access }),
  ]
}

function streamsHandlers(groups: GroupCoordinator, parts: BrokerParts, { streams }: GroupSettings): Handler[] {
  const { config, metadata, internalTopics, access } = parts
  const speaksStreams = config.get('group.coordinator.rebalance.protocols').includes('streams')
  const isEnabled = () => speaksStreams && metadata.image.featureLevel(STREAMS_VERSION) > 0
  const heartbeatIntervalMs = (groupId: string) => streams.ofGroup(groupId).heartbeatIntervalMs
  return [
    streamsGroupHeartbeatHandler({ groups, topics: internalTopics, isEnabled, heartbeatIntervalMs, access }),
    streamsGroupDescribeHandler({ groups, isEnabled, access }),
  ]
}

export function coordinatorLog(replica: Replica, loadBytes: number, logs: Pick<LogManager, 'refuses'>): CoordinatorLog {
  const { log } = replica
  return {
    name: `${replica.topic}-${replica.partition}`,
    get logStartOffset() {
      return log.logStartOffset
    },
    get logEndOffset() {
      return log.logEndOffset
    },
    get maxBatchBytes() {
      return log.config.maxMessageBytes
    },
    refusal() {
      if (replica.isUnderMinIsr) return new KafkaError('NOT_ENOUGH_REPLICAS')
      return logs.refuses(log) ? new KafkaError('KAFKA_STORAGE_ERROR') : undefined
    },
    append(batch, options) {
      replica.requireInSync()
      const appended = replica.append(batch, 'coordinator', options)
      // Only what clients send is ever recompressed first.
      assert(!(appended instanceof Promise), 'a coordinator append is synchronous')
      return appended
    },
    read: (from, upTo) => log.read(from, { maxBytes: loadBytes, upTo, minOneBatch: true }),
    committed: (offset) => replica.committed(offset),
  }
}
