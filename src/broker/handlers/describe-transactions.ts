import { ApiKey } from '../../protocol/apis.ts'
import {
  DescribeTransactionsRequest,
  DescribeTransactionsResponse,
} from '../../protocol/messages/describe-transactions.ts'
import { type Handler, handler } from '../handler.ts'
import type { TransactionCoordinator } from '../transactions/coordinator.ts'

export function describeTransactionsHandler(deps: {
  readonly coordinator: Pick<TransactionCoordinator, 'describe'>
}): Handler {
  return handler(
    ApiKey.DescribeTransactions,
    DescribeTransactionsRequest,
    DescribeTransactionsResponse,
    async ({ transactionalIds }) => ({
      throttleTimeMs: 0,
      transactionStates: await Promise.all(transactionalIds.map((id) => deps.coordinator.describe(id))),
    }),
  )
}
