import { present } from '../base/assert.ts'
import type { TopicId } from '../base/ids.ts'
import { LazySet } from '../base/lazy-collections.ts'
import type { Timer } from '../io/ports.ts'
import { formatLeaderEpochs } from './checkpoints.ts'
import type { LogEnvironment } from './environment.ts'
import type { LeaderEpochs } from './leader-epochs.ts'
import type { LogConfig } from './log-config.ts'
import type { LoadedLog } from './log-loader.ts'
import { LEADER_EPOCH_FILE } from './names.ts'
import type { ProducerState } from './producer-state.ts'
import type { Folder, Segment } from './segment.ts'
import { LogTail } from './tail-cache.ts'

/**
 * What the parts of one log (append, read, flush, truncation, retention) work on. The invariant of the offsets:
 * start ≤ highWatermark ≤ written ≤ end, and recoveryPoint ≤ written.
 */
export class LogState {
  readonly env: LogEnvironment
  readonly folder: Folder
  readonly topic: string
  readonly partition: number
  readonly name: string
  config: LogConfig
  topicId: TopicId | undefined
  /** partition.metadata was written without fsync: it gets one before the first records do. */
  topicIdIsDurable = true
  segments: Segment[]
  snapshots: number[]
  readonly epochs: LeaderEpochs
  readonly producers: ProducerState
  readonly tail: LogTail
  start: number
  end: number
  /** Bytes of what lies below are in the file. */
  written: number
  recoveryPoint: number
  highWatermark: number
  lastFlushMs: number
  /** What is below was compacted; undefined: nothing was. */
  cleanedUpTo: number | undefined
  /** Counts the times that segments were replaced by others: who was reading meanwhile reads again. */
  layout = 0
  /** Delayed work, to be dropped when the log closes. */
  readonly timers = new LazySet<Timer>()
  #background: Promise<void> = Promise.resolve()
  #epochsQueued = false

  constructor(
    env: LogEnvironment,
    folder: Folder,
    topic: string,
    partition: number,
    config: LogConfig,
    loaded: LoadedLog,
    highWatermark: number,
  ) {
    this.env = env
    this.folder = folder
    this.topic = topic
    this.partition = partition
    this.name = `${topic}-${partition}`
    this.config = config
    this.segments = loaded.segments
    this.snapshots = loaded.snapshots
    this.epochs = loaded.epochs
    this.producers = loaded.producers
    this.tail = new LogTail(env.tail)
    this.start = loaded.logStartOffset
    this.end = loaded.logEndOffset
    this.written = loaded.logEndOffset
    this.recoveryPoint = loaded.recoveryPoint
    this.highWatermark = Math.min(Math.max(highWatermark, this.start), this.end)
    this.lastFlushMs = env.clock.monotonic()
    this.producers.onHighWatermark(this.highWatermark)
  }

  get active(): Segment {
    return present(this.segments.at(-1), 'active segment')
  }

  /** The index of the segment that `offset` lies in, -1 where it is before the first. */
  segmentIndexOf(offset: number): number {
    let low = 0
    let high = this.segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.segments[middle] as Segment).baseOffset <= offset) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  get lastStableOffset(): number {
    const unstable = this.producers.firstUnstableOffset
    return unstable === undefined ? this.highWatermark : Math.min(Math.max(unstable, this.start), this.highWatermark)
  }

  /**
   * Work on small files, one after another, that no append waits for. A failure is logged, as recovery makes it good: but
   * not where the log was renamed meanwhile, for it is being deleted.
   */
  later(what: string, job: () => Promise<void>): Promise<void> {
    const run = this.#background
      .then(() => this.env.smallFiles.run(() => this.#unlessRenamed(job)))
      .catch((error) => {
        this.env.logger.warn({ err: error, log: this.name }, `${what} failed`)
      })
    this.#background = run
    return run
  }

  async #unlessRenamed(job: () => Promise<void>): Promise<void> {
    const { path } = this.folder
    try {
      await job()
    } catch (error) {
      if (this.folder.path === path) throw error
    }
  }

  get background(): Promise<void> {
    return this.#background
  }

  /** Writes the epochs as they will be when their turn comes; once for many changes. */
  saveEpochs(): void {
    if (this.#epochsQueued) return
    this.#epochsQueued = true
    void this.later('writing the leader epochs', async () => {
      this.#epochsQueued = false
      const text = formatLeaderEpochs(this.epochs.entries)
      await this.env.disk.replaceFile(`${this.folder.path}/${LEADER_EPOCH_FILE}`, text)
    })
  }
}
