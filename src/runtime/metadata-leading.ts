import { assert } from '../base/assert.ts'
import { KafkaError } from '../base/errors.ts'
import type { Decision } from '../base/machine.ts'
import type { Clock, Random, Timer } from '../io/ports.ts'
import {
  Controller,
  type ControllerCommand,
  type ControllerReply,
  type ControllerSettings,
  type GivenManagers,
  type ReplyTo,
} from '../metadata/controller.ts'
import type { KraftVersions } from '../metadata/feature-manager.ts'
import { encodeMetadataRecord, type MetadataRecord } from '../metadata/records.ts'
import type { QuorumMetrics } from '../metrics/quorum-metrics.ts'
import { controllerRandom } from './controller-random.ts'
import type { CommittedMetadata } from './metadata-following.ts'
import { PendingDecisions, settle, type Waiter } from './metadata-pending.ts'

export interface LeadingOptions {
  readonly epoch: number
  readonly committed: CommittedMetadata
  readonly clock: Clock
  readonly random: Random
  readonly settings: ControllerSettings
  readonly managers: GivenManagers
  readonly kraft: KraftVersions
  /** What a log that holds nothing begins with. */
  readonly bootstrap: readonly MetadataRecord[]
  /** Of the log, what is not committed included. */
  readonly logEndOffset: () => number
  /** Becomes one batch at the end of the log. */
  readonly append: (values: readonly Uint8Array[]) => void
  readonly metrics: QuorumMetrics
  readonly onFatal: (error: unknown) => void
  readonly onApplied: (bytes: number, timestamp: number) => void
}

/** What managers promise all or nothing stays below; a broker that comes or goes may move more partitions than that. */
const MAX_RECORDS_PER_BATCH = 10_000

/**
 * The controller while this node leads. It begins when everything before its epoch is in the image:
 *
 *     submit ─ controller decides and replays ─ append ─ committed ─ image ─ listeners ─ reply
 *
 * It ends with the epoch, or when the log can't be written: then everybody who waits is refused.
 */
export class ActiveController {
  readonly epoch: number
  readonly #options: LeadingOptions
  readonly #controller: Controller
  readonly #pending = new PendingDecisions()
  readonly #waiters = new Map<number, Waiter>()
  #nextToken = 0
  #timer: Timer | undefined
  #closed = false

  constructor(options: LeadingOptions) {
    const { committed, random, clock, settings, managers, kraft } = options
    this.#options = options
    this.epoch = options.epoch
    this.#controller = new Controller({
      start: { image: committed.image.copy(), transaction: committed.transaction.copy(), isEmpty: committed.isEmpty },
      random: controllerRandom(random),
      wallClock: () => clock.now(),
      settings,
      managers,
      kraft,
    })
  }

  /** The controller measures how long brokers are silent; the time of day, which somebody may set, says nothing of that. */
  activate(): void {
    const { epoch, bootstrap, clock, logEndOffset } = this.#options
    this.#propose(this.#controller.activate(epoch, logEndOffset(), bootstrap, clock.monotonic()))
    this.#scheduleTick()
  }

  submit<C extends ControllerCommand>(command: C): Promise<ReplyTo<C>> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(notActive())
        return
      }
      this.#options.metrics.operations++
      const token = this.#nextToken++
      this.#waiters.set(token, { resolve: resolve as (value: unknown) => void, reject })
      try {
        this.#catchUp()
        this.#propose(this.#controller.handle(command, token, this.#options.clock.monotonic()))
      } catch (error) {
        // Half decided: nothing may be built on this state.
        this.#waiters.delete(token)
        this.#options.onFatal(error)
        throw error
      }
      this.#scheduleTick()
    })
  }

  /** Raft puts records of its own between those of the controller. */
  #catchUp(): void {
    this.#controller.skipTo(this.#options.logEndOffset())
  }

  #propose({ records, replies }: Decision<MetadataRecord, ControllerReply>): void {
    const { logEndOffset, append, committed, clock } = this.#options
    const baseOffset = logEndOffset()
    const waiting = replies.map(({ to, reply }) => {
      const waiter = this.#waiters.get(to)
      assert(waiter !== undefined, `nobody waits for reply ${to}`)
      this.#waiters.delete(to)
      return { waiter, reply }
    })
    const values = records.map(encodeMetadataRecord)
    for (const [i, record] of records.entries()) this.#controller.replay(record, baseOffset + i)
    const lastOffset = baseOffset + records.length - 1
    if (records.length === 0 && lastOffset < committed.nextOffset) {
      // Nothing that it could depend on is under way.
      for (const reply of waiting) settle(reply)
      return
    }
    const bytes = values.reduce((sum, value) => sum + value.length, 0)
    const sinceMs = clock.monotonic()
    this.#pending.push({ records, baseOffset, bytes, lastOffset, sinceMs, replies: waiting })
    for (let from = 0; from < values.length && !this.#closed; from += MAX_RECORDS_PER_BATCH) {
      append(values.slice(from, from + MAX_RECORDS_PER_BATCH))
    }
  }

  committed(highWatermark: number): void {
    const { committed, onApplied, clock, epoch, metrics } = this.#options
    const decisions = this.#pending.committed(highWatermark)
    // A decision of many batches counts when the last of them does.
    const upTo = Math.min(highWatermark, this.#pending.firstOffset ?? highWatermark)
    if (upTo > committed.nextOffset) {
      committed.replay(decisions, upTo, epoch)
      onApplied(
        decisions.reduce((sum, { bytes }) => sum + bytes, 0),
        clock.now(),
      )
    }
    const nowMs = clock.monotonic()
    for (const { replies, sinceMs } of decisions) {
      metrics.commits.record(nowMs - sinceMs, nowMs)
      replies.forEach(settle)
    }
  }

  #scheduleTick(): void {
    this.#timer?.cancel()
    const deadline = this.#controller.deadlineMs()
    if (this.#closed || !Number.isFinite(deadline)) return
    const { clock } = this.#options
    this.#timer = clock.after(Math.max(0, deadline - clock.monotonic()), () => {
      if (this.#closed) return
      this.#catchUp()
      this.#propose(this.#controller.tick(clock.monotonic()))
      this.#scheduleTick()
    })
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#timer?.cancel()
    const error = notActive()
    for (const { replies } of this.#pending.drop()) for (const { waiter } of replies) waiter.reject(error)
    for (const waiter of this.#waiters.values()) waiter.reject(error)
    this.#waiters.clear()
  }
}

export function notActive(): KafkaError {
  return new KafkaError('NOT_CONTROLLER', 'The controller of this node is not active')
}
