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
  readonly #events: WriterEvents
  #waiting: Group[] = []
  #running: Promise<void> | undefined

  constructor(pool: FilePool, events: WriterEvents) {
    this.#pool = pool
    this.#events = events
  }

  enqueue(segment: Segment, position: number, bytes: Buffer, endOffset: number): Promise<void> {
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
      this.#events.onWritten(group.endOffset)
      group.done.resolve()
    }
    this.#running = undefined
  }

  #fail(group: Group, error: Error): void {
    const lost = [group, ...this.#waiting]
    this.#waiting = []
    this.#events.onFailed(error)
    for (const each of lost) each.done.reject(this.#events.rejection(error))
  }
}
