import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../protocol/messages/describe-transactions.ts'
import type { DescribedTransaction } from '../../transaction/commands.ts'
import { type Handler, handler } from '../handler.ts'
import type { TransactionCoordinator } from '../transactions/coordinator.ts'
import type { MarkerSender } from '../transactions/marker-sender.ts'

export interface DescribeTransactionsDeps {
  readonly coordinator: Pick<TransactionCoordinator, 'describe'>
  readonly markers: Pick<MarkerSender, 'remaining'>
}

export function describeTransactionsHandler({ coordinator, markers }: DescribeTransactionsDeps): Handler {
  return handler(
    ApiKey.DescribeTransactions,
    DescribeTransactionsRequest,
    DescribeTransactionsResponse,
    async ({ transactionalIds }) => ({
      throttleTimeMs: 0,
      transactionStates: await Promise.all(
        transactionalIds.map(async (id) => {
          const described = await coordinator.describe(id)
          return described.transactionState.startsWith('Prepare') ? withoutDone(described, markers) : described
        }),
      ),
    }),
  )
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
