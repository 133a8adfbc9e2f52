import type { Clock, Logger, Timer } from '../io/ports.ts'
import type { MetadataImage } from '../metadata/image.ts'
import type { VoterSource } from '../raft/types.ts'
import type { Log } from '../storage/log.ts'
import type { MetadataSnapshots, SnapshotId } from './metadata-snapshots.ts'

export interface RetentionSettings {
  /** metadata.log.max.record.bytes.between.snapshots */
  readonly maxBytesBetweenSnapshots: number
  /** metadata.log.max.snapshot.interval.ms; 0: snapshots by bytes alone. */
  readonly maxSnapshotIntervalMs: number
  /** metadata.max.retention.bytes, -1: no limit */
  readonly maxRetentionBytes: number
  /** metadata.max.retention.ms, -1: no limit */
  readonly maxRetentionMs: number
}

interface Options {
  readonly log: Log
  readonly clock: Clock
  readonly logger: Logger
  readonly snapshots: MetadataSnapshots
  readonly settings: RetentionSettings
  readonly image: () => MetadataImage
  /** Who votes, as of everything below the offset. */
  readonly voters: (endOffset: number) => VoterSource
  /** False in the middle of records that count all together: a snapshot of the first half would lose them. */
  readonly isWhole: () => boolean
}

/** Decides when a snapshot is written, and which old snapshots and segments go. */
export class SnapshotSchedule {
  readonly #options: Options
  #bytes = 0
  #lastTimestamp = 0
  #lastSnapshotMs: number
  #running: Promise<void> | undefined
  #timer: Timer | undefined
  #closed = false

  constructor(options: Options) {
    this.#options = options
    this.#lastSnapshotMs = options.clock.monotonic()
  }

  start(): void {
    this.#schedule()
  }

  /** So many bytes of the log came into the image; the time is that of their last record. A snapshot may be due. */
  applied(bytes: number, lastTimestamp: number): void {
    this.#bytes += bytes
    this.#lastTimestamp = lastTimestamp
    if (this.#bytes >= this.#options.settings.maxBytesBetweenSnapshots) this.#begin()
  }

  /** The image was read from a snapshot of that time. */
  loaded(lastTimestamp: number): void {
    this.#bytes = 0
    this.#lastTimestamp = lastTimestamp
  }

  #schedule(): void {
    const { clock, settings } = this.#options
    this.#timer?.cancel()
    if (this.#closed || settings.maxSnapshotIntervalMs <= 0) return
    const dueMs = this.#lastSnapshotMs + settings.maxSnapshotIntervalMs
    this.#timer = clock.after(Math.max(0, dueMs - clock.monotonic()), () => {
      if (this.#bytes > 0) this.#begin()
      else this.#lastSnapshotMs = clock.monotonic()
      this.#schedule()
    })
  }

  #begin(): void {
    if (this.#running || this.#closed || !this.#options.isWhole()) return
    const { clock, logger } = this.#options
    this.#bytes = 0
    this.#lastSnapshotMs = clock.monotonic()
    this.#running = this.#run()
      .catch((error: unknown) => logger.error({ err: error }, 'a metadata snapshot could not be written'))
      .finally(() => {
        this.#running = undefined
      })
  }

  async #run(): Promise<void> {
    const { snapshots, image, voters } = this.#options
    await snapshots.write(image(), voters(image().offset + 1), this.#lastTimestamp)
    await this.#clean()
  }

  /** Old snapshots go by age or because log and snapshots are too large, never the newest; then the log before the oldest. */
  async #clean(): Promise<void> {
    const { snapshots, log, clock } = this.#options
    for (const id of [...snapshots.ids]) {
      if (id === snapshots.latest || !(await this.#isOld(id))) break
      await snapshots.remove(id)
      const oldest = snapshots.ids[0]
      if (oldest && oldest.endOffset > log.logStartOffset) await log.deleteRecordsBefore(oldest.endOffset)
    }
    await log.applyRetention(clock.now())
  }

  async #isOld(id: SnapshotId): Promise<boolean> {
    const { snapshots, log, clock, settings } = this.#options
    if (settings.maxRetentionMs >= 0) {
      const { lastContainedLogTimestamp } = await snapshots.read(id)
      if (clock.now() - lastContainedLogTimestamp > settings.maxRetentionMs) return true
    }
    if (settings.maxRetentionBytes < 0) return false
    let total = log.sizeInBytes
    for (const other of snapshots.ids) total += snapshots.size(other) ?? 0
    return total > settings.maxRetentionBytes
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#running
  }
}
