import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import type { TopicCreated, TopicFailure } from '../../metadata/topics/commands.ts'
import { CLUSTER_METADATA_TOPIC } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  CreateTopicsRequest,
  type CreateTopicsRequestData,
  CreateTopicsResponse,
  type CreateTopicsResponseInput,
} from '../../protocol/messages/create-topics.ts'
import { AclOperation, ResourceType } from '../../security/acl.ts'
import type { Access } from '../access.ts'
import { type ControllerPort, namedOnce, needsTime, orRefusal } from '../admin.ts'
import { deniedOf, uncreatable } from '../authorization.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import { beginMutations, type MutationDeps } from '../mutation-throttle.ts'

type TopicResult = CreateTopicsResponseInput['topics'][number]

export interface CreateTopicsDeps extends MutationDeps {
  readonly controller: ControllerPort
  readonly access: Access
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
  { topics, timeoutMs, validateOnly }: CreateTopicsRequestData,
  context: RequestContext,
): Promise<CreateTopicsResponseInput> {
  const { count, throttleTimeMs } = beginMutations(deps, context, KNOWS_QUOTA_SINCE)
  const { access, controller } = deps
  const names = namedOnce(topics).filter((name) => name !== CLUSTER_METADATA_TOPIC)
  const forbidden = uncreatable(access, context, names)
  if (names.some((name) => !forbidden.has(name))) needsTime(timeoutMs)
  const mayDescribe = { access, context, operation: AclOperation.DESCRIBE_CONFIGS, resourceType: ResourceType.TOPIC }
  const hidden = deniedOf({ ...mayDescribe, audit: 'silent' }, names)
  const allowed = forbidden.size === 0 ? topics : topics.filter(({ name }) => !forbidden.has(name))
  const results = await controller.submit({ type: 'createTopics', topics: allowed, validateOnly, count })
  const shown = results.map((result) => (hidden.has(result.name) ? withoutConfigs(resultOf(result)) : resultOf(result)))
  const denied = Array.from(forbidden, (name) => failed(name, new KafkaError(DENIED, 'Authorization failed.')))
  return { throttleTimeMs: throttleTimeMs(), topics: [...shown, ...denied] }
}

const DENIED = 'TOPIC_AUTHORIZATION_FAILED'

/** A topic is made by whoever may make it, and shown to whoever may see what it is made like. */
function withoutConfigs(result: TopicResult): TopicResult {
  if (result.errorCode !== 0) return result
  const { name, topicId, errorCode, errorMessage } = result
  return { name, topicId, errorCode, errorMessage, topicConfigErrorCode: ErrorCode[DENIED], configs: [] }
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
