import type { TopicId } from '../base/ids.ts'
import type { Logger } from '../io/ports.ts'
import { parsePartitionMetadata } from './checkpoints.ts'

/**
 * The id in a log's partition.metadata. Until the first flush of the log's records the file is on its way to the disk as
 * they are: a power failure may leave it empty, and then the log has no id yet. An fsync for each of thousands of new
 * partitions would be dear.
 */
export function topicIdIn(metadata: Buffer, path: string, logger: Logger): TopicId | undefined {
  if (metadata.every((byte) => byte === 0)) return undefined
  try {
    return parsePartitionMetadata(metadata.toString('utf8'))
  } catch (error) {
    logger.warn({ err: error, path }, 'malformed partition.metadata, taken as missing')
    return undefined
  }
}
