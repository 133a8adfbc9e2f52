import { assert } from '../base/assert.ts'
import type { Clock, Disk, Timer } from '../io/ports.ts'
import { encodeQuorumState } from '../raft/quorum-state.ts'
import type { Raft } from '../raft/raft.ts'
import type { Envelope, RaftBatch, RaftEvent, Ready } from '../raft/types.ts'
import type { Log } from '../storage/log.ts'

export interface RaftDriverOptions {
  readonly raft: Raft
  readonly log: Log
  readonly disk: Disk
  readonly clock: Clock
  /** The file that holds term and vote. */
  readonly quorumStatePath: string
  /** Carries a message to another voter. */
  readonly send: (envelope: Envelope) => void
  /** The high watermark rose. */
  readonly onCommitted: (highWatermark: number) => void
  /** The log or the quorum state could not be written: this driver does nothing any more. */
  readonly onFailed: (error: Error) => void
}

/**
 * Does what Raft says must be done: quorum state, then appends, one fsync for all that came meanwhile, then what had to
 * wait for it. While an fsync runs, further appends gather for the next one.
 */
export class RaftDriver {
  readonly #options: RaftDriverOptions
  #queue: Ready[] = []
  #working: Promise<void> | undefined
  #timer: Timer | undefined
  #stopped = false
  #committed = -1

  constructor(options: RaftDriverOptions) {
    this.#options = options
  }

  step(event: RaftEvent): void {
    if (this.#stopped) return
    const { raft, clock } = this.#options
    raft.step(event, clock.now())
    this.#take(raft.ready())
    this.#schedule()
  }

  #take(ready: Ready): void {
    for (const envelope of ready.sendNow) this.#options.send(envelope)
    const isWork = ready.hardState !== undefined || ready.append.length > 0 || ready.sendAfterSync.length > 0
    if (isWork) this.#queue.push(ready)
    if (ready.committed !== undefined && ready.committed > this.#committed) {
      this.#committed = ready.committed
      this.#options.log.updateHighWatermark(ready.committed)
      this.#options.onCommitted(ready.committed)
    }
    if (this.#queue.length > 0) this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    try {
      // What else this turn of the event loop proposes shares the fsync.
      await Promise.resolve()
      while (this.#queue.length > 0 && !this.#stopped) {
        const work = this.#queue
        this.#queue = []
        await this.#persist(work)
      }
    } catch (error) {
      this.stop()
      this.#options.onFailed(error instanceof Error ? error : new Error(String(error)))
    } finally {
      this.#working = undefined
    }
  }

  async #persist(work: readonly Ready[]): Promise<void> {
    const { raft, log, disk, quorumStatePath } = this.#options
    const hardState = work.findLast((ready) => ready.hardState !== undefined)?.hardState
    if (hardState) await disk.replaceFile(quorumStatePath, encodeQuorumState(hardState, raft.options.voters))
    for (const { truncateTo, append } of work) {
      if (truncateTo !== undefined) await log.truncateTo(truncateTo)
      this.#append(append)
    }
    const endOffset = log.logEndOffset
    const isDirty = work.some(({ truncateTo, append }) => truncateTo !== undefined || append.length > 0)
    if (isDirty) await log.flush()
    for (const ready of work) for (const envelope of ready.sendAfterSync) this.#options.send(envelope)
    if (isDirty) this.step({ type: 'synced', endOffset })
  }

  #append(batches: readonly RaftBatch[]): void {
    const { log, clock } = this.#options
    for (const batch of batches) {
      const request = {
        records: batch.bytes,
        origin: 'raft-leader',
        leaderEpoch: batch.epoch,
        nowMs: clock.now(),
      } as const
      const { firstOffset, lastOffset } = log.append(request)
      assert(
        firstOffset === batch.baseOffset && lastOffset === batch.lastOffset,
        `the log gave ${firstOffset}–${lastOffset} to a batch of ${batch.baseOffset}–${batch.lastOffset}`,
      )
    }
  }

  #schedule(): void {
    this.#timer?.cancel()
    const { raft, clock } = this.#options
    const deadline = raft.deadlineMs()
    if (this.#stopped || !Number.isFinite(deadline)) return
    this.#timer = clock.after(Math.max(0, deadline - clock.now()), () => this.step({ type: 'tick' }))
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  /** Everything proposed so far is durable, or the driver has failed. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working
  }
}
