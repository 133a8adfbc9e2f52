import { array, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema.ts'

export const DeleteShareGroupStateRequest = message(
  'DeleteShareGroupStateRequest',
  { versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array(
      struct({
        topicId: uuid(),
        partitions: array(
          struct({
            partition: int32(),
          }),
        ),
      }),
    ),
  },
)
export type DeleteShareGroupStateRequestData = Infer<typeof DeleteShareGroupStateRequest>

export const DeleteShareGroupStateResponse = message(
  'DeleteShareGroupStateResponse',
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
export type DeleteShareGroupStateResponseData = Infer<typeof DeleteShareGroupStateResponse>
export type DeleteShareGroupStateResponseInput = Input<typeof DeleteShareGroupStateResponse>
