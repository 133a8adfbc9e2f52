import { type Infer, int16, int32, message, string } from '../schema.ts'

export const RequestHeader = message(
  'RequestHeader',
  { versions: '1-2', flexible: '2+' },
  {
    requestApiKey: int16(),
    requestApiVersion: int16(),
    correlationId: int32(),
    clientId: string({ nullable: '1+', neverCompact: true }),
  },
)
export type RequestHeaderData = Infer<typeof RequestHeader>

export const ResponseHeader = message(
  'ResponseHeader',
  { versions: '0-1', flexible: '1+' },
  {
    correlationId: int32(),
  },
)
export type ResponseHeaderData = Infer<typeof ResponseHeader>
