import { completeBatchSize, compressionType, isTransactional, magic } from './header.ts'
import { invalidRecord, RecordsRejected } from './rejected.ts'

/**
 * Whether a batch is part of a transaction. Kafka looks through all partitions of a Produce request like this first,
 * so bytes that are no batch fail the whole request, with a reason (`detail`).
 */
export function hasTransactional(records: Buffer | null): boolean {
  if (records === null) return false
  let found = false
  let at = 0
  for (let size = completeBatchSize(records, at); size > 0; size = completeBatchSize(records, at)) {
    // A batch that ends inside its header is the log's to refuse.
    if (size >= 23 && isTransactional(records, at)) found = true
    at += size
  }
  return found
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
  if (apiVersion < 7 && size >= 23 && compressionType(records, 0) === 'zstd') {
    throw new RecordsRejected(
      'UNSUPPORTED_COMPRESSION_TYPE',
      `Produce requests with version ${apiVersion} are not allowed to use ZStandard compression`,
    )
  }
  if (completeBatchSize(records, size) === 0) return
  throw invalidRecord(
    `Produce requests with version ${apiVersion} are only allowed to contain exactly one record batch per partition`,
  )
}
