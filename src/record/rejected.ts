import { type ErrorName, KafkaError } from '../base/errors.ts'

export interface RecordError {
  readonly batchIndex: number
  readonly message: string
}

/**
 * Records that can't be taken. `message` is for the log; the client is told a reason (`detail`, `recordErrors`) only
 * where Kafka tells one: when single records of a batch were refused.
 */
export class RecordsRejected extends KafkaError {
  readonly recordErrors: readonly RecordError[]

  constructor(error: ErrorName, message: string, recordErrors: readonly RecordError[] = []) {
    super(error, recordErrors.length > 0 ? message : undefined)
    this.message = message
    this.recordErrors = recordErrors
  }
}

export function invalidRecord(message: string): RecordsRejected {
  return new RecordsRejected('INVALID_RECORD', message)
}

export function corruptRecord(message: string): RecordsRejected {
  return new RecordsRejected('CORRUPT_MESSAGE', message)
}

/** Bytes behind a good checksum that no codec can read: Kafka has no code of its own for these. */
export function unreadable(message: string): RecordsRejected {
  return new RecordsRejected('UNKNOWN_SERVER_ERROR', message)
}

/** A small batch that would unpack to more than we are ready to hold. */
export function tooMuch(maxBytes: number): RecordsRejected {
  return new RecordsRejected('MESSAGE_TOO_LARGE', `The records unpack to more than ${maxBytes} bytes`)
}
