import type { TopicId } from '../base/ids.ts'
import type { Clock, Logger } from '../io/ports.ts'
import { storeFailed, timedOut } from './errors.ts'
import { isKafkaError, type LoggedRecord, type LogPlace, type SchemaLog } from './ports.ts'
import { decodeChange, SCHEMAS_TOPIC } from './records.ts'
import { RegistryState } from './state.ts'

/** How long somebody waits until what is committed is known here. */
const CATCH_UP_MS = 15_000
const PAUSE_MS = 200
/** The same trouble is told once in so long. */
const QUIET_MS = 30_000

export interface TailOptions {
  readonly log: SchemaLog
  readonly clock: Clock
  readonly logger: Logger
}

/** Reads the topic from its beginning and goes on reading: `state` is what it says up to `next`. */
export class SchemaTail {
  readonly #options: TailOptions
  readonly #stop = new AbortController()
  readonly #waiting = new Set<() => void>()
  #state = new RegistryState()
  #topicId: TopicId | undefined
  #next = 0
  #running: Promise<void> | undefined
  #toldMs = Number.NEGATIVE_INFINITY

  constructor(options: TailOptions) {
    this.#options = options
  }

  get state(): RegistryState {
    return this.#state
  }

  get next(): number {
    return this.#next
  }

  /** Knows what was committed when it was called. @throws RegistryError 500… */
  async caughtUp(): Promise<void> {
    const { log, clock } = this.#options
    const deadline = clock.monotonic() + CATCH_UP_MS
    let failure: unknown
    for (;;) {
      const place = log.place()
      if (place === undefined) {
        this.#begin()
        return
      }
      try {
        await this.reached(place.topicId, await log.end(place), deadline - clock.monotonic())
        return
      } catch (error) {
        failure = error
        if (clock.monotonic() >= deadline || this.#stop.signal.aborted) break
        await this.moved(PAUSE_MS)
      }
    }
    throw storeFailed(`The topic ${SCHEMAS_TOPIC} can not be read at present: ${messageOf(failure)}`, failure)
  }

  /** The records before `offset` are known. @throws RegistryError 50002 */
  async reached(topicId: TopicId, offset: number, withinMs = CATCH_UP_MS): Promise<void> {
    this.#begin()
    const { clock } = this.#options
    const deadline = clock.monotonic() + withinMs
    while (this.#topicId !== topicId || this.#next < offset) {
      const left = deadline - clock.monotonic()
      if (left <= 0 || this.#stop.signal.aborted) throw timedOut(`The topic ${SCHEMAS_TOPIC} was not read to its end`)
      await this.#progress(left)
    }
  }

  /** The partition may be somewhere else now, or so much time is over. */
  moved(withinMs: number): Promise<void> {
    return this.#orAfter(withinMs, (done) => this.#options.log.onMoved(done))
  }

  #progress(withinMs: number): Promise<void> {
    return this.#orAfter(withinMs, (done) => {
      this.#waiting.add(done)
      return () => this.#waiting.delete(done)
    })
  }

  #orAfter(ms: number, listen: (done: () => void) => () => void): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel()
        end()
        this.#stop.signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = this.#options.clock.after(ms, done)
      const end = listen(done)
      this.#stop.signal.addEventListener('abort', done, { once: true })
    })
  }

  #begin(): void {
    this.#running ??= this.#run()
  }

  async #run(): Promise<void> {
    const { log } = this.#options
    while (!this.#stop.signal.aborted) {
      const place = log.place()
      if (place?.topicId !== this.#topicId) this.#restart(place?.topicId)
      if (place === undefined || place.leader < 0) await this.moved(PAUSE_MS * 10)
      else await this.#readOn(place)
    }
  }

  async #readOn(place: LogPlace): Promise<void> {
    const { log } = this.#options
    try {
      const { records, nextOffset } = await log.read(place, this.#next, this.#stop.signal)
      if (this.#topicId !== place.topicId || this.#stop.signal.aborted) return
      for (const record of records) this.#replay(record)
      this.#next = nextOffset
      for (const done of [...this.#waiting]) done()
    } catch (error) {
      if (this.#stop.signal.aborted) return
      if (isKafkaError(error) && error.error === 'OFFSET_OUT_OF_RANGE') await this.#outOfRange(place)
      else await this.#failed(error)
    }
  }

  /** The log is another than it was: its end was lost, or its beginning deleted. */
  async #outOfRange(place: LogPlace): Promise<void> {
    try {
      const start = await this.#options.log.start(place)
      this.#restart(place.topicId)
      this.#next = start
    } catch (error) {
      await this.#failed(error)
    }
  }

  async #failed(error: unknown): Promise<void> {
    const { logger, clock } = this.#options
    const now = clock.monotonic()
    if (now - this.#toldMs >= QUIET_MS) {
      this.#toldMs = now
      logger.warn({ topic: SCHEMAS_TOPIC }, `the schema registry can't read its topic: ${messageOf(error)}`)
    }
    await this.moved(PAUSE_MS)
  }

  #restart(topicId: TopicId | undefined): void {
    this.#topicId = topicId
    this.#next = 0
    this.#state = new RegistryState()
  }

  /** A record that makes no sense must not keep all others from being read. */
  #replay(record: LoggedRecord): void {
    const { logger } = this.#options
    try {
      const change = decodeChange(record)
      if (change === undefined || this.#state.replay(change, record.timestamp)) return
      logger.warn({ topic: SCHEMAS_TOPIC, change: { ...change, value: undefined } }, 'an id stands for two schemas')
    } catch (error) {
      logger.warn({ topic: SCHEMAS_TOPIC }, `a record is passed over: ${messageOf(error).slice(0, 200)}`)
    }
  }

  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
