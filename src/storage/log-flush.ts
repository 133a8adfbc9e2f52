import { formatPartitionMetadata } from './checkpoints.ts'
import type { LogState } from './log-state.ts'
import { LOG_SUFFIX, PARTITION_METADATA_FILE } from './names.ts'
import type { Segment } from './segment.ts'
import { saveIndexes } from './segment-files.ts'

/** There was no room for a small file beside the records. They are as they were, and the next flush writes it again. */
export class NoRoomError extends Error {}

/** fsync of one log: one at a time, and one serves everybody whose bytes were written before it began. */
export class LogFlusher {
  readonly #state: LogState
  #running: Promise<void> | undefined
  /** The segment whose name is known to be durable. */
  #namedUpTo = -1

  constructor(state: LogState) {
    this.#state = state
  }

  /** Everything below `target` must be written. */
  async upTo(target: number): Promise<void> {
    while (this.#state.recoveryPoint < target) {
      if (this.#running === undefined) {
        this.#running = this.#sync().finally(() => {
          this.#running = undefined
        })
      }
      await this.#running
      if (target > this.#state.written) return
    }
  }

  /** Resolves when no fsync is under way; never rejects. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => {})
  }

  async #syncSegment(segment: Segment): Promise<void> {
    const { env } = this.#state
    const beganMs = env.clock.monotonic()
    await env.pool.use(segment.path(LOG_SUFFIX), 'read-write', (file) => file.sync())
    env.flushTimes.record((env.clock.monotonic() - beganMs) * 1000)
    if (segment === this.#state.active || !this.#state.segments.includes(segment)) return
    await withRoom(() => saveIndexes(env, segment))
    segment.synced = true
  }

  async #sync(): Promise<void> {
    const state = this.#state
    const { env, active } = state
    const end = state.written
    // The epochs and snapshots of what is flushed must not be younger than it.
    await state.background
    if (!state.topicIdIsDurable && state.topicId !== undefined) {
      const text = formatPartitionMetadata(state.topicId)
      await withRoom(() => env.disk.replaceFile(`${state.folder.path}/${PARTITION_METADATA_FILE}`, text))
      state.topicIdIsDurable = true
    }
    for (const segment of [...state.segments]) {
      if (segment.synced || segment.size === 0 || !state.segments.includes(segment)) continue
      try {
        await this.#syncSegment(segment)
      } catch (error) {
        // Retention or a truncation took it away meanwhile.
        if (state.segments.includes(segment)) throw error
      }
    }
    if (active.baseOffset > this.#namedUpTo) {
      await env.disk.syncDirectory(state.folder.path)
      this.#namedUpTo = active.baseOffset
    }
    // A truncation may have taken bytes back meanwhile.
    state.recoveryPoint = Math.max(state.recoveryPoint, Math.min(end, state.written))
    state.lastFlushMs = env.clock.monotonic()
  }
}

/** Only for files that are written whole: of the records, a failed fsync leaves unknown what is on the disk. */
async function withRoom(write: () => Promise<void>): Promise<void> {
  try {
    await write()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    throw new NoRoomError((error as Error).message, { cause: error })
  }
}
