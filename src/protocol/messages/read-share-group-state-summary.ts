import { array, type Infer, type Input, int16, int32, int64, message, string, struct, uuid } from '../schema.ts'

export const ReadShareGroupStateSummaryRequest = message(
  'ReadShareGroupStateSummaryRequest',
  { versions: '0-1', flexible: '0+' },
  {
    groupId: string(),
    topics: array(
      struct({
        topicId: uuid(),
        partitions: array(
          struct({
            partition: int32(),
            leaderEpoch: int32(),
          }),
        ),
      }),
    ),
  },
)
export type ReadShareGroupStateSummaryRequestData = Infer<typeof ReadShareGroupStateSummaryRequest>

export const ReadShareGroupStateSummaryResponse = message(
  'ReadShareGroupStateSummaryResponse',
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
            stateEpoch: int32(),
            leaderEpoch: int32(),
            startOffset: int64(),
            deliveryCompleteCount: int32({ versions: '1+', default: -1 }),
          }),
        ),
      }),
    ),
  },
)
export type ReadShareGroupStateSummaryResponseData = Infer<typeof ReadShareGroupStateSummaryResponse>
export type ReadShareGroupStateSummaryResponseInput = Input<typeof ReadShareGroupStateSummaryResponse>
