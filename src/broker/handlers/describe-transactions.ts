import { ErrorCode } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../protocol/messages/describe-transactions.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { DescribedTransaction } from '../../transaction/commands.ts'
import type { Access } from '../access.ts'
import { describableTopics, split } from '../authorization.ts'
import { type Handler, handler } from '../handler.ts'
import type { TransactionCoordinator } from '../transactions/coordinator.ts'
import type { MarkerSender } from '../transactions/marker-sender.ts'

export interface DescribeTransactionsDeps {
  readonly coordinator: Pick<TransactionCoordinator, 'describe'>
  readonly markers: Pick<MarkerSender, 'remaining'>
  readonly access: Access
}

export function describeTransactionsHandler({ coordinator, markers, access }: DescribeTransactionsDeps): Handler {
  return handler(
    ApiKey.DescribeTransactions,
    DescribeTransactionsRequest,
    DescribeTransactionsResponse,
    async ({ transactionalIds }, context) => ({
      throttleTimeMs: 0,
      transactionStates: await Promise.all(
        transactionalIds.map(async (id) => {
          if (!access.may(context, AclOperation.DESCRIBE, ResourceType.TRANSACTIONAL_ID, id)) return denied(id)
          const described = await coordinator.describe(id)
          const isDecided = described.transactionState.startsWith('Prepare')
          const remaining = isDecided ? withoutDone(described, markers) : described
          const { allowed } = split(describableTopics(access, context), remaining.topics, ({ topic }) => topic)
          return { ...remaining, topics: allowed }
        }),
      ),
    }),
  )
}

function denied(transactionalId: string): DescribedTransaction {
  return {
    transactionalId,
    errorCode: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    transactionState: '',
    transactionTimeoutMs: 0,
    transactionStartTimeMs: 0,
    producerId: 0,
    producerEpoch: 0,
    topics: [],
  }
}

/** A decided transaction consists of the partitions whose markers are not written yet. */
function withoutDone(
  described: DescribedTransaction,
  markers: DescribeTransactionsDeps['markers'],
): DescribedTransaction {
  const remaining = markers.remaining(described.transactionalId)
  if (remaining === undefined) return described
  return {
    ...described,
    topics: Array.from(remaining, ([topic, partitions]) => ({ topic, partitions: [...partitions] })),
  }
}
