import type { Clock, Logger } from '../io/ports.ts'

const FIRST_MS = 1_000
const AGAIN_MS = 10_000

/** Says from time to time what is waited for: who looks at the log must not have to guess. */
export async function saying<T>(work: Promise<T>, clock: Clock, logger: Logger, line: () => string): Promise<T> {
  const say = (): void => {
    logger.info(line())
    timer = clock.after(AGAIN_MS, say)
  }
  let timer = clock.after(FIRST_MS, say)
  try {
    return await work
  } finally {
    timer.cancel()
  }
}
