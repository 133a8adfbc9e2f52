import { ApiKey } from '../../protocol/apis.ts'
import { AddPartitionsToTxnRequest, AddPartitionsToTxnResponse } from '../../protocol/messages/add-partitions-to-txn.ts'
import type { Access } from '../access.ts'
import { type Handler, handler } from '../handler.ts'
import {
  type AddPartitionsDeps,
  addClientsPartitions,
  addToTransaction,
  BROKERS_SINCE,
} from '../transactions/add-partitions.ts'
import { endsAhead } from '../transactions/under-way.ts'

/** Of clients up to version 3; of brokers, for all that they append for, from version 4. */
export function addPartitionsToTxnHandler(deps: AddPartitionsDeps & { readonly access: Access }): Handler {
  return handler(
    ApiKey.AddPartitionsToTxn,
    AddPartitionsToTxnRequest,
    AddPartitionsToTxnResponse,
    async (request, context) => {
      const { apiVersion } = context
      if (apiVersion >= BROKERS_SINCE) {
        const all = request.transactions.map((transaction) => addToTransaction(deps, transaction, apiVersion))
        return { throttleTimeMs: 0, resultsByTransaction: await Promise.all(all), resultsByTopicV3AndBelow: [] }
      }
      const before = endsAhead(context.connection)
      if (before !== undefined) await before
      const asked = {
        transactionalId: request.v3AndBelowTransactionalId,
        producerId: request.v3AndBelowProducerId,
        producerEpoch: request.v3AndBelowProducerEpoch,
        verifyOnly: false,
        topics: request.v3AndBelowTopics,
      }
      const { topicResults } = await addClientsPartitions(deps, deps.access, asked, context)
      return { throttleTimeMs: 0, resultsByTransaction: [], resultsByTopicV3AndBelow: topicResults }
    },
  )
}
