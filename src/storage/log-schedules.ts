import type { Timer } from '../io/ports.ts'
import { RepeatedLine } from '../io/repeated-line.ts'
import type { LogEnvironment } from './environment.ts'
import type { Log } from './log.ts'
import type { LogDirectory } from './log-directory.ts'
import type { LogManagerSettings } from './log-manager-options.ts'

/** What is done for all logs from time to time. A run that takes longer than its interval delays the next one. */
export class LogSchedules {
  readonly #env: LogEnvironment
  readonly #settings: LogManagerSettings
  readonly #directories: () => readonly LogDirectory[]
  readonly #timers = new Set<Timer>()
  readonly #running = new Set<Promise<void>>()
  #stopped = false

  constructor(env: LogEnvironment, settings: LogManagerSettings, directories: () => readonly LogDirectory[]) {
    this.#env = env
    this.#settings = settings
    this.#directories = directories
  }

  start(): void {
    const every = this.#settings
    const first = every.initialTaskDelayMs
    this.#repeat('retention', every.retentionCheckIntervalMs, first, () => this.#applyRetention())
    this.#repeat('flush', every.flushCheckIntervalMs, first, () => this.#flushDue())
    this.#repeat('recovery points', every.recoveryPointCheckpointMs, first, () =>
      this.#each((dir) => dir.writeRecoveryPoints()),
    )
    this.#repeat('log starts', every.logStartCheckpointMs, first, () => this.#each((dir) => dir.writeLogStarts()))
    const watermarks = every.highWatermarkCheckpointMs
    this.#repeat('high watermarks', watermarks, watermarks, () => this.#each((dir) => dir.writeHighWatermarks()))
    const expiry = every.producerIdExpirationCheckMs
    this.#repeat('producer expiry', expiry, expiry, async () => {
      for (const log of this.#logs()) log.removeExpiredProducers(this.#env.clock.now())
    })
  }

  async stop(): Promise<void> {
    this.#stopped = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    await Promise.all(this.#running)
  }

  #repeat(what: string, intervalMs: number, delayMs: number, job: () => Promise<void>): void {
    const { clock, logger } = this.#env
    const line = new RepeatedLine(clock)
    const attempt = async () => {
      try {
        await job()
        line.over()
      } catch (error) {
        // A full disk fails all of them until there is room.
        line.say(() => logger.error({ err: error }, `${what}: failed`))
      }
    }
    this.#again(intervalMs, delayMs, attempt)
  }

  #again(intervalMs: number, delayMs: number, attempt: () => Promise<void>): void {
    if (this.#stopped) return
    const timer = this.#env.clock.after(delayMs, () => {
      this.#timers.delete(timer)
      const run = attempt().then(() => {
        this.#running.delete(run)
        this.#again(intervalMs, intervalMs, attempt)
      })
      this.#running.add(run)
    })
    this.#timers.add(timer)
  }

  #logs(): Log[] {
    return this.#directories()
      .filter((dir) => dir.online)
      .flatMap((dir) => dir.logs)
  }

  async #each(job: (dir: LogDirectory) => Promise<void>): Promise<void> {
    for (const dir of this.#directories()) {
      if (!dir.online) continue
      try {
        await job(dir)
      } catch (error) {
        // A disk that is full may have room again.
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error
        this.#env.onDirectoryFailure(dir.path, error as Error)
      }
    }
  }

  async #applyRetention(): Promise<void> {
    for (const log of this.#logs()) {
      if (this.#stopped) return
      await log.applyRetention(this.#env.clock.now())
    }
  }

  async #flushDue(): Promise<void> {
    const now = this.#env.clock.monotonic()
    for (const log of this.#logs()) {
      if (log.hasUnflushed && now - log.lastFlushMs >= log.config.flushMs) await log.flush()
    }
  }
}
