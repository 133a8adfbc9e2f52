import { ErrorCode, type KafkaError } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import type { TopicCreated, TopicFailure } from '../../metadata/topics/commands.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  CreateTopicsRequest,
  type CreateTopicsRequestData,
  CreateTopicsResponse,
  type CreateTopicsResponseInput,
} from '../../protocol/messages/create-topics.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { type Handler, handler } from '../handler.ts'

type TopicResult = CreateTopicsResponseInput['topics'][number]

export function createTopicsHandler({ controller }: { readonly controller: ControllerPort }): Handler {
  return handler(ApiKey.CreateTopics, CreateTopicsRequest, CreateTopicsResponse, (request) =>
    orRefusal<CreateTopicsResponseInput>(create(controller, request), (error) => ({
      throttleTimeMs: 0,
      topics: request.topics.map(({ name }) => failed(name, error)),
    })),
  )
}

async function create(
  controller: ControllerPort,
  { topics, validateOnly }: CreateTopicsRequestData,
): Promise<CreateTopicsResponseInput> {
  const results = await controller.submit({ type: 'createTopics', topics, validateOnly })
  return { throttleTimeMs: 0, topics: results.map(resultOf) }
}

function resultOf(result: TopicCreated | TopicFailure): TopicResult {
  const { name } = result
  if (result.error !== 'NONE') {
    return { name, topicId: ZERO_UUID, errorCode: ErrorCode[result.error], errorMessage: result.message, configs: [] }
  }
  const { topicId, numPartitions, replicationFactor, configs } = result
  return { name, topicId, errorCode: 0, errorMessage: null, numPartitions, replicationFactor, configs }
}

function failed(name: string, error: KafkaError): TopicResult {
  return { name, errorCode: error.code, errorMessage: error.detail, configs: [] }
}
