import { KafkaError } from '../../src/base/errors.ts'
import * as header from '../../src/record/header.ts'
import type { CoordinatorAppend, CoordinatorLog } from '../../src/runtime/coordinator-host.ts'

/** A log that a coordinator leads, in memory; a test decides when its appends are written and committed. */
export class MemoryCoordinatorLog implements CoordinatorLog {
  readonly name = 'topic-0'
  readonly logStartOffset = 0
  maxBatchBytes = 1_048_588
  logEndOffset = 0
  highWatermark = 0
  readonly batches: Buffer[] = []
  /** Appended batches are committed at once. */
  prompt = true
  /** Thrown by the next append. */
  refuse: KafkaError | undefined
  /** Every append would be refused with it. */
  refusing: KafkaError | undefined
  reads = 0
  /** Reads wait for it. */
  gate: Promise<void> = Promise.resolve()
  #waiters: { offset: number; resolve: () => void; reject: (error: Error) => void }[] = []
  #failWrite: ((error: Error) => void) | undefined

  append(batch: Buffer): CoordinatorAppend {
    const refused = this.refuse ?? this.refusing
    this.refuse = undefined
    if (refused) throw refused
    if (batch.length > this.maxBatchBytes) throw new KafkaError('MESSAGE_TOO_LARGE')
    const firstOffset = this.logEndOffset
    header.setBaseOffset(batch, 0, firstOffset)
    this.batches.push(batch)
    this.logEndOffset = header.lastOffset(batch, 0) + 1
    const written = new Promise<void>((resolve, reject) => {
      this.#failWrite = reject
      if (this.prompt) resolve()
    })
    if (this.prompt) this.commit()
    return { firstOffset, lastOffset: this.logEndOffset - 1, written }
  }

  refusal(): KafkaError | undefined {
    return this.refusing
  }

  async read(fromOffset: number) {
    this.reads += 1
    await this.gate
    const chunk = this.batches.find((batch) => header.lastOffset(batch, 0) >= fromOffset)
    const nextOffset = chunk ? header.lastOffset(chunk, 0) + 1 : fromOffset
    // Lent, as memory of a log is: others write to it afterwards.
    const lent = chunk && Buffer.from(chunk)
    return { chunks: lent ? [lent] : [], nextOffset, release: () => void lent?.fill(0) }
  }

  committed(offset: number): Promise<void> {
    if (offset <= this.highWatermark) return Promise.resolve()
    return new Promise((resolve, reject) => {
      this.#waiters.push({ offset, resolve, reject })
    })
  }

  /** Everything up to `offset` is committed. */
  commit(offset = this.logEndOffset): void {
    this.highWatermark = offset
    const ready = this.#waiters.filter((waiter) => waiter.offset <= offset)
    this.#waiters = this.#waiters.filter((waiter) => waiter.offset > offset)
    for (const { resolve } of ready) resolve()
  }

  /** The last append did not get into the file. */
  failWrite(): void {
    this.batches.pop()
    const last = this.batches.at(-1)
    this.logEndOffset = last ? header.lastOffset(last, 0) + 1 : 0
    this.#failWrite?.(new KafkaError('KAFKA_STORAGE_ERROR'))
  }

  loseLeadership(): void {
    for (const { reject } of this.#waiters.splice(0)) reject(new KafkaError('NOT_LEADER_OR_FOLLOWER'))
  }
}
