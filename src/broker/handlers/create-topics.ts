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
import { type Handler, handler, type RequestContext } from '../handler.ts'
import { beginMutations, type MutationDeps } from '../mutation-throttle.ts'

type TopicResult = CreateTopicsResponseInput['topics'][number]

export interface CreateTopicsDeps extends MutationDeps {
  readonly controller: ControllerPort
}

/** Clients of this version on know that a quota may refuse them (KIP-599). */
const KNOWS_QUOTA_SINCE = 6

export function createTopicsHandler(deps: CreateTopicsDeps): Handler {
  return handler(ApiKey.CreateTopics, CreateTopicsRequest, CreateTopicsResponse, (request, context) =>
    orRefusal<CreateTopicsResponseInput>(create(deps, request, context), (error) => ({
      throttleTimeMs: 0,
      topics: request.topics.map(({ name }) => failed(name, error)),
    })),
  )
}

async function create(
  deps: CreateTopicsDeps,
  { topics, validateOnly }: CreateTopicsRequestData,
  context: RequestContext,
): Promise<CreateTopicsResponseInput> {
  const { count, throttleTimeMs } = beginMutations(deps, context, KNOWS_QUOTA_SINCE)
  const results = await deps.controller.submit({ type: 'createTopics', topics, validateOnly, count })
  return { throttleTimeMs: throttleTimeMs(), topics: results.map(resultOf) }
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
