import { formatDirectories } from '../../src/cli/format-directories.ts'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import { BUILT_IN_PROPERTIES } from '../../src/config/built-in.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { MemoryDisk } from '../../src/io/memory-disk.ts'
import { NodeRandom } from '../../src/io/node-random.ts'
import type { Clock, Logger } from '../../src/io/ports.ts'
import { randomUuid } from '../../src/io/random-uuid.ts'
import { defaultFeatureLevels, LATEST_METADATA_VERSION } from '../../src/metadata/features.ts'
import { type RunningNode, startNode } from '../../src/node.ts'
import { readMetaProperties } from '../../src/storage/meta-properties.ts'
import { type Body, type Reply, Session } from '../clients/differential/session.ts'

export interface OneNodeOptions {
  readonly disk?: MemoryDisk
  readonly logger?: Logger
  readonly clock?: Clock
  readonly dirs?: string
  readonly overrides?: Readonly<Record<string, string>>
}

/** A broker and controller in one, in this process and in memory, with a client of its own. */
export class OneNode {
  readonly disk: MemoryDisk
  readonly node: RunningNode
  readonly session: Session

  private constructor(disk: MemoryDisk, node: RunningNode) {
    this.disk = disk
    this.node = node
    this.session = new Session(this.port)
  }

  static async start(options: OneNodeOptions = {}): Promise<OneNode> {
    const disk = options.disk ?? new MemoryDisk()
    const overrides = new Map([
      ['listeners', 'PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:0'],
      ['controller.quorum.bootstrap.servers', '127.0.0.1:9093'],
      ['log.dirs', options.dirs ?? '/a,/b'],
      ['group.initial.rebalance.delay.ms', '0'],
      ...Object.entries(options.overrides ?? {}),
    ])
    const config = new BrokerConfig({ file: BUILT_IN_PROPERTIES, overrides })
    if (readMetaProperties(disk.blocking, config.metadataLogDir) === undefined) {
      const random = new NodeRandom()
      const features = defaultFeatureLevels(LATEST_METADATA_VERSION)
      const plan = { config, clusterId: randomUuid(random), quorum: { kind: 'standalone' }, features } as const
      const world = { disk: disk.blocking, random, nowMs: Date.now(), say: () => {} }
      formatDirectories({ ...plan, ignoreFormatted: true }, world)
    }
    const { logger = silentLogger, clock } = options
    return new OneNode(disk, await startNode(config, { logger, disk, ...(clock && { clock }) }))
  }

  get port(): number {
    return this.node.listeners[0]?.port ?? 0
  }

  call(...given: Parameters<Session['call']>): Promise<Reply> {
    return this.session.call(...given)
  }

  /** Of one partition in each given directory or, left out, wherever it goes. */
  async createTopic(name: string, partitions = 1, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    const topic: Body = {
      name,
      numPartitions: partitions,
      replicationFactor: 1,
      assignments: [],
      configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
    }
    const { topics } = await this.call('CreateTopics', 7, { topics: [topic], timeoutMs: 10_000, validateOnly: false })
    if (topics[0]?.errorCode !== 0) throw new Error(`${name} could not be created: ${JSON.stringify(topics)}`)
  }

  /** Sets configs of a resource, or takes them away; gives the error code and message. */
  async alter(
    resourceType: number,
    resourceName: string,
    changes: Readonly<Record<string, string | null>>,
    validateOnly = false,
  ): Promise<readonly [number, string | null]> {
    const configs = Object.entries(changes).map(([name, value]) => {
      return { name, value, configOperation: value === null ? 1 : 0 }
    })
    const resources = [{ resourceType, resourceName, configs }]
    const { responses } = await this.call('IncrementalAlterConfigs', 1, { resources, validateOnly })
    return [responses[0].errorCode, responses[0].errorMessage]
  }

  async describe(resourceType: number, resourceName: string, name: string): Promise<Reply> {
    const resources = [{ resourceType, resourceName, configurationKeys: [name] }]
    const { results } = await this.call('DescribeConfigs', 4, { resources, includeSynonyms: true })
    return results[0].configs[0]
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.close()
    await this.node.close().catch(() => {})
  }
}
