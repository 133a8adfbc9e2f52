import { type BrokerTopicMetrics, TOPIC_METRICS, type TopicMetric } from '../../metrics/topic-metrics.ts'
import { counter, type Family, one, type Series } from './family.ts'

const PREFIX = 'kafka_server_brokertopicmetrics'

/** Of the whole broker only: what replicas copy. */
const COPIED = ['replicationBytesIn', 'replicationBytesOut'] as const

export function topicFamilies(topics: BrokerTopicMetrics): Family[] {
  return [
    ...TOPIC_METRICS.map((name) =>
      counter(`${PREFIX}_${name.toLowerCase()}_total`, `Kafka's BrokerTopicMetrics ${name}.`, () =>
        series(topics, name),
      ),
    ),
    ...COPIED.map((name) =>
      counter(
        `${PREFIX}_${name.toLowerCase()}_total`,
        `Kafka's BrokerTopicMetrics ${name}.`,
        one(() => topics[name]),
      ),
    ),
  ]
}

/** Without a label the sum of all topics; topics of which there is nothing to say are left out, as Kafka does. */
function* series(topics: BrokerTopicMetrics, name: TopicMetric): Iterable<Series> {
  yield { labels: {}, value: topics.total(name) }
  for (const [topic, metrics] of topics.topics()) {
    if (metrics[name] > 0) yield { labels: { topic }, value: metrics[name] }
  }
}
