/** Who waits for an answer; opaque to a machine, which gives it back with the reply. */
export type Token = number

export interface Reply<R> {
  readonly to: Token
  readonly reply: R
}

/** What a machine decided: records to append (as one batch, all or nothing) and replies held until they are committed. */
export interface Decision<Rec, R> {
  readonly records: readonly Rec[]
  readonly replies: readonly Reply<R>[]
}

/**
 * A replicated state machine: controller, group, transaction and share coordinators.
 *
 * Synchronous and without effects. `handle` may change soft state (members waiting in a join, deadlines) but never
 * replicated state; `replay` is the only mutator of replicated state and runs in live operation, at start-up and after a
 * failover alike. `deadlineMs` says when the host must next call `tick` (Infinity: never).
 */
export interface Machine<Command, Rec, R> {
  handle(command: Command, token: Token, nowMs: number): Decision<Rec, R>
  tick(nowMs: number): Decision<Rec, R>
  replay(record: Rec, offset: number): void
  deadlineMs(): number
}
