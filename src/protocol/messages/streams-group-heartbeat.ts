import {
  array,
  bool,
  type Infer,
  type Input,
  int8,
  int16,
  int32,
  int64,
  message,
  string,
  struct,
  uint16,
} from '../schema.ts'

const keyValue = {
  key: string(),
  value: string(),
}

const topicInfo = {
  name: string(),
  partitions: int32(),
  replicationFactor: int16(),
  topicConfigs: array(struct(keyValue)),
}

const endpoint = {
  host: string(),
  port: uint16(),
}

const taskOffset = {
  subtopologyId: string(),
  partition: int32(),
  offset: int64(),
}

const taskIds = {
  subtopologyId: string(),
  partitions: array(int32()),
}

export const StreamsGroupHeartbeatRequest = message(
  'StreamsGroupHeartbeatRequest',
  { versions: '0', flexible: '0+' },
  {
    groupId: string(),
    memberId: string(),
    memberEpoch: int32(),
    endpointInformationEpoch: int32(),
    instanceId: string({ nullable: '0+', default: null }),
    rackId: string({ nullable: '0+', default: null }),
    rebalanceTimeoutMs: int32({ default: -1 }),
    topology: struct(
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
      { nullable: '0+', default: null },
    ),
    activeTasks: array(struct(taskIds), { nullable: '0+', default: null }),
    standbyTasks: array(struct(taskIds), { nullable: '0+', default: null }),
    warmupTasks: array(struct(taskIds), { nullable: '0+', default: null }),
    processId: string({ nullable: '0+', default: null }),
    userEndpoint: struct(endpoint, { nullable: '0+', default: null }),
    clientTags: array(struct(keyValue), { nullable: '0+', default: null }),
    taskOffsets: array(struct(taskOffset), { nullable: '0+', default: null }),
    taskEndOffsets: array(struct(taskOffset), { nullable: '0+', default: null }),
    shutdownApplication: bool({ default: false }),
  },
)
export type StreamsGroupHeartbeatRequestData = Infer<typeof StreamsGroupHeartbeatRequest>

const status = {
  statusCode: int8(),
  statusDetail: string(),
}

const topicPartition = {
  topic: string(),
  partitions: array(int32()),
}

export const StreamsGroupHeartbeatResponse = message(
  'StreamsGroupHeartbeatResponse',
  { versions: '0', flexible: '0+' },
  {
    throttleTimeMs: int32(),
    errorCode: int16(),
    errorMessage: string({ nullable: '0+', default: null }),
    memberId: string(),
    memberEpoch: int32(),
    heartbeatIntervalMs: int32(),
    acceptableRecoveryLag: int32(),
    taskOffsetIntervalMs: int32(),
    status: array(struct(status), { nullable: '0+' }),
    activeTasks: array(struct(taskIds), { nullable: '0+', default: null }),
    standbyTasks: array(struct(taskIds), { nullable: '0+', default: null }),
    warmupTasks: array(struct(taskIds), { nullable: '0+', default: null }),
    endpointInformationEpoch: int32(),
    partitionsByUserEndpoint: array(
      struct({
        userEndpoint: struct(endpoint),
        activePartitions: array(struct(topicPartition)),
        standbyPartitions: array(struct(topicPartition)),
      }),
      { nullable: '0+', default: null },
    ),
  },
)
export type StreamsGroupHeartbeatResponseData = Infer<typeof StreamsGroupHeartbeatResponse>
export type StreamsGroupHeartbeatResponseInput = Input<typeof StreamsGroupHeartbeatResponse>
