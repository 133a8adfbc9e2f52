/** A configuration that no node can start with; the message is one sentence that says what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}
