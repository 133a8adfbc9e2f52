import type { SERVER_CONFIGS } from '../definitions/server.ts'

export const SERVER_TEXTS: Readonly<Record<keyof typeof SERVER_CONFIGS, string>> = {
  'alter.config.policy.class.name': "A Java class that may refuse changes of configs; it can't be loaded here.",
  'auto.create.topics.enable': 'Whether a topic is made when somebody asks for one that is not there.',
  'background.threads': 'Threads for the upkeep of the broker.',
  'client.quota.callback.class': "A Java class that sets quotas; it can't be loaded here.",
  'config.providers': 'Java classes from which values of configs are taken.',
  'create.topic.policy.class.name': "A Java class that may refuse new topics; it can't be loaded here.",
  'delete.topic.enable': 'Whether topics can be deleted.',
  'kafka.metrics.polling.interval.secs': 'How often the reporters of kafka.metrics.reporters look at the metrics.',
  'kafka.metrics.reporters': 'Java classes that report the older kind of metrics.',
  'metric.reporters': 'Java classes that report metrics.',
  'metrics.num.samples': 'How many samples a metric is computed from.',
  'metrics.recording.level': 'How much detail is measured.',
  'metrics.sample.window.ms': 'The length of a sample that metrics are computed from.',
  'num.partitions': 'How many partitions a topic has for which nobody said it.',
  'quota.window.num': 'Windows in which the rates of clients are measured for their quotas.',
  'quota.window.size.seconds': 'The length of a window for the quotas of clients.',
  'telemetry.max.bytes': 'The most bytes of metrics that a client may push at a time.',
  'unstable.feature.versions.enable': 'Whether feature levels are offered that may still change.',
}
