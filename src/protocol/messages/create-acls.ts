import { array, type Infer, type Input, int8, int16, int32, message, string, struct } from '../schema.ts'

export const CreateAclsRequest = message(
  'CreateAclsRequest',
  { versions: '1-3', flexible: '2+' },
  {
    creations: array(
      struct({
        resourceType: int8(),
        resourceName: string(),
        resourcePatternType: int8({ default: 3 }),
        principal: string(),
        host: string(),
        operation: int8(),
        permissionType: int8(),
      }),
    ),
  },
)
export type CreateAclsRequestData = Infer<typeof CreateAclsRequest>

export const CreateAclsResponse = message(
  'CreateAclsResponse',
  { versions: '1-3', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    results: array(
      struct({
        errorCode: int16(),
        errorMessage: string({ nullable: '0+' }),
      }),
    ),
  },
)
export type CreateAclsResponseData = Infer<typeof CreateAclsResponse>
export type CreateAclsResponseInput = Input<typeof CreateAclsResponse>
