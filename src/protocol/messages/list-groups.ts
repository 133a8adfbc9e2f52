import { array, type Infer, type Input, int16, int32, message, string, struct } from '../schema.ts'

export const ListGroupsRequest = message(
  'ListGroupsRequest',
  { versions: '0-5', flexible: '3+' },
  {
    statesFilter: array(string(), { versions: '4+' }),
    typesFilter: array(string(), { versions: '5+' }),
  },
)
export type ListGroupsRequestData = Infer<typeof ListGroupsRequest>

export const ListGroupsResponse = message(
  'ListGroupsResponse',
  { versions: '0-5', flexible: '3+' },
  {
    throttleTimeMs: int32({ versions: '1+' }),
    errorCode: int16(),
    groups: array(
      struct({
        groupId: string(),
        protocolType: string(),
        groupState: string({ versions: '4+' }),
        groupType: string({ versions: '5+' }),
      }),
    ),
  },
)
export type ListGroupsResponseData = Infer<typeof ListGroupsResponse>
export type ListGroupsResponseInput = Input<typeof ListGroupsResponse>
