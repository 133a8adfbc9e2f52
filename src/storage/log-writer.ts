import type { SlabPool } from '../base/slab-pool.ts'
import type { FilePool } from './file-pool.ts'
import { LOG_SUFFIX } from './names.ts'
import type { Segment } from './segment.ts'

/** As many pieces as one writev takes everywhere. */
const MOST_CHUNKS = 1024
const MOST_BYTES = 8 * 1024 * 1024

/** What one write carries to one segment. */
interface Group {
  readonly segment: Segment
  readonly position: number
  readonly chunks: Buffer[]
  bytes: number
  endOffset: number
  readonly done: PromiseWithResolvers<void>
}

const WRITTEN = Promise.resolve()

export interface WriterEvents {
  onWritten(endOffset: number): void
  /** Nothing of this write or of those queued behind it counts; called before their promises reject. */
  onFailed(error: Error): void
  /** The error that waiting appends get. */
  rejection(error: Error): Error
}

/** One write in flight; what arrives meanwhile goes into the next one together. */
export class LogWriter {
  readonly #pool: FilePool
  readonly #memory: SlabPool
  readonly #events: WriterEvents
  #waiting: Group[] = []
  #running: Promise<void> | undefined

  constructor(pool: FilePool, memory: SlabPool, events: WriterEvents) {
    this.#pool = pool
    this.#memory = memory
    this.#events = events
  }

  /** Written on the spot where the disk takes it at once and nothing is ahead of it. */
  enqueue(segment: Segment, position: number, bytes: Buffer, endOffset: number): Promise<void> {
    if (this.#running === undefined && this.#writeNow(segment, position, bytes)) {
      this.#events.onWritten(endOffset)
      return WRITTEN
    }
    this.#memory.retain(bytes)
    const last = this.#waiting.at(-1)
    if (last?.segment === segment && last.chunks.length < MOST_CHUNKS && last.bytes < MOST_BYTES) {
      last.chunks.push(bytes)
      last.bytes += bytes.length
      last.endOffset = endOffset
      return last.done.promise
    }
    const done = Promise.withResolvers<void>()
    done.promise.catch(() => {})
    this.#waiting.push({ segment, position, chunks: [bytes], bytes: bytes.length, endOffset, done })
    this.#running ??= this.#run()
    return done.promise
  }

  #writeNow(segment: Segment, position: number, bytes: Buffer): boolean {
    const file = this.#pool.opened(segment.path(LOG_SUFFIX))
    return file?.writeNow?.(bytes, position) ?? false
  }

  /** Resolves when nothing is queued or under way; never rejects. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    for (let group = this.#waiting.shift(); group !== undefined; group = this.#waiting.shift()) {
      const { chunks, position } = group
      try {
        await this.#pool.use(group.segment.path(LOG_SUFFIX), 'create', (file) => file.write(chunks, position))
      } catch (error) {
        this.#fail(group, error as Error)
        break
      }
      this.#release(group)
      this.#events.onWritten(group.endOffset)
      group.done.resolve()
    }
    this.#running = undefined
  }

  #release(group: Group): void {
    for (const chunk of group.chunks) this.#memory.release(chunk)
  }

  #fail(group: Group, error: Error): void {
    const lost = [group, ...this.#waiting]
    this.#waiting = []
    for (const each of lost) this.#release(each)
    this.#events.onFailed(error)
    for (const each of lost) each.done.reject(this.#events.rejection(error))
  }
}
