import { type Infer, type Input, int16, int32, int64, message, string } from '../schema.ts'

export const AddOffsetsToTxnRequest = message(
  'AddOffsetsToTxnRequest',
  { versions: '0-4', flexible: '3+' },
  {
    transactionalId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    groupId: string(),
  },
)
export type AddOffsetsToTxnRequestData = Infer<typeof AddOffsetsToTxnRequest>

export const AddOffsetsToTxnResponse = message(
  'AddOffsetsToTxnResponse',
  { versions: '0-4', flexible: '3+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
)
export type AddOffsetsToTxnResponseData = Infer<typeof AddOffsetsToTxnResponse>
export type AddOffsetsToTxnResponseInput = Input<typeof AddOffsetsToTxnResponse>
