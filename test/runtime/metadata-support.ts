import type { Uuid } from '../../src/base/ids.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { NodeClock } from '../../src/io/node-clock.ts'
import type { Clock, Disk } from '../../src/io/ports.ts'
import { type FormatVoter, formatRecords } from '../../src/metadata/bootstrap.ts'
import { configManager } from '../../src/metadata/configs/manager.ts'
import type { TopicConfigSchema } from '../../src/metadata/configs/schema.ts'
import { defaultFeatureLevels, LATEST_METADATA_VERSION, supportedFeatures } from '../../src/metadata/features.ts'
import { topicManager } from '../../src/metadata/topics/manager.ts'
import { metadataLogConfig } from '../../src/runtime/metadata-log-config.ts'
import { MetadataNode, type MetadataNodeOptions } from '../../src/runtime/metadata-node.ts'
import type { PeerDirectory } from '../../src/runtime/peer-types.ts'
import { LogManager } from '../../src/storage/log-manager.ts'
import { SeededRandom } from '../storage/support.ts'

export const CLUSTER_ID = 'Z29sZGVuLWNsdXN0ZXItMQ'
export const NEVER = {
  maxBytesBetweenSnapshots: 20_971_520,
  maxSnapshotIntervalMs: 0,
  maxRetentionBytes: -1,
  maxRetentionMs: -1,
}

const ANY_CONFIG: TopicConfigSchema = {
  validate: () => {},
  isList: () => false,
  defaultOf: () => null,
  effective: () => [],
}

export interface Running {
  readonly node: MetadataNode
  readonly logs: LogManager
  readonly directoryId: Uuid
  /** Since `serve`; -1 before. */
  brokerEpoch: number
  /** A clean stop. */
  stop(): Promise<void>
}

export interface StartOptions extends Partial<MetadataNodeOptions> {
  readonly disk: Disk
  readonly dir?: string
  readonly seed?: number
  readonly nodeId?: number
  readonly endpointPort?: number
  readonly segmentBytes?: number
  /** False: gives the node back before it has heard of a leader. */
  readonly catchUp?: boolean
  /** Who votes at first, where nothing is there yet; default: this node alone, and nobody where there are fixed voters. */
  readonly formatVoters?: readonly FormatVoter[] | undefined
}

/** A quorum of one asks nobody. */
const NOBODY: PeerDirectory = {
  to: () => {
    throw new Error('a quorum of one asks nobody')
  },
}

/** Opens the directory, formatting it as `--standalone` where nothing is there yet. */
export async function start(options: StartOptions): Promise<Running> {
  const { disk, dir = '/data', nodeId = 1, clusterId = CLUSTER_ID } = options
  const clock: Clock = options.clock ?? new NodeClock()
  const random = options.random ?? new SeededRandom(options.seed ?? 1)
  const logs = await LogManager.open({
    dirs: [dir],
    disk,
    clock,
    random,
    logger: silentLogger,
    configFor: () => metadataLogConfig({ segmentBytes: 1 << 30, segmentMs: 604_800_000 }),
    identity: { clusterId, nodeId },
  })
  const directoryId = logs.directories[0]?.directoryId as Uuid
  const log = await logs.openMetadataLog(
    metadataLogConfig({ segmentBytes: options.segmentBytes ?? 1 << 30, segmentMs: 604_800_000 }),
  )
  if ((await disk.stat(`${dir}/bootstrap.checkpoint`)) === undefined) {
    const alone = {
      id: nodeId,
      directoryId,
      listener: 'CONTROLLER',
      host: '127.0.0.1',
      port: options.endpointPort ?? 9093,
    }
    const voters = 'formatVoters' in options ? options.formatVoters : [alone]
    const features = defaultFeatureLevels(LATEST_METADATA_VERSION)
    const files = formatRecords({ features, voters, nowMs: clock.now() })
    await disk.replaceFile(`${dir}/bootstrap.checkpoint`, files.bootstrap)
    if (files.standalone)
      await disk.replaceFile(`${log.dir}/00000000000000000000-0000000000.checkpoint`, files.standalone)
  }
  const node = await MetadataNode.open({
    peers: NOBODY,
    clusterId,
    nodeId,
    directoryId,
    log,
    clock,
    random,
    logger: silentLogger,
    staticVoters: [],
    controller: {
      sessionTimeoutMs: 9000,
      maxIdleIntervalMs: 0,
      leaders: { minInsyncReplicas: 1, uncleanLeaderElection: false },
    },
    managers: {
      topics: topicManager({ schema: ANY_CONFIG, defaults: { numPartitions: 1, replicationFactor: 1 } }),
      configs: configManager({ schema: ANY_CONFIG }),
    },
    retention: NEVER,
    electionTimeoutMs: 1000,
    fetchTimeoutMs: 2000,
    ...options,
  })
  if (options.catchUp !== false) {
    try {
      await node.caughtUp()
    } catch (error) {
      await logs.shutdown()
      throw error
    }
  }
  const running: Running = {
    node,
    logs,
    directoryId,
    brokerEpoch: -1,
    stop: async () => {
      await node.close()
      await logs.shutdown(running.brokerEpoch)
    },
  }
  return running
}

/** Registers as controller and broker, and takes the broker's fence away: what a node does with the leader of its quorum. */
export async function serve(running: Running, port = 9092): Promise<void> {
  const { node, directoryId, logs } = running
  const identity = { incarnationId: node.incarnationId, features: supportedFeatures() }
  const endpoint = (name: string, port: number) => ({ name, host: '127.0.0.1', port, securityProtocol: 0 })
  const asController = node.submit({
    type: 'registerController',
    controllerId: node.nodeId,
    zkMigrationReady: false,
    endpoints: [endpoint('CONTROLLER', port + 1)],
    ...identity,
  })
  const { brokerEpoch } = await node.submit({
    type: 'registerBroker',
    brokerId: node.nodeId,
    clusterId: node.clusterId,
    endpoints: [endpoint('PLAINTEXT', port)],
    rack: null,
    logDirs: [directoryId],
    previousBrokerEpoch: logs.previousBrokerEpoch,
    ...identity,
  })
  await asController
  running.brokerEpoch = brokerEpoch
  await heartbeat(running)
}

/** Gives up what this broker leads, then fences it. */
export async function controlledShutdown(running: Running): Promise<void> {
  const { shouldShutDown } = await heartbeat(running, true)
  if (!shouldShutDown) await heartbeat(running, true)
}

function heartbeat({ node, brokerEpoch }: Running, wantShutDown = false) {
  return node.submit({
    type: 'brokerHeartbeat',
    brokerId: node.nodeId,
    brokerEpoch,
    currentMetadataOffset: node.image.offset,
    wantFence: false,
    wantShutDown,
    offlineLogDirs: [],
    cordonedLogDirs: [],
  })
}

export function createTopic(node: MetadataNode, name: string, numPartitions = 1) {
  const topic = { name, numPartitions, replicationFactor: 1, assignments: [], configs: [] }
  return node.submit({ type: 'createTopics', topics: [topic], validateOnly: false })
}

export { MemoryDisk }
