import { KafkaError } from '../../base/errors.ts'
import { ApiKey } from '../../protocol/apis.ts'
import {
  ConsumerGroupHeartbeatRequest,
  type ConsumerGroupHeartbeatRequestData,
  ConsumerGroupHeartbeatResponse,
} from '../../protocol/messages/consumer-group-heartbeat.ts'
import type { Access } from '../access.ts'
import { deniedOf, describableTopics, mayReadGroup } from '../authorization.ts'
import { type GroupCoordinator, javaHost } from '../groups.ts'
import { type Handler, handler } from '../handler.ts'

/** From here on members make up their own ids. */
const OWN_MEMBER_ID_SINCE = 1
const JOIN_EPOCH = 0
const LEAVE_EPOCH = -1
const STATIC_LEAVE_EPOCH = -2

export interface ConsumerGroupHeartbeatDeps {
  readonly groups: Pick<GroupCoordinator, 'consumerHeartbeat'>
  /** group.version, and the protocols that the coordinator speaks. */
  readonly isEnabled: () => boolean
  readonly assignors: readonly string[]
  readonly access: Access
}

export function consumerGroupHeartbeatHandler(deps: ConsumerGroupHeartbeatDeps): Handler {
  return handler(
    ApiKey.ConsumerGroupHeartbeat,
    ConsumerGroupHeartbeatRequest,
    ConsumerGroupHeartbeatResponse,
    async (request, context) => {
      const { apiVersion, clientId, connection } = context
      try {
        if (!deps.isEnabled()) throw new KafkaError('UNSUPPORTED_VERSION')
        if (!mayReadGroup(deps.access, context, request.groupId)) throw new KafkaError('GROUP_AUTHORIZATION_FAILED')
        if (deniedOf(describableTopics(deps.access, context), new Set(request.subscribedTopicNames)).size > 0) {
          throw new KafkaError('TOPIC_AUTHORIZATION_FAILED')
        }
        validate(request, apiVersion, deps.assignors)
        const { assignment, ...reply } = await deps.groups.consumerHeartbeat({
          ...request,
          topicNames: request.subscribedTopicNames,
          topicRegex: request.subscribedTopicRegex,
          owned: request.topicPartitions,
          clientId: clientId ?? '',
          clientHost: javaHost(connection.peerAddress),
        })
        const given = assignment?.map(({ topicId, partitions }) => ({ topicId, partitions: [...partitions] }))
        return { throttleTimeMs: 0, errorCode: 0, ...reply, assignment: given ? { topicPartitions: given } : null }
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error
        const { code: errorCode, detail: errorMessage } = error
        return { throttleTimeMs: 0, errorCode, errorMessage, memberEpoch: 0, heartbeatIntervalMs: 0 }
      }
    },
  )
}

/** As Kafka does before it looks for the group. */
function validate(request: ConsumerGroupHeartbeatRequestData, apiVersion: number, assignors: readonly string[]): void {
  const { memberEpoch, serverAssignor } = request
  if (apiVersion >= OWN_MEMBER_ID_SINCE || memberEpoch > 0 || memberEpoch === LEAVE_EPOCH) {
    notBlank(request.memberId, 'MemberId')
  }
  notBlank(request.groupId, 'GroupId')
  notBlank(request.instanceId, 'InstanceId')
  notBlank(request.rackId, 'RackId')
  if (memberEpoch === JOIN_EPOCH) validateJoin(request)
  else if (memberEpoch === STATIC_LEAVE_EPOCH) must(request.instanceId !== null, "InstanceId can't be null.")
  else must(memberEpoch > STATIC_LEAVE_EPOCH, 'MemberEpoch is invalid.')
  if (serverAssignor !== null && !assignors.includes(serverAssignor)) {
    const message = `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${assignors.join(', ')}.`
    throw new KafkaError('UNSUPPORTED_ASSIGNOR', message)
  }
}

function validateJoin(request: ConsumerGroupHeartbeatRequestData): void {
  must(request.rebalanceTimeoutMs !== -1, 'RebalanceTimeoutMs must be provided in first request.')
  must(request.topicPartitions?.length === 0, 'TopicPartitions must be empty when (re-)joining.')
  must(
    request.subscribedTopicNames !== null || request.subscribedTopicRegex !== null,
    'Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when (re-)joining.',
  )
}

function notBlank(value: string | null, name: string): void {
  must(value === null || value.trim() !== '', `${name} can't be empty.`)
}

function must(condition: boolean, message: string): void {
  if (!condition) throw new KafkaError('INVALID_REQUEST', message)
}
