import { array, bool, type Infer, type Input, int16, int32, int64, message, string, struct } from '../schema.ts'

export const ApiVersionsRequest = message(
  'ApiVersionsRequest',
  { versions: '0-4', flexible: '3+' },
  {
    clientSoftwareName: string({ versions: '3+' }),
    clientSoftwareVersion: string({ versions: '3+' }),
  },
)
export type ApiVersionsRequestData = Infer<typeof ApiVersionsRequest>

export const ApiVersionsResponse = message(
  'ApiVersionsResponse',
  { versions: '0-4', flexible: '3+' },
  {
    errorCode: int16(),
    apiKeys: array(
      struct({
        apiKey: int16(),
        minVersion: int16(),
        maxVersion: int16(),
      }),
    ),
    throttleTimeMs: int32({ versions: '1+' }),
    supportedFeatures: array(
      struct({
        name: string(),
        minVersion: int16(),
        maxVersion: int16(),
      }),
      { versions: '3+', tag: 0, tagged: '3+' },
    ),
    finalizedFeaturesEpoch: int64({ versions: '3+', default: -1, tag: 1, tagged: '3+' }),
    finalizedFeatures: array(
      struct({
        name: string(),
        maxVersionLevel: int16(),
        minVersionLevel: int16(),
      }),
      { versions: '3+', tag: 2, tagged: '3+' },
    ),
    zkMigrationReady: bool({ versions: '3+', default: false, tag: 3, tagged: '3+' }),
  },
)
export type ApiVersionsResponseData = Infer<typeof ApiVersionsResponse>
export type ApiVersionsResponseInput = Input<typeof ApiVersionsResponse>
