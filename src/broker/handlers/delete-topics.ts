import { ErrorCode, KafkaError } from '../../base/errors.ts'
import { ZERO_UUID } from '../../base/ids.ts'
import type { TopicToDelete } from '../../metadata/topics/commands.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  DeleteTopicsRequest,
  type DeleteTopicsRequestData,
  DeleteTopicsResponse,
  type DeleteTopicsResponseInput,
} from '../../protocol/messages/delete-topics.ts'
import { type ControllerPort, orRefusal } from '../admin.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import { beginMutations, type MutationDeps } from '../mutation-throttle.ts'

/** The version that has an error code of its own for a broker where topics can't be deleted. */
const DELETION_DISABLED_CODE_SINCE = 3

/** Clients of this version on know that a quota may refuse them (KIP-599). */
const KNOWS_QUOTA_SINCE = 5

export interface DeleteTopicsDeps extends MutationDeps {
  readonly controller: ControllerPort
  /** delete.topic.enable */
  readonly deletionEnabled: boolean
}

export function deleteTopicsHandler(deps: DeleteTopicsDeps): Handler {
  return handler(ApiKey.DeleteTopics, DeleteTopicsRequest, DeleteTopicsResponse, (request, context) => {
    const { apiVersion } = context
    const topics = named(request)
    const refused = (error: KafkaError): DeleteTopicsResponseInput => ({
      throttleTimeMs: 0,
      responses: topics.map(({ name, topicId }) => ({ name, topicId, errorCode: error.code })),
    })
    if (!deps.deletionEnabled) {
      const disabled = apiVersion < DELETION_DISABLED_CODE_SINCE ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED'
      return refused(new KafkaError(disabled))
    }
    return orRefusal(remove(deps, topics, context), refused)
  })
}

function named({ topics, topicNames }: DeleteTopicsRequestData): readonly TopicToDelete[] {
  return [...topics, ...topicNames.map((name) => ({ name, topicId: ZERO_UUID }))]
}

async function remove(
  deps: DeleteTopicsDeps,
  topics: readonly TopicToDelete[],
  context: RequestContext,
): Promise<DeleteTopicsResponseInput> {
  const { count, throttleTimeMs } = beginMutations(deps, context, KNOWS_QUOTA_SINCE)
  const results = await deps.controller.submit({ type: 'deleteTopics', topics, count })
  const responses = results.map(({ name, topicId, error, message }) => ({
    name,
    topicId,
    errorCode: ErrorCode[error],
    errorMessage: message,
  }))
  return { throttleTimeMs: throttleTimeMs(), responses }
}
