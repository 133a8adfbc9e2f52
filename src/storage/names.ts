import { KafkaError } from '../base/errors.ts'

export const LOG_SUFFIX = '.log'
export const OFFSET_INDEX_SUFFIX = '.index'
export const TIME_INDEX_SUFFIX = '.timeindex'
export const TXN_INDEX_SUFFIX = '.txnindex'
export const SNAPSHOT_SUFFIX = '.snapshot'
export const DELETED_SUFFIX = '.deleted'
export const CLEANED_SUFFIX = '.cleaned'
export const SWAP_SUFFIX = '.swap'

export const LEADER_EPOCH_FILE = 'leader-epoch-checkpoint'
export const PARTITION_METADATA_FILE = 'partition.metadata'
export const RECOVERY_POINT_FILE = 'recovery-point-offset-checkpoint'
export const LOG_START_FILE = 'log-start-offset-checkpoint'
export const HIGH_WATERMARK_FILE = 'replication-offset-checkpoint'
export const CLEANER_FILE = 'cleaner-offset-checkpoint'
export const META_PROPERTIES_FILE = 'meta.properties'
export const CLEAN_SHUTDOWN_FILE = '.kafka_cleanshutdown'
export const LOCK_FILE = '.lock'

export const METADATA_TOPIC = '__cluster_metadata'

export type SegmentSuffix =
  | typeof LOG_SUFFIX
  | typeof OFFSET_INDEX_SUFFIX
  | typeof TIME_INDEX_SUFFIX
  | typeof TXN_INDEX_SUFFIX
  | typeof SNAPSHOT_SUFFIX

/** 20 digits and the suffix, as all files of a segment are named. */
export function segmentFile(offset: number, suffix: SegmentSuffix): string {
  return String(offset).padStart(20, '0') + suffix
}

const SEGMENT_FILE = /^(\d{1,20})(\.log|\.index|\.timeindex|\.txnindex|\.snapshot)$/

export interface SegmentFileName {
  readonly offset: number
  readonly suffix: SegmentSuffix
}

export function parseSegmentFile(name: string): SegmentFileName | undefined {
  const match = SEGMENT_FILE.exec(name)
  return match ? { offset: Number(match[1]), suffix: match[2] as SegmentSuffix } : undefined
}

export type LogFolderKind = 'live' | 'delete' | 'stray' | 'future'

export interface LogFolder {
  readonly topic: string
  readonly partition: number
  readonly kind: LogFolderKind
}

const MARKED_FOLDER = /^(.+)-(\d+)\.[0-9a-f]{32}-(delete|stray|future)$/
const LIVE_FOLDER = /^(.+)-(\d+)$/

/** Undefined where the folder is no partition's. */
export function parseLogFolder(name: string): LogFolder | undefined {
  const marked = MARKED_FOLDER.exec(name)
  const match = marked ?? LIVE_FOLDER.exec(name)
  if (!match) return undefined
  const kind = (marked?.[3] ?? 'live') as LogFolderKind
  return { topic: match[1] as string, partition: Number(match[2]), kind }
}

export function logFolder(topic: string, partition: number): string {
  return `${topic}-${partition}`
}

/** `suffixId`: 32 hex digits that nobody else has. A name too long for a file system is cut in the topic, as Kafka does. */
export function markedLogFolder(
  topic: string,
  partition: number,
  suffixId: string,
  kind: Exclude<LogFolderKind, 'live'>,
): string {
  if (!/^[0-9a-f]{32}$/.test(suffixId)) throw new KafkaError('UNKNOWN_SERVER_ERROR', `not 32 hex digits: ${suffixId}`)
  const suffix = `-${partition}.${suffixId}-${kind}`
  return topic.slice(0, 255 - suffix.length) + suffix
}
