import type { Clock } from '../../io/ports.ts'

export interface RetryRules {
  /** After the first failure; twice as long after each further one. */
  readonly backoffMs: number
  /** For all attempts together. */
  readonly backoffMaxMs: number
}

/** Another attempt would fail in the same way. */
export class Unretryable extends Error {
  override readonly name = 'Unretryable'
}

/** Tries again until it works or the time is over; the first failure is what is told then. */
export async function retrying<T>(attempt: () => Promise<T>, rules: RetryRules, clock: Clock): Promise<T> {
  const endMs = clock.monotonic() + rules.backoffMaxMs
  let first: unknown
  for (let waitMs = rules.backoffMs; ; waitMs *= 2) {
    try {
      return await attempt()
    } catch (error) {
      first ??= error
      const leftMs = endMs - clock.monotonic()
      if (error instanceof Unretryable || leftMs <= 0) throw first
      await pause(Math.max(1, Math.min(waitMs, leftMs)), clock)
    }
  }
}

function pause(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(ms, resolve))
}
