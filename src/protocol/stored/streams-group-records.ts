import { array, bigint64, type Infer, int8, int16, int32, int64, message, string, struct, uint16 } from '../schema.ts'

/** Type 17. */
export const StreamsGroupMetadataKey = message(
  'StreamsGroupMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)
export type StreamsGroupMetadataKeyData = Infer<typeof StreamsGroupMetadataKey>

const lastAssignmentConfig = {
  key: string(),
  value: string(),
}

export const StreamsGroupMetadataValue = message(
  'StreamsGroupMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    metadataHash: bigint64(),
    validatedTopologyEpoch: int32({ default: -1, tag: 0, tagged: '0+' }),
    lastAssignmentConfigs: array(struct(lastAssignmentConfig), { nullable: '0+', tag: 1, tagged: '0+' }),
  },
)
export type StreamsGroupMetadataValueData = Infer<typeof StreamsGroupMetadataValue>

/** Type 19. */
export const StreamsGroupMemberMetadataKey = message(
  'StreamsGroupMemberMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)
export type StreamsGroupMemberMetadataKeyData = Infer<typeof StreamsGroupMemberMetadataKey>

const endpoint = {
  host: string(),
  port: uint16(),
}

const keyValue = {
  key: string(),
  value: string(),
}

export const StreamsGroupMemberMetadataValue = message(
  'StreamsGroupMemberMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    instanceId: string({ nullable: '0+' }),
    rackId: string({ nullable: '0+' }),
    clientId: string(),
    clientHost: string(),
    rebalanceTimeoutMs: int32({ default: -1 }),
    topologyEpoch: int32(),
    processId: string(),
    userEndpoint: struct(endpoint, { nullable: '0+', default: null }),
    clientTags: array(struct(keyValue)),
  },
)
export type StreamsGroupMemberMetadataValueData = Infer<typeof StreamsGroupMemberMetadataValue>

/** Type 20. */
export const StreamsGroupTargetAssignmentMetadataKey = message(
  'StreamsGroupTargetAssignmentMetadataKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)
export type StreamsGroupTargetAssignmentMetadataKeyData = Infer<typeof StreamsGroupTargetAssignmentMetadataKey>

export const StreamsGroupTargetAssignmentMetadataValue = message(
  'StreamsGroupTargetAssignmentMetadataValue',
  { versions: '0', flexible: '0+' },
  {
    assignmentEpoch: int32(),
    assignmentTimestamp: int64({ tag: 0, tagged: '0+' }),
  },
)
export type StreamsGroupTargetAssignmentMetadataValueData = Infer<typeof StreamsGroupTargetAssignmentMetadataValue>

/** Type 21. */
export const StreamsGroupTargetAssignmentMemberKey = message(
  'StreamsGroupTargetAssignmentMemberKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)
export type StreamsGroupTargetAssignmentMemberKeyData = Infer<typeof StreamsGroupTargetAssignmentMemberKey>

const taskIds = {
  subtopologyId: string(),
  partitions: array(int32()),
}

export const StreamsGroupTargetAssignmentMemberValue = message(
  'StreamsGroupTargetAssignmentMemberValue',
  { versions: '0', flexible: '0+' },
  {
    activeTasks: array(struct(taskIds)),
    standbyTasks: array(struct(taskIds)),
    warmupTasks: array(struct(taskIds)),
  },
)
export type StreamsGroupTargetAssignmentMemberValueData = Infer<typeof StreamsGroupTargetAssignmentMemberValue>

/** Type 22. */
export const StreamsGroupCurrentMemberAssignmentKey = message(
  'StreamsGroupCurrentMemberAssignmentKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
    memberId: string(),
  },
)
export type StreamsGroupCurrentMemberAssignmentKeyData = Infer<typeof StreamsGroupCurrentMemberAssignmentKey>

const streamsGroupCurrentMemberAssignmentValueTaskIds = {
  subtopologyId: string(),
  partitions: array(int32()),
  assignmentEpochs: array(int32(), { nullable: '0+', tag: 0, tagged: '0+' }),
}

export const StreamsGroupCurrentMemberAssignmentValue = message(
  'StreamsGroupCurrentMemberAssignmentValue',
  { versions: '0', flexible: '0+' },
  {
    memberEpoch: int32(),
    previousMemberEpoch: int32(),
    state: int8(),
    activeTasks: array(struct(streamsGroupCurrentMemberAssignmentValueTaskIds)),
    standbyTasks: array(struct(streamsGroupCurrentMemberAssignmentValueTaskIds)),
    warmupTasks: array(struct(streamsGroupCurrentMemberAssignmentValueTaskIds)),
    activeTasksPendingRevocation: array(struct(streamsGroupCurrentMemberAssignmentValueTaskIds)),
    standbyTasksPendingRevocation: array(struct(streamsGroupCurrentMemberAssignmentValueTaskIds)),
    warmupTasksPendingRevocation: array(struct(streamsGroupCurrentMemberAssignmentValueTaskIds)),
  },
)
export type StreamsGroupCurrentMemberAssignmentValueData = Infer<typeof StreamsGroupCurrentMemberAssignmentValue>

/** Type 23. */
export const StreamsGroupTopologyKey = message(
  'StreamsGroupTopologyKey',
  { versions: '0', flexible: 'none' },
  {
    groupId: string(),
  },
)
export type StreamsGroupTopologyKeyData = Infer<typeof StreamsGroupTopologyKey>

const topicConfig = {
  key: string(),
  value: string(),
}

const topicInfo = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(struct(topicConfig)),
}

export const StreamsGroupTopologyValue = message(
  'StreamsGroupTopologyValue',
  { versions: '0', flexible: '0+' },
  {
    epoch: int32(),
    subtopologies: array(
      struct({
        subtopologyId: string(),
        sourceTopics: array(string()),
        sourceTopicRegex: array(string()),
        stateChangelogTopics: array(struct(topicInfo)),
        repartitionSinkTopics: array(string()),
        repartitionSourceTopics: array(struct(topicInfo)),
        copartitionGroups: array(
          struct({
            sourceTopics: array(int16()),
            sourceTopicRegex: array(int16()),
            repartitionSourceTopics: array(int16()),
          }),
        ),
      }),
    ),
  },
)
export type StreamsGroupTopologyValueData = Infer<typeof StreamsGroupTopologyValue>
