import { ErrorCode, KafkaError } from '../base/errors.ts'
import type { AbortTimedOutCommand, EndCommand, ProducerReply } from './commands.ts'
import type { Decided } from './init.ts'
import {
  bumpsEpoch,
  isEpochExhausted,
  isTimedOut,
  LAST_CLIENT_EPOCH,
  NO_PRODUCER_ID,
  requireRest,
  type Transaction,
} from './transaction.ts'
import { completed, fenced, prepared } from './transitions.ts'

const NO_ANSWER = { errorCode: ErrorCode.NONE, producerId: NO_PRODUCER_ID, producerEpoch: -1 }

export function decideEnd(known: Transaction | undefined, command: EndCommand, nowMs: number): Decided<ProducerReply> {
  if (known === undefined) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  return bumpsEpoch(command.clientVersion) ? endAndBump(known, command, nowMs) : endClassic(known, command, nowMs)
}

/** The classic protocol: a repeated request is known by the state alone. */
function endClassic(known: Transaction, command: EndCommand, nowMs: number): Decided<ProducerReply> {
  const { commit } = command
  if (known.producerId !== command.producerId) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  if (known.producerEpoch !== command.producerEpoch) throw new KafkaError('PRODUCER_FENCED')
  requireRest(known)
  switch (known.state) {
    case 'Ongoing':
      return { value: prepared(known, commit, 0, NO_PRODUCER_ID, nowMs), reply: withProducer(known) }
    case commit ? 'CompleteCommit' : 'CompleteAbort':
      return { value: undefined, reply: NO_ANSWER }
    default:
      throw new KafkaError('INVALID_TXN_STATE')
  }
}

/**
 * KIP-890: every end bumps the epoch. A repeated request comes on the epoch before, so the same epoch in a completed state
 * is the end of another transaction: one that got no partitions, which may be aborted and not committed.
 */
function endAndBump(known: Transaction, command: EndCommand, nowMs: number): Decided<ProducerReply> {
  const { commit, producerId, producerEpoch } = command
  requireRest(known)
  const repeatsBeforeBump = known.producerEpoch === producerEpoch + 1
  const repeatsBeforeRotation =
    known.previousProducerId === producerId && producerEpoch === LAST_CLIENT_EPOCH && known.producerEpoch === 0
  if (known.producerId !== producerId && !repeatsBeforeRotation) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  const isRepeated = repeatsBeforeBump || repeatsBeforeRotation
  const isCurrent = producerEpoch === known.producerEpoch
  const isComplete = known.state === 'CompleteCommit' || known.state === 'CompleteAbort'
  if (!isCurrent && !(isComplete && isRepeated)) throw new KafkaError('PRODUCER_FENCED')
  if (isComplete && isRepeated) {
    if (commit !== (known.state === 'CompleteCommit')) throw new KafkaError('INVALID_TXN_STATE')
    return { value: undefined, reply: withProducer(known) }
  }
  if (commit && known.state !== 'Ongoing') throw new KafkaError('INVALID_TXN_STATE')
  // No client was ever given the last epoch: it is there for the coordinator to abort with.
  if (commit && producerEpoch > LAST_CLIENT_EPOCH) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  const nextProducerId = nextFor(known, command)
  if (nextProducerId === undefined) return undefined
  const value = prepared(known, commit, command.clientVersion, nextProducerId, nowMs)
  return { value, reply: withProducer(completed(value, nowMs)) }
}

function withProducer({ producerId, producerEpoch }: Transaction): ProducerReply {
  return { errorCode: ErrorCode.NONE, producerId, producerEpoch }
}

/** undefined: one is needed and not given. */
function nextFor(known: Transaction, { freshProducerId }: { readonly freshProducerId?: number }): number | undefined {
  return isEpochExhausted(known) ? freshProducerId : NO_PRODUCER_ID
}

export function decideAbortTimedOut(
  known: Transaction | undefined,
  command: AbortTimedOutCommand,
  nowMs: number,
): Decided<null> {
  const { producerId, serverVersion } = command
  if (known?.producerId !== producerId || !isTimedOut(known, nowMs)) return { value: undefined, reply: null }
  const nextProducerId = bumpsEpoch(serverVersion) ? nextFor(known, command) : NO_PRODUCER_ID
  if (nextProducerId === undefined) return undefined
  return { value: fenced(known, serverVersion, nextProducerId, nowMs), reply: null }
}
