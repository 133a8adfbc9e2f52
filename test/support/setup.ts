import fc from 'fast-check'
import { spoilReturned } from '../../src/base/lent-memory.ts'

/**
 * The same values in each run, so that it depends on the code alone: `SEED=random npm test` draws others, and `SEED=n` those
 * that a failure named. Without a limit, the shrinking of a long asynchronous run that never lets timers fire does not end.
 */
const seed = process.env.SEED ?? '20260321'

fc.configureGlobal({
  ...(seed !== 'random' && { seed: Number(seed) }),
  interruptAfterTimeLimit: 240_000,
  markInterruptAsFailure: true,
})

// Memory that is used again has other bytes some time: in tests at once.
spoilReturned()
