import { RecordsRejected } from './rejected.ts'

/** A small batch that would unpack to more than we are ready to hold. */
export function tooMuch(maxBytes: number): RecordsRejected {
  return new RecordsRejected('MESSAGE_TOO_LARGE', `The records unpack to more than ${maxBytes} bytes`)
}
