import { bytes, type Infer, type Input, int16, message } from '../schema.ts'

export const EnvelopeRequest = message(
  'EnvelopeRequest',
  { versions: '0', flexible: '0+' },
  {
    requestData: bytes(),
    requestPrincipal: bytes({ nullable: '0+' }),
    clientHostAddress: bytes(),
  },
)
export type EnvelopeRequestData = Infer<typeof EnvelopeRequest>

export const EnvelopeResponse = message(
  'EnvelopeResponse',
  { versions: '0', flexible: '0+' },
  {
    responseData: bytes({ nullable: '0+', default: null }),
    errorCode: int16(),
  },
)
export type EnvelopeResponseData = Infer<typeof EnvelopeResponse>
export type EnvelopeResponseInput = Input<typeof EnvelopeResponse>
