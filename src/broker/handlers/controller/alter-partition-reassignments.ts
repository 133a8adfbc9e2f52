import { ErrorCode, type KafkaError } from '../../../base/errors.ts'
import type { TopicResults } from '../../../metadata/partitions/commands.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  AlterPartitionReassignmentsRequest,
  type AlterPartitionReassignmentsRequestData,
  AlterPartitionReassignmentsResponse,
  type AlterPartitionReassignmentsResponseInput,
} from '../../../protocol/messages/alter-partition-reassignments.ts'
import { type ControllerPort, needsTime, orRefusal } from '../../admin.ts'
import { type Handler, handler } from '../../handler.ts'

export function alterPartitionReassignmentsHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(
    ApiKey.AlterPartitionReassignments,
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    (request) =>
      orRefusal<AlterPartitionReassignmentsResponseInput>(reassign(controller, request), (error) =>
        failed(request, error),
      ),
  )
}

async function reassign(
  controller: ControllerPort,
  { allowReplicationFactorChange, topics, timeoutMs }: AlterPartitionReassignmentsRequestData,
): Promise<AlterPartitionReassignmentsResponseInput> {
  // Kafka answers a request for nothing with nothing filled in.
  if (topics.length === 0) return { throttleTimeMs: 0, errorCode: 0, errorMessage: '', responses: [] }
  needsTime(timeoutMs)
  const results = await controller.submit({ type: 'alterPartitionReassignments', allowReplicationFactorChange, topics })
  return {
    throttleTimeMs: 0,
    allowReplicationFactorChange,
    errorCode: 0,
    errorMessage: null,
    responses: results.map(resultOf),
  }
}

function resultOf({ topic, partitions }: TopicResults) {
  return {
    name: topic,
    partitions: partitions.map(({ partition: partitionIndex, error, message: errorMessage }) => {
      return { partitionIndex, errorCode: ErrorCode[error], errorMessage }
    }),
  }
}

function failed(
  { allowReplicationFactorChange, topics }: AlterPartitionReassignmentsRequestData,
  { code, detail }: KafkaError,
): AlterPartitionReassignmentsResponseInput {
  return {
    throttleTimeMs: 0,
    allowReplicationFactorChange,
    errorCode: code,
    errorMessage: detail,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        return { partitionIndex, errorCode: code, errorMessage: detail }
      }),
    })),
  }
}
