import { ErrorCode, KafkaError } from '../../../base/errors.ts'
import type { ElectionType, TopicResults } from '../../../metadata/partitions/commands.ts'
import { ApiKey } from '../../../protocol/apis.ts'
import {
  ElectLeadersRequest,
  type ElectLeadersRequestData,
  ElectLeadersResponse,
  type ElectLeadersResponseInput,
} from '../../../protocol/messages/elect-leaders.ts'
import { type ControllerPort, needsTime, orRefusal } from '../../admin.ts'
import { type Handler, handler } from '../../handler.ts'

export function electLeadersHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.ElectLeaders, ElectLeadersRequest, ElectLeadersResponse, (request) =>
    orRefusal<ElectLeadersResponseInput>(elect(controller, request), (error) => failed(request, error)),
  )
}

async function elect(
  controller: ControllerPort,
  { electionType, topicPartitions, timeoutMs }: ElectLeadersRequestData,
): Promise<ElectLeadersResponseInput> {
  if (topicPartitions?.length === 0) return { throttleTimeMs: 0, errorCode: 0, replicaElectionResults: [] }
  needsTime(timeoutMs)
  const type = electionTypeOf(electionType)
  const results = await controller.submit({ type: 'electLeaders', electionType: type, topicPartitions })
  return { throttleTimeMs: 0, errorCode: 0, replicaElectionResults: results.map(resultOf) }
}

function electionTypeOf(code: number): ElectionType {
  if (code === 0) return 'preferred'
  if (code === 1) return 'unclean'
  throw new KafkaError('INVALID_REQUEST', `Unknown election type ${code}`)
}

function resultOf({ topic, partitions }: TopicResults) {
  const partitionResult = partitions.map(({ partition: partitionId, error, message: errorMessage }) => {
    return { partitionId, errorCode: ErrorCode[error], errorMessage }
  })
  return { topic, partitionResult }
}

function failed({ topicPartitions }: ElectLeadersRequestData, error: KafkaError): ElectLeadersResponseInput {
  const replicaElectionResults = (topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => {
      return { partitionId, errorCode: error.code, errorMessage: error.detail }
    }),
  }))
  return { throttleTimeMs: 0, errorCode: error.code, replicaElectionResults }
}
