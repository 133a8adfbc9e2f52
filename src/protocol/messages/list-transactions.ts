import { array, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema.ts'

export const ListTransactionsRequest = message(
  'ListTransactionsRequest',
  { versions: '0-2', flexible: '0+' },
  {
    stateFilters: array(string()),
    producerIdFilters: array(int64()),
    durationFilter: int64({ versions: '1+', default: -1 }),
    transactionalIdPattern: string({ versions: '2+', nullable: '2+', default: null }),
  },
)
export type ListTransactionsRequestData = Infer<typeof ListTransactionsRequest>

export const ListTransactionsResponse = message(
  'ListTransactionsResponse',
  { versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    unknownStateFilters: array(string()),
    transactionStates: array(
      struct({
        transactionalId: string(),
        producerId: int64(),
        transactionState: string(),
      }),
    ),
  },
)
export type ListTransactionsResponseData = Infer<typeof ListTransactionsResponse>
export type ListTransactionsResponseInput = Input<typeof ListTransactionsResponse>
