import { array, type Infer, type Input, int16, int32, int64, message, string, struct, uuid } from '../schema.ts'

export const OffsetCommitRequest = message(
  'OffsetCommitRequest',
  { versions: '2-10', flexible: '8+' },
  {
    groupId: string(),
    generationIdOrMemberEpoch: int32({ default: -1 }),
    memberId: string(),
    groupInstanceId: string({ versions: '7+', nullable: '7+', default: null }),
    retentionTimeMs: int64({ versions: '2-4', default: -1 }),
    topics: array(
      struct({
        name: string({ versions: '0-9' }),
        topicId: uuid({ versions: '10+' }),
        partitions: array(
          struct({
            partitionIndex: int32(),
            committedOffset: int64(),
            committedLeaderEpoch: int32({ versions: '6+', default: -1 }),
            committedMetadata: string({ nullable: '0+' }),
          }),
        ),
      }),
    ),
  },
)
export type OffsetCommitRequestData = Infer<typeof OffsetCommitRequest>

export const OffsetCommitResponse = message(
  'OffsetCommitResponse',
  { versions: '2-10', flexible: '8+' },
  {
    throttleTimeMs: int32({ versions: '3+' }),
    topics: array(
      struct({
        name: string({ versions: '0-9' }),
        topicId: uuid({ versions: '10+' }),
        partitions: array(
          struct({
            partitionIndex: int32(),
            errorCode: int16(),
          }),
        ),
      }),
    ),
  },
)
export type OffsetCommitResponseData = Infer<typeof OffsetCommitResponse>
export type OffsetCommitResponseInput = Input<typeof OffsetCommitResponse>
