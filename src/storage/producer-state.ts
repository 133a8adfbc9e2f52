import { KafkaError } from '../base/errors.ts'
import { LazyMap } from '../base/lazy-collections.ts'
import * as header from '../record/header.ts'
import { NO_TXN, type ProducerEntry } from './producer-entry.ts'
import type { SeenBatch } from './producer-recall.ts'
import { type ProducerChecks, ProducerUpdate } from './producer-update.ts'
import type { ActiveProducer, Verification } from './types.ts'
import { Verifications } from './verifications.ts'

/** A transaction that a marker ended. */
export interface CompletedTxn {
  readonly producerId: number
  readonly firstOffset: number
  /** The marker's own offset. */
  readonly lastOffset: number
  readonly aborted: boolean
}

/**
 * The producers of one log: the window of recent batches of each, and the transactions that hold back its last stable
 * offset. `endOffset` says up to where the log has been taken in.
 */
export class ProducerState {
  readonly topicPartition: string
  readonly #entries = new LazyMap<number, ProducerEntry>()
  /** First offset → producer id, in rising order: a transaction begins at the log's end. */
  readonly #ongoing = new LazyMap<number, number>()
  /** Ended, but the marker is not below the high watermark yet: first offset → marker's offset. */
  readonly #unreplicated = new LazyMap<number, number>()
  readonly verifications = new Verifications()
  /** What was appended before an offset is known from a snapshot alone, and not looked for yet; undefined: nothing. */
  forgotten: { readonly before: number; readonly readBytes: number } | undefined
  #firstUnstable: number | undefined
  #endOffset: number

  constructor(topicPartition: string, endOffset = 0) {
    this.topicPartition = topicPartition
    this.#endOffset = endOffset
  }

  get endOffset(): number {
    return this.#endOffset
  }

  set endOffset(offset: number) {
    this.#endOffset = offset
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0 && this.#unreplicated.size === 0
  }

  /** Read-committed readers stop here; undefined: no transaction holds them back. */
  get firstUnstableOffset(): number | undefined {
    return this.#firstUnstable
  }

  entries(): Iterable<ProducerEntry> {
    return this.#entries.values()
  }

  /** As DescribeProducers shows them. */
  get size(): number {
    return this.#entries.size
  }

  active(): ActiveProducer[] {
    return Array.from(this.#entries.values(), (entry) => ({
      producerId: entry.producerId,
      producerEpoch: entry.epoch,
      lastSequence: entry.lastSequence,
      lastTimestamp: entry.lastTimestamp,
      coordinatorEpoch: entry.coordinatorEpoch,
      currentTxnStartOffset: entry.txnFirstOffset,
    }))
  }

  find(producerId: number): ProducerEntry | undefined {
    return this.#entries.get(producerId)
  }

  /** Whether the producer's transaction is open here, so that nothing needs to be verified any more. */
  hasOpenTransaction(producerId: number, epoch: number): boolean {
    const entry = this.#entries.get(producerId)
    return entry !== undefined && entry.txnFirstOffset !== NO_TXN && entry.epoch === epoch
  }

  startVerification(
    producerId: number,
    sequence: number,
    epoch: number,
    bumpsEpoch: boolean,
    nowMs: number,
  ): Verification | undefined {
    const known = this.#entries.get(producerId)
    if (known !== undefined && epoch < known.epoch) {
      throw new KafkaError(
        'INVALID_PRODUCER_EPOCH',
        `Epoch of producer ${producerId} is ${epoch}, which is smaller than the last seen epoch ${known.epoch}`,
      )
    }
    if (this.hasOpenTransaction(producerId, epoch)) return undefined
    return this.verifications.start(producerId, sequence, epoch, bumpsEpoch, nowMs)
  }

  /** Whether a client's batch may be among the last of its producer, but is not known any more since the log was opened. */
  mayBeForgotten(records: Buffer): boolean {
    if (
      this.forgotten === undefined ||
      records.length < header.RECORD_BATCH_OVERHEAD ||
      header.magic(records, 0) !== 2
    ) {
      return false
    }
    const entry = this.#entries.get(header.producerId(records, 0))
    return entry?.mayHaveForgotten(header.producerEpoch(records, 0), header.baseSequence(records, 0)) ?? false
  }

  /** Batches from the log before those that are known, in its order. */
  recall(batches: readonly SeenBatch[]): void {
    for (const { producerId, epoch, ...mark } of batches.toReversed()) {
      this.#entries.get(producerId)?.recall(epoch, mark)
    }
  }

  /** Begins the checks of one append; nothing changes before `commit`. */
  prepare(
    origin: 'client' | 'coordinator' | 'raft-leader' | 'replication',
    checks: ProducerChecks = {},
  ): ProducerUpdate {
    return new ProducerUpdate(this, origin, checks)
  }

  /** Takes over an append's changes; gives the stable offset after each ended transaction in turn. */
  commit(update: ProducerUpdate, onCompleted: (txn: CompletedTxn, lastStableOffset: number) => void): void {
    for (const draft of update.drafts()) {
      const known = this.#entries.get(draft.producerId)
      if (known === undefined) this.#entries.set(draft.producerId, draft)
      else known.absorb(draft)
    }
    for (const { producerId, epoch, isMarker } of update.transactional) {
      this.verifications.appended(producerId, epoch, isMarker)
    }
    for (const { producerId, firstOffset } of update.started) this.#ongoing.set(firstOffset, producerId)
    for (const txn of update.completed) {
      onCompleted(txn, this.#stableOffsetAfter(txn))
      this.#ongoing.delete(txn.firstOffset)
      this.#unreplicated.set(txn.firstOffset, txn.lastOffset)
    }
    if (update.started.length > 0 || update.completed.length > 0) this.#findFirstUnstable()
  }

  /** A follower takes over many batches at once: what begins behind the marker was not open when it was written. */
  #stableOffsetAfter(txn: CompletedTxn): number {
    let stable = txn.lastOffset + 1
    for (const firstOffset of this.#ongoing.keys()) {
      if (firstOffset < stable && firstOffset !== txn.firstOffset) stable = firstOffset
    }
    return stable
  }

  #findFirstUnstable(): void {
    let first = Number.MAX_SAFE_INTEGER
    for (const offset of this.#ongoing.keys()) if (offset < first) first = offset
    for (const offset of this.#unreplicated.keys()) if (offset < first) first = offset
    this.#firstUnstable = first === Number.MAX_SAFE_INTEGER ? undefined : first
  }

  /** True where the first unstable offset may have moved. */
  onHighWatermark(highWatermark: number): boolean {
    if (this.#unreplicated.size === 0) return false
    for (const [firstOffset, lastOffset] of this.#unreplicated) {
      if (lastOffset < highWatermark) this.#unreplicated.delete(firstOffset)
    }
    this.#findFirstUnstable()
    return true
  }

  onLogStart(logStartOffset: number): void {
    this.onHighWatermark(logStartOffset)
    if (this.#endOffset < logStartOffset) this.#endOffset = logStartOffset
  }

  removeExpired(nowMs: number, expirationMs: number): void {
    for (const [id, entry] of this.#entries) {
      if (entry.txnFirstOffset === NO_TXN && nowMs - entry.lastTimestamp >= expirationMs) this.#entries.delete(id)
    }
    this.verifications.removeExpired(nowMs, expirationMs)
  }

  /** As a snapshot at `endOffset` says, except for producers that are forgotten by now. */
  load(entries: readonly ProducerEntry[], endOffset: number, nowMs: number, expirationMs: number): void {
    this.clear(endOffset)
    const open: ProducerEntry[] = []
    for (const entry of entries) {
      this.#entries.set(entry.producerId, entry)
      if (entry.txnFirstOffset !== NO_TXN) open.push(entry)
    }
    open.sort((a, b) => a.txnFirstOffset - b.txnFirstOffset)
    for (const entry of open) this.#ongoing.set(entry.txnFirstOffset, entry.producerId)
    this.removeExpired(nowMs, expirationMs)
    if (this.#entries.size > 0) this.forgotten = { before: endOffset, readBytes: 0 }
    this.#findFirstUnstable()
  }

  clear(endOffset: number): void {
    this.#entries.clear()
    this.#ongoing.clear()
    this.#unreplicated.clear()
    this.verifications.clear()
    this.forgotten = undefined
    this.#firstUnstable = undefined
    this.#endOffset = endOffset
  }
}
