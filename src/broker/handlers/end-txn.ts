import { KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { EndTxnRequest, EndTxnResponse } from '../../protocol/messages/end-txn.ts'
import { type Handler, handler } from '../handler.ts'
import { withoutFenced } from '../transactions/add-partitions.ts'
import type { TransactionCoordinator } from '../transactions/coordinator.ts'
import { writesEnd } from '../transactions/under-way.ts'

const FENCED_SINCE = 2
/** From here on the client takes a new epoch from the answer (KIP-890). */
const BUMPS_EPOCH_SINCE = 5
const BUMPS_EPOCH = 2

export function endTxnHandler(deps: { readonly coordinator: Pick<TransactionCoordinator, 'end'> }): Handler {
  return handler(ApiKey.EndTxn, EndTxnRequest, EndTxnResponse, async (request, { apiVersion, connection }) => {
    const { transactionalId, producerId, producerEpoch, committed: commit } = request
    const clientVersion = apiVersion >= BUMPS_EPOCH_SINCE ? BUMPS_EPOCH : 0
    const before = writesEnd(connection)
    if (before !== undefined) await before
    try {
      const end = { transactionalId, producerId, producerEpoch, commit, clientVersion }
      return { throttleTimeMs: 0, ...(await deps.coordinator.end(end)) }
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error
      return { throttleTimeMs: 0, errorCode: apiVersion < FENCED_SINCE ? withoutFenced(error) : error.code }
    }
  })
}
