import { InvariantError } from '../base/assert.ts'
import { KafkaError } from '../base/errors.ts'
import { takeCopy } from '../base/lent-memory.ts'
import type { Decision, Token } from '../base/machine.ts'
import type { Timer } from '../io/ports.ts'
import type { CoordinatorMetrics } from '../metrics/coordinator-metrics.ts'
import { buildBatch, type NewRecord } from '../record/builder.ts'
import { endTxnBatch } from '../record/control.ts'
import { RECORD_BATCH_OVERHEAD } from '../record/header.ts'
import { batches } from '../record/iterate.ts'
import type { CoordinatorAppend, CoordinatorLog, TransactionalAppend } from './coordinator-log.ts'
import type { CoordinatorMachine, CoordinatorOptions } from './coordinator-options.ts'
import { HeldReplies } from './coordinator-replies.ts'

interface Queued<Command, Rec, R> {
  readonly token: Token
  readonly sinceMs: number
  readonly run: (machine: Hosted<Command, Rec, R>) => void
}

interface Waiting {
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: Error) => void
}

/** Who writes a part of a transaction, and what the log is told to check it by. */
export interface TransactionalCommand extends TransactionalAppend {
  readonly producerId: number
  readonly producerEpoch: number
}

/** The end of a producer's transaction. */
export interface Marker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly coordinatorEpoch: number
  readonly commit: boolean
  readonly transactionVersion: number
}

type Hosted<Command, Rec, R> = CoordinatorMachine<Command, Rec, R>

/** Bytes that a record's own header fields and lengths take at most. */
const RECORD_OVERHEAD = 32
/** A load reads again after this long where the log could not be read, and what is due waits for a log that takes nothing. */
const RETRY_MS = 1000
/** A wall clock that goes faster or slower than time is followed from here on; less is told by nobody. */
const MOVED_MS = 100
/** The longest that a timer of the platform can wait. */
const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * One machine on one log:
 *
 *     loading ──replayed──▶ active ──append or write failed──▶ loading …
 *
 * Commands that come in one turn of the event loop are handled one after another, each seeing what those before it
 * decided, and their records go into the log as one batch. The offsets that they are replayed with are known before the
 * append, since nobody else can append between.
 */
export class CoordinatorShard<Command, Rec, R> {
  readonly #partition: number
  readonly #log: CoordinatorLog
  readonly #options: CoordinatorOptions<Command, Rec, R>
  readonly #held: HeldReplies
  readonly #metrics: CoordinatorMetrics
  readonly #queue: Queued<Command, Rec, R>[] = []
  readonly #waiting = new Map<Token, Waiting>()
  /** undefined: loading. */
  #machine: CoordinatorMachine<Command, Rec, R> | undefined
  #closed: KafkaError | undefined
  #loading: Promise<void> = Promise.resolve()
  #nextToken = 1
  #flushing = false
  #timer: { readonly at: number; readonly timer: Timer } | undefined
  /** Of the batch being made. */
  #records: NewRecord[] = []
  #bytes = RECORD_BATCH_OVERHEAD
  #replies: { readonly token: Token; readonly answer: R }[] = []
  #lastAppended: number
  /** Wall clock less monotonic clock, as the machine knows it. */
  #skewMs = 0

  constructor(
    partition: number,
    log: CoordinatorLog,
    options: CoordinatorOptions<Command, Rec, R>,
    metrics: CoordinatorMetrics,
  ) {
    this.#partition = partition
    this.#metrics = metrics
    this.#log = log
    this.#options = options
    this.#lastAppended = log.logEndOffset - 1
    this.#held = new HeldReplies(log, options.clock, options.commitTimeoutMs, (error) => this.#fail(error))
  }

  get isActive(): boolean {
    return this.#machine !== undefined
  }

  get queued(): number {
    return this.#queue.length
  }

  settled(): Promise<void> {
    return this.#loading
  }

  submit(command: Command): Promise<R> {
    return this.#enqueue((machine, token) => {
      const refused = this.#log.refusal?.()
      const how = refused && machine.whenRefused?.(command)
      if (refused && how === 'nothing') throw refused
      const isRevertible = how === 'without records' || (this.#options.isRevertible?.(command) ?? false)
      this.#take(machine, this.#handle(machine, command, token), isRevertible)
    })
  }

  /** What the command decides goes into a batch of its own, as a part of the producer's transaction. */
  submitTransactional(command: Command, transaction: TransactionalCommand): Promise<R> {
    return this.#enqueue((machine, token) => {
      this.#takeTransactional(machine, this.#handle(machine, command, token), transaction)
    })
  }

  /** Resolves when the marker is committed. */
  writeMarker(marker: Marker): Promise<void> {
    return this.#enqueue((machine, token) => this.#mark(machine, marker, token))
  }

  #enqueue<T>(run: (machine: Hosted<Command, Rec, R>, token: Token) => void): Promise<T> {
    const refused = this.#closed ?? (this.#machine ? undefined : new KafkaError('COORDINATOR_LOAD_IN_PROGRESS'))
    if (refused) return Promise.reject(refused)
    const token = this.#nextToken++
    return new Promise((resolve, reject) => {
      this.#waiting.set(token, { resolve: resolve as (reply: unknown) => void, reject })
      this.#queue.push({ token, sinceMs: this.#options.clock.monotonic(), run: (machine) => run(machine, token) })
      this.#flushSoon()
    })
  }

  #handle(machine: Hosted<Command, Rec, R>, command: Command, token: Token): Decision<Rec, R> {
    return machine.handle(command, token, this.#now(machine))
  }

  /** The wall clock, after the machine has heard that somebody set it. */
  #now(machine: Hosted<Command, Rec, R>): number {
    const { clock } = this.#options
    const now = clock.now()
    const movedMs = Math.round(now - clock.monotonic() - this.#skewMs)
    if (Math.abs(movedMs) < MOVED_MS) return now
    this.#skewMs += movedMs
    machine.clockMoved(movedMs)
    if (this.#timer) this.#timer = { ...this.#timer, at: this.#timer.at + movedMs }
    return now
  }

  close(error: KafkaError): void {
    this.#closed = error
    this.#unload(error)
  }

  load(): void {
    this.#loading = this.#load()
  }

  async #load(): Promise<void> {
    const { clock, logger, machine: make } = this.#options
    const startedMs = clock.monotonic()
    const machine = make(this.#partition)
    try {
      const end = this.#log.logEndOffset
      const records = await this.#replayAll(machine, end)
      // What is not committed may still be lost with this leader: nobody may be told of it before.
      if (records > 0 && !this.#closed) await this.#log.committed(end)
      if (this.#closed) return
      const now = clock.now()
      this.#skewMs = now - clock.monotonic()
      machine.loaded(now)
      this.#machine = machine
      this.#lastAppended = this.#log.logEndOffset - 1
      const endedMs = clock.monotonic()
      const ms = Math.round(endedMs - startedMs)
      this.#metrics.loads.record(ms, endedMs)
      // Fifty empty partitions are made with the first group: nobody wants to read of each.
      const say = records > 0 ? logger.info : logger.debug
      say({ partition: this.#log.name, records, ms }, 'coordinator loaded')
      this.#schedule()
    } catch (error) {
      if (error instanceof InvariantError) throw error
      if (this.#closed) return
      logger.error({ partition: this.#log.name, error }, 'coordinator could not be loaded, trying again')
      this.#loading = new Promise((resolve) => {
        clock.after(RETRY_MS, () => {
          resolve(this.#closed ? undefined : this.#load())
        })
      })
    }
  }

  async #replayAll(machine: CoordinatorMachine<Command, Rec, R>, end: number): Promise<number> {
    const log = this.#log
    let count = 0
    let at = log.logStartOffset
    while (at < end && !this.#closed) {
      const read = await log.read(at, end)
      for (const batch of batches(takeCopy(read))) {
        for (const { offset, record } of this.#options.codec.decode(batch)) {
          machine.replay(record, offset)
          count++
        }
      }
      if (read.nextOffset <= at) throw new KafkaError('KAFKA_STORAGE_ERROR', `${log.name} can't be read at ${at}`)
      at = read.nextOffset
    }
    return count
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    const defer = this.#options.defer ?? setImmediate
    defer(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    const { clock } = this.#options
    let nowMs = clock.monotonic()
    for (const { token, sinceMs, run } of this.#queue.splice(0)) {
      const machine = this.#machine
      if (machine === undefined) return
      if (!this.#waiting.has(token)) continue
      this.#metrics.waited(nowMs - sinceMs)
      try {
        run(machine)
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        this.#reject(token, error)
      }
      const doneMs = clock.monotonic()
      this.#metrics.processed(doneMs - nowMs)
      nowMs = doneMs
    }
    this.#tick()
    this.#append()
    this.#schedule()
  }

  #tick(): void {
    for (;;) {
      const machine = this.#machine
      if (machine === undefined) return
      const now = this.#now(machine)
      if (machine.deadlineMs() > now) return
      // What is due can't be stored, so it is not decided either; nobody waits for it.
      const isRefused = this.#log.refusal?.() !== undefined
      if (isRefused && machine.tickRefused === undefined) return
      this.#take(machine, isRefused && machine.tickRefused ? machine.tickRefused(now) : machine.tick(now), isRefused)
    }
  }

  /** Adds what was decided to the batch being made and replays it. */
  #take(
    machine: CoordinatorMachine<Command, Rec, R>,
    { records, replies }: Decision<Rec, R>,
    isRevertible = false,
  ): void {
    const refused = isRevertible && records.length > 0 ? this.#log.refusal?.() : undefined
    if (refused) {
      for (const { to } of replies) this.#reject(to, refused)
      return
    }
    const timestamp = this.#options.clock.now()
    const encoded = records.map((record) => ({ timestamp, ...this.#options.codec.encode(record) }))
    const size = encoded.reduce((sum, { key, value }) => sum + RECORD_OVERHEAD + key.length + (value?.length ?? 0), 0)
    if (size + this.#bytes > this.#log.maxBatchBytes) this.#append()
    if (this.#machine !== machine) return
    if (size + RECORD_BATCH_OVERHEAD > this.#log.maxBatchBytes) {
      // Only a part of the decision could be stored, so none of it happened: what is in memory goes back to the log.
      for (const { to } of replies) this.#reject(to, new KafkaError('UNKNOWN_SERVER_ERROR'))
      this.#restart(new KafkaError('COORDINATOR_NOT_AVAILABLE'))
      return
    }
    let offset = this.#log.logEndOffset + this.#records.length
    this.#records.push(...encoded)
    this.#bytes += size
    for (const { to, reply } of replies) this.#replies.push({ token: to, answer: reply })
    for (const record of records) machine.replay(record, offset++)
  }

  /** The log may have something against the producer, so nothing is replayed before it took the batch. */
  #takeTransactional(
    machine: Hosted<Command, Rec, R>,
    { records, replies }: Decision<Rec, R>,
    { producerId, producerEpoch, ...options }: TransactionalCommand,
  ): void {
    this.#append()
    if (this.#machine !== machine) return
    if (records.length > 0) {
      const timestamp = this.#options.clock.now()
      const encoded = records.map((record) => ({ timestamp, ...this.#options.codec.encode(record) }))
      const head = { ...this.#options.batches, isTransactional: true, producerId, producerEpoch }
      const batch = buildBatch({ ...head, records: encoded })
      let { firstOffset } = this.#store(batch, options)
      for (const record of records) machine.replay(record, firstOffset++)
    }
    this.#replies.push(...replies.map(({ to, reply }) => ({ token: to, answer: reply })))
    this.#append()
  }

  #mark(machine: Hosted<Command, Rec, R>, marker: Marker, token: Token): void {
    this.#append()
    if (this.#machine !== machine) return
    const { producerId, producerEpoch, coordinatorEpoch, commit, transactionVersion } = marker
    const timestamp = this.#options.clock.now()
    const end = { type: commit ? ('commit' as const) : ('abort' as const), coordinatorEpoch }
    const batch = endTxnBatch({ timestamp, producerId, producerEpoch, marker: end })
    this.#store(batch, { transactionVersion })
    for (const view of batches(batch)) {
      for (const { offset, record } of this.#options.codec.decode(view)) machine.replay(record, offset)
    }
    this.#held.hold(this.#lastAppended + 1, {
      release: () => this.#resolve(token, undefined),
      fail: (error) => this.#reject(token, error),
    })
  }

  #store(batch: Buffer, options?: TransactionalAppend): CoordinatorAppend {
    const { clock } = this.#options
    const startedMs = clock.monotonic()
    const appended = this.#log.append(batch, options)
    this.#lastAppended = appended.lastOffset
    appended.written.then(
      () => this.#metrics.flushed(clock.monotonic() - startedMs),
      (error) => this.#fail(error),
    )
    return appended
  }

  #append(): void {
    const records = this.#records
    const replies = this.#replies
    this.#startBatch()
    if (this.#machine === undefined) return
    if (records.length > 0) {
      const expected = this.#log.logEndOffset
      try {
        const batch = buildBatch({ ...this.#options.batches, records })
        const { firstOffset } = this.#store(batch)
        if (firstOffset !== expected) throw new InvariantError(`${this.#log.name}: ${firstOffset}, not ${expected}`)
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        for (const { token } of replies) this.#reject(token, error)
        this.#restart(error)
        return
      }
    }
    if (replies.length === 0) return
    const { clock } = this.#options
    const heldMs = clock.monotonic()
    this.#held.hold(this.#lastAppended + 1, {
      release: () => {
        if (records.length > 0) this.#metrics.committed(clock.monotonic() - heldMs)
        for (const { token, answer } of replies) this.#resolve(token, answer)
      },
      fail: (error) => {
        for (const { token } of replies) this.#reject(token, error)
      },
    })
  }

  #startBatch(): void {
    this.#records = []
    this.#replies = []
    this.#bytes = RECORD_BATCH_OVERHEAD
  }

  #resolve(token: Token, answer: unknown): void {
    this.#waiting.get(token)?.resolve(answer)
    this.#waiting.delete(token)
  }

  #reject(token: Token, error: Error): void {
    this.#waiting.get(token)?.reject(error)
    this.#waiting.delete(token)
  }

  /** The log lost what the machine had decided, or leadership is going. */
  #fail(error: unknown): void {
    if (this.#closed || this.#machine === undefined) return
    this.#restart(error instanceof KafkaError ? error : new KafkaError('KAFKA_STORAGE_ERROR'))
  }

  #restart(error: KafkaError): void {
    this.#options.logger.warn({ partition: this.#log.name, error: error.error }, 'coordinator is loaded anew')
    this.#unload(error)
    this.load()
  }

  #unload(error: KafkaError): void {
    this.#machine = undefined
    this.#timer?.timer.cancel()
    this.#timer = undefined
    this.#queue.length = 0
    this.#startBatch()
    this.#held.fail(error)
    for (const token of [...this.#waiting.keys()]) this.#reject(token, error)
  }

  #schedule(): void {
    const machine = this.#machine
    const now = machine ? this.#now(machine) : 0
    const at = machine?.deadlineMs() ?? Number.POSITIVE_INFINITY
    if (this.#timer && this.#timer.at <= at) return
    this.#timer?.timer.cancel()
    this.#timer = undefined
    if (at === Number.POSITIVE_INFINITY) return
    const { clock } = this.#options
    const mustWait = machine?.tickRefused === undefined && this.#log.refusal?.() !== undefined
    const soonest = mustWait ? RETRY_MS : 0
    const delay = Math.min(Math.max(at - now, soonest), MAX_DELAY_MS)
    const timer = clock.after(delay, () => {
      this.#timer = undefined
      this.#flush()
    })
    this.#timer = { at, timer }
  }
}
