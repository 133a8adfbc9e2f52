import { array, bool, type Infer, type Input, int16, int32, message, string, struct, uint16, uuid } from '../schema.ts'

export const AddRaftVoterRequest = message(
  'AddRaftVoterRequest',
  { versions: '0-1', flexible: '0+' },
  {
    clusterId: string({ nullable: '0+' }),
    timeoutMs: int32(),
    voterId: int32(),
    voterDirectoryId: uuid(),
    listeners: array(
      struct({
        name: string(),
        host: string(),
        port: uint16(),
      }),
    ),
    ackWhenCommitted: bool({ versions: '1+', default: true }),
  },
)
export type AddRaftVoterRequestData = Infer<typeof AddRaftVoterRequest>

export const AddRaftVoterResponse = message(
  'AddRaftVoterResponse',
  { versions: '0-1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+' }),
  },
)
export type AddRaftVoterResponseData = Infer<typeof AddRaftVoterResponse>
export type AddRaftVoterResponseInput = Input<typeof AddRaftVoterResponse>
