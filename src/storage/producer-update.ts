import { KafkaError } from '../base/errors.ts'
import { parseEndTxnMarker } from '../record/control.ts'
import * as header from '../record/header.ts'
import { BatchView } from '../record/iterate.ts'
import { type BatchMark, isNextSequence, NO_EPOCH, NO_TXN, ProducerEntry } from './producer-entry.ts'
import type { CompletedTxn, ProducerState } from './producer-state.ts'
import type { AppendOrigin, Verification } from './types.ts'

export interface ProducerChecks {
  readonly verification?: Verification | undefined
  readonly transactionVersion?: number | undefined
  /** Transactions begin only where they were verified to have the partition. */
  readonly mustVerify?: boolean
}

/** From this transaction.version on a marker comes with an epoch of its own. */
const BUMPS_EPOCH = 2
const MAX_EPOCH = 0x7fff
const NO_VERSION = -1

/** What one append does to the producers: all its batches are checked before any of it counts. */
export class ProducerUpdate {
  readonly started: { readonly producerId: number; readonly firstOffset: number }[] = []
  readonly completed: CompletedTxn[] = []
  readonly transactional: { readonly producerId: number; readonly epoch: number; readonly isMarker: boolean }[] = []
  readonly #state: ProducerState
  readonly #origin: AppendOrigin
  readonly #checks: ProducerChecks
  readonly #drafts = new Map<number, ProducerEntry>()

  constructor(state: ProducerState, origin: AppendOrigin, checks: ProducerChecks) {
    this.#state = state
    this.#origin = origin
    this.#checks = checks
  }

  drafts(): IterableIterator<ProducerEntry> {
    return this.#drafts.values()
  }

  /** Checks the batch at `at`, whose offsets are assigned. An earlier append of the same batch is given back. */
  add(buffer: Buffer, at: number): BatchMark | undefined {
    const producerId = header.producerId(buffer, at)
    if (producerId < 0) return undefined
    const known = this.#state.find(producerId)
    const epoch = header.producerEpoch(buffer, at)
    if (known !== undefined) {
      if (this.#origin === 'client') {
        const first = header.baseSequence(buffer, at)
        const duplicate = known.findDuplicate(epoch, first, header.lastSequence(buffer, at))
        if (duplicate !== undefined) return duplicate
      }
      if (this.#isChecked && header.isTransactional(buffer, at) && epoch < known.epoch) {
        throw new KafkaError(
          'INVALID_PRODUCER_EPOCH',
          `Epoch of producer ${producerId} is ${epoch}, which is smaller than the last seen epoch ${known.epoch}`,
        )
      }
    }
    const isMarker = header.isControl(buffer, at)
    const isTransactional = header.isTransactional(buffer, at)
    if (isTransactional && !isMarker) this.#checkVerified(producerId, epoch)
    const current = known ?? new ProducerEntry(producerId)
    let draft = this.#drafts.get(producerId)
    if (draft === undefined) {
      draft = current.draft()
      this.#drafts.set(producerId, draft)
    }
    if (isMarker) this.#endTxn(buffer, at, draft)
    else this.#addData(buffer, at, current, draft)
    if (isTransactional) this.transactional.push({ producerId, epoch, isMarker })
    return undefined
  }

  get #isChecked(): boolean {
    return this.#origin === 'client' || this.#origin === 'coordinator'
  }

  /** KIP-890: a batch that comes late must not begin a transaction that nobody will end. */
  #checkVerified(producerId: number, epoch: number): void {
    if (!this.#checks.mustVerify || !this.#isChecked || this.#state.hasOpenTransaction(producerId, epoch)) return
    const { verification } = this.#checks
    if (verification !== undefined && this.#state.verifications.find(producerId)?.guard === verification) return
    throw new KafkaError('INVALID_TXN_STATE', 'Record was not part of an ongoing transaction')
  }

  #addData(buffer: Buffer, at: number, current: ProducerEntry, draft: ProducerEntry): void {
    const offset = header.baseOffset(buffer, at)
    const epoch = header.producerEpoch(buffer, at)
    this.#checkEpoch(draft, epoch, offset, NO_VERSION)
    if (this.#origin === 'client') this.#checkSequence(current, draft, epoch, header.baseSequence(buffer, at), offset)
    const lastOffset = header.lastOffset(buffer, at)
    draft.addBatch(epoch, {
      lastSequence: header.lastSequence(buffer, at),
      lastOffset,
      offsetDelta: lastOffset - offset,
      timestamp: header.maxTimestamp(buffer, at),
    })
    const transactional = header.isTransactional(buffer, at)
    if (draft.txnFirstOffset !== NO_TXN && !transactional) {
      throw new KafkaError(
        'INVALID_TXN_STATE',
        `Expected transactional write from producer ${draft.producerId} at offset (offset=${offset}, segment=[-1:-1]) in partition ${this.#state.topicPartition}`,
      )
    }
    if (draft.txnFirstOffset === NO_TXN && transactional) {
      draft.txnFirstOffset = offset
      this.started.push({ producerId: draft.producerId, firstOffset: offset })
    }
  }

  #checkEpoch(draft: ProducerEntry, epoch: number, offset: number, version: number): void {
    const mustRise = version >= BUMPS_EPOCH
    if (epoch > draft.epoch || (epoch === draft.epoch && !mustRise) || this.#origin === 'replication') return
    // The same marker again, after the transaction that it ended.
    if (mustRise && epoch === draft.epoch && (draft.txnFirstOffset === NO_TXN || epoch === MAX_EPOCH)) return
    throw new KafkaError(
      'INVALID_PRODUCER_EPOCH',
      `Epoch of producer ${draft.producerId} at offset ${offset} in ${this.#state.topicPartition} is ${epoch}, which is ${mustRise ? '<=' : '<'} the last seen epoch ${draft.epoch} (TV${version})`,
    )
  }

  /** A producer that is not known (any more) may begin with any sequence; a new epoch begins with 0. */
  #checkSequence(current: ProducerEntry, draft: ProducerEntry, epoch: number, first: number, offset: number): void {
    const where = `offset ${offset} in partition ${this.#state.topicPartition}`
    this.#checkAgainstVerification(current, first, where)
    if (epoch !== draft.epoch) {
      if (first === 0 || draft.epoch === NO_EPOCH) return
      throw new KafkaError(
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        `Invalid sequence number for new epoch of producer ${draft.producerId}at ${where}: ${epoch} (request epoch), ${first} (seq. number), ${draft.epoch} (current producer epoch)`,
      )
    }
    const last = draft.batches.length > 0 ? draft.lastSequence : epoch === current.epoch ? current.lastSequence : -1
    if (current.epoch === NO_EPOCH || isNextSequence(last, first)) return
    throw new KafkaError(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `Out of order sequence number for producer ${draft.producerId} at ${where}: ${first} (incoming seq. number), ${last} (current end sequence number)`,
    )
  }

  #checkAgainstVerification(current: ProducerEntry, first: number, where: string): void {
    const state = this.#state.verifications.find(current.producerId)
    if (state === undefined) return
    if (state.bumpsEpoch && first !== 0 && current.batches.length === 0) {
      throw new KafkaError(
        'OUT_OF_ORDER_SEQUENCE_NUMBER',
        `Invalid sequence number for producer ${current.producerId} at ${where}: ${first} (incoming seq. number). Expected sequence 0 for transactions v2 idempotent producer with no existing state.`,
      )
    }
    if (first <= state.lowestSequence) return
    throw new KafkaError(
      'OUT_OF_ORDER_SEQUENCE_NUMBER',
      `Out of order sequence number for producer ${current.producerId} at ${where}: ${first} (incoming seq. number), ${state.lowestSequence} (earliest seen sequence)`,
    )
  }

  /** A marker ends the producer's transaction; one that finds none open only takes its epochs along. */
  #endTxn(buffer: Buffer, at: number, draft: ProducerEntry): void {
    const [record] = new BatchView(buffer, at, header.batchSize(buffer, at)).records()
    // All records of the batch were cleaned away: the transaction is gone with them.
    if (record === undefined) return
    if (record.key === null || record.value === null) throw new KafkaError('INVALID_RECORD', 'Malformed control record')
    const marker = parseEndTxnMarker(record.key, record.value)
    const epoch = header.producerEpoch(buffer, at)
    const offset = header.baseOffset(buffer, at)
    this.#checkEpoch(draft, epoch, offset, this.#checks.transactionVersion ?? 0)
    if (draft.coordinatorEpoch > marker.coordinatorEpoch && this.#origin !== 'replication') {
      throw new KafkaError(
        'TRANSACTION_COORDINATOR_FENCED',
        `Invalid coordinator epoch for producerId ${draft.producerId} at offset ${offset} in partition ${this.#state.topicPartition}: ${marker.coordinatorEpoch} (zombie), ${draft.coordinatorEpoch} (current)`,
      )
    }
    if (draft.txnFirstOffset !== NO_TXN) {
      this.completed.push({
        producerId: draft.producerId,
        firstOffset: draft.txnFirstOffset,
        lastOffset: offset,
        aborted: marker.type === 'abort',
      })
    }
    draft.enterEpoch(epoch)
    draft.coordinatorEpoch = marker.coordinatorEpoch
    draft.txnFirstOffset = NO_TXN
    draft.lastTimestamp = record.timestamp
  }
}
