import { array, bigint64, bytes, type Infer, int8, int32, int64, message, string, struct, uuid } from '../schema.ts'

/** Type 0. */
export const LegacyOffsetCommitKey = message(
  'LegacyOffsetCommitKey',
  { versions: '0', flexible: 'none' },
  {
    group: string(),
    topic: string(),
    partition: int32(),
  },
)
export type LegacyOffsetCommitKeyData = Infer<typeof LegacyOffsetCommitKey>

export const LegacyOffsetCommitValue = message(
  'LegacyOffsetCommitValue',
  { versions: '0', flexible: 'none' },
  {
    offset: int64(),
    metadata: string(),
    commitTimestamp: int64(),
  },
)
export type LegacyOffsetCommitValueData = Infer<typeof LegacyOffsetCommitValue>

/** Type 1. */
export const OffsetCommitKey = message(
  'OffsetCommitKey',
  { versions: '0', flexible: 'none' },
  {
    group: string(),
    topic: string(),
    partition: int32(),
  },
)
export type OffsetCommitKeyData = Infer<typeof OffsetCommitKey>

export const OffsetCommitValue = message(
  'OffsetCommitValue',
  { versions: '0-4', flexible: '4+' },
  {
    offset: int64(),
    leaderEpoch: int32({ versions: '3+', default: -1 }),
    metadata: string(),
    commitTimestamp: int64(),
    expireTimestamp: int64({ versions: '1', default: -1 }),
    topicId: uuid({ versions: '4+', tag: 0, tagged: '4+' }),
  },
)
export type OffsetCommitValueData = Infer<typeof OffsetCommitValue>

/** Type 2. */
export const GroupMetadataKey = message(
  'GroupMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    group: string(),
  },
)
export type GroupMetadataKeyData = Infer<typeof GroupMetadataKey>

const memberMetadata = {
  memberId: string(),
  groupInstanceId: string({ versions: '3+', nullable: '3+', default: null }),
  clientId: string(),
  clientHost: string(),
  rebalanceTimeout: int32({ versions: '1+', default: -1 }),
  sessionTimeout: int32(),
  subscription: bytes(),
  assignment: bytes(),
}

export const GroupMetadataValue = message(
  'GroupMetadataValue',
  { versions: '0-4', flexible: '4+' },
  {
    protocolType: string(),
    generation: int32(),
    protocol: string({ nullable: '0+' }),
    leader: string({ nullable: '0+' }),
    currentStateTimestamp: int64({ versions: '2+', default: -1 }),
    members: array(struct(memberMetadata)),
  },
)
export type GroupMetadataValueData = Infer<typeof GroupMetadataValue>

/** Type 3. */
export const ConsumerGroupMetadataKey = message(
  'ConsumerGroupMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)
export type ConsumerGroupMetadataKeyData = Infer<typeof ConsumerGroupMetadataKey>

export const ConsumerGroupMetadataValue = message(
  'ConsumerGroupMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    metadataHash: bigint64({ tag: 0, tagged: '0+' }),
  },
)
export type ConsumerGroupMetadataValueData = Infer<typeof ConsumerGroupMetadataValue>

/** Type 4. */
export const ConsumerGroupPartitionMetadataKey = message(
  'ConsumerGroupPartitionMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)
export type ConsumerGroupPartitionMetadataKeyData = Infer<typeof ConsumerGroupPartitionMetadataKey>

export const ConsumerGroupPartitionMetadataValue = message(
  'ConsumerGroupPartitionMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    topics: array(
      struct({
        topicId: uuid(),
        topicName: string(),
        numPartitions: int32(),
        partitionMetadata: array(
          struct({
            partition: int32(),
            racks: array(string()),
          }),
        ),
      }),
    ),
  },
)
export type ConsumerGroupPartitionMetadataValueData = Infer<typeof ConsumerGroupPartitionMetadataValue>

/** Type 5. */
export const ConsumerGroupMemberMetadataKey = message(
  'ConsumerGroupMemberMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)
export type ConsumerGroupMemberMetadataKeyData = Infer<typeof ConsumerGroupMemberMetadataKey>

export const ConsumerGroupMemberMetadataValue = message(
  'ConsumerGroupMemberMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    instanceId: string({ nullable: '0+' }),
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    subscribedTopicNames: array(string()),
    subscribedTopicRegex: string({ nullable: '0+' }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    serverAssignor: string({ nullable: '0+' }),
    classicMemberMetadata: struct(
      {
        sessionTimeoutMs: int32(),
        supportedProtocols: array(
          struct({
            name: string(),
            metadata: bytes(),
          }),
        ),
      },
      { nullable: '0+', tag: 0, tagged: '0+' },
    ),
  },
)
export type ConsumerGroupMemberMetadataValueData = Infer<typeof ConsumerGroupMemberMetadataValue>

/** Type 6. */
export const ConsumerGroupTargetAssignmentMetadataKey = message(
  'ConsumerGroupTargetAssignmentMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)
export type ConsumerGroupTargetAssignmentMetadataKeyData = Infer<typeof ConsumerGroupTargetAssignmentMetadataKey>

export const ConsumerGroupTargetAssignmentMetadataValue = message(
  'ConsumerGroupTargetAssignmentMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    assignmentEpoch: int32(),
    assignmentTimestamp: int64({ tag: 0, tagged: '0+' }),
  },
)
export type ConsumerGroupTargetAssignmentMetadataValueData = Infer<typeof ConsumerGroupTargetAssignmentMetadataValue>

/** Type 7. */
export const ConsumerGroupTargetAssignmentMemberKey = message(
  'ConsumerGroupTargetAssignmentMemberKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)
export type ConsumerGroupTargetAssignmentMemberKeyData = Infer<typeof ConsumerGroupTargetAssignmentMemberKey>

export const ConsumerGroupTargetAssignmentMemberValue = message(
  'ConsumerGroupTargetAssignmentMemberValue',
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
export type ConsumerGroupTargetAssignmentMemberValueData = Infer<typeof ConsumerGroupTargetAssignmentMemberValue>

/** Type 8. */
export const ConsumerGroupCurrentMemberAssignmentKey = message(
  'ConsumerGroupCurrentMemberAssignmentKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)
export type ConsumerGroupCurrentMemberAssignmentKeyData = Infer<typeof ConsumerGroupCurrentMemberAssignmentKey>

const topicPartitions = {
  topicId: uuid(),
  partitions: array(int32()),
  assignmentEpochs: array(int32(), { nullable: '0+', tag: 0, tagged: '0+' }),
}

export const ConsumerGroupCurrentMemberAssignmentValue = message(
  'ConsumerGroupCurrentMemberAssignmentValue',
  { versions: '0', flexible: '0+' },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    assignedPartitions: array(struct(topicPartitions)),
    partitionsPendingRevocation: array(struct(topicPartitions)),
  },
)
export type ConsumerGroupCurrentMemberAssignmentValueData = Infer<typeof ConsumerGroupCurrentMemberAssignmentValue>

/** Type 16. */
export const ConsumerGroupRegularExpressionKey = message(
  'ConsumerGroupRegularExpressionKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    regularExpression: string(),
  },
)
export type ConsumerGroupRegularExpressionKeyData = Infer<typeof ConsumerGroupRegularExpressionKey>

export const ConsumerGroupRegularExpressionValue = message(
  'ConsumerGroupRegularExpressionValue',
  { versions: '0', flexible: '0+' },
  {
    topics: array(string()),
    version: int64(),
    timestamp: int64(),
  },
)
export type ConsumerGroupRegularExpressionValueData = Infer<typeof ConsumerGroupRegularExpressionValue>
