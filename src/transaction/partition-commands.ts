import { ErrorCode, KafkaError } from '../base/errors.ts'
import type { AddPartitionsCommand, PartitionError, VerifyCommand } from './commands.ts'
import { includes } from './partitions.ts'
import { isPrepared, requireRest, type Transaction } from './transaction.ts'
import { joined } from './transitions.ts'

/** undefined: they all belong to the transaction already. */
export function decideAddPartitions(
  known: Transaction | undefined,
  command: AddPartitionsCommand,
  nowMs: number,
): Transaction | undefined {
  if (known !== undefined) requireRest(known)
  const current = requireOwn(known, command)
  const isNews = current.state !== 'Ongoing' || !command.partitions.every((one) => includes(current.partitions, one))
  return isNews ? joined(current, command.partitions, command.clientVersion, nowMs) : undefined
}

/** The producer went on before the markers of its last transaction were all written: they are about to be. */
export function comesEarly(known: Transaction | undefined, command: AddPartitionsCommand): boolean {
  const isIts = known?.producerId === command.producerId && known.producerEpoch === command.producerEpoch
  return command.patienceMs > 0 && isIts && isPrepared(known)
}

/** Whether a broker may append to these partitions in the producer's transaction. */
export function verify(known: Transaction | undefined, command: VerifyCommand): PartitionError[] {
  const current = requireOwn(known, command)
  requireRest(current)
  const { partitions } = current
  return command.partitions.map((one) => {
    const { NONE, TRANSACTION_ABORTABLE } = ErrorCode
    return { ...one, errorCode: includes(partitions, one) ? NONE : TRANSACTION_ABORTABLE }
  })
}

function requireOwn(known: Transaction | undefined, command: AddPartitionsCommand | VerifyCommand): Transaction {
  if (known?.producerId !== command.producerId) throw new KafkaError('INVALID_PRODUCER_ID_MAPPING')
  if (known.producerEpoch !== command.producerEpoch) throw new KafkaError('PRODUCER_FENCED')
  return known
}
