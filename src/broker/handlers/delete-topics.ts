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
import { type Handler, handler } from '../handler.ts'

/** The version that has an error code of its own for a broker where topics can't be deleted. */
const DELETION_DISABLED_CODE_SINCE = 3

export interface DeleteTopicsDeps {
  readonly controller: ControllerPort
  /** delete.topic.enable */
  readonly deletionEnabled: boolean
}

export function deleteTopicsHandler({ controller, deletionEnabled }: DeleteTopicsDeps): Handler {
  return handler(ApiKey.DeleteTopics, DeleteTopicsRequest, DeleteTopicsResponse, (request, { apiVersion }) => {
    const topics = named(request)
    const refused = (error: KafkaError): DeleteTopicsResponseInput => ({
      throttleTimeMs: 0,
      responses: topics.map(({ name, topicId }) => ({ name, topicId, errorCode: error.code })),
    })
    if (!deletionEnabled) {
      const disabled = apiVersion < DELETION_DISABLED_CODE_SINCE ? 'INVALID_REQUEST' : 'TOPIC_DELETION_DISABLED'
      return refused(new KafkaError(disabled))
    }
    return orRefusal(remove(controller, topics), refused)
  })
}

function named({ topics, topicNames }: DeleteTopicsRequestData): readonly TopicToDelete[] {
  return [...topics, ...topicNames.map((name) => ({ name, topicId: ZERO_UUID }))]
}

async function remove(
  controller: ControllerPort,
  topics: readonly TopicToDelete[],
): Promise<DeleteTopicsResponseInput> {
  const results = await controller.submit({ type: 'deleteTopics', topics })
  const responses = results.map(({ name, topicId, error, message }) => ({
    name,
    topicId,
    errorCode: ErrorCode[error],
    errorMessage: message,
  }))
  return { throttleTimeMs: 0, responses }
}
