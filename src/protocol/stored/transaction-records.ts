import { array, type Infer, int8, int16, int32, int64, message, string, struct } from '../schema.ts'

/** Type 0. */
export const TransactionLogKey = message(
  'TransactionLogKey',
  { versions: '0', flexible: 'none' },
  {
    transactionalId: string(),
  },
)
export type TransactionLogKeyData = Infer<typeof TransactionLogKey>

export const TransactionLogValue = message(
  'TransactionLogValue',
  { versions: '0-1', flexible: '1+' },
  {
    producerId: int64(),
    previousProducerId: int64({ versions: '1+', default: -1, tag: 0, tagged: '1+' }),
    nextProducerId: int64({ versions: '1+', default: -1, tag: 1, tagged: '1+' }),
    producerEpoch: int16(),
    nextProducerEpoch: int16({ versions: '1+', default: -1, tag: 3, tagged: '1+' }),
    transactionTimeoutMs: int32(),
    transactionStatus: int8(),
    transactionPartitions: array(
      struct({
        topic: string(),
        partitionIds: array(int32()),
      }),
      { nullable: '0+' },
    ),
    transactionLastUpdateTimestampMs: int64(),
    transactionStartTimestampMs: int64(),
    clientTransactionVersion: int16({ versions: '1+', tag: 2, tagged: '1+' }),
  },
)
export type TransactionLogValueData = Infer<typeof TransactionLogValue>
