import { RE2JS, RE2JSException } from 're2js'
import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import { ListTransactionsRequest, ListTransactionsResponse } from '../../protocol/messages/list-transactions.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import { STATES, type TransactionState } from '../../transaction/transaction.ts'
import type { Access } from '../access.ts'
import { split } from '../authorization.ts'
import { type Handler, handler } from '../handler.ts'
import type { TransactionCoordinator } from '../transactions/coordinator.ts'

const NAMES: ReadonlySet<string> = new Set(STATES)

export interface ListTransactionsDeps {
  readonly coordinator: Pick<TransactionCoordinator, 'list'>
  readonly access: Access
}

export function listTransactionsHandler({ coordinator, access }: ListTransactionsDeps): Handler {
  return handler(
    ApiKey.ListTransactions,
    ListTransactionsRequest,
    ListTransactionsResponse,
    async (request, context) => {
      const names = [...new Set(request.stateFilters)]
      const states = names.length === 0 ? undefined : (names.filter((name) => NAMES.has(name)) as TransactionState[])
      const { producerIdFilters: producerIds, durationFilter: olderThanMs, transactionalIdPattern } = request
      try {
        const matches = matcher(transactionalIdPattern)
        const listed = await coordinator.list({ producerIds, states, olderThanMs })
        const found = listed.filter(({ transactionalId }) => matches(transactionalId))
        const { DESCRIBE: operation } = AclOperation
        const question = { access, context, operation, resourceType: ResourceType.TRANSACTIONAL_ID }
        return {
          throttleTimeMs: 0,
          errorCode: ErrorCode.NONE,
          unknownStateFilters: names.filter((name) => !NAMES.has(name)),
          transactionStates: split(question, found, ({ transactionalId }) => transactionalId).allowed,
        }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return { throttleTimeMs: 0, errorCode: error.code, unknownStateFilters: [], transactionStates: [] }
      }
    },
  )
}

/** RE2, which takes no longer than linear time whatever is asked. */
function matcher(pattern: string | null): (transactionalId: string) => boolean {
  if (pattern === null || pattern === '') return () => true
  try {
    const compiled = RE2JS.compile(pattern)
    return (transactionalId) => compiled.matches(transactionalId)
  } catch (error) {
    if (error instanceof RE2JSException) throw new KafkaError('INVALID_REGULAR_EXPRESSION')
    throw error
  }
}
