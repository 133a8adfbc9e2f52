import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { AddOffsetsToTxnRequest, AddOffsetsToTxnResponse } from '../../protocol/messages/add-offsets-to-txn.ts'
import { OFFSETS_TOPIC } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'
import { withoutFenced } from '../transactions/add-partitions.ts'
import type { TransactionCoordinator } from '../transactions/coordinator.ts'
import { endsAhead } from '../transactions/under-way.ts'

export interface AddOffsetsToTxnDeps {
  readonly coordinator: Pick<TransactionCoordinator, 'addPartitions'>
  readonly groupPartition: (groupId: string) => number
}

const FENCED_SINCE = 2

/** The partition that a group's offsets live in becomes part of the transaction. */
export function addOffsetsToTxnHandler({ coordinator, groupPartition }: AddOffsetsToTxnDeps): Handler {
  return handler(
    ApiKey.AddOffsetsToTxn,
    AddOffsetsToTxnRequest,
    AddOffsetsToTxnResponse,
    async ({ groupId, ...request }, { apiVersion, connection }) => {
      const partitions = [{ topic: OFFSETS_TOPIC, partition: groupPartition(groupId) }]
      const before = endsAhead(connection)
      if (before !== undefined) await before
      try {
        await coordinator.addPartitions({ ...request, partitions, clientVersion: 0, patienceMs: 0 })
        return { throttleTimeMs: 0, errorCode: ErrorCode.NONE }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { throttleTimeMs: 0, errorCode: apiVersion < FENCED_SINCE ? withoutFenced(error) : error.code }
      }
    },
  )
}
