import { array, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema.ts'

export const ListConfigResourcesRequest = message(
  'ListConfigResourcesRequest',
  { versions: '0-1', flexible: '0+' },
  {
    resourceTypes: array(int8(), { versions: '1+' }),
  },
)
export type ListConfigResourcesRequestData = Infer<typeof ListConfigResourcesRequest>

export const ListConfigResourcesResponse = message(
  'ListConfigResourcesResponse',
  { versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    configResources: array(
      struct({
        resourceName: string(),
        resourceType: int8({ versions: '1+', default: 16 }),
      }),
    ),
  },
)
export type ListConfigResourcesResponseData = Infer<typeof ListConfigResourcesResponse>
export type ListConfigResourcesResponseInput = Input<typeof ListConfigResourcesResponse>
