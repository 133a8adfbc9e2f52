import { CLUSTER_WIDE, long } from './types.ts'
import { atLeast } from './validators.ts'

const UNLIMITED = '9223372036854775807'

/** Limits of replication in bytes per second: never in a file, only in the metadata log, and in no list of a broker's configs. */
export const REPLICATION_QUOTA_CONFIGS = {
  'follower.replication.throttled.rate': long(UNLIMITED, 'MEDIUM', CLUSTER_WIDE, atLeast(0)),
  'leader.replication.throttled.rate': long(UNLIMITED, 'MEDIUM', CLUSTER_WIDE, atLeast(0)),
  'replica.alter.log.dirs.io.max.bytes.per.second': long(UNLIMITED, 'MEDIUM', CLUSTER_WIDE, atLeast(0)),
} as const
