import { array, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema.ts'

export const DeleteTopicsRequest = message(
  'DeleteTopicsRequest',
  { versions: '1-6', flexible: '4+' },
  {
    topics: array(
      struct({
        name: string({ nullable: '6+', default: null }),
        topicId: uuid(),
      }),
      { versions: '6+' },
    ),
    topicNames: array(string(), { versions: '0-5' }),
    timeoutMs: int32(),
  },
)
export type DeleteTopicsRequestData = Infer<typeof DeleteTopicsRequest>

export const DeleteTopicsResponse = message(
  'DeleteTopicsResponse',
  { versions: '1-6', flexible: '4+' },
  {
    throttleTimeMs: int32(),
    responses: array(
      struct({
        name: string({ nullable: '6+' }),
        topicId: uuid({ versions: '6+' }),
        errorCode: int16(),
        errorMessage: string({ versions: '5+', nullable: '5+', default: null }),
      }),
    ),
  },
)
export type DeleteTopicsResponseData = Infer<typeof DeleteTopicsResponse>
export type DeleteTopicsResponseInput = Input<typeof DeleteTopicsResponse>
