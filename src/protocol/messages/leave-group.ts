import { array, type Infer, type Input, int16, int32, message, string, struct } from '../schema.ts'

export const LeaveGroupRequest = message(
  'LeaveGroupRequest',
  { versions: '0-5', flexible: '4+' },
  {
    groupId: string(),
    memberId: string({ versions: '0-2' }),
    members: array(
      struct({
        memberId: string(),
        groupInstanceId: string({ nullable: '3+', default: null }),
        reason: string({ versions: '5+', nullable: '5+', default: null }),
      }),
      { versions: '3+' },
    ),
  },
)
export type LeaveGroupRequestData = Infer<typeof LeaveGroupRequest>

export const LeaveGroupResponse = message(
  'LeaveGroupResponse',
  { versions: '0-5', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+' }),
    errorCode: int16(),
    members: array(
      struct({
        memberId: string(),
        groupInstanceId: string({ nullable: '3+' }),
        errorCode: int16(),
      }),
      { versions: '3+' },
    ),
  },
)
export type LeaveGroupResponseData = Infer<typeof LeaveGroupResponse>
export type LeaveGroupResponseInput = Input<typeof LeaveGroupResponse>
