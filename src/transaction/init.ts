import { ErrorCode, KafkaError } from '../base/errors.ts'
import type { InitCommand, ProducerReply } from './commands.ts'
import { isEpochExhausted, LAST_CLIENT_EPOCH, NO_PRODUCER_ID, requireRest, type Transaction } from './transaction.ts'
import { created, fenced, initialized, rotated } from './transitions.ts'

/** undefined: it takes a producer id that nobody has. */
export type Decided<R> = { readonly value: Transaction | undefined; readonly reply: R } | undefined

/** A client takes the transactional id: whoever had it before is fenced, and what that one left open is aborted. */
export function decideInit(
  known: Transaction | undefined,
  command: InitCommand,
  nowMs: number,
): Decided<ProducerReply> {
  const { transactionalId, timeoutMs, expected, freshProducerId, serverVersion } = command
  if (known === undefined) {
    return freshProducerId === undefined
      ? undefined
      : ready(created(transactionalId, freshProducerId, timeoutMs, nowMs))
  }
  requireRest(known)
  if (expected !== undefined && !mayContinue(known, expected)) throw new KafkaError('PRODUCER_FENCED')
  if (known.state === 'Ongoing') {
    const takesId = serverVersion >= 2 && isEpochExhausted(known)
    if (takesId && freshProducerId === undefined) return undefined
    const nextProducerId = takesId ? (freshProducerId ?? NO_PRODUCER_ID) : NO_PRODUCER_ID
    // The client comes again when the open transaction is aborted.
    const errorCode = ErrorCode.CONCURRENT_TRANSACTIONS
    return {
      value: fenced(known, serverVersion, nextProducerId, nowMs),
      reply: { errorCode, producerId: NO_PRODUCER_ID, producerEpoch: -1 },
    }
  }
  if (!isEpochExhausted(known) || (expected !== undefined && expected.producerEpoch !== known.producerEpoch)) {
    return ready(initialized(known, timeoutMs, expected?.producerEpoch, nowMs))
  }
  if (freshProducerId === undefined) return undefined
  return ready(rotated(known, freshProducerId, timeoutMs, expected !== undefined, nowMs))
}

function ready(value: Transaction): Decided<ProducerReply> {
  const { producerId, producerEpoch } = value
  return { value, reply: { errorCode: ErrorCode.NONE, producerId, producerEpoch } }
}

/** The client has the current producer id, or used up the one before and did not get the answer. */
function mayContinue(known: Transaction, expected: NonNullable<InitCommand['expected']>): boolean {
  if (expected.producerId === known.producerId) return true
  return expected.producerId === known.previousProducerId && expected.producerEpoch >= LAST_CLIENT_EPOCH
}
