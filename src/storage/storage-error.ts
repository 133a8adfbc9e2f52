import { KafkaError } from '../base/errors.ts'

/** What clients are told of a disk or log that can't serve: they refresh their metadata and try again. */
export function storageError(message: string): KafkaError {
  return new KafkaError('KAFKA_STORAGE_ERROR', message)
}
