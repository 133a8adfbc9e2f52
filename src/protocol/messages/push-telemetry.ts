import { bool, bytes, type Infer, type Input, int8, int16, int32, message, uuid } from '../schema.ts'

export const PushTelemetryRequest = message(
  'PushTelemetryRequest',
  { versions: '0', flexible: '0+' },
  {
    clientInstanceId: uuid(),
    subscriptionId: int32(),
    terminating: bool(),
    compressionType: int8(),
    metrics: bytes(),
  },
)
export type PushTelemetryRequestData = Infer<typeof PushTelemetryRequest>

export const PushTelemetryResponse = message(
  'PushTelemetryResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
  },
)
export type PushTelemetryResponseData = Infer<typeof PushTelemetryResponse>
export type PushTelemetryResponseInput = Input<typeof PushTelemetryResponse>
