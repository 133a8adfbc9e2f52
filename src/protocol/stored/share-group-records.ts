import { array, bigint64, type Infer, int8, int32, int64, message, string, struct, uuid } from '../schema.ts'

/** Type 10. */
export const ShareGroupMemberMetadataKey = message(
  'ShareGroupMemberMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)
export type ShareGroupMemberMetadataKeyData = Infer<typeof ShareGroupMemberMetadataKey>

export const ShareGroupMemberMetadataValue = message(
  'ShareGroupMemberMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
  },
)
export type ShareGroupMemberMetadataValueData = Infer<typeof ShareGroupMemberMetadataValue>

/** Type 11. */
export const ShareGroupMetadataKey = message(
  'ShareGroupMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)
export type ShareGroupMetadataKeyData = Infer<typeof ShareGroupMetadataKey>

export const ShareGroupMetadataValue = message(
  'ShareGroupMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    metadataHash: bigint64(),
  },
)
export type ShareGroupMetadataValueData = Infer<typeof ShareGroupMetadataValue>

/** Type 12. */
export const ShareGroupTargetAssignmentMetadataKey = message(
  'ShareGroupTargetAssignmentMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)
export type ShareGroupTargetAssignmentMetadataKeyData = Infer<typeof ShareGroupTargetAssignmentMetadataKey>

export const ShareGroupTargetAssignmentMetadataValue = message(
  'ShareGroupTargetAssignmentMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    assignmentEpoch: int32(),
    assignmentTimestamp: int64({ tag: 0, tagged: '0+' }),
  },
)
export type ShareGroupTargetAssignmentMetadataValueData = Infer<typeof ShareGroupTargetAssignmentMetadataValue>

/** Type 13. */
export const ShareGroupTargetAssignmentMemberKey = message(
  'ShareGroupTargetAssignmentMemberKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)
export type ShareGroupTargetAssignmentMemberKeyData = Infer<typeof ShareGroupTargetAssignmentMemberKey>

export const ShareGroupTargetAssignmentMemberValue = message(
  'ShareGroupTargetAssignmentMemberValue',
  { versions: '0', flexible: '0+' },
  {
    topicPartitions: array(
      struct({
        topicId: uuid(),
        partitions: array(int32()),
      }),
    ),
  },
)
export type ShareGroupTargetAssignmentMemberValueData = Infer<typeof ShareGroupTargetAssignmentMemberValue>

/** Type 14. */
export const ShareGroupCurrentMemberAssignmentKey = message(
  'ShareGroupCurrentMemberAssignmentKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)
export type ShareGroupCurrentMemberAssignmentKeyData = Infer<typeof ShareGroupCurrentMemberAssignmentKey>

const topicPartitions = {
  topicId: uuid(),
  partitions: array(int32()),
}

export const ShareGroupCurrentMemberAssignmentValue = message(
  'ShareGroupCurrentMemberAssignmentValue',
  { versions: '0', flexible: '0+' },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(struct(topicPartitions)),
  },
)
export type ShareGroupCurrentMemberAssignmentValueData = Infer<typeof ShareGroupCurrentMemberAssignmentValue>

/** Type 15. */
export const ShareGroupStatePartitionMetadataKey = message(
  'ShareGroupStatePartitionMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)
export type ShareGroupStatePartitionMetadataKeyData = Infer<typeof ShareGroupStatePartitionMetadataKey>

const topicPartitionsInfo = {
  topicId: uuid(),
  topicName: string(),
  partitions: array(int32()),
}

const topicInfo = {
  topicId: uuid(),
  topicName: string(),
}

export const ShareGroupStatePartitionMetadataValue = message(
  'ShareGroupStatePartitionMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    initializingTopics: array(struct(topicPartitionsInfo)),
    initializedTopics: array(struct(topicPartitionsInfo)),
    deletingTopics: array(struct(topicInfo)),
  },
)
export type ShareGroupStatePartitionMetadataValueData = Infer<typeof ShareGroupStatePartitionMetadataValue>
