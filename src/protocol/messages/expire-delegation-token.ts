import { bytes, type Infer, type Input, int16, int32, int64, message } from '../schema.ts'

export const ExpireDelegationTokenRequest = message(
  'ExpireDelegationTokenRequest',
  { versions: '1-2', flexible: '2+' },
  {
    hmac: bytes(),
    expiryTimePeriodMs: int64(),
  },
)
export type ExpireDelegationTokenRequestData = Infer<typeof ExpireDelegationTokenRequest>

export const ExpireDelegationTokenResponse = message(
  'ExpireDelegationTokenResponse',
  { versions: '1-2', flexible: '2+' },
  {
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32(),
  },
)
export type ExpireDelegationTokenResponseData = Infer<typeof ExpireDelegationTokenResponse>
export type ExpireDelegationTokenResponseInput = Input<typeof ExpireDelegationTokenResponse>
