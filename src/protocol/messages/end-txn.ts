import { bool, type Infer, type Input, int16, int32, int64, message, string } from '../schema.ts'

export const EndTxnRequest = message(
  'EndTxnRequest',
  { versions: '0-5', flexible: '3+' },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    committed: bool(),
  },
)
export type EndTxnRequestData = Infer<typeof EndTxnRequest>

export const EndTxnResponse = message(
  'EndTxnResponse',
  { versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerId: int64({ versions: '5+', default: -1 }),
    producerEpoch: int16({ versions: '5+', default: -1 }),
  },
)
export type EndTxnResponseData = Infer<typeof EndTxnResponse>
export type EndTxnResponseInput = Input<typeof EndTxnResponse>
