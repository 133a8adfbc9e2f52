import { setTimeout as delay } from 'node:timers/promises'

/** Asks again and again until the answer is neither undefined nor false; fails with `what` when the time is over. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 90_000,
  longestPauseMs = 250,
): Promise<T> {
  const end = performance.now() + timeoutMs
  let last: unknown
  for (let pause = 10; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    try {
      const answer = await ask()
      if (answer !== undefined && answer !== false) return answer
      last = undefined
    } catch (error) {
      last = error
    }
    if (performance.now() > end) {
      throw new Error(`gave up waiting for ${what}${last === undefined ? '' : `: ${String(last)}`}`, { cause: last })
    }
    await delay(pause)
  }
}
