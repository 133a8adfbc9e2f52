import { type Infer, type Input, int16, int32, message, string } from '../schema.ts'

export const HeartbeatRequest = message(
  'HeartbeatRequest',
  { versions: '0-4', flexible: '4+' },
  {
    groupId: string(),
    generationId: int32(),
    memberId: string(),
    groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
  },
)
export type HeartbeatRequestData = Infer<typeof HeartbeatRequest>

export const HeartbeatResponse = message(
  'HeartbeatResponse',
  { versions: '0-4', flexible: '4+' },
  {
    throttleTimeMs: int32({ versions: '1+' }),
    errorCode: int16(),
  },
)
export type HeartbeatResponseData = Infer<typeof HeartbeatResponse>
export type HeartbeatResponseInput = Input<typeof HeartbeatResponse>
