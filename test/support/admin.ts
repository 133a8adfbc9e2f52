import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ErrorName, KafkaError } from '../../src/base/errors.ts'
import type { Uuid } from '../../src/base/ids.ts'
import type { ControllerPort } from '../../src/broker/admin.ts'
import type { Handler, RequestContext } from '../../src/broker/handler.ts'
import type { ConfigCatalog } from '../../src/broker/handlers/describe-configs.ts'
import type { TopicMaker } from '../../src/broker/topic-maker.ts'
import { BrokerConfig } from '../../src/config/broker-config.ts'
import {
  describeBroker,
  describeClientMetrics,
  describeClusterDefaults,
  describeGroup,
  describeTopic,
} from '../../src/config/describe.ts'
import { BrokerLayers } from '../../src/config/layers.ts'
import type { ConfigCommands } from '../../src/metadata/configs/commands.ts'
import { configManager } from '../../src/metadata/configs/manager.ts'
import type { ControllerCommand, ReplyTo } from '../../src/metadata/controller.ts'
import { MetadataImage } from '../../src/metadata/image.ts'
import type { ControllerRandom, Manager, Outcome } from '../../src/metadata/manager.ts'
import { type MetadataRecord, type MetadataRecordType, metadataRecord } from '../../src/metadata/records.ts'
import type { TopicCommands } from '../../src/metadata/topics/commands.ts'
import { topicManager } from '../../src/metadata/topics/manager.ts'
import { documentationOf } from '../../src/node/documentation.ts'
import { brokerConfigSchema, topicConfigSchema } from '../../src/node/metadata-settings.ts'
import type { ConnectionInfo } from '../../src/protocol/frame-handler.ts'

export const CLUSTER_ID = '4L6g3nShT-eMCtK--X86sw'
const GOLDEN = join(import.meta.dirname, '../golden/admin')

export interface GoldenStep {
  readonly api: string
  readonly version: number
  readonly request: Record<string, unknown>
  readonly response: Record<string, unknown>
}

export interface GoldenBatch {
  readonly offset: number
  readonly records: readonly { readonly type: MetadataRecordType; readonly version: number; readonly data: object }[]
}

export function goldenLines<T>(name: string): T[] {
  const lines = readFileSync(join(GOLDEN, name), 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as T)
}

/** The configuration of the broker that the golden answers come from. */
export function goldenConfig(extra: Readonly<Record<string, string>> = {}): BrokerConfig {
  const file = new Map(
    Object.entries({
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.listener.names': 'CONTROLLER',
      listeners: 'PLAINTEXT://127.0.0.1:26000,CONTROLLER://127.0.0.1:26001',
      'advertised.listeners': 'PLAINTEXT://127.0.0.1:26000',
      'controller.quorum.bootstrap.servers': '127.0.0.1:26001',
      'log.dirs': '/var/lib/kafka',
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '3',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      'group.initial.rebalance.delay.ms': '0',
      ...extra,
    }),
  )
  return new BrokerConfig({ file })
}

export function goldenRecord({ type, version, data }: GoldenBatch['records'][number]): MetadataRecord {
  return metadataRecord(type, data as never, version) as MetadataRecord
}

/** The records with which a broker with id, rack and directory joins, ready to lead. */
export function brokerRecords(id: number, rack: string | null = null, fenced = false): MetadataRecord[] {
  const endPoints = [{ name: 'PLAINTEXT', host: `host${id}`, port: 9092, securityProtocol: 0 }]
  const logDirs = [Buffer.alloc(16, id + 1).toString('base64url') as Uuid]
  const incarnationId = Buffer.alloc(16, 7).toString('base64url') as Uuid
  const data = { brokerId: id, brokerEpoch: id, incarnationId, endPoints, features: [], rack, fenced, logDirs }
  return [metadataRecord('RegisterBrokerRecord', data)]
}

export const FEATURE_RECORDS: readonly MetadataRecord[] = [
  metadataRecord('FeatureLevelRecord', { name: 'metadata.version', featureLevel: 30 }),
  metadataRecord('FeatureLevelRecord', { name: 'eligible.leader.replicas.version', featureLevel: 1 }),
]

/** A controller of topics and configs whose records are committed at once. */
export class AdminCluster implements ControllerPort {
  readonly image = new MetadataImage(CLUSTER_ID)
  readonly config: BrokerConfig
  /** With what the first records set for brokers. */
  readonly layers: BrokerLayers
  /** What each command decided, as long as it was something. */
  readonly batches: MetadataRecord[][] = []
  readonly #managers: Manager<TopicCommands & ConfigCommands>
  readonly #random: ControllerRandom

  constructor(random: ControllerRandom, records: readonly MetadataRecord[], config: BrokerConfig = goldenConfig()) {
    this.config = config
    this.#random = random
    for (const record of records) this.image.replay(record)
    this.layers = new BrokerLayers(config, this.image.configs(4, '1'), this.image.configs(4, ''))
    const schema = topicConfigSchema(() => this.layers)
    const defaults = {
      numPartitions: config.get('num.partitions'),
      replicationFactor: config.get('default.replication.factor'),
    }
    this.#managers = {
      ...topicManager({ schema, defaults }),
      ...configManager({ schema, brokers: brokerConfigSchema() }),
    }
  }

  /** Decides and applies; throws what the controller refuses. */
  decide<C extends ControllerCommand>(command: C): ReplyTo<C> {
    const env = { image: this.image, nowMs: 0, controllerEpoch: 1, nextOffset: 0, random: this.#random }
    const run = this.#managers[command.type as keyof TopicCommands] as unknown as (
      command: C,
      given: typeof env,
    ) => Outcome<ReplyTo<C>>
    const { records, reply } = run(command, env)
    if (records.length > 0) this.batches.push([...records])
    for (const record of records) this.image.replay(record)
    return reply
  }

  /** As with a real node, nothing has happened yet when the caller goes on. */
  submit = async <C extends ControllerCommand>(command: C): Promise<ReplyTo<C>> => {
    await null
    return this.decide(command)
  }
}

/** Ids 1, 2, 3… and always the first choice. */
export function plainRandom(): ControllerRandom {
  let next = 0
  return {
    uuid: () => {
      const bytes = Buffer.alloc(16, 1)
      bytes.writeUInt32BE(++next, 8)
      return bytes.toString('base64url') as Uuid
    },
    below: () => 0,
  }
}

export const CLIENT: ConnectionInfo = {
  id: 'client',
  listenerName: 'PLAINTEXT',
  securityProtocol: 'PLAINTEXT',
  peerAddress: '127.0.0.1',
  peerPort: 50000,
  localAddress: '127.0.0.1',
  localPort: 26000,
  principal: 'User:ANONYMOUS',
  tokenAuthenticated: false,
  clientSoftwareName: '',
  clientSoftwareVersion: '',
}

/** The answer to a request after both went over the wire at a version. */
export async function ask(
  { api, handle }: Handler,
  apiVersion: number,
  request: unknown,
  connection: ConnectionInfo = CLIENT,
): Promise<Record<string, unknown>> {
  const context: RequestContext = { api, apiVersion, correlationId: 1, clientId: 'test', connection }
  const received = api.request.fromBuffer(api.request.toBuffer(request, apiVersion), apiVersion)
  const answer = await handle(received, context)
  return api.response.fromBuffer(api.response.toBuffer(answer, apiVersion), apiVersion) as Record<string, unknown>
}

/** Refuses everything as a whole. */
export function refusingController(error: ErrorName, message?: string): ControllerPort {
  return { submit: () => Promise.reject(new KafkaError(error, message)) }
}

export function catalogOf(layers: BrokerLayers): ConfigCatalog {
  return {
    topic: (overrides) => describeTopic(overrides, layers),
    group: (overrides) => describeGroup(overrides, layers),
    broker: () => describeBroker(layers),
    clientMetrics: describeClientMetrics,
    clusterDefaults: () => describeClusterDefaults(layers),
    loggers: () => new Map(),
    documentation: documentationOf,
  }
}

/** What auto-creation sees of a controller. */
export function makerOf(controller: ControllerPort): TopicMaker {
  return { create: (topics) => controller.submit({ type: 'createTopics', topics, validateOnly: false }) }
}
