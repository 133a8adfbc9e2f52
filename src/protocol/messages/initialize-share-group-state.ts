import { array, type Infer, type Input, int16, int32, int64, message, string, struct, uuid } from '../schema.ts'

export const InitializeShareGroupStateRequest = message(
  'InitializeShareGroupStateRequest',
  { versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array(
      struct({
        topicId: uuid(),
        partitions: array(
          struct({
            partition: int32(),
            stateEpoch: int32(),
            startOffset: int64(),
          }),
        ),
      }),
    ),
  },
)
export type InitializeShareGroupStateRequestData = Infer<typeof InitializeShareGroupStateRequest>

export const InitializeShareGroupStateResponse = message(
  'InitializeShareGroupStateResponse',
  { versions: '0', flexible: '0+' },
  {
    results: array(
      struct({
        topicId: uuid(),
        partitions: array(
          struct({
            partition: int32(),
            errorCode: int16(),
            errorMessage: string({ nullable: '0+', default: null }),
          }),
        ),
      }),
    ),
  },
)
export type InitializeShareGroupStateResponseData = Infer<typeof InitializeShareGroupStateResponse>
export type InitializeShareGroupStateResponseInput = Input<typeof InitializeShareGroupStateResponse>
