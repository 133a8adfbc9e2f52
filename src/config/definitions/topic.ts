import { scoped } from './types.ts'
import { atLeast, between, GZIP_LEVEL, listOf, oneOf, THROTTLED_REPLICAS } from './validators.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** Configs of a topic, with the broker configs that they override. */
export const TOPIC_CONFIGS = {
  'cleanup.policy': scoped('LIST', 'delete', ['log.cleanup.policy'], listOf(['compact', 'delete'], 'empty allowed')),
  'compression.gzip.level': scoped('INT', '-1', ['compression.gzip.level'], GZIP_LEVEL),
  'compression.lz4.level': scoped('INT', '9', ['compression.lz4.level'], between(1, 17)),
  'compression.type': scoped(
    'STRING',
    'producer',
    ['compression.type'],
    oneOf(['uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer']),
  ),
  'compression.zstd.level': scoped('INT', '3', ['compression.zstd.level'], between(-131072, 22)),
  'delete.retention.ms': scoped('LONG', '86400000', ['log.cleaner.delete.retention.ms'], atLeast(0)),
  'file.delete.delay.ms': scoped('LONG', '60000', ['log.segment.delete.delay.ms'], atLeast(0)),
  'flush.messages': scoped('LONG', '9223372036854775807', ['log.flush.interval.messages'], atLeast(1)),
  'flush.ms': scoped(
    'LONG',
    '9223372036854775807',
    ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms'],
    atLeast(0),
  ),
  'follower.replication.throttled.replicas': scoped('LIST', '', [], THROTTLED_REPLICAS),
  'index.interval.bytes': scoped('INT', '4096', ['log.index.interval.bytes'], atLeast(0)),
  'internal.segment.bytes': scoped('INT', null, [], undefined, { internal: true }),
  'leader.replication.throttled.replicas': scoped('LIST', '', [], THROTTLED_REPLICAS),
  'local.retention.bytes': scoped('LONG', '-2', ['log.local.retention.bytes'], atLeast(-2)),
  'local.retention.ms': scoped('LONG', '-2', ['log.local.retention.ms'], atLeast(-2)),
  'max.compaction.lag.ms': scoped('LONG', '9223372036854775807', ['log.cleaner.max.compaction.lag.ms'], atLeast(1)),
  'max.message.bytes': scoped('INT', '1048588', ['message.max.bytes'], atLeast(0)),
  'message.timestamp.after.max.ms': scoped('LONG', '3600000', ['log.message.timestamp.after.max.ms'], atLeast(0)),
  'message.timestamp.before.max.ms': scoped(
    'LONG',
    '9223372036854775807',
    ['log.message.timestamp.before.max.ms'],
    atLeast(0),
  ),
  'message.timestamp.type': scoped(
    'STRING',
    'CreateTime',
    ['log.message.timestamp.type'],
    oneOf(['CreateTime', 'LogAppendTime']),
  ),
  'min.cleanable.dirty.ratio': scoped('DOUBLE', '0.5', ['log.cleaner.min.cleanable.ratio'], between(0, 1)),
  'min.compaction.lag.ms': scoped('LONG', '0', ['log.cleaner.min.compaction.lag.ms'], atLeast(0)),
  'min.insync.replicas': scoped('INT', '1', ['min.insync.replicas'], atLeast(1)),
  preallocate: scoped('BOOLEAN', 'false', ['log.preallocate']),
  'remote.log.copy.disable': scoped('BOOLEAN', 'false', []),
  'remote.log.delete.on.disable': scoped('BOOLEAN', 'false', []),
  'remote.storage.enable': scoped('BOOLEAN', 'false', []),
  'retention.bytes': scoped('LONG', '-1', ['log.retention.bytes']),
  'retention.ms': scoped(
    'LONG',
    '604800000',
    [
      'log.retention.ms',
      { name: 'log.retention.minutes', unit: MINUTE_MS },
      { name: 'log.retention.hours', unit: HOUR_MS },
    ],
    atLeast(-1),
  ),
  'segment.bytes': scoped('INT', '1073741824', ['log.segment.bytes'], atLeast(1048576)),
  'segment.index.bytes': scoped('INT', '10485760', ['log.index.size.max.bytes'], atLeast(4)),
  'segment.jitter.ms': scoped(
    'LONG',
    '0',
    ['log.roll.jitter.ms', { name: 'log.roll.jitter.hours', unit: HOUR_MS }],
    atLeast(0),
  ),
  'segment.ms': scoped('LONG', '604800000', ['log.roll.ms', { name: 'log.roll.hours', unit: HOUR_MS }], atLeast(1)),
  'unclean.leader.election.enable': scoped('BOOLEAN', 'false', ['unclean.leader.election.enable']),
} as const
