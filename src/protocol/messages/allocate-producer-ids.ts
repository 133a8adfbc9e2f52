import { type Infer, type Input, int16, int32, int64, message } from '../schema.ts'

export const AllocateProducerIdsRequest = message(
  'AllocateProducerIdsRequest',
  { versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
    brokerEpoch: int64({ default: -1 }),
  },
)
export type AllocateProducerIdsRequestData = Infer<typeof AllocateProducerIdsRequest>

export const AllocateProducerIdsResponse = message(
  'AllocateProducerIdsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    producerIdStart: int64(),
    producerIdLen: int32(),
  },
)
export type AllocateProducerIdsResponseData = Infer<typeof AllocateProducerIdsResponse>
export type AllocateProducerIdsResponseInput = Input<typeof AllocateProducerIdsResponse>
