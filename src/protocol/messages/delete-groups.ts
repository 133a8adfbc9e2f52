import { array, type Infer, type Input, int16, int32, message, string, struct } from '../schema.ts'

export const DeleteGroupsRequest = message(
  'DeleteGroupsRequest',
  { versions: '0-2', flexible: '2+' },
  {
    groupsNames: array(string()),
  },
)
export type DeleteGroupsRequestData = Infer<typeof DeleteGroupsRequest>

export const DeleteGroupsResponse = message(
  'DeleteGroupsResponse',
  { versions: '0-2', flexible: '2+' },
  {
    throttleTimeMs: int32(),
    results: array(
      struct({
        groupId: string(),
        errorCode: int16(),
      }),
    ),
  },
)
export type DeleteGroupsResponseData = Infer<typeof DeleteGroupsResponse>
export type DeleteGroupsResponseInput = Input<typeof DeleteGroupsResponse>
