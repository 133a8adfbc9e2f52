import { array, bool, type Infer, type Input, int16, int32, message, string, struct, uint16, uuid } from '../schema.ts'

export const ControllerRegistrationRequest = message(
  'ControllerRegistrationRequest',
  { versions: '0', flexible: '0+' },
  {
    controllerId: int32(),
    incarnationId: uuid(),
    zkMigrationReady: bool(),
    listeners: array(
      struct({
        name: string(),
        host: string(),
        port: uint16(),
        securityProtocol: int16(),
      }),
    ),
    features: array(
      struct({
        name: string(),
        minSupportedVersion: int16(),
        maxSupportedVersion: int16(),
      }),
    ),
  },
)
export type ControllerRegistrationRequestData = Infer<typeof ControllerRegistrationRequest>

export const ControllerRegistrationResponse = message(
  'ControllerRegistrationResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
  },
)
export type ControllerRegistrationResponseData = Infer<typeof ControllerRegistrationResponse>
export type ControllerRegistrationResponseInput = Input<typeof ControllerRegistrationResponse>
