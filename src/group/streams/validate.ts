import { KafkaError } from '../../base/errors.ts'
import type { StreamsGroupHeartbeatRequestData } from '../../protocol/messages/streams-group-heartbeat.ts'
import { STATIC_LEAVE_EPOCH } from './member.ts'
import type { TopologyOfRequest } from './topology.ts'

type Request = StreamsGroupHeartbeatRequestData

/** Refuses what no coordinator can take, in the order in which Kafka looks at it. */
export function validateHeartbeat(request: Request): void {
  requireSupported(request)
  const { memberEpoch, topology, activeTasks, standbyTasks, warmupTasks } = request
  refuse(isBlank(request.memberId), "MemberId can't be empty.")
  refuse(isBlank(request.groupId), "GroupId can't be empty.")
  refuse(isBlank(request.instanceId), "InstanceId can't be empty.")
  refuse(isBlank(request.rackId), "RackId can't be empty.")
  if (memberEpoch === 0) requireJoin(request)
  else if (memberEpoch === STATIC_LEAVE_EPOCH) refuse(request.instanceId === null, "InstanceId can't be null.")
  else refuse(memberEpoch < 0 && memberEpoch < STATIC_LEAVE_EPOCH, epochTooLow(memberEpoch))
  const tasks = [activeTasks, standbyTasks, warmupTasks]
  const someTasks = tasks.some((one) => one !== null) && tasks.some((one) => one === null)
  refuse(someTasks, 'If one task-type is non-null, all must be non-null.')
  refuse(memberEpoch !== 0 && topology !== null, 'Topology can only be provided when (re-)joining.')
}

const epochTooLow = (epoch: number): string => `MemberEpoch is ${epoch}, but must be greater than or equal to -2.`

function requireSupported({ instanceId, taskOffsets, taskEndOffsets, warmupTasks, topology }: Request): void {
  refuse(instanceId !== null, 'Static membership is not yet supported.')
  refuse(taskOffsets !== null, 'TaskOffsets are not supported yet.')
  refuse(taskEndOffsets !== null, 'TaskEndOffsets are not supported yet.')
  refuse(warmupTasks !== null && warmupTasks.length > 0, 'WarmupTasks are not supported yet.')
  for (const { sourceTopicRegex } of topology?.subtopologies ?? []) {
    refuse(sourceTopicRegex.length > 0, 'Regular expressions for source topics are not supported yet.')
  }
}

function requireJoin({ rebalanceTimeoutMs, activeTasks, standbyTasks, warmupTasks, topology }: Request): void {
  refuse(rebalanceTimeoutMs === -1, 'RebalanceTimeoutMs must be provided in first request.')
  refuse(activeTasks?.length !== 0, 'ActiveTasks must be empty when (re-)joining.')
  refuse(standbyTasks?.length !== 0, 'StandbyTasks must be empty when (re-)joining.')
  refuse(warmupTasks?.length !== 0, 'WarmupTasks must be empty when (re-)joining.')
  if (topology === null) throw new KafkaError('INVALID_REQUEST', 'Topology must be non-null when (re-)joining.')
  requireFreeChangelogs(topology)
}

function requireFreeChangelogs({ subtopologies }: TopologyOfRequest): void {
  for (const { name, partitions } of subtopologies.flatMap((one) => one.stateChangelogTopics)) {
    if (partitions === 0) continue
    const message = `Changelog topic ${name} must have an undefined partition count, but it is set to ${partitions}.`
    throw new KafkaError('STREAMS_INVALID_TOPOLOGY', message)
  }
}

/** Java's trim takes every character up to the space away. */
function isBlank(text: string | null): boolean {
  return text !== null && [...text].every((char) => char <= ' ')
}

function refuse(wrong: boolean, message: string): void {
  if (wrong) throw new KafkaError('INVALID_REQUEST', message)
}
