import type { Clock, Logger } from '../io/ports.ts'

const FIRST_MS = 1_000
const AGAIN_MS = 10_000
const LAST_MS = 300_000

/** Says from time to time, ever more rarely, what is waited for: who looks at the log must not have to guess. */
export async function saying<T>(work: Promise<T>, clock: Clock, logger: Logger, line: () => string): Promise<T> {
  let gapMs = AGAIN_MS
  const say = (): void => {
    logger.info(line())
    timer = clock.after(gapMs, say)
    gapMs = Math.min(gapMs * 2, LAST_MS)
  }
  let timer = clock.after(FIRST_MS, say)
  try {
    return await work
  } finally {
    timer.cancel()
  }
}
