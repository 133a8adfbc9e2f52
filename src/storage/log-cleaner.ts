import type { Timer } from '../io/ports.ts'
import { type CleanPlan, type CleanResult, cleanLog, type OnGroup } from './cleaner/clean-job.ts'
import type { LogEnvironment } from './environment.ts'
import type { Log } from './log.ts'
import type { Cleanable, CleanerLimits } from './log-compaction.ts'
import type { LogDirectory } from './log-directory.ts'

/** log.cleaner.* */
export interface CleanerSettings {
  readonly enabled: boolean
  /** Logs cleaned at a time. */
  readonly threads: number
  /** Of all of them together. */
  readonly dedupeBufferBytes: number
  readonly loadFactor: number
  readonly ioBufferBytes: number
  readonly maxBytesPerSecond: number
  readonly backoffMs: number
}

export const DEFAULT_CLEANER_SETTINGS: CleanerSettings = {
  enabled: true,
  threads: 1,
  dedupeBufferBytes: 134_217_728,
  loadFactor: 0.9,
  ioBufferBytes: 524_288,
  maxBytesPerSecond: Number.MAX_VALUE,
  backoffMs: 15_000,
}

/** Does the work of one cleaning; away from the event loop where there is such a place. */
export interface CleanRunner {
  run(plan: CleanPlan, onGroup: OnGroup): Promise<CleanResult>
  /** Ends what is running: its promise rejects. */
  stop(): Promise<void>
}

/** What is told of compaction. */
export interface CleanerView {
  /** Bytes that the last cleaning read, and what was left of them. */
  readonly lastBytes: { readonly read: number; readonly written: number }
  readonly lastCleanMs: number
  /** Since it was last looked for logs to compact; undefined: never yet. */
  readonly sinceLookedMs: number | undefined
  /** Of the dirtiest log that it saw then. */
  readonly dirtiestRatio: number
  /** Failed once: left alone until the next start. */
  isUncleanable(log: Log): boolean
}

interface Chosen {
  readonly log: Log
  readonly dir: LogDirectory
  readonly what: Cleanable
}

/** Compacts logs, the dirtiest first. What fails once is left alone until the next start, as in Kafka. */
export class LogCleaner implements CleanerView {
  readonly #env: LogEnvironment
  #settings: CleanerSettings
  #workerCount = 0
  readonly #directories: () => readonly LogDirectory[]
  readonly #runner: CleanRunner
  readonly #inProgress = new Set<Log>()
  readonly #uncleanable = new WeakSet<Log>()
  readonly #workers = new Set<Promise<void>>()
  readonly #timers = new Set<Timer>()
  lastBytes = { read: 0, written: 0 }
  lastCleanMs = 0
  dirtiestRatio = 0
  #lookedMs: number | undefined
  #started = false
  #stopped = false

  constructor(
    env: LogEnvironment,
    settings: CleanerSettings,
    directories: () => readonly LogDirectory[],
    runner: CleanRunner = inlineRunner(env),
  ) {
    this.#env = env
    this.#settings = settings
    this.#directories = directories
    this.#runner = runner
  }

  start(): void {
    if (!this.#settings.enabled) return
    this.#started = true
    this.#addWorkers()
  }

  /** What is being cleaned is finished as it was begun. */
  reconfigure(settings: CleanerSettings): void {
    this.#settings = settings
    if (this.#started) this.#addWorkers()
  }

  #addWorkers(): void {
    while (this.#workerCount < Math.max(this.#settings.threads, 1)) {
      this.#workerCount++
      this.#later(this.#settings.backoffMs)
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) timer.cancel()
    await this.#runner.stop()
    await Promise.all(this.#workers)
  }

  #later(ms: number): void {
    if (this.#stopped) return
    if (this.#workerCount > Math.max(this.#settings.threads, 1)) {
      this.#workerCount--
      return
    }
    const timer = this.#env.clock.after(ms, () => {
      this.#timers.delete(timer)
      const work = this.#cleanAll()
        .catch((error) => this.#env.logger.error({ err: error }, 'looking for logs to compact failed'))
        .then(() => {
          this.#workers.delete(work)
          this.#later(this.#settings.backoffMs)
        })
      this.#workers.add(work)
    })
    this.#timers.add(timer)
  }

  get sinceLookedMs(): number | undefined {
    return this.#lookedMs === undefined ? undefined : this.#env.clock.monotonic() - this.#lookedMs
  }

  isUncleanable(log: Log): boolean {
    return this.#uncleanable.has(log)
  }

  async #cleanAll(): Promise<void> {
    while (!this.#stopped && (await this.cleanOne())) {}
  }

  /** Cleans the dirtiest log that is dirty enough; false where there is none. */
  async cleanOne(): Promise<boolean> {
    const chosen = await this.#dirtiest()
    if (chosen === undefined) return false
    const { log } = chosen
    this.#inProgress.add(log)
    try {
      await this.#clean(chosen)
    } catch (error) {
      if (this.#stopped) return false
      if (!log.isOpen) return true
      this.#uncleanable.add(log)
      this.#env.logger.error({ err: error, log: `${log.topic}-${log.partition}` }, 'a log can not be compacted')
    } finally {
      this.#inProgress.delete(log)
    }
    return true
  }

  async #dirtiest(): Promise<Chosen | undefined> {
    let best: Chosen | undefined
    let dirtiest = 0
    for (const dir of this.#directories()) {
      for (const log of dir.online ? dir.logs : []) {
        if (this.#stopped || this.#inProgress.has(log) || this.#uncleanable.has(log)) continue
        const what = await log.compaction.cleanable(this.#env.clock.now())
        if (what === undefined || this.#inProgress.has(log)) continue
        dirtiest = Math.max(dirtiest, what.dirtyRatio)
        if (!what.isOverdue && what.dirtyRatio <= log.config.minCleanableDirtyRatio) continue
        if (best === undefined || what.dirtyRatio > best.what.dirtyRatio) best = { log, dir, what }
      }
    }
    this.dirtiestRatio = dirtiest
    this.#lookedMs = this.#env.clock.monotonic()
    return best
  }

  async #clean({ log, dir, what }: Chosen): Promise<void> {
    const { clock, logger } = this.#env
    const beganMs = clock.monotonic()
    const prepared = await log.compaction.prepare(what, this.#limits(), clock.now())
    let isCurrent = true
    const result = await this.#runner.run(prepared.plan, async (group) => {
      isCurrent = log.compaction.swapIn(group, prepared)
      return isCurrent
    })
    if (!isCurrent) return
    log.compaction.cleanedUpTo = result.endOffset
    this.lastBytes = { read: result.bytesRead, written: result.bytesWritten }
    this.lastCleanMs = clock.monotonic() - beganMs
    await dir.writeCleanedOffsets()
    logger.info(
      {
        log: `${log.topic}-${log.partition}`,
        from: what.firstDirtyOffset,
        to: result.endOffset,
        bytesRead: result.bytesRead,
        bytesWritten: result.bytesWritten,
        ms: Math.round(clock.monotonic() - beganMs),
      },
      'compacted a log',
    )
  }

  #limits(): CleanerLimits {
    const { threads, dedupeBufferBytes, loadFactor, ioBufferBytes, maxBytesPerSecond } = this.#settings
    return {
      mapBytes: Math.min(dedupeBufferBytes / Math.max(threads, 1), 0x7fff_ffff),
      mapLoadFactor: loadFactor,
      ioBufferBytes,
      maxBytesPerSecond,
    }
  }
}

/** On the event loop, a buffer at a time: for disks in memory. */
export function inlineRunner({ disk, clock }: LogEnvironment): CleanRunner {
  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))
  return {
    run: (plan, onGroup) => cleanLog(plan, disk, onGroup, pause),
    stop: async () => {},
  }
}
