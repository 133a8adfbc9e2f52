import { KafkaError } from '../base/errors.ts'
import { including, NO_PARTITIONS, type TopicPartition } from './partitions.ts'
import { bumped, bumpsEpoch, isEpochExhausted, NO_EPOCH, NO_PRODUCER_ID, type Transaction } from './transaction.ts'

/** Every transition notes the producer id that it came from. */
function next(from: Transaction, changes: Partial<Transaction>): Transaction {
  return { ...from, previousProducerId: from.producerId, ...changes }
}

export function created(transactionalId: string, producerId: number, timeoutMs: number, nowMs: number): Transaction {
  return {
    transactionalId,
    producerId,
    previousProducerId: producerId,
    nextProducerId: NO_PRODUCER_ID,
    producerEpoch: 0,
    lastProducerEpoch: NO_EPOCH,
    timeoutMs,
    state: 'Empty',
    partitions: NO_PARTITIONS,
    startMs: -1,
    lastUpdateMs: nowMs,
    clientVersion: 0,
  }
}

/**
 * A client begins anew. One that says its epoch goes on with the next; if that epoch was the last one before, its answer
 * was lost and it gets the same again. Anybody else's epoch is fenced.
 */
export function initialized(
  from: Transaction,
  timeoutMs: number,
  expectedEpoch: number | undefined,
  nowMs: number,
): Transaction {
  if (isEpochExhausted(from)) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  const { producerEpoch: current, lastProducerEpoch: last } = from
  let epochs: Pick<Transaction, 'producerEpoch' | 'lastProducerEpoch'>
  if (expectedEpoch === undefined) epochs = { producerEpoch: current + 1, lastProducerEpoch: NO_EPOCH }
  else if (expectedEpoch === current) epochs = { producerEpoch: current + 1, lastProducerEpoch: current }
  else if (expectedEpoch === last) epochs = { producerEpoch: current, lastProducerEpoch: last }
  else throw new KafkaError('PRODUCER_FENCED')
  return next(from, { ...epochs, ...empty(timeoutMs, nowMs) })
}

/** The epochs are used up: the client gets another producer id. */
export function rotated(
  from: Transaction,
  producerId: number,
  timeoutMs: number,
  knowsItsEpoch: boolean,
  nowMs: number,
): Transaction {
  const lastProducerEpoch = knowsItsEpoch ? from.producerEpoch : NO_EPOCH
  return next(from, { producerId, producerEpoch: 0, lastProducerEpoch, ...empty(timeoutMs, nowMs) })
}

function empty(timeoutMs: number, nowMs: number): Partial<Transaction> {
  return { state: 'Empty', timeoutMs, partitions: NO_PARTITIONS, startMs: -1, lastUpdateMs: nowMs }
}

export function joined(
  from: Transaction,
  added: readonly TopicPartition[],
  clientVersion: number,
  nowMs: number,
): Transaction {
  const isFirst = from.state !== 'Ongoing'
  return next(from, {
    state: 'Ongoing',
    partitions: including(from.partitions, added),
    startMs: isFirst ? nowMs : from.startMs,
    lastUpdateMs: nowMs,
    clientVersion,
  })
}

/** Decided. In version 2 the epoch is that of the next transaction already, and the markers carry it too. */
export function prepared(
  from: Transaction,
  commit: boolean,
  clientVersion: number,
  nextProducerId: number,
  nowMs: number,
): Transaction {
  const epochs = bumpsEpoch(clientVersion)
    ? { producerEpoch: bumped(from.producerEpoch), lastProducerEpoch: from.producerEpoch }
    : {}
  return next(from, {
    ...epochs,
    state: commit ? 'PrepareCommit' : 'PrepareAbort',
    nextProducerId,
    // A transaction that is aborted before it began still says when it was.
    startMs: from.state === 'Ongoing' ? from.startMs : nowMs,
    lastUpdateMs: nowMs,
    clientVersion,
  })
}

/** Aborted by the coordinator, and whoever has the current epoch is fenced. */
export function fenced(from: Transaction, serverVersion: number, nextProducerId: number, nowMs: number): Transaction {
  if (bumpsEpoch(serverVersion)) return prepared(from, false, serverVersion, nextProducerId, nowMs)
  const epochs = { producerEpoch: bumped(from.producerEpoch), lastProducerEpoch: NO_EPOCH }
  return { ...prepared(from, false, 0, NO_PRODUCER_ID, nowMs), ...epochs }
}

/** Every marker is written. */
export function completed(from: Transaction, nowMs: number): Transaction {
  const rotates = bumpsEpoch(from.clientVersion) && from.nextProducerId !== NO_PRODUCER_ID
  return next(from, {
    ...(rotates && { producerId: from.nextProducerId, producerEpoch: 0 }),
    nextProducerId: NO_PRODUCER_ID,
    state: from.state === 'PrepareCommit' ? 'CompleteCommit' : 'CompleteAbort',
    partitions: NO_PARTITIONS,
    lastUpdateMs: nowMs,
  })
}
