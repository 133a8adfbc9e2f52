import type { Clock, Disk, Logger, Random } from '../io/ports.ts'
import type { Histogram } from '../metrics/histogram.ts'
import type { FilePool } from './file-pool.ts'
import type { IndexBudget } from './index-budget.ts'
import type { Limiter } from './limiter.ts'
import type { TailBudget } from './tail-cache.ts'

/** What all logs of a broker share. */
export interface LogEnvironment {
  readonly disk: Disk
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly pool: FilePool
  readonly tail: TailBudget
  readonly indexes: IndexBudget
  /** Small files of all logs are written a few at a time, however many logs change at once. */
  readonly smallFiles: Limiter
  /** How long fsyncs took, in microseconds. */
  readonly flushTimes: Histogram
  /** producer.id.expiration.ms */
  readonly producerIdExpirationMs: () => number
  /** transaction.partition.verification.enable */
  readonly verifiesTransactions?: () => boolean
  /** A directory can't be trusted any more: its logs are offline. */
  readonly onDirectoryFailure: (dir: string, error: Error) => void
  /** A directory took no records just now, which may pass: its disk is full, or a write failed. */
  readonly onRefused: (dir: string, error: Error) => void
}
