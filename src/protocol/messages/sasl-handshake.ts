import { array, type Infer, type Input, int16, message, string } from '../schema.ts'

export const SaslHandshakeRequest = message(
  'SaslHandshakeRequest',
  { versions: '0-1', flexible: 'none' },
  {
    mechanism: string(),
  },
)
export type SaslHandshakeRequestData = Infer<typeof SaslHandshakeRequest>

export const SaslHandshakeResponse = message(
  'SaslHandshakeResponse',
  { versions: '0-1', flexible: 'none' },
  {
    errorCode: int16(),
    mechanisms: array(string()),
  },
)
export type SaslHandshakeResponseData = Infer<typeof SaslHandshakeResponse>
export type SaslHandshakeResponseInput = Input<typeof SaslHandshakeResponse>
