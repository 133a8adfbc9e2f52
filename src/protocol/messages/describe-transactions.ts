import { array, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema.ts'

export const DescribeTransactionsRequest = message(
  'DescribeTransactionsRequest',
  { versions: '0', flexible: '0+' },
  {
    transactionalIds: array(string()),
  },
)
export type DescribeTransactionsRequestData = Infer<typeof DescribeTransactionsRequest>

export const DescribeTransactionsResponse = message(
  'DescribeTransactionsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    transactionStates: array(
      struct({
        errorCode: int16(),
        transactionalId: string(),
        transactionState: string(),
        transactionTimeoutMs: int32(),
        transactionStartTimeMs: int64(),
        producerId: int64(),
        producerEpoch: int16(),
        topics: array(
          struct({
            topic: string(),
            partitions: array(int32()),
          }),
        ),
      }),
    ),
  },
)
export type DescribeTransactionsResponseData = Infer<typeof DescribeTransactionsResponse>
export type DescribeTransactionsResponseInput = Input<typeof DescribeTransactionsResponse>
