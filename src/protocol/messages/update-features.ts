import { array, bool, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema.ts'

export const UpdateFeaturesRequest = message(
  'UpdateFeaturesRequest',
  { versions: '0-2', flexible: '0+' },
  {
    timeoutMs: int32({ default: 60000 }),
    featureUpdates: array(
      struct({
        feature: string(),
        maxVersionLevel: int16(),
        allowDowngrade: bool({ versions: '0' }),
        upgradeType: int8({ versions: '1+', default: 1 }),
      }),
    ),
    validateOnly: bool({ versions: '1+', default: false }),
  },
)
export type UpdateFeaturesRequestData = Infer<typeof UpdateFeaturesRequest>

export const UpdateFeaturesResponse = message(
  'UpdateFeaturesResponse',
  { versions: '0-2', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
    results: array(
      struct({
        feature: string(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      }),
      { versions: '0-1' },
    ),
  },
)
export type UpdateFeaturesResponseData = Infer<typeof UpdateFeaturesResponse>
export type UpdateFeaturesResponseInput = Input<typeof UpdateFeaturesResponse>
