/** What Kafka counts for each topic, by the names of its BrokerTopicMetrics. */
export class TopicMetrics {
  messagesIn = 0
  bytesIn = 0
  bytesOut = 0
  bytesRejected = 0
  totalProduceRequests = 0
  failedProduceRequests = 0
  totalFetchRequests = 0
  failedFetchRequests = 0
}

export type TopicMetric = keyof TopicMetrics

export const TOPIC_METRICS = Object.keys(new TopicMetrics()) as readonly TopicMetric[]

/** The counters of every topic. Who works for a topic holds its counters; nothing is looked up while records move. */
export class BrokerTopicMetrics {
  readonly #topics = new Map<string, TopicMetrics>()
  /** Of topics that are gone. */
  readonly #gone = new TopicMetrics()
  replicationBytesIn = 0
  replicationBytesOut = 0

  of(topic: string): TopicMetrics {
    let metrics = this.#topics.get(topic)
    if (metrics === undefined) {
      metrics = new TopicMetrics()
      this.#topics.set(topic, metrics)
    }
    return metrics
  }

  find(topic: string): TopicMetrics | undefined {
    return this.#topics.get(topic)
  }

  /** The topic is not here any more; what was counted for it stays in the totals. */
  forget(topic: string): void {
    const metrics = this.#topics.get(topic)
    if (metrics === undefined) return
    this.#topics.delete(topic)
    for (const name of TOPIC_METRICS) this.#gone[name] += metrics[name]
  }

  topics(): Iterable<readonly [string, TopicMetrics]> {
    return this.#topics
  }

  /** Of all topics there were. */
  total(name: TopicMetric): number {
    let sum = this.#gone[name]
    for (const metrics of this.#topics.values()) sum += metrics[name]
    return sum
  }
}
