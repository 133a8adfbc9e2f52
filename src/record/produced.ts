import { KafkaError } from '../base/errors.ts'
import { completeBatchSize, compressionType, isTransactional, magic } from './header.ts'
import { corruptRecord, invalidRecord, RecordsRejected } from './rejected.ts'

const END_OF_ATTRIBUTES = 23

/**
 * Whether the first batch is part of a transaction. Kafka asks this of all partitions of a Produce request before
 * anything else, so first bytes that are no batch fail the whole request, with a reason (`detail`).
 */
export function hasTransactional(records: Buffer | null): boolean {
  // A batch that ends inside its header is the log's to refuse.
  return records !== null && completeBatchSize(records, 0) >= END_OF_ATTRIBUTES && isTransactional(records, 0)
}

/** What Kafka refuses about the shape of one partition's records in a Produce request, before any log sees them. */
export function checkProduced(records: Buffer | null, apiVersion: number): void {
  const size = records === null ? 0 : completeBatchSize(records, 0)
  if (records === null || size === 0) {
    throw invalidRecord(`Produce requests with version ${apiVersion} must have at least one record batch per partition`)
  }
  if (magic(records, 0) !== 2) {
    throw invalidRecord(
      `Produce requests with version ${apiVersion} are only allowed to contain record batches with magic version 2`,
    )
  }
  if (apiVersion < 7 && size >= END_OF_ATTRIBUTES && compressionType(records, 0) === 'zstd') {
    throw new RecordsRejected(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `Produce requests with version ${apiVersion} are not allowed to use ZStandard compression`,
    )
  }
  if (!hasBatchAt(records, size)) return
  throw invalidRecord(
    `Produce requests with version ${apiVersion} are only allowed to contain exactly one record batch per partition`,
  )
}

function hasBatchAt(records: Buffer, at: number): boolean {
  try {
    return completeBatchSize(records, at) > 0
  } catch (error) {
    // Of what follows the first batch Kafka tells the client only the code.
    throw error instanceof KafkaError ? corruptRecord(error.message) : error
  }
}
