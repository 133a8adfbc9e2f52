/** A log directory that can't be used as it is; the message is one sentence that says what to do. */
export class LogDirectoryError extends Error {
  override readonly name = 'LogDirectoryError'
}
