import { array, type Infer, type Input, int8, int16, int32, int64, message, string, struct, uuid } from '../schema.ts'

export const WriteShareGroupStateRequest = message(
  'WriteShareGroupStateRequest',
  { versions: '0-1', flexible: '0+' },
  {
    groupId: string(),
    topics: array(
      struct({
        topicId: uuid(),
        partitions: array(
          struct({
            partition: int32(),
            stateEpoch: int32(),
            leaderEpoch: int32(),
            startOffset: int64(),
            deliveryCompleteCount: int32({ versions: '1+', default: -1 }),
            stateBatches: array(
              struct({
                firstOffset: int64(),
                lastOffset: int64(),
                deliveryState: int8(),
                deliveryCount: int16(),
              }),
            ),
          }),
        ),
      }),
    ),
  },
)
export type WriteShareGroupStateRequestData = Infer<typeof WriteShareGroupStateRequest>

export const WriteShareGroupStateResponse = message(
  'WriteShareGroupStateResponse',
  { versions: '0-1', flexible: '0+' },
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
export type WriteShareGroupStateResponseData = Infer<typeof WriteShareGroupStateResponse>
export type WriteShareGroupStateResponseInput = Input<typeof WriteShareGroupStateResponse>
