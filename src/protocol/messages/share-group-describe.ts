import { array, bool, type Infer, type Input, int16, int32, message, string, struct, uuid } from '../schema.ts'

export const ShareGroupDescribeRequest = message(
  'ShareGroupDescribeRequest',
  { versions: '1', flexible: '0+' },
  {
    groupIds: array(string()),
    includeAuthorizedOperations: bool(),
  },
)
export type ShareGroupDescribeRequestData = Infer<typeof ShareGroupDescribeRequest>

const topicPartitions = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}

const assignment = {
  topicPartitions: array(struct(topicPartitions)),
}

export const ShareGroupDescribeResponse = message(
  'ShareGroupDescribeResponse',
  { versions: '1', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    groups: array(
      struct({
        errorCode: int16(),
        errorMessage: string({ nullable: '0+', default: null }),
        groupId: string(),
        groupState: string(),
        groupEpoch: int32(),
        assignmentEpoch: int32(),
        assignorName: string(),
        members: array(
          struct({
            memberId: string(),
            rackId: string({ nullable: '0+', default: null }),
            memberEpoch: int32(),
            clientId: string(),
            clientHost: string(),
            subscribedTopicNames: array(string()),
            assignment: struct(assignment),
          }),
        ),
        authorizedOperations: int32({ default: -2147483648 }),
      }),
    ),
  },
)
export type ShareGroupDescribeResponseData = Infer<typeof ShareGroupDescribeResponse>
export type ShareGroupDescribeResponseInput = Input<typeof ShareGroupDescribeResponse>
