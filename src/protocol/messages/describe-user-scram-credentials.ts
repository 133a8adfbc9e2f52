import { array, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema.ts'

export const DescribeUserScramCredentialsRequest = message(
  'DescribeUserScramCredentialsRequest',
  { versions: '0', flexible: '0+' },
  {
    users: array(
      struct({
        name: string(),
      }),
      { nullable: '0+' },
    ),
  },
)
export type DescribeUserScramCredentialsRequestData = Infer<typeof DescribeUserScramCredentialsRequest>

export const DescribeUserScramCredentialsResponse = message(
  'DescribeUserScramCredentialsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    results: array(
      struct({
        user: string(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
        credentialInfos: array(
          struct({
            mechanism: int8(),
            iterations: int32(),
          }),
        ),
      }),
    ),
  },
)
export type DescribeUserScramCredentialsResponseData = Infer<typeof DescribeUserScramCredentialsResponse>
export type DescribeUserScramCredentialsResponseInput = Input<typeof DescribeUserScramCredentialsResponse>
