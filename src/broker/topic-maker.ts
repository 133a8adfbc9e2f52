import { present } from '../base/assert.ts'
import { type ErrorName, errorName, KafkaError } from '../base/errors.ts'
import type { NewTopic } from '../metadata/topics/commands.ts'
import { ApiKey, apiOf, servedVersions } from '../protocol/apis.ts'
import type { CreateTopicsResponseData } from '../protocol/messages/create-topics.ts'
import { createTopics } from '../runtime/channel-requests.ts'
import type { Access } from './access.ts'
import { type ForwardingDeps, forwardRest } from './forwarding.ts'
import { CLOSE_CONNECTION, type RequestContext } from './handler.ts'

export interface MadeTopic {
  readonly name: string
  readonly error: ErrorName
  readonly message?: string | null
}

/** The controller, as far as it makes topics. Rejects with a KafkaError where nothing was made. */
export interface TopicMaker {
  /** `client`: who needs them; left out: this node. */
  create(topics: readonly NewTopic[], client?: RequestContext): Promise<readonly MadeTopic[]>
}

const TIMEOUT_MS = 30_000

/** What a client's request brings into being is made by its leave, not by the broker's. */
export function topicMaker(deps: ForwardingDeps & { readonly access: Access }): TopicMaker {
  return {
    create: (topics, client) =>
      client === undefined || !deps.access.isOn ? createTopics(deps.channel, topics) : createFor(client, topics, deps),
  }
}

async function createFor(
  { correlationId, clientId, connection }: RequestContext,
  topics: readonly NewTopic[],
  deps: ForwardingDeps,
): Promise<MadeTopic[]> {
  const api = present(apiOf(ApiKey.CreateTopics), 'CreateTopics')
  const context = { api, apiVersion: servedVersions(api).max, correlationId, clientId, connection }
  const request = { topics, timeoutMs: TIMEOUT_MS, validateOnly: false }
  const answer = await forwardRest<CreateTopicsResponseData>(request, context, deps)
  if (answer === CLOSE_CONNECTION) throw new KafkaError('UNKNOWN_SERVER_ERROR')
  return answer.topics.map(({ name, errorCode, errorMessage }) => {
    return { name, error: errorName(errorCode), message: errorMessage }
  })
}
