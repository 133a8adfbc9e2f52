import { type Infer, type Input, int16, int32, message, string, uuid } from '../schema.ts'

export const RemoveRaftVoterRequest = message(
  'RemoveRaftVoterRequest',
  { versions: '0', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+' }),
    voterId: int32(),
    voterDirectoryId: uuid(),
  },
)
export type RemoveRaftVoterRequestData = Infer<typeof RemoveRaftVoterRequest>

export const RemoveRaftVoterResponse = message(
  'RemoveRaftVoterResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
  },
)
export type RemoveRaftVoterResponseData = Infer<typeof RemoveRaftVoterResponse>
export type RemoveRaftVoterResponseInput = Input<typeof RemoveRaftVoterResponse>
