import { type Infer, type Input, int16, int32, message, string } from '../schema.ts'

export const UnregisterBrokerRequest = message(
  'UnregisterBrokerRequest',
  { versions: '0', flexible: '0+' },
  {
    brokerId: int32(),
  },
)
export type UnregisterBrokerRequestData = Infer<typeof UnregisterBrokerRequest>

export const UnregisterBrokerResponse = message(
  'UnregisterBrokerResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
  },
)
export type UnregisterBrokerResponseData = Infer<typeof UnregisterBrokerResponse>
export type UnregisterBrokerResponseInput = Input<typeof UnregisterBrokerResponse>
