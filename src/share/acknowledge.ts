import { KafkaError } from '../base/errors.ts'
import { type ChangedState, storedOf } from './changes.ts'
import { Delivery, type InFlight, type InFlightBatch, isTerminal, NOBODY } from './in-flight.ts'
import type { ShareWindow } from './window.ts'

/** How a consumer acknowledges a record. */
export const Acknowledge = {
  /** There is no record at the offset. */
  GAP: 0,
  ACCEPT: 1,
  RELEASE: 2,
  REJECT: 3,
  RENEW: 4,
} as const

export interface AcknowledgedBatch {
  readonly firstOffset: number
  readonly lastOffset: number
  /** One for all, or one for each. */
  readonly acknowledgeTypes: readonly number[]
}

const DELIVERY_AFTER: readonly (Delivery | undefined)[] = [
  Delivery.ARCHIVED,
  Delivery.ACKNOWLEDGED,
  Delivery.AVAILABLE,
  Delivery.ARCHIVED,
]

const BEING_CHANGED = 'The record state is invalid. The acknowledgement of delivery could not be completed.'
const MAY_NOT_RENEW = 'Renewing acquisition locks is not enabled for the group.'

/** Adds what changes to `changed`. @throws KafkaError INVALID_REQUEST or INVALID_RECORD_STATE; then some may have changed */
export function acknowledge(
  window: ShareWindow,
  memberId: string,
  batch: AcknowledgedBatch,
  changed: ChangedState[],
  nowMs: number,
): void {
  const types = batch.acknowledgeTypes
  if (types.some((type) => type < Acknowledge.GAP || type > Acknowledge.RENEW)) {
    throw new KafkaError('INVALID_REQUEST', `Invalid acknowledge type: [${types.join(', ')}]`)
  }
  if (batch.lastOffset < window.startOffset) return
  const request = { window, memberId, batch, changed, nowMs }
  for (const inFlight of batchesOf(window, batch)) acknowledgeIn(request, inFlight)
}

interface Request {
  readonly window: ShareWindow
  readonly memberId: string
  readonly batch: AcknowledgedBatch
  readonly changed: ChangedState[]
  readonly nowMs: number
}

function batchesOf(window: ShareWindow, { firstOffset, lastOffset }: AcknowledgedBatch): readonly InFlightBatch[] {
  let floor = window.batches.floor(firstOffset)
  if (floor === undefined) {
    const isCut = firstOffset < window.startOffset && lastOffset >= window.startOffset
    if (isCut) floor = window.batches.floor(window.startOffset)
    if (floor === undefined) {
      const message = 'Batch record not found. The request batch offsets are not found in the cache.'
      throw new KafkaError('INVALID_RECORD_STATE', message)
    }
  }
  const batches = window.batches.beginningIn(floor.firstOffset, lastOffset)
  const end = batches.at(-1)?.lastOffset ?? -1
  if (end < firstOffset || end < lastOffset) {
    const which = end < firstOffset ? 'first' : 'last'
    const message = `Batch record not found. The ${which} offset in request is past acquired records.`
    throw new KafkaError('INVALID_REQUEST', message)
  }
  return batches
}

function acknowledgeIn(request: Request, inFlight: InFlightBatch): void {
  const { window, memberId, batch } = request
  if (inFlight.lastOffset < window.startOffset) return
  const { whole } = inFlight
  if (whole) {
    const notAcquired = 'The batch cannot be acknowledged. The batch is not in the acquired state.'
    if (whole.memberId === NOBODY) invalid(notAcquired)
    if (whole.memberId !== memberId) invalid('Member is not the owner of batch record')
    if (whole.isChanging) invalid(BEING_CHANGED)
    const isAll = inFlight.isWithin(batch.firstOffset, batch.lastOffset) && !inFlight.isCutBy(window.startOffset)
    if (isAll && batch.acknowledgeTypes.length <= 1) {
      if (whole.state !== Delivery.ACQUIRED) invalid(notAcquired)
      finish(request, whole, inFlight.firstOffset, inFlight.lastOffset, batch.acknowledgeTypes[0])
      return
    }
    if (whole.state !== Delivery.ACQUIRED) {
      invalid('The batch cannot be acknowledged. The subset batch is not in the acquired state.')
    }
    inFlight.split()
  }
  acknowledgeEach(request, inFlight)
}

function acknowledgeEach(request: Request, inFlight: InFlightBatch): void {
  const { window, memberId, batch } = request
  const { firstOffset, lastOffset, acknowledgeTypes } = batch
  const from = Math.max(firstOffset, window.startOffset)
  for (const { offset, state } of inFlight.each(from, lastOffset)) {
    if (state.state !== Delivery.ACQUIRED) invalid('The offset cannot be acknowledged. The offset is not acquired.')
    if (state.isChanging) invalid(BEING_CHANGED)
    if (state.memberId !== memberId) invalid('Member is not the owner of offset')
    const type = acknowledgeTypes.length > 1 ? acknowledgeTypes[offset - firstOffset] : acknowledgeTypes[0]
    finish(request, state, offset, offset, type)
  }
}

function finish(request: Request, state: InFlight, first: number, last: number, type: number | undefined): void {
  const { window, changed, nowMs } = request
  const { mayRenew, maxDeliveries, lockDurationMs } = window.settings
  if (type === Acknowledge.RENEW) {
    if (!mayRenew) invalid(MAY_NOT_RENEW)
    state.lockedUntilMs = nowMs + lockDurationMs
    return
  }
  const to = type === undefined ? undefined : DELIVERY_AFTER[type]
  if (to === undefined || !state.begin(to, maxDeliveries)) invalid('Unable to acknowledge records for the batch')
  changed.push({ state, stored: storedOf(state, first, last) })
  if (isTerminal(state.state)) window.deliveryCompleteCount += window.countOf(first, last)
}

function invalid(message: string): never {
  throw new KafkaError('INVALID_RECORD_STATE', message)
}
