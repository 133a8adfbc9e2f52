import { array, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema.ts'

export const DeleteShareGroupOffsetsRequest = message(
  'DeleteShareGroupOffsetsRequest',
  { versions: '0', flexible: '0+' },
  {
    groupId: string(),
    topics: array(
      struct({
        topicName: string(),
      }),
    ),
  },
)
export type DeleteShareGroupOffsetsRequestData = Infer<typeof DeleteShareGroupOffsetsRequest>

export const DeleteShareGroupOffsetsResponse = message(
  'DeleteShareGroupOffsetsResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    responses: array(
      struct({
        topicName: string(),
        topicId: uuid(),
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
      }),
    ),
  },
)
export type DeleteShareGroupOffsetsResponseData = Infer<typeof DeleteShareGroupOffsetsResponse>
export type DeleteShareGroupOffsetsResponseInput = Input<typeof DeleteShareGroupOffsetsResponse>
