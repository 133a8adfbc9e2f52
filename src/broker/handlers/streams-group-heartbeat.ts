import { KafkaError } from '../../base/errors.ts'
import type { StreamsHeartbeatReply } from '../../group/streams/commands.ts'
import { StatusCode } from '../../group/streams/topic-problem.ts'
import { topicsOf } from '../../group/streams/topics-of.ts'
import { validateHeartbeat } from '../../group/streams/validate.ts'
import { illegalTopicName, isInternalTopic } from '../../metadata/topics/names.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  StreamsGroupHeartbeatRequest,
  StreamsGroupHeartbeatResponse,
  type StreamsGroupHeartbeatResponseInput,
} from '../../protocol/messages/streams-group-heartbeat.ts'
import type { Access } from '../access.ts'
import { deniedOf, describableTopics, mayReadGroup, uncreatable } from '../authorization.ts'
import { type GroupCoordinator, javaHost } from '../groups.ts'
import { type Handler, handler, type RequestContext } from '../handler.ts'
import type { InternalTopicCreation } from '../internal-topics.ts'

export interface StreamsGroupHeartbeatDeps {
  readonly groups: Pick<GroupCoordinator, 'streamsHeartbeat'>
  readonly topics: Pick<InternalTopicCreation, 'request' | 'failures'>
  /** streams.version, and the protocols that the coordinator speaks. */
  readonly isEnabled: () => boolean
  readonly heartbeatIntervalMs: (groupId: string) => number
  readonly access: Access
}

export function streamsGroupHeartbeatHandler(deps: StreamsGroupHeartbeatDeps): Handler {
  return handler(
    ApiKey.StreamsGroupHeartbeat,
    StreamsGroupHeartbeatRequest,
    StreamsGroupHeartbeatResponse,
    async (request, context) => {
      const { clientId, connection } = context
      try {
        if (!deps.isEnabled()) throw new KafkaError('UNSUPPORTED_VERSION')
        const { groupId } = request
        if (!mayReadGroup(deps.access, context, groupId)) throw new KafkaError('GROUP_AUTHORIZATION_FAILED')
        const names = topicsOf(request.topology)
        requireTopicNames(names)
        if (deniedOf(describableTopics(deps.access, context), names).size > 0) {
          throw new KafkaError('TOPIC_AUTHORIZATION_FAILED')
        }
        validateHeartbeat(request)
        const clientHost = javaHost(connection.peerAddress)
        const heartbeat = { groupId, request, clientId: clientId ?? '', clientHost }
        return withTopics(await deps.groups.streamsHeartbeat(heartbeat), groupId, context, deps)
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        return refused(error)
      }
    },
    (_request, errorCode) => ({ ...refused(new KafkaError('UNKNOWN_SERVER_ERROR')), errorCode }),
  )
}

function refused({ code: errorCode, detail: errorMessage }: KafkaError): StreamsGroupHeartbeatResponseInput {
  return {
    throttleTimeMs: 0,
    errorCode,
    errorMessage,
    memberId: '',
    memberEpoch: 0,
    heartbeatIntervalMs: 0,
    acceptableRecoveryLag: 0,
    taskOffsetIntervalMs: 0,
    status: [],
    endpointInformationEpoch: 0,
  }
}

/** An application may neither read nor make the brokers' own topics. */
function requireTopicNames(topics: readonly string[]): void {
  const prohibited = topics.filter(isInternalTopic)
  if (prohibited.length > 0) {
    const message = `Use of Kafka internal topics ${prohibited.join(',')} in a Kafka Streams topology is prohibited.`
    throw new KafkaError('STREAMS_INVALID_TOPOLOGY', message)
  }
  const invalid = topics.filter((name) => illegalTopicName(name) !== undefined)
  if (invalid.length > 0) {
    throw new KafkaError('STREAMS_INVALID_TOPOLOGY', `Topic names ${invalid.join(',')} are not valid topic names.`)
  }
}

const MOST_SHOWN = 3

/** Has the missing topics made; the member learns what went wrong with the last attempt. */
function withTopics(
  { response, missingTopics }: StreamsHeartbeatReply,
  groupId: string,
  context: RequestContext,
  { topics, heartbeatIntervalMs, access }: StreamsGroupHeartbeatDeps,
): StreamsGroupHeartbeatResponseInput {
  if (missingTopics.length === 0) return response
  const names = missingTopics.map(({ name }) => name)
  const forbidden = uncreatable(access, context, names)
  if (forbidden.size > 0) return withForbidden(response, [...forbidden])
  topics.request(missingTopics, 2 * heartbeatIntervalMs(groupId), context)
  const failures = [...topics.failures(missingTopics)].map(([topic, message]) => `${topic} (${message})`)
  if (failures.length === 0) return response
  const more = failures.length - MOST_SHOWN
  const shown = failures.slice(0, MOST_SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '')
  const status = (response.status ?? []).map(({ statusCode, statusDetail }) => ({
    statusCode,
    statusDetail:
      statusCode === StatusCode.MISSING_INTERNAL_TOPICS ? `${statusDetail}; Creation failed: ${shown}.` : statusDetail,
  }))
  return { ...response, status }
}

/** Nothing is made for a member that may not make all of it. */
function withForbidden(
  response: StreamsHeartbeatReply['response'],
  topics: readonly string[],
): StreamsGroupHeartbeatResponseInput {
  const statusCode = StatusCode.MISSING_INTERNAL_TOPICS
  const sentence = `Unauthorized to CREATE on topics ${topics.join(', ')}.`
  const said = response.status ?? []
  if (!said.some((one) => one.statusCode === statusCode)) {
    return { ...response, status: [...said, { statusCode, statusDetail: sentence }] }
  }
  const status = said.map((one) =>
    one.statusCode === statusCode ? { statusCode, statusDetail: `${one.statusDetail}; ${sentence}` } : one,
  )
  return { ...response, status }
}
