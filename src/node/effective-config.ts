import type { BrokerConfig } from '../config/broker-config.ts'
import type { BrokerConfigName, BrokerConfigValue } from '../config/definitions.ts'
import { applicable } from '../config/dynamic-names.ts'
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
  /** Of topics with no configs of their own: one for all of them. */
  #plain: LogConfig | undefined
  readonly #listeners: (() => void)[] = []

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
    const overrides = this.#overrides(topic)
    if (overrides.size > 0) return logConfig(topicConfig(overrides, this.#layers))
    this.#plain ??= logConfig(topicConfig(overrides, this.#layers))
    return this.#plain
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
    if (delta !== undefined && !mayMatter(delta)) return
    this.#minInSyncReplicas.clear()
    const image = this.#image()
    if (image === undefined) return
    const own = applicable(image.configs(ConfigResource.BROKER, String(this.#config.nodeId)), true)
    const clusterDefaults = applicable(image.configs(ConfigResource.BROKER, ''), false)
    const isSame = sameTexts(own, this.#layers.ownTexts) && sameTexts(clusterDefaults, this.#layers.defaultTexts)
    // A topic's configs changed: nothing of the broker's.
    if (isSame && delta !== undefined && !delta.clientQuotas && !delta.reloaded) return
    this.#layers = new BrokerLayers(this.#config, own, clusterDefaults)
    this.#plain = undefined
    for (const listener of this.#listeners) listener()
  }

  /** The value of a broker config that counts now. */
  value<N extends BrokerConfigName>(name: N): BrokerConfigValue<N> {
    return this.#layers.value(name)
  }

  /** The committed metadata; undefined before it is loaded. */
  get image(): MetadataImage | undefined {
    return this.#image()
  }

  /** Runs `apply` now and whenever broker configs or clients' quotas have changed. */
  follow(apply: () => void): void {
    this.#listeners.push(apply)
    apply()
  }

  #overrides(topic: string): ReadonlyMap<string, string> {
    return this.#image()?.configs(ConfigResource.TOPIC, topic) ?? new Map()
  }
}

function mayMatter({ configs, deletedTopics, reloaded, clientQuotas }: MetadataDelta): boolean {
  return reloaded || clientQuotas || configs.size > 0 || deletedTopics.size > 0
}

/** cordoned.log.dirs (KIP-1066): paths, or `*` for all. */
export function isCordonedBy(cordoned: readonly string[], dir: string): boolean {
  return cordoned.includes('*') || cordoned.includes(dir)
}

function sameTexts(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, text]) => b.get(name) === text)
}
