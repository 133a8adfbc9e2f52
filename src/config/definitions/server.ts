import { bool, CLUSTER_WIDE, className, int, list, long, READ_ONLY, string } from './types.ts'
import { atLeast, distinct } from './validators.ts'

/** What belongs to no other family: topics, quotas, metrics, plug-ins. */
export const SERVER_CONFIGS = {
  'alter.config.policy.class.name': className(null, 'LOW', READ_ONLY),
  'auto.create.topics.enable': bool('true', 'HIGH', READ_ONLY),
  'background.threads': int('10', 'HIGH', CLUSTER_WIDE, atLeast(1)),
  'client.quota.callback.class': className(null, 'LOW', READ_ONLY),
  'config.providers': list('', 'LOW', CLUSTER_WIDE, distinct('empty allowed')),
  'create.topic.policy.class.name': className(null, 'LOW', READ_ONLY),
  'delete.topic.enable': bool('true', 'HIGH', READ_ONLY),
  'kafka.metrics.polling.interval.secs': int('10', 'LOW', READ_ONLY, atLeast(1)),
  'kafka.metrics.reporters': list('', 'LOW', READ_ONLY, distinct('empty allowed')),
  'metric.reporters': list(
    'org.apache.kafka.common.metrics.JmxReporter',
    'LOW',
    CLUSTER_WIDE,
    distinct('empty allowed'),
  ),
  'metrics.num.samples': int('2', 'LOW', READ_ONLY, atLeast(1)),
  'metrics.recording.level': string('INFO', 'LOW', READ_ONLY),
  'metrics.sample.window.ms': long('30000', 'LOW', READ_ONLY, atLeast(1)),
  'num.partitions': int('1', 'MEDIUM', READ_ONLY, atLeast(1)),
  'quota.window.num': int('11', 'LOW', READ_ONLY, atLeast(1)),
  'quota.window.size.seconds': int('1', 'LOW', READ_ONLY, atLeast(1)),
  'telemetry.max.bytes': int('1048576', 'LOW', READ_ONLY, atLeast(1)),
  'unstable.feature.versions.enable': bool('false', 'HIGH', READ_ONLY, undefined, { internal: true }),
} as const
