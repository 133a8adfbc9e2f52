import { bytes, type Infer, type Input, int16, int32, int64, message } from '../schema.ts'

export const RenewDelegationTokenRequest = message(
  'RenewDelegationTokenRequest',
  { versions: '1-2', flexible: '2+' },
  {
    hmac: bytes(),
    renewPeriodMs: int64(),
  },
)
export type RenewDelegationTokenRequestData = Infer<typeof RenewDelegationTokenRequest>

export const RenewDelegationTokenResponse = message(
  'RenewDelegationTokenResponse',
  { versions: '1-2', flexible: '2+' },
  {
    errorCode: int16(),
    expiryTimestampMs: int64(),
    throttleTimeMs: int32(),
  },
)
export type RenewDelegationTokenResponseData = Infer<typeof RenewDelegationTokenResponse>
export type RenewDelegationTokenResponseInput = Input<typeof RenewDelegationTokenResponse>
