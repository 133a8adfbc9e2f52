/** One effective config of a topic as CreateTopics answers it (v5+). */
export interface EffectiveConfig {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
}

/** What the config managers must know of Kafka's topic configs; `config/` gives it where the node is put together. */
export interface TopicConfigSchema {
  /** Whether a topic may have all of these overrides together. Throws INVALID_CONFIG with Kafka's sentence. */
  validate(overrides: ReadonlyMap<string, string>): void
  /** Whether APPEND and SUBTRACT work on it. */
  isList(name: string): boolean
  /** What APPEND and SUBTRACT start from where the topic has no override. */
  defaultOf(name: string): string | null
  /** Every config that a topic with these overrides would have. */
  effective(overrides: ReadonlyMap<string, string>): readonly EffectiveConfig[]
}

/** What may be said of groups in the metadata log: configs that their coordinators apply while they run. */
export interface GroupConfigSchema {
  /** false: a config of Kafka that nothing here applies. */
  isApplied(name: string): boolean
  /** Whether a group may have all of these overrides together. Throws INVALID_CONFIG with Kafka's sentence. */
  validate(overrides: ReadonlyMap<string, string>): void
  isList(name: string): boolean
  defaultOf(name: string): string | null
}

/** Subscriptions to metrics that clients push (KIP-714). */
export interface ClientMetricsConfigSchema {
  /** Whether the subscription may have all of these. Throws with Kafka's sentence. */
  validate(subscription: string, configs: ReadonlyMap<string, string>): void
}

/** What may be said of brokers in the metadata log: configs that they apply while they run. */
export interface BrokerConfigSchema {
  isApplied(name: string): boolean
  /** Whether these values are possible. Throws INVALID_CONFIG with Kafka's sentence. */
  validate(overrides: ReadonlyMap<string, string>): void
  isList(name: string): boolean
  defaultOf(name: string): string | null
}
