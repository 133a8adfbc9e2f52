import type { BrokerConfig } from '../config/broker-config.ts'
import { BrokerLayers } from '../config/layers.ts'
import { logConfig, topicConfig } from '../config/topic-config.ts'
import type { MetadataDelta } from '../metadata/delta.ts'
import { ConfigResource, type MetadataImage } from '../metadata/image.ts'
import type { LogConfig } from '../storage/log-config.ts'

/** What is configured as of now: the file, and over it what the metadata log says of brokers and topics. */
export class EffectiveConfig {
  readonly #config: BrokerConfig
  readonly #image: () => MetadataImage | undefined
  #layers: BrokerLayers
  readonly #minInSyncReplicas = new Map<string, number>()

  constructor(config: BrokerConfig, image: () => MetadataImage | undefined) {
    this.#config = config
    this.#image = image
    this.#layers = new BrokerLayers(config)
  }

  get layers(): BrokerLayers {
    return this.#layers
  }

  /** The settings of a topic's logs: its own configs over the broker's. */
  logConfig(topic: string): LogConfig {
    return logConfig(topicConfig(this.#overrides(topic), this.#layers))
  }

  /** min.insync.replicas of a topic; asked for with every produce that waits for the replicas. */
  minInSyncReplicas(topic: string): number {
    let value = this.#minInSyncReplicas.get(topic)
    if (value === undefined) {
      value = topicConfig(this.#overrides(topic), this.#layers).get('min.insync.replicas')
      this.#minInSyncReplicas.set(topic, value)
    }
    return value
  }

  /** The metadata image was loaded or changed; must run before whoever looks at the configs because of it. */
  changed(delta: MetadataDelta | undefined): void {
    if (delta !== undefined && delta.configs.size === 0 && delta.deletedTopics.size === 0 && !delta.reloaded) return
    this.#minInSyncReplicas.clear()
    const image = this.#image()
    if (image === undefined) return
    const own = image.configs(ConfigResource.BROKER, String(this.#config.nodeId))
    this.#layers = new BrokerLayers(this.#config, own, image.configs(ConfigResource.BROKER, ''))
  }

  #overrides(topic: string): ReadonlyMap<string, string> {
    return this.#image()?.configs(ConfigResource.TOPIC, topic) ?? new Map()
  }
}
