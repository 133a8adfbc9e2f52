import { array, bytes, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema.ts'

export const DescribeDelegationTokenRequest = message(
  'DescribeDelegationTokenRequest',
  { versions: '1-3', flexible: '2+' },
  {
    owners: array(
      struct({
        principalType: string(),
        principalName: string(),
      }),
      { nullable: '0+' },
    ),
  },
)
export type DescribeDelegationTokenRequestData = Infer<typeof DescribeDelegationTokenRequest>

export const DescribeDelegationTokenResponse = message(
  'DescribeDelegationTokenResponse',
  { versions: '1-3', flexible: '2+' },
  {
    errorCode: int16(),
    tokens: array(
      struct({
        principalType: string(),
        principalName: string(),
        tokenRequesterPrincipalType: string({ versions: '3+' }),
        tokenRequesterPrincipalName: string({ versions: '3+' }),
        issueTimestamp: int64(),
        expiryTimestamp: int64(),
        maxTimestamp: int64(),
        tokenId: string(),
        hmac: bytes(),
        renewers: array(
          struct({
            principalType: string(),
            principalName: string(),
          }),
        ),
      }),
    ),
    throttleTimeMs: int32(),
  },
)
export type DescribeDelegationTokenResponseData = Infer<typeof DescribeDelegationTokenResponse>
export type DescribeDelegationTokenResponseInput = Input<typeof DescribeDelegationTokenResponse>
