import { CLUSTER_WIDE, int, long, READ_ONLY, string } from './types.ts'
import { atLeast } from './validators.ts'

/** Fetching, replication and purgatories. */
export const REPLICATION_CONFIGS = {
  'alter.log.dirs.replication.quota.window.num': int('11', 'LOW', READ_ONLY, atLeast(1)),
  'alter.log.dirs.replication.quota.window.size.seconds': int('1', 'LOW', READ_ONLY, atLeast(1)),
  'default.replication.factor': int('1', 'MEDIUM', READ_ONLY),
  'delete.records.purgatory.purge.interval.requests': int('1', 'MEDIUM', READ_ONLY),
  'fetch.max.bytes': int('57671680', 'MEDIUM', READ_ONLY, atLeast(1024)),
  'fetch.purgatory.purge.interval.requests': int('1000', 'MEDIUM', READ_ONLY),
  'max.incremental.fetch.session.cache.slots': int('1000', 'MEDIUM', READ_ONLY, atLeast(0)),
  'num.replica.alter.log.dirs.threads': int(null, 'HIGH', READ_ONLY),
  'num.replica.fetchers': int('1', 'HIGH', CLUSTER_WIDE, atLeast(1)),
  'producer.purgatory.purge.interval.requests': int('1000', 'MEDIUM', READ_ONLY),
  'replica.fetch.backoff.ms': int('1000', 'MEDIUM', READ_ONLY, atLeast(0)),
  'replica.fetch.max.bytes': int('1048576', 'MEDIUM', READ_ONLY, atLeast(0)),
  'replica.fetch.min.bytes': int('1', 'HIGH', READ_ONLY),
  'replica.fetch.response.max.bytes': int('10485760', 'MEDIUM', READ_ONLY, atLeast(0)),
  'replica.fetch.wait.max.ms': int('500', 'HIGH', READ_ONLY),
  'replica.high.watermark.checkpoint.interval.ms': long('5000', 'HIGH', READ_ONLY),
  'replica.lag.time.max.ms': long('30000', 'HIGH', READ_ONLY),
  'replica.selector.class': string(null, 'MEDIUM', READ_ONLY),
  'replica.socket.receive.buffer.bytes': int('65536', 'HIGH', READ_ONLY),
  'replica.socket.timeout.ms': int('30000', 'HIGH', READ_ONLY),
  'replication.quota.window.num': int('11', 'LOW', READ_ONLY, atLeast(1)),
  'replication.quota.window.size.seconds': int('1', 'LOW', READ_ONLY, atLeast(1)),
} as const
