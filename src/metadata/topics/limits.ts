import { KafkaError } from '../../base/errors.ts'
import type { MetadataRecord } from '../records.ts'

/** What one request of a user may add to the metadata log. */
export const MAX_RECORDS_PER_REQUEST = 10_000

export function checkTotalPartitions(partitions: number): void {
  if (partitions > MAX_RECORDS_PER_REQUEST) {
    throw new KafkaError('POLICY_VIOLATION', 'Excessively large number of partitions per request.')
  }
}

/**
 * The whole request is refused. (Kafka keeps the records that still fitted, although it answers with an error: partitions
 * that nobody was told of.)
 */
export function checkRecordCount(records: readonly MetadataRecord[]): void {
  if (records.length > MAX_RECORDS_PER_REQUEST) {
    throw new KafkaError('POLICY_VIOLATION', 'Unable to perform excessively large batch operation.')
  }
}
