import { bytes, type Infer, type Input, int16, int64, message, string } from '../schema.ts'

export const SaslAuthenticateRequest = message(
  'SaslAuthenticateRequest',
  { versions: '0-2', flexible: '2+' },
  {
    authBytes: bytes(),
  },
)
export type SaslAuthenticateRequestData = Infer<typeof SaslAuthenticateRequest>

export const SaslAuthenticateResponse = message(
  'SaslAuthenticateResponse',
  { versions: '0-2', flexible: '2+' },
  {
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ versions: '1+' }),
  },
)
export type SaslAuthenticateResponseData = Infer<typeof SaslAuthenticateResponse>
export type SaslAuthenticateResponseInput = Input<typeof SaslAuthenticateResponse>
