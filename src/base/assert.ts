/** A broken invariant: the process must stop rather than go on with state that cannot be right. */
export class InvariantError extends Error {
  override readonly name = 'InvariantError'
}

/** Holds an invariant of our own code. Never use it on input: bad input is a `ProtocolError` or a `KafkaError`. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InvariantError(message)
}

/** The value, or an `InvariantError` where our own code promised that there is one. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) throw new InvariantError(`${what} is missing`)
  return value
}

/** Marks a branch that the types rule out. */
export function unreachable(value: never): never {
  throw new InvariantError(`unreachable: ${String(value)}`)
}
