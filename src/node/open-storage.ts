import { present } from '../base/assert.ts'
import { validateClientMetricsConfigs } from '../config/client-metrics-config.ts'
import { areaOf } from '../io/log-levels.ts'
import { NodeDisk } from '../io/node-disk.ts'
import { configManager } from '../metadata/configs/manager.ts'
import type { Endpoint } from '../metadata/image-types.ts'
import { topicManager } from '../metadata/topics/manager.ts'
import { metadataLogConfig } from '../runtime/metadata-log-config.ts'
import { MetadataNode } from '../runtime/metadata-node.ts'
import { workerRunner } from '../storage/cleaner/worker-runner.ts'
import { LogDirectoryError } from '../storage/log-directory-error.ts'
import { LogManager, type LogManagerOptions } from '../storage/log-manager.ts'
import { type MetaProperties, readMetaProperties } from '../storage/meta-properties.ts'
import { isCordonedBy } from './effective-config.ts'
import { logManagerSettings } from './log-settings.ts'
import {
  brokerConfigSchema,
  controllerSettings,
  groupConfigSchema,
  metadataLogSettings,
  metadataRetention,
  quorumSettings,
  topicConfigSchema,
} from './metadata-settings.ts'
import type { World } from './world.ts'

/** All logs in the node's directories, which are locked from now on. */
export function openLogs(
  world: World,
  events: Pick<LogManagerOptions, 'onDirectoryFailure' | 'onRefusing'>,
): Promise<LogManager> {
  const { config, effective, disk, clock, random, logger, memory } = world
  const identity = checkedIdentity(world)
  return LogManager.open({
    dirs: config.logDirs,
    metadataDir: config.metadataLogDir,
    disk,
    clock,
    random,
    logger: areaOf(logger, 'storage'),
    configFor: (topic) => effective.logConfig(topic),
    settings: logManagerSettings(config, effective),
    memory,
    ...(identity && { identity }),
    ...(disk instanceof NodeDisk && { cleanRunner: workerRunner() }),
    isCordoned: (dir) => isCordonedBy(effective.value('cordoned.log.dirs'), dir),
    ...events,
  })
}

/** This node's part in the quorum. Others may reach it through `controllerEndpoints` already. */
export async function openMetadata(
  world: World,
  logs: LogManager,
  controllerEndpoints: readonly Endpoint[],
): Promise<MetadataNode> {
  const { config, effective, disk, clock, random, logger, peers, onFatal } = world
  const dir = config.metadataLogDir
  const { clusterId, directoryId } = present(readMetaProperties(disk.blocking, dir), `meta.properties in ${dir}`)
  const schema = topicConfigSchema(() => effective.layers)
  const defaults = {
    numPartitions: config.get('num.partitions'),
    replicationFactor: config.get('default.replication.factor'),
  }
  return MetadataNode.open({
    clusterId,
    nodeId: config.nodeId,
    directoryId,
    log: await logs.openMetadataLog(metadataLogConfig(metadataLogSettings(config))),
    disk,
    clock,
    random,
    logger: areaOf(logger, 'metadata'),
    peers,
    ...quorumSettings(config, controllerEndpoints),
    controller: controllerSettings(config),
    managers: {
      topics: topicManager({ schema, defaults }),
      configs: configManager({
        schema,
        brokers: brokerConfigSchema(),
        groups: groupConfigSchema(() => effective.layers),
        clientMetrics: { validate: validateClientMetricsConfigs },
      }),
    },
    retention: metadataRetention(config),
    onFatal,
  })
}

/** Directories of another node, of two clusters, or one twice, are not this node's. */
function checkedIdentity({ config, disk }: World): MetaProperties | undefined {
  let first: MetaProperties | undefined
  const byId = new Map<string, string>()
  for (const dir of new Set([config.metadataLogDir, ...config.logDirs])) {
    const meta = readMetaProperties(disk.blocking, dir)
    if (meta === undefined) continue
    if (meta.nodeId !== config.nodeId) {
      throw new LogDirectoryError(
        `Set node.id to ${meta.nodeId}, or set another directory in log.dirs: ${dir} belongs to node ${meta.nodeId}, not ${config.nodeId}.`,
      )
    }
    first ??= meta
    if (meta.clusterId !== first.clusterId) {
      throw new LogDirectoryError(
        `Set log.dirs to directories of one cluster: ${dir} belongs to ${meta.clusterId}, not ${first.clusterId}.`,
      )
    }
    const original = byId.get(meta.directoryId)
    if (original !== undefined) {
      throw new LogDirectoryError(
        `Set log.dirs to directories of which none is a copy of another: ${dir} has the directory.id of ${original}, ${meta.directoryId}.`,
      )
    }
    byId.set(meta.directoryId, dir)
  }
  return first
}
